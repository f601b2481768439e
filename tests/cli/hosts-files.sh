#!/bin/bash
# --hosts: several files and standard input, comments, blank lines, no final
# newline, and every target once.
. "$(dirname "$0")/lib.sh"
cred "$HOME/.codex/auth.json"
for a in a b c d; do account $a /bin/bash; done
sshd_up

printf '# first\n\n  a@web1\t# one\nb@web1\r\na@web1\nssh://a@web1\n' \
    > "$T/one"
printf 'c@web2\na@web1' > "$T/two"
say "files and arguments together"
run push --json --hosts "$T/one" --hosts "$T/two" d@web3 a@web1
[ "$RC" = 0 ] || bad "exit $RC"
[ "$(grep -c '"state":"written"' "$T/out")" = 4 ] || bad "not four targets"
grep -q '"targets":4' "$T/out" || bad "summary"

say "standard input"
RC=0
printf 'a@web1\nb@web2\n' | "$CP" push --json --hosts - \
    > "$T/out" 2> "$T/err" || RC=$?
[ "$RC" = 0 ] || bad "exit $RC"
[ "$(grep -c '"state":"unchanged"' "$T/out")" = 2 ] || bad "not two"

say "credential on standard input"
cred "$T/new" chatgpt acct_one 2026-06-01T00:00:00Z 3000
RC=0
"$CP" push --json --from - a@web1 < "$T/new" > "$T/out" 2> "$T/err" || RC=$?
[ "$RC" = 0 ] || bad "exit $RC"
invariant a "$T/new" "$T/new"
say "both can't be standard input"
RC=0
"$CP" push --from - --hosts - < "$T/new" > "$T/out" 2> "$T/err" || RC=$?
[ "$RC" = 2 ] || bad "exit $RC"
no_canary "$T/out" "$T/err"
say "process substitution"
run push --json --hosts <(echo a@web1) --from <(cat "$T/new")
[ "$RC.$(member state)" = 0.unchanged ] || bad "exit $RC"
say "an empty list"
: > "$T/none"
run push --hosts "$T/none"
[ "$RC" = 2 ] || bad "exit $RC"
say "CODEX_HOME names the source; empty is unset"
mkdir "$T/ch"
cp "$T/new" "$T/ch/auth.json"
far b -
CODEX_HOME=$T/ch run push b@web1
invariant b - "$T/new"
[ "$NOW" = new ] || bad "CODEX_HOME was not read"
CODEX_HOME='' run push --json c@web1
[ "$(member state)" = unchanged ] || bad "$(member state)"
