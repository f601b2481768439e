#!/bin/bash
# plain build only: strace of instrumented code takes hours
# timeout: 600
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
echo "another $CANARY of words" > "$T/next"
chmod 600 "$T/next"

# before: work and home are in the store; work is in use, and was refreshed.
before() {
	rm -rf "$DATA" "$HOME/.codex" "$HOME/.local/state"
	mkdir -m 700 "$DATA" "$HOME/.codex"
	cp "$T/before.store" "$DATA/store"
	cp "$T/work2" "$AUTH"
	chmod 600 "$DATA/store" "$AUTH"
}

# Told which word of `store` was run, it says whether what is there is from
# before it or from after it ("old", "new"), or what is wrong.
coproc CHECK { exec /usr/bin/python3 -u -c '
import struct, sys
sys.path.insert(0, "tests/fake")
import vault
t, auth, path = sys.argv[1:]
def text(name):
    return open(t + "/" + name).read()
OLD = {"work": text("work1"), "home": text("home1")}
NEW = {"add": {**OLD, "added": text("home1")}, "remove": {"work": OLD["work"]},
       "rename": {"work": OLD["work"], "house": OLD["home"]},
       "passphrase": OLD}
def use(got, here):
    assert here in (text("work2"), text("home1")), "auth.json"
    assert got in (OLD, {**OLD, "work": text("work2")}), "the store"
    new = here == text("home1")
    assert got != OLD or not new, "a token is lost"
    return new
def judge(word):
    data, here = open(path, "rb").read(), open(auth).read()
    rekeyed = data[20:32] != struct.pack("<IQ", 1, 8192)
    phrase = text("next" if rekeyed else "pass").strip()
    got = {e["name"]: e["credential"]
           for e in vault.read(data, phrase.encode())["entries"]}
    if word == "use":
        return use(got, here)
    assert here == text("work2"), "auth.json"
    new = rekeyed or got != OLD
    assert not new or got == NEW[word], "neither from before nor from after"
    assert rekeyed == (new and word == "passphrase"), "the passphrase"
    return new
for line in sys.stdin:
    try:
        print("new" if judge(line.strip()) else "old")
    except Exception as e:
        print("wrong:", type(e).__name__, " ".join(str(e).split()))
' "$T" "$AUTH" "$DATA/store"; }

# whole WORD: the store opens, with what it has to have; sets NOW.
whole() {
	echo "$1" >&"${CHECK[1]}"
	read -r NOW <&"${CHECK[0]}"
	case $NOW in
	old|new) ;;
	*) bad "$NOW" ;;
	esac
	[ "$(stat -c '%a' "$DATA/store" "$AUTH" | tr '\n' ' ')" = "600 600 " ] ||
	    bad "modes"
}

left() { find "$DATA" "$HOME/.codex" "$HOME/.local" -name '.cxp-*'; }

# change WORD [STRACE...]: what it does; sets RC.
change() {
	local words
	case $1 in
	add) words=(add added --from "$T/home1") ;;
	remove) words=(remove home) ;;
	rename) words=(rename home house) ;;
	passphrase) words=(passphrase --new-passphrase-file "$T/next") ;;
	use) words=(use home) ;;
	esac
	shift
	RC=0
	{ timeout 60 "$@" "$CP" store "${words[@]}" --passphrase-file \
	    "$T/pass" > "$T/out" 2> "$T/err" < /dev/null || RC=$?
	} 2> /dev/null
	no_canary "$T/out" "$T/err"
}

# calls REGEX [FROM]: "CALL K" of one whole run, from the first line on that
# matches FROM.
calls() {
	awk -v from="${2:-share/codex-provision}" '{ sub(/\(.*/, "", $1) }
	    $1 ~ /^[a-z]/ { k = ++n[$1]; if (begun) print $1, k }
	    $0 ~ from { begun = 1 }' "$T/trace" |
	    grep -E "^($1) " | grep -vE '^(exit_group|execve|munmap|brk) '
}

# traced WORD
traced() {
	say "$1: a trace"
	before
	change "$1" strace -qq -o "$T/trace"
	[ "$RC" = 0 ] || bad "exit $RC"
	whole "$1"
	[ "$NOW" = new ] || bad "not done"
	# On the disk before it gets the name, and the name too (atomicfile.c).
	[ "$(calls 'write|fsync|renameat' 'store[.]lock' | cut -d' ' -f1 |
	    head -4 | xargs)" = "write fsync renameat fsync" ] ||
	    bad "saved in another order"
}

# kills WORD LEAST CALLS [FROM]: killed at each of them.
kills() {
	local call k n=0
	while read -r call k; do
		say "$1: killed at $call $k"
		before
		change "$1" strace -qq -o /dev/null \
		    -e "inject=$call:signal=KILL:when=$k"
		[ "$RC" = 137 ] || bad "exit $RC"
		whole "$1"
		n=$((n + 1))
	done < <(calls "$3" "${4:-share/codex-provision}")
	echo "$1: $n kills"
	[ "$n" -ge "$2" ] || bad "only $n kills"
}

# fails WORD CALLS [FROM]: with each of them failing.
fails() {
	local error call k n=0
	for error in ENOSPC EIO; do
		while read -r call k; do
			say "$1: $error from $call $k"
			before
			change "$1" strace -qq -o /dev/null \
			    -e "inject=$call:error=$error:when=$k"
			whole "$1"
			[ "$RC" != 0 ] || [ "$NOW" = new ] ||
			    bad "exit 0, but $NOW"
			[ -z "$(left)" ] || bad "left: $(left)"
			n=$((n + 1))
		done < <(calls "$2" "${3:-share/codex-provision}")
	done
	echo "$1: $n errors"
}

traced use
[ "$(calls '.*' | wc -l)" -gt 80 ] || bad "a short trace"
kills use 60 'open|openat|write|fsync|close|renameat|flock|fstat|newfstatat|read|rt_sigprocmask|fchmod|unlinkat|mkdirat|readlinkat'
find "$DATA" "$HOME/.codex" -name '.cxp-*' -exec touch -d '2 minutes ago' {} +
change use
[ "$RC" = 0 ] || bad "the next run"
[ -z "$(left)" ] || bad "not swept: $(left)"
for sig in INT TERM; do
	while read -r call k; do
		say "use: SIG$sig at $call $k"
		before
		change use strace -qq -o /dev/null \
		    -e "inject=$call:signal=$sig:when=$k"
		whole use
		[ -z "$(left)" ] || bad "left: $(left)"
	done < <(calls 'fsync|renameat|flock')
done
fails use 'openat|write|fsync|renameat|flock'

# What they do to the disk, from where they have the lock: between two of
# these calls nothing changes. (A new passphrase costs half a second.)
for word in add remove rename; do
	traced $word
	kills $word 15 'openat|write|fsync|close|renameat|flock|mkdirat' \
	    'store[.]lock'
	fails $word 'openat|write|fsync|renameat|flock' 'store[.]lock'
done
traced passphrase
kills passphrase 6 'write|fsync|renameat' 'store[.]lock'
fails passphrase 'write|fsync|renameat' 'store[.]lock'

# beside FILE: an old Codex, which takes no lock, writes it between the last
# look at auth.json and the rename; K is the fsync in between.
beside() {
	local tracer
	: > "$T/trace"
	strace -qq -o "$T/trace" -e "inject=fsync:signal=STOP:when=$K" "$CP" \
	    store use home --passphrase-file "$T/pass" > "$T/out" \
	    2> "$T/err" < /dev/null &
	tracer=$!
	await 20 grep -q 'stopped by SIGSTOP' "$T/trace" || bad "never stopped"
	[ -n "$(left)" ] || bad "nothing was being written"
	cp "$1" "$AUTH"
	chmod 600 "$AUTH"
	pkill -CONT -P $tracer
	RC=0
	wait $tracer || RC=$?
	[ "$RC" = 0 ] || bad "exit $RC"
	whole use
	[ "$NOW" = new ] || bad "not in use"
}

for had in work1 none; do
	say "an old Codex writes while $had is replaced: it is looked at again"
	for step in trace beside; do
		before
		cp "$T/work1" "$AUTH"
		[ $had = work1 ] || rm "$AUTH"
		[ $step = trace ] || { beside "$T/work2"; break; }
		change use strace -qq -o "$T/trace"
		K=$(awk '/^fsync/ { n++ }
		    /^renameat.*"auth.json"/ { print n; exit }' "$T/trace")
	done
done

say "a full disk: nothing is lost, and it is said"
before
mount -t tmpfs -o size=128k,mode=700 none "$DATA"
cp "$T/before.store" "$DATA/store"
chmod 600 "$DATA/store"
head -c 1M /dev/zero > "$DATA/full" 2> /dev/null
for word in add remove rename passphrase use; do
	change $word
	rc 7
	said 'o space left'
	cmp -s "$T/before.store" "$DATA/store" || bad "the store has changed"
	cmp -s "$T/work2" "$AUTH" || bad "auth.json has changed"
	[ -z "$(left)" ] || bad "left: $(left)"
done
umount "$DATA"

say "a read-only disk can be listed"
before
mount --bind "$DATA" "$DATA"
mount -o remount,bind,ro "$DATA"
store list
rc 0
for word in add remove rename passphrase; do
	change $word
	rc 7
done
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

say "a folder that is made for it has its name on the disk"
rm -rf "$T/xdg"
mkdir "$T/xdg"
XDG_DATA_HOME=$T/xdg/a/b change add strace -qq -o "$T/trace"
[ "$RC" = 0 ] || bad "exit $RC"
[ "$(grep -A3 'mkdirat(AT_FDCWD, "'"$T/xdg"'/' "$T/trace" |
    sed -n 's/^\(mkdirat\|fsync\)(.* = 0$/\1/p' | xargs)" = \
    "mkdirat fsync mkdirat fsync mkdirat fsync" ] || bad "not synced"

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
