#!/bin/bash
# plain build only: a sanitizer has its own start-up
# The program hardens itself before it opens anything, and
# refuses to run with another's rights.
. "$(dirname "$0")/lib.sh"
need strace
cred "$HOME/.codex/auth.json"

# at PATTERN: the line of its first occurrence in the trace; said when absent.
at() {
	local n
	n=$(grep -nE -m1 "$1" "$T/trace" | cut -d: -f1)
	[ -n "$n" ] || bad "no $1" >&2
	echo "${n:-999999}"
}
strace -f -o "$T/trace" "$CP" push --json a@web1:1 > "$T/out" 2>&1 < /dev/null
first=$(at 'auth\.json"')
for call in 'umask\(0?77\)' 'prctl\(PR_SET_DUMPABLE, 0|PR_SET_DUMPABLE, SUID_DUMP_DISABLE' \
    'RLIMIT_CORE, \{rlim_cur=0|RLIMIT_CORE, 0x|prlimit64.*RLIMIT_CORE' \
    'close_range\(3' 'SIGPIPE, \{sa_handler=SIG_IGN' \
    'SIGXFSZ, \{sa_handler=SIG_IGN'; do
	[ "$(at "$call")" -lt "$first" ] || bad "$call comes after the file"
done

say "closed standard descriptors are opened on /dev/null"
strace -o "$T/trace" "$CP" version <&- >&- 2>&-
[ "$(grep -c '"/dev/null"' "$T/trace")" -ge 1 ] || bad "not reopened"

say "set-user-ID is refused"
account a /bin/bash
cp "$CP" "$T/suid"
chmod 4755 "$T/suid"
setpriv --reuid "${UID_OF[a]}" --clear-groups "$T/suid" version \
    > "$T/out" 2>&1 && bad "ran with set-user-ID"

say "a limit on file sizes or descriptors is an error, not a death"
sshd_up
for n in $(seq 3 14); do
	RC=0
	prlimit --nofile="$n" "$CP" push --json a@web1 \
	    > "$T/out" 2> "$T/err" < /dev/null || RC=$?
	[ "$RC" -lt 128 ] || bad "nofile $n: exit $RC"
	# Where even the loader can't start there is nothing to say.
	[ "$RC" = 127 ] || [ -s "$T/out$T/err" ] || [ -s "$T/out" ] ||
	    [ -s "$T/err" ] || bad "nofile $n: silent"
done
say "no home, an unusual umask, a deleted working folder"
RC=0
env -u HOME "$CP" push --json --force a@web1 > "$T/out" 2> "$T/err" \
    < /dev/null || RC=$?
[ "$RC" = 0 ] || bad "without HOME: $RC"
for m in 000 777; do
	far a -
	(umask $m; "$CP" push --json a@web1 > "$T/out" 2>&1 < /dev/null)
	invariant a - "$HOME/.codex/auth.json"
done
mkdir "$T/gone"
(cd "$T/gone" && rmdir "$T/gone" && exec "$CP" push --json a@web1) \
    > "$T/out" 2>&1 < /dev/null || bad "in a deleted folder: $?"
