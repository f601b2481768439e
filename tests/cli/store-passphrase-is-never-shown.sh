#!/bin/bash
# The passphrase on a terminal: not echoed, asked for twice where it is new,
# three times where it is wrong; the terminal is as before after every signal.
. "$(dirname "$0")/lib.sh"
. tests/cli/vault.sh
ASKED='Passphrase of the store: '
NEW='Passphrase for the new store: '
AGAIN='The same again: '
cred "$T/key" apikey one

rc() { [ "$RC" = "$1" ] || bad "exit $RC, not $1: $(cat "$T/tty")"; }
shown() { grep -q "$1" "$T/tty" || bad "not shown: $1"; }

say "a new store asks twice"
on_tty "$NEW=$PASS" "$AGAIN=$PASS" -- store add one --from "$T/key"
rc 0
"$VAULT" open "$DATA/store" "$PASS" > /dev/null || bad "another passphrase"
rm -rf "$DATA"

say "until they are the same"
on_tty "$NEW=$PASS" "$AGAIN=other" "They differ(.|\n)*$NEW=$PASS" \
    "$AGAIN=$PASS" -- store add one --from "$T/key"
rc 0
rm -rf "$DATA"
on_tty "$NEW=a" "$AGAIN=b" "$NEW=a" "$AGAIN=b" "$NEW=a" "$AGAIN=b" -- \
    store add one --from "$T/key"
rc 8
[ ! -e "$DATA/store" ] || bad "a store was made"

say "a weak one is said to be, and taken; an empty one is not"
on_tty "$NEW=password" "$AGAIN=password" -- store add one --from "$T/key"
rc 0
shown 'can be guessed'
rm -rf "$DATA"
on_tty "$NEW=" "$AGAIN=" -- store add one --from "$T/key"
rc 8
shown 'protects nothing'

say "an existing one asks once, and three times if it is wrong"
cheap <<< "$NOTHING"
on_tty "$ASKED=$PASS" -- store add one --from "$T/key"
rc 0
on_tty "$ASKED=wrong" "wrong passphrase(.|\n)*$ASKED=$PASS" -- store list
rc 0
on_tty "$ASKED=1" "$ASKED=2" "$ASKED=3" -- store list
rc 8

say "a new passphrase"
on_tty "$ASKED=$PASS" "New passphrase of the store: =next $CANARY one" \
    "$AGAIN=next $CANARY one" -- store passphrase
rc 0
cheap <<< "$NOTHING"

say "signals at the prompt"
cp "$DATA/store" "$T/store"
for s in "^C=130" "!TERM=143" "!HUP=129" "!QUIT=131" "!ALRM=142" \
    "!USR1=138" "!USR2=140" "!VTALRM=154" "!PROF=155" "!XCPU=152" "!IO=157" \
    "!PWR=158" "!STKFLT=144" "!RTMIN=162" "!RTMAX=192"; do
	on_tty "$ASKED=${s%=*}" -- store remove one
	rc "${s#*=}"		# 98: the echo was left off
	on_tty "New pass.*: =${s%=*}" -- store passphrase \
	    --passphrase-file <(echo "$PASS")
	rc "${s#*=}"
	on_tty "$ASKED=${s%=*}" -- push --from store:one nowhere
	rc "${s#*=}"
	cmp -s "$T/store" "$DATA/store" || bad "the store has changed"
done

say "the end of input at the prompt"
on_tty "$ASKED=^D" -- store list
rc 8
shown 'no passphrase was typed'

say "a terminal that is named as a file would show it"
for f in - /dev/stdin /dev/tty; do
	on_tty -- store list --passphrase-file "$f"
	rc 2
	shown 'would be shown'
done

say "stopped at the prompt: the echo is on meanwhile, and off again"
cat > "$T/job" <<'SH'
set -m
"$1" store list
echo "stopped $?"
stty -a | grep -qw echo && ! stty -a | grep -qw -- -echo && echo "echo is on"
fg
echo "ended $?"
SH
RC=0
python3 tests/cli/terminal.py "$ASKED=^Z" "echo is on(.|\n)*$ASKED=$PASS" -- \
    bash "$T/job" "$CP" > "$T/tty" || RC=$?
rc 0
shown 'stopped 148'
shown 'ended 0'
no_canary "$T/tty"

say "--no-input, and no terminal"
on_tty -- store list --no-input
rc 8
shown 'no-input forbids it'

say "nothing is in the arguments, the environment or a file"
no_canary "$DATA/store"
