#!/bin/bash
# plain build only: strace of instrumented code takes hours
# timeout: 400
# The encrypted store, killed or failed at its system calls, on a full disk,
# with twenty writers at once: it opens as before or after, and no token of a
# login is lost.
. "$(dirname "$0")/lib.sh"
need strace
. tests/cli/vault.sh
cred "$T/work1" chatgpt acct_work 2026-01-01T00:00:00Z
cred "$T/work2" chatgpt acct_work 2026-02-01T00:00:00Z
cred "$T/home1" chatgpt acct_home 2026-01-15T00:00:00Z

cheap <<< "$NOTHING"
for n in work home; do
	store add "$n" --from "$T/${n}1"
	rc 0
done
cp "$DATA/store" "$T/before.store"

# before: work and home are in the store; work is in use, and was refreshed.
before() {
	rm -rf "$DATA" "$HOME/.codex" "$HOME/.local/state"
	mkdir -m 700 "$DATA" "$HOME/.codex"
	cp "$T/before.store" "$DATA/store"
	cp "$T/work2" "$AUTH"
	chmod 600 "$DATA/store" "$AUTH"
}

# whole: the store opens, with what it has to have; sets NOW to what is in use.
whole() {
	NOW=$("$VAULT" open "$DATA/store" "$PASS" 2>&1 | python3 -c '
import json, sys
t, auth = sys.argv[1:]
def text(n):
    return open(n if "/" in n else t + "/" + n).read()
try:
    got = {e["name"]: e["credential"] for e in json.load(sys.stdin)["entries"]}
except ValueError:
    sys.exit("the store does not open")
assert set(got) - {"added"} == {"work", "home"}, "names"
assert got["home"] == text("home1"), "home"
here = text(auth)
assert here in (text("work2"), text("home1")), "auth.json"
assert got["work"] == text("work2") or here == text("work2"), "a token is lost"
print("old" if here == text("work2") else "new")
' "$T" "$AUTH" 2>&1) || bad "$NOW"
	[ "$(stat -c '%a' "$DATA/store" "$AUTH" | tr '\n' ' ')" = "600 600 " ] ||
	    bad "modes"
}

left() { find "$DATA" "$HOME/.codex" "$HOME/.local" -name '.cxp-*'; }

use() { set -- "$@" "$CP" store use home --passphrase-file "$T/pass"
	RC=0
	{ timeout 60 "$@" > "$T/out" 2> "$T/err" < /dev/null || RC=$?
	} 2> /dev/null
	no_canary "$T/out" "$T/err"
}

# calls REGEX [MAX]: "CALL K" of one whole run, those that matter to a file,
# from the first look at the store on.
calls() {
	awk -v max="${2:-99}" '{ sub(/\(.*/, "", $1) }
	    $1 ~ /^[a-z]/ { k = ++n[$1]; if (begun) { c[++m] = $1; at[m] = k } }
	    /store/ { begun = 1 }
	    END { for (i = 1; i <= m; i++) print c[i], at[i] }' "$T/trace" |
	    grep -E "^($1) " | grep -vE '^(exit_group|execve|munmap|brk) '
}

say "a trace"
before
use strace -qq -o "$T/trace"
[ "$RC" = 0 ] || bad "exit $RC"
whole
[ "$NOW" = new ] || bad "not in use"
[ "$(calls '.*' | wc -l)" -gt 80 ] || bad "a short trace"

n=0
while read -r call k; do
	say "killed at $call $k"
	before
	use strace -qq -o /dev/null -e "inject=$call:signal=KILL:when=$k"
	[ "$RC" = 137 ] || bad "exit $RC"
	whole
	n=$((n + 1))
done < <(calls 'open|openat|write|fsync|close|renameat|flock|fstat|newfstatat|read|rt_sigprocmask|fchmod|unlinkat|mkdir|readlinkat')
echo "$n kills"
[ "$n" -gt 60 ] || bad "only $n kills"
find "$DATA" "$HOME/.codex" -name '.cxp-*' -exec touch -d '2 minutes ago' {} +
use
[ "$RC" = 0 ] || bad "the next run"
[ -z "$(left)" ] || bad "not swept: $(left)"

for sig in INT TERM; do
	while read -r call k; do
		say "SIG$sig at $call $k"
		before
		use strace -qq -o /dev/null -e "inject=$call:signal=$sig:when=$k"
		whole
		[ -z "$(left)" ] || bad "left: $(left)"
	done < <(calls 'fsync|renameat|flock')
done

n=0
for error in ENOSPC EIO; do
	while read -r call k; do
		say "$error from $call $k"
		before
		use strace -qq -o /dev/null -e "inject=$call:error=$error:when=$k"
		whole
		[ "$RC" != 0 ] || [ "$NOW" = new ] || bad "exit 0, but $NOW"
		[ -z "$(left)" ] || bad "left: $(left)"
		n=$((n + 1))
	done < <(calls 'openat|write|fsync|renameat|flock')
done
echo "$n errors"

say "a full disk: nothing is lost, and it is said"
before
mount -t tmpfs -o size=128k,mode=700 none "$DATA"
cp "$T/before.store" "$DATA/store"
chmod 600 "$DATA/store"
head -c 1M /dev/zero > "$DATA/full" 2> /dev/null
store add added --from "$T/home1"
rc 7
said 'o space left'
cmp -s "$T/before.store" "$DATA/store" || bad "the store has changed"
[ -z "$(left)" ] || bad "left: $(left)"
umount "$DATA"

say "a read-only disk can be listed"
before
mount --bind "$DATA" "$DATA"
mount -o remount,bind,ro "$DATA"
store list
rc 0
store remove work
rc 7
umount "$DATA"

# writers N HAD: N at once, into a store that had HAD.
writers() {
	local i all=$(($1 + $2)) pids=()
	for i in $(seq "$1"); do
		"$CP" store add "n$i" --from "$T/home1" \
		    --passphrase-file "$T/pass" -q 2> "$T/err.$i" < /dev/null &
		pids+=($!)
	done
	for i in $(seq "$1"); do
		wait "${pids[$((i - 1))]}" || bad "writer $i: $(cat "$T/err.$i")"
	done
	store list
	[ "$(wc -l < "$T/out")" = $((all + 1)) ] ||
	    bad "$(wc -l < "$T/out") lines for $all entries"
}

say "twenty writers at once"
before
writers 20 2

say "and while nobody had a store yet: the real cost, one store"
before
rm -rf "$DATA" "$HOME/.local/state"
writers 3 0

say "a lock that is held is waited for, ten seconds at most"
before
touch "$DATA/store.lock"
exec 9> "$DATA/store.lock"
flock -x 9
"$CP" store add added --from "$T/home1" --passphrase-file "$T/pass" --json \
    > "$T/out" 2> "$T/err" < /dev/null 9>&- && bad "it was not held"
said '"locked"'
exec 9>&-
