#!/bin/bash
# A sealed text is opened once, by its recipients, before its expiry, whole or
# not at all; by this program and by a second implementation alike.
. "$(dirname "$0")/lib.sh"
need strace /usr/bin/python3
/usr/bin/python3 -c 'import nacl' || skip "no python3-nacl (scripts/deps)"
SEAL=tests/fake/seal.py

# Two machines: we seal on ours, HOME; b opens, with a data folder of its own.
B_HOME=$T/b
B_DATA=$B_HOME/.local/share/codex-provision
b_new() {
	rm -rf "$B_HOME/.codex"
	mkdir -p "$B_HOME/.codex"
	[ "$1" = - ] || cp "$1" "$B_HOME/.codex/auth.json"
	chmod 600 "$B_HOME"/.codex/* 2> /dev/null
}
on_b() { HOME=$B_HOME CODEX_HOME='' run "$@"; }
# open_b TEXT [OPTION...]: sets RC, STATE and CODE.
open_b() {
	local text=$1
	shift
	RC=0
	HOME=$B_HOME timeout -k 5 60 "$CP" unseal --json "$@" < "$text" \
	    > "$T/out" 2> "$T/err" || RC=$?
	no_canary "$T/out" "$T/err"
	STATE=$(member state) CODE=$(member code)
	CODE=${CODE:--}
}
sealed() {	# OPTION...: a text in $T/text
	run seal "$@"
	[ "$RC" = 0 ] || bad "seal: exit $RC"
	cp "$T/out" "$T/text"
}
is_b() { cmp -s "$1" "$B_HOME/.codex/auth.json" || bad "b has not $1"; }

mkdir "$B_HOME"
cred "$T/old" chatgpt acct_one 2026-01-01T00:00:00Z
cred "$T/new" chatgpt acct_one 2026-02-01T00:00:00Z 2000
cred "$T/other" chatgpt acct_two 2026-02-01T00:00:00Z
cred "$T/key" apikey
cp "$T/new" "$HOME/.codex/auth.json"
chmod 600 "$HOME/.codex/auth.json"

say "a machine's key: one line, made once, private"
for _ in 1 2 3 4 5 6; do
	HOME=$B_HOME "$CP" recipient >> "$T/keys.said" &
done
wait
[ "$(sort -u "$T/keys.said" | wc -l)" = 1 ] || bad "first uses disagree"
TO=$(head -1 "$T/keys.said")
[[ $TO =~ ^cxp1[A-Za-z0-9_-]{48}$ ]] || bad "not a word: $TO"
[ "$(stat -c %a "$B_DATA" "$B_DATA/recipient.key" | xargs)" = "700 600" ] ||
    bad "modes"
[ "$(ls -A "$B_DATA")" = recipient.key ] || bad "left: $(ls -A "$B_DATA")"
[ "$($SEAL recipient "$B_DATA/recipient.key")" = "$TO" ] ||
    bad "the second implementation disagrees on the key"
on_b recipient --json
[ "$(member recipient)" = "$TO" ] || bad "json"

say "what we seal the second implementation opens"
sealed --to "$TO" --expires 2h
[ "$(awk '{ print length }' "$T/text" | sort -n | tail -1)" -le 64 ] ||
    bad "long lines"
$SEAL open "$B_DATA/recipient.key" < "$T/text" > "$T/opened" \
    2> "$T/until" || bad "not opened"
cmp -s "$T/opened" "$T/new" || bad "not the same bytes"
left=$(($(cat "$T/until") - $(date +%s)))
[ "$left" -gt 7100 ] && [ "$left" -le 7200 ] || bad "expires in $left s"
said "refresh token works once"

say "what the second implementation seals we open, once"
soon=$(($(date +%s) + 600))
b_new -
$SEAL seal $soon "$TO" < "$T/key" > "$T/text"
open_b "$T/text"
[ "$STATE $CODE $RC" = "written - 0" ] || bad "is $STATE $CODE $RC"
is_b "$T/key"
open_b "$T/text"
[ "$CODE $RC" = "bad_credential 3" ] || bad "again: $STATE $CODE $RC"
said "opened here already"
rm "$B_HOME/.codex/auth.json"
open_b "$T/text"
said "opened here already"

say "our own, and what is said of it"
b_new "$T/old"
sealed --to "$TO"
open_b "$T/text" -n
[ "$STATE $RC" = "would_write 0" ] || bad "dry run: $STATE $RC"
is_b "$T/old"
open_b "$T/text"
[ "$STATE $CODE $RC" = "written - 0" ] || bad "is $STATE $CODE $RC"
is_b "$T/new"
[ "$(member account) $(member email) $(member plan)" = \
    "acct_one acct_one@example.com pro" ] || bad "not said whose"
[ "$(stat -c %a "$B_HOME/.codex/auth.json")" = 600 ] || bad "mode"
sealed --to "$TO"
open_b "$T/text"
[ "$STATE $RC" = "unchanged 0" ] || bad "the same bytes: $STATE $RC"
open_b "$T/text"
said "opened here already"

say "a stranger's login replaces nothing unasked"
for old in other new; do
	b_new "$T/$old"
	sealed --from "$T/old" --to "$TO"
	open_b "$T/text"
	case $old in
	other) want refused other_account 3 ;;
	new) want refused newer_there 3 ;;
	esac
	is_b "$T/$old"
	# It was not opened, so it still can be.
	open_b "$T/text" --force
	want written
	is_b "$T/old"
done

say "another machine, an expired text, a wrong clock"
sealed --to "$TO"
run recipient
RC=0
"$CP" unseal < "$T/text" > "$T/out" 2> "$T/err" || RC=$?
[ "$RC" = 3 ] || bad "exit $RC"
said "sealed for another key"
said "use --identity"
b_new "$T/old"
$SEAL seal $(($(date +%s) - 1)) "$TO" < "$T/new" > "$T/text"
open_b "$T/text"
[ "$RC" = 3 ] || bad "expired: exit $RC"
said "expired at"
$SEAL seal 9223372036854775807 "$TO" < "$T/new" > "$T/text"
open_b "$T/text"
said "set the clock right"
$SEAL seal $soon "$TO" <<< '{"tokens":' > "$T/text"
open_b "$T/text"
[ "$CODE" = bad_credential ] || bad "no credential: $CODE"
is_b "$T/old"

say "handled roughly"
sealed --to "$TO"
{ echo "Here:"; sed 's/^/> /; s/$/  \r/' "$T/text"; echo; echo "-- sent"; } \
    > "$T/quoted"
open_b "$T/quoted"
want written
sealed --to "$TO"
lines=$(($(wc -l < "$T/text") - 2))
sed '8s/./!/20' "$T/text" > "$T/bad"
open_b "$T/bad"
said "line 7 is damaged"
[ "$RC" = 3 ] || bad "exit $RC"
sed 12d "$T/text" > "$T/bad"
open_b "$T/bad"
said "line 11 is missing"
head -20 "$T/text" > "$T/bad"
open_b "$T/bad"
said "line 20 and what follows is missing"
[ "$lines" -gt 60 ] || bad "only $lines lines"
: > "$T/bad"
open_b "$T/bad"
said "BEGIN SEALED CODEX LOGIN"
open_b "$T/text"	# none of that has used it up
want unchanged

say "pasted into a console: no end of input is needed, nothing is left over"
b_new -
sealed --to "$TO"
HOME=$B_HOME timeout 60 python3 - "$CP" "$T/text" > "$T/out" <<'PY' ||
import os, pty, select, sys
pid, fd = pty.fork()
if pid == 0:
    os.execv("/bin/sh", ["sh", "-c", '"$0" unseal && read x && echo "<$x>"',
                         sys.argv[1]])
seen = b""
while b"Paste" not in seen:
    seen += os.read(fd, 4096)
for line in [*open(sys.argv[2], "rb"), b"after\n"]:
    os.write(fd, line)
    while select.select([fd], [], [], 0.01)[0]:     # the echo
        seen += os.read(fd, 4096)
        if b"<after>" in seen:
            break
try:
    while b"<after>" not in seen:
        seen += os.read(fd, 4096)
except OSError:
    pass
sys.stdout.write(seen.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PY
    bad "on a console"
said "<after>"
is_b "$T/new"

say "SSH keys: in the clear, encrypted, one of a file of keys"
ssh-keygen -qt ed25519 -N '' -f "$T/id"
ssh-keygen -qt ed25519 -N 'a phrase' -f "$T/locked"
ssh-keygen -qt ecdsa -N '' -f "$T/ec"
b_new -
sealed --to "$(cat "$T/id.pub")"
$SEAL open "$T/id" < "$T/text" 2> "$T/until" | cmp -s - "$T/new" ||
    bad "the second implementation does not open it"
open_b "$T/text" --identity "$T/id"
want written
cat "$T/ec.pub" "$T/id.pub" "$T/locked.pub" > "$T/alice.keys"
b_new -
sealed --to "$T/alice.keys"
said "1 of the SSH keys are not ssh-ed25519"
open_b "$T/text" -i "$T/locked"
[ "$CODE $RC" = "bad_passphrase 8" ] || bad "nobody to ask: $CODE $RC"
# unlock_b TEXT KEY PASSPHRASE...: the terminal is for the passphrase alone.
unlock_b() {
	local text=$1 key=$2 steps=() p
	shift 2
	for p; do steps+=("Enter passphrase for key=$p"); done
	RC=0
	HOME=$B_HOME python3 tests/cli/terminal.py "${steps[@]}" -- sh -c \
	    '"$0" unseal --json -i "$1" < "$2" > "$3"' "$CP" "$key" "$text" \
	    "$T/out" > "$T/err" || RC=$?
	STATE=$(member state) CODE=$(member code)
	CODE=${CODE:--}
	no_canary "$T/out" "$T/err"
	! grep -q "a phrase" "$T/err" || bad "the passphrase was shown"
}
unlock_b "$T/text" "$T/locked" wrong wronger ""
[ "$CODE $RC" = "bad_passphrase 8" ] || bad "wrong: $CODE $RC"
unlock_b "$T/text" "$T/locked" wrong "a phrase"
want written
b_new -
open_b "$T/text" -i "$T/id"
said "opened here already"	# another key, the same machine
sealed --to "$T/alice.keys"
open_b "$T/text" -i "$T/ec" -i "$T/id"
want written
for key in "$T/ec" "$T/id.pub" /nonexistent "$T/new"; do
	open_b "$T/text" -i "$key"
	[ "$RC" = 3 ] || bad "$key: exit $RC"
done
chmod 644 "$T/id"
open_b "$T/text" -i "$T/id"
[ "$CODE" = unsafe_target ] || bad "a key others can read: $CODE"
said "chmod 600"
$SEAL seal $soon "$TO" "$(cat "$T/locked.pub")" < "$T/key" > "$T/text"
unlock_b "$T/text" "$T/locked" "a phrase"
[ "$STATE" = refused ] || bad "key over login: $STATE $CODE"

say "usage"
for args in "" "--to cxp1abc" "--to $T/nosuch" "--to $T/ec.pub" \
    "--to $TO --expires 31d" "--to $TO --expires 10" "--to - --from -" \
    "--to - --from store:x --passphrase-file -" \
    "--to $TO x"; do
	# shellcheck disable=SC2086
	run seal $args
	[ "$RC" = 2 ] || bad "seal $args: exit $RC"
done
run seal --to "$B_DATA/recipient.key"
[ "$RC" = 2 ] || bad "a private key: exit $RC"
! grep -q "$(cut -c14-30 "$B_DATA/recipient.key")" "$T/err" ||
    bad "a private key is shown"
run seal --to "$TO" --from "$T/nosuch"
[ "$RC" = 3 ] || bad "no credential: exit $RC"

# The leak checker does not work under strace.
[[ $B != *san* ]] || exit 0

say "killed at any call: the login is old or new, and never lost"
{
	sealed --to "$TO"
	b_new "$T/old"
	HOME=$B_HOME strace -f -qq -o "$T/trace" "$CP" unseal < "$T/text"
} > "$T/out" 2>&1 || bad "under strace: $?"
kills=0
for call in openat renameat fsync unlinkat flock write; do
	n=$(grep -c " $call(" "$T/trace")
	for k in $(seq "$n" | tail -n 8); do
		say "killed at $call $k"
		sealed --to "$TO"
		b_new "$T/old"
		RC=0
		{ HOME=$B_HOME strace -f -qq -o /dev/null \
		    -e "inject=$call:signal=KILL:when=$k" "$CP" unseal \
		    < "$T/text" > "$T/out" 2>&1 || RC=$?; } 2> /dev/null
		[ "$RC" != 137 ] || kills=$((kills + 1))
		now=$(is "$B_HOME/.codex/auth.json" "$T/old" "$T/new")
		[ "$now" != other ] || bad "neither old nor new"
		open_b "$T/text"
		is_b "$T/new"
		[ "$RC" = 0 ] || [ "$now" = new ] || bad "lost: $STATE $CODE"
		open_b "$T/text"
		said "opened here already"
	done
done
[ "$kills" -gt 15 ] || bad "only $kills kills"
