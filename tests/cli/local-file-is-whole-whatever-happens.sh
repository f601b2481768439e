#!/bin/bash
# plain build only: strace of instrumented code takes hours
# This machine's auth.json, killed, signalled or failed at any system call, on
# a full or read-only disk, in a mount, beside Codex: old or new, 0600, and
# nothing is left.
. "$(dirname "$0")/lib.sh"
need strace
PUT=$B/tests/fake/authput
D=$HOME/.codex
F=$D/auth.json
cred "$T/old" chatgpt acct_one 2026-01-01T00:00:00Z
cred "$T/new" chatgpt acct_one 2026-02-01T00:00:00Z 2000

# before: the old file is there.
before() {
	rm -rf "$D"
	mkdir -m 700 "$D"
	cp "$T/old" "$F"
	chmod 600 "$F"
}

# whole [LEFT]: sets NOW; with LEFT the next run has to sweep.
whole() {
	local other
	NOW=$(is "$F" "$T/old" "$T/new")
	[ "$NOW" != other ] || bad "neither old nor new"
	[ "$(stat -c '%a %u' "$F")" = "600 0" ] || bad "$(stat -c '%a %u' "$F")"
	[ "$RC" != 0 ] || [ "$NOW" = new ] || bad "exit 0 but $NOW"
	other=$(left)
	[ -n "${1:-}" ] || [ -z "$other" ] || bad "left: $other"
	if [ -n "$other" ]; then
		find "$D" -name '.cxp-*' -exec touch -d '2 minutes ago' {} +
		cp "$T/old" "$F"
		"$PUT" "$F" < "$T/new" > /dev/null || bad "the next run failed"
		[ -z "$(left)" ] || bad "not swept: $(left)"
	fi
}
left() {
	find "$D" -mindepth 1 -printf '%f\n' |
	    grep -vxE 'auth.json|auth.lock|auth.json.lock'
}

# put [STRACE OPTION...]: sets RC; its word in $T/out.
put() {
	RC=0
	if [ $# -gt 0 ]; then
		{ strace -qq -o /dev/null "$@" "$PUT" "$F" < "$T/new" \
		    > "$T/out" 2> "$T/err" || RC=$?
		} 2> /dev/null
	else
		"$PUT" "$F" < "$T/new" > "$T/out" 2> "$T/err" || RC=$?
	fi
	no_canary "$T/out" "$T/err"
}

# calls REGEX: "CALL K" for every such call of one whole run.
calls() {
	awk '{ sub(/\(.*/, "", $1); if ($1 ~ /^[a-z]/) print $1, ++n[$1] }' \
	    "$T/trace" | grep -E "^($1) " | grep -vE '^(exit_group|execve) '
}

say "a trace"
before
strace -qq -o "$T/trace" "$PUT" "$F" < "$T/new" > "$T/out" || bad "exit $?"
grep -qx written "$T/out" || bad "$(cat "$T/out")"
[ "$(calls '.*' | wc -l)" -gt 50 ] || bad "a short trace"

n=0
while read -r call k; do
	say "killed at $call $k"
	before
	put -e "inject=$call:signal=KILL:when=$k"
	[ "$RC" = 137 ] || bad "exit $RC"
	whole left
	n=$((n + 1))
done < <(calls '.*')
echo "$n kills"

for sig in INT TERM HUP QUIT; do
	while read -r call k; do
		say "SIG$sig at $call $k"
		before
		put -e "inject=$call:signal=$sig:when=$k"
		whole
	done < <(calls 'openat|write|fsync|close|renameat|flock|rt_sigprocmask')
done

# What the loader and the start of the program ask for has failed before
# anything was begun; it must not matter either.
n=0
for error in ENOSPC EIO EDQUOT EROFS EACCES EMFILE EINTR; do
	while read -r call k; do
		say "$error from $call $k"
		before
		put -e "inject=$call:error=$error:when=$k"
		whole
		case $error.$call in
		EINTR.write|EINTR.fsync|EINTR.flock)
			[ "$NOW$RC" = new0 ] || bad "given up: $NOW" ;;
		esac
		n=$((n + 1))
	done < <(calls 'openat|write|fsync|close|renameat|flock|readlinkat|fcntl|getdents64')
done
echo "$n errors"

say "the folder can't be synced: it is there, and that is said"
before
k=$(calls fsync | wc -l)
put -e "inject=fsync:error=EIO:when=$k"
grep -qx "written not durable" "$T/out" || bad "$(cat "$T/out")"
whole

# fails CODE
fails() {
	grep -q "^$1: " "$T/out" || bad "not $1: $(cat "$T/out")"
	whole
	[ "$NOW" = old ] || bad "the file is $NOW"
}

say "a full disk"
before
mount -t tmpfs -o size=16k,mode=700 none "$D"
cp "$T/old" "$F"
chmod 600 "$F"
dd if=/dev/zero of="$D/auth.lock" bs=1k count=99 2> /dev/null
put
fails disk_full
umount "$D"

say "a read-only disk"
before
mount -t tmpfs -o mode=700 none "$D"
cp "$T/old" "$F"
chmod 600 "$F"
mount -o remount,ro "$D"
put
fails read_only
umount "$D"

say "a limit on files' size, which would kill"
before
(ulimit -f 1; put; echo "$RC" > "$T/rc")
RC=$(cat "$T/rc")
fails disk_full

say "few descriptors"
for n in 3 4 5 6 7 8 9 10; do
	before
	RC=0
	prlimit --nofile=$n "$PUT" "$F" < "$T/new" > "$T/out" 2>&1 || RC=$?
	whole
done
[ "$NOW" = new ] || bad "ten are too few"

say "a mount point is written where it is"
before
cp "$T/old" "$T/mounted"
chmod 644 "$T/mounted"
mount --bind "$T/mounted" "$F"
put
grep -qx "written in place" "$T/out" || bad "$(cat "$T/out")"
whole
say "and removed not at all"
RC=0
"$PUT" -r "$F" > "$T/out" || RC=$?
grep -q "busy" "$T/out" || bad "$(cat "$T/out")"
[ "$RC" = 7 ] || bad "exit $RC"
umount "$F"

say "a full disk behind a mount point: the old bytes again"
before
mkdir "$T/small"
mount -t tmpfs -o size=8k none "$T/small"
cp "$T/old" "$T/small/mounted"
chmod 600 "$T/small/mounted"
dd if=/dev/zero of="$T/small/rest" bs=1k count=99 2> /dev/null
head -c 9000 /dev/zero | tr '\0' x > "$T/big"
mount --bind "$T/small/mounted" "$F"
RC=0
"$PUT" "$F" < "$T/big" > "$T/out" || RC=$?
fails disk_full
umount "$F" "$T/small"

say "whoever looks sees one of the two, 0600"
before
python3 - "$F" "$T/old" "$T/new" "$T/enough" <<-'PY' &
	import os, sys, time
	ok = [open(p, "rb").read() for p in sys.argv[2:4]]
	end, seen = time.time() + 60, set()
	while time.time() < end and not os.path.exists(sys.argv[4]):
	    with open(sys.argv[1], "rb") as f:
	        assert os.fstat(f.fileno()).st_mode & 0o777 == 0o600
	        b = f.read()
	    assert b in ok, len(b)
	    seen.add(b)
	    for n in os.listdir(os.path.dirname(sys.argv[1])):
	        try:
	            m = os.stat(os.path.join(os.path.dirname(sys.argv[1]), n))
	        except FileNotFoundError:
	            continue
	        assert m.st_mode & 0o77 == 0 or n.endswith(".lock"), n
	assert len(seen) == 2
	PY
looker=$!
for _ in $(seq 60); do
	for f in new old; do
		"$PUT" "$F" < "$T/$f" > "$T/out" || bad "$(cat "$T/out")"
	done
done
touch "$T/enough"
wait $looker || bad "seen: something else"

say "Codex's lock is waited for, ten seconds at most"
for lock in auth.lock auth.json.lock; do
	before
	touch "$D/$lock"
	flock "$D/$lock" sleep 60 &
	holder=$!
	await 5 sh -c "! flock -n '$D/$lock' true"
	start=$(ms)
	put
	took=$(($(ms) - start))
	fails locked
	[ "$RC" = 8 ] || bad "exit $RC"
	[ $took -ge 9000 ] || bad "took $took ms only"
	in_time $took 15000
	pkill -P $holder
	wait $holder
	put
	[ "$RC" = 0 ] || bad "then: $(cat "$T/out")"
done

say "a lock of another account says so"
account u
before
chown "${UID_OF[u]}" "$D" "$F"
touch "$D/auth.lock"
chmod 600 "$D/auth.lock"
RC=0
chmod 755 "$T" "$HOME"
cp "$PUT" "$T/authput"
setpriv --reuid "${UID_OF[u]}" --regid "${UID_OF[u]}" --clear-groups \
    "$T/authput" "$F" < "$T/new" > "$T/out" || RC=$?
grep -q "permission_denied: .*auth.lock" "$T/out" || bad "$(cat "$T/out")"
[ "$(is "$F" "$T/old" "$T/new")" = old ] || bad "it was written"

codex=$CXP_CACHE/node_modules/.bin/codex
[ -x "$codex" ] || skip "no real codex (scripts/deps)"
say "beside Codex, who writes it as well"
before
for _ in 1 2 3 4; do
	echo sk-codex | "$codex" login --with-api-key > /dev/null \
	    2>> "$T/codex.err" || bad "codex: $(tail -n 2 "$T/codex.err")"
done &
for _ in $(seq 40); do
	"$PUT" "$F" < "$T/new" > "$T/out" || bad "$(cat "$T/out")"
	cat "$F" > "$T/seen"
	grep -q '"sk-codex"' "$T/seen" || cmp -s "$T/seen" "$T/new" ||
	    bad "torn"
done
wait
put
cmp -s "$F" "$T/new" || bad "not written in the end"
