#!/bin/bash
# No byte of a secret in an argument list, an environment, any output at -vvv,
# a temp file, a core, a descriptor of a helper; on either side.
. "$(dirname "$0")/lib.sh"
need strace openssl
cred "$T/old" chatgpt acct_one 2026-01-01T00:00:00Z
cred "$T/new" chatgpt acct_one 2026-02-01T00:00:00Z 2000
cp "$T/new" "$HOME/.codex/auth.json"
cred "$T/key" apikey
cred "$T/pat" pat
ssh-keygen -qt ed25519 -N '' -f "$T/wrong"
account a /bin/bash
sshd_up default "LogLevel DEBUG3"

say "output at -vvv, of success and of every failure"
for src in "$T/new" "$T/key" "$T/pat"; do
	for args in "a@web1" "--json a@web1" "nosuch@web1" "a@web1:1" \
	    "--dry-run a@web1" "a@nowhere.invalid" \
	    "--codex-home /nonexistent a@web1" "--force --backup a@web1"; do
		far a "$T/old"
		# shellcheck disable=SC2086
		run push -vvv --from "$src" $args
		rm -f "${HOME_OF[a]}/.codex/auth.json.bak"
	done
	# A broken file may be quoted by nobody.
	head -c 300 "$src" > "$T/broken"
	echo "$CANARY" >> "$T/broken"
	run push -vvv --from "$T/broken" a@web1
	[ "$RC" = 3 ] || bad "exit $RC"
	run status -vvv --json a@web1
done
no_canary "$T/sshd.default.log"

say "argument lists and environments while it runs"
far a "$T/old"
proxy_up -d 20 2222 22
mkdir "$T/proc"
touch "$T/sampling"
sample &
for i in $(seq 40); do
	far a "$T/old"
	push a@web1:2222
	want written
	[ "$i" -lt 5 ] || ! grep -q CXP1 "$T/proc/cmdline" || break
done
rm "$T/sampling"
wait
proxy_down
grep -q codex-provision "$T/proc/cmdline" || bad "the sampling saw nothing"
grep -q CXP1 "$T/proc/cmdline" || bad "the far script was not seen"
no_canary "$T/proc/cmdline" "$T/proc/environ"

say "what is executed and with which environment; descriptors are closed"
far a "$T/old"
strace -f -qq -s 100000 -v -e trace=execve,openat,open,unlink,creat \
    -o "$T/trace" "$CP" push a@web1 > "$T/out" 2>&1 < /dev/null
no_canary "$T/trace" "$T/out"
if grep -E 'O_CREAT' "$T/trace" | grep -v /dev/; then bad "a file was made"; fi
if grep -E 'open(at)?\(.*= [0-9]' "$T/trace" | grep codex-provision -v |
    grep 'auth\.json' | grep -v O_CLOEXEC; then
	bad "a secret's descriptor is inherited"
fi

say "files: nothing anywhere but source and target"
leaks=$(grep -rlI "$CANARY" /tmp /var/tmp /dev/shm /run \
    "${HOME_OF[a]}" "$HOME" --exclude-dir=proc 2>/dev/null |
    grep -v -e "^$T/[a-z.]*$" -e '/\.codex/auth\.json$' \
    -e '/cxp-run\.[^/]*/[^/]*\.log$')
[ -z "$leaks" ] || bad "a secret is in: $leaks"

say "no core, whatever the limits"
mkdir "$T/cores"
{ (
	cd "$T/cores" || exit
	ulimit -c unlimited
	strace -f -qq -o /dev/null -e inject=sendto,write,writev:signal=ABRT:when=9 \
	    "$CP" push a@web1
	strace -qq -o /dev/null -e inject=poll:signal=SEGV:when=12 \
	    "$CP" push a@web1
) > /dev/null 2>&1 < /dev/null; } 2> /dev/null
[ -z "$(ls "$T/cores")" ] || bad "a core: $(ls "$T/cores")"

say "the process can't be read by others of the same account"
proxy_up -x s:0:stall 2223 22
"$CP" push --timeout 60 a@web1:2223 > /dev/null 2>&1 < /dev/null &
pid=$!
# shellcheck disable=SC2317	# by await
is_ours() { [ "$(readlink "/proc/$pid/exe")" = "$CP" ]; }
await 5 is_ours || bad "not started"
await 5 grep -q '^Max core file size *0 *0' /proc/$pid/limits ||
    bad "core limit"
await 5 grep -q 'SigCgt:.*[1-9]' /proc/$pid/status || bad "no handler"
[ "$(stat -c %u /proc/$pid/mem)" = 0 ] || bad "owner"
kill $pid
wait $pid
[ $? = 143 ] || bad "SIGTERM: not 143"
proxy_down
