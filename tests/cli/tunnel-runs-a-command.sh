#!/bin/bash
# tunnel -- COMMAND: on the user's terminal, or on pipes; its exit status is
# ours; the terminal is as it was, however it ends.
. "$(dirname "$0")/lib.sh"
. tests/cli/farhost.sh
account u /bin/bash
far_up far
far_sshd far

# tty NAME [ARG...]: a case of tests/cli/tunnelterm.py.
tty() { timeout 60 python3 tests/cli/tunnelterm.py "$CP" "$@" > "$T/out" 2>&1; }

say "on pipes: streams are apart, the status is the command's"
run tunnel u@far -- 'echo one; echo two >&2; exit 7'
[ "$RC $(cat "$T/out") $(cat "$T/err")" = "7 one two" ] || bad "exit $RC"
run tunnel u@far -- 'test -t 0 || test -t 1 || echo pipes'
[ "$RC $(cat "$T/out")" = "0 pipes" ] || bad "exit $RC"
run tunnel u@far -- printf '%s.' a "'b  c'"
[ "$(cat "$T/out")" = "a.b  c." ] || bad "words are not joined as ssh does"
run tunnel u@far -- 'kill -KILL $$'
[ $RC = 137 ] || bad "exit $RC"
run tunnel u@far -- 'echo "${LC_ALL-}${SSH_TTY-}"'
[ "$(cat "$T/out")" = "" ] || bad "environment"
say "what it reads and writes arrives whole"
head -c 20000000 /dev/urandom > "$T/big"
"$CP" tunnel u@far -- 'tee /dev/stderr' < "$T/big" > "$T/back" 2> "$T/back2"
cmp "$T/big" "$T/back" && cmp "$T/big" "$T/back2" || bad "not the same"
say "nobody reads its output"
(
	set -o pipefail
	"$CP" tunnel u@far -- yes 2> "$T/err" | head -1 > "$T/out"
)
RC=$?
[ $RC = 141 ] || bad "exit $RC"
await 5 far_idle u || bad "yes goes on"
say "usage"
run tunnel u@far -- ; [ $RC = 2 ] || bad "exit $RC"
run tunnel -N u@far -- true; [ $RC = 2 ] || bad "exit $RC"
run tunnel u@far true; [ $RC = 2 ] || bad "exit $RC"
run tunnel docker://x -- true; [ $RC = 2 ] || bad "exit $RC"
run tunnel -- u@far; [ $RC = 2 ] || bad "exit $RC"

say "a terminal over there: its size, another size, its status"
tty size || bad "size"
say "what is typed is the far terminal's: Ctrl-C, Ctrl-Z, Ctrl-D"
tty keys || bad "keys"
say "~. ends it, ~~ is a tilde"
tty escape || bad "escape"
say "stopped and continued"
tty stop || bad "stop"
for s in TERM INT HUP QUIT; do
	say "killed by $s"
	tty killed $s || bad "$s"
	await 5 far_idle u || bad "left running: $(far_left u)"
done
say "the server dies"
tty server_dies || bad "server dies"
say "no terminal to be had: goes on without"
sshd_down far
far_sshd far "PermitTTY no"
tty no_pty || bad "no pty"
