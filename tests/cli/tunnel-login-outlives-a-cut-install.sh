#!/bin/bash
# A far login that is interrupted, or loses its link, when the browser has done
# its part: nothing is half installed or left; what came of it is told, or said
# to be unknown; and a lost link alone costs nobody a second consent.
. "$(dirname "$0")/lib.sh"
. tests/cli/farhost.sh
. tests/cli/issuer.sh
. tests/cli/farlogin.sh
need flock
far_issuer
far_codex h1
far_sshd h1
D=${HOME_OF[h1]}/.codex

# The shell of an install waits before our script runs, while ~/slow is there.
echo 'while [ -e ~/slow ]; do sleep .1; done' > "${HOME_OF[h1]}/.bashrc"
slow() { : > "${HOME_OF[h1]}/slow"; }
waits() { pgrep -u h1 -x sleep > /dev/null; }
quick() { rm "${HOME_OF[h1]}/slow"; }

# It waits for Codex's lock when everything was sent, until let_go.
hold() {
	install -m 600 -o h1 -g h1 /dev/null "$D/auth.lock"
	flock "$D/auth.lock" sleep infinity &
	HOLDER=$!
	await 5 pgrep -P "$HOLDER" -x sleep > /dev/null || bad "no lock"
}
sent() { [ -n "$(find "$D" -name '.cxp.*' -size +0)" ]; }
let_go() {
	pkill -P "$HOLDER" -x sleep
	wait "$HOLDER"
}

# begin [MODE]: until the browser has been there.
begin() {
	far_fake h1 "${1:-good}"
	old h1
	login_up --json -vv h1@h1
	opened
}
# done_well RC STATE: the new login is there.
done_well() {
	login_end
	wait "$ANSWER"
	[ "$RC" = "$1" ] || bad "exit $RC"
	said "\"state\":\"$2\""
	cmp -s "${HOME_OF[h1]}/login" "$D/auth.json" || bad "another file"
	[ "$(issuer_count far revoke)" = 0 ] || bad "a token was revoked"
	nothing_left h1
}

say "Ctrl-C before anything of it was sent"
begin
slow
answer
reaches installing
await 10 waits
kill -INT "$LOGIN_PID"
await 10 gone "$LOGIN_PID" || bad "tunnel does not end"
quick
stopped
wait $ANSWER

say "Ctrl-C when all was sent: it is ended well"
begin
hold
answer
await 20 sent || bad "nothing is sent"
kill -INT "$LOGIN_PID"
let_go
done_well 130 written

say "the link is cut before anything of it was sent"
begin
slow
answer
reaches installing
await 10 waits
cut_link
quick
done_well 0 written

say "the link is cut when all was sent"
begin
hold
answer
await 20 sent || bad "nothing is sent"
cut_link
await 20 grep -q 'connecting again' "$T/err" || bad "it is not noticed"
let_go
done_well 0 written

say "the link is cut after codex was done"
begin stubborn
answer
reaches "ending codex there"
cut_link
done_well 0 written

say "the server has one session at once"
sshd_down h1
far_sshd h1 "MaxSessions 1"
begin
answer
done_well 0 written
sshd_down h1
far_sshd h1

say "the link is cut when all was sent, and Ctrl-C before it is back"
begin
hold
answer
await 20 sent || bad "nothing is sent"
sshd_down h1
cut_link
await 20 grep -q 'connecting again' "$T/err" || bad "it is not noticed"
kill -INT "$LOGIN_PID"
login_end
wait $ANSWER
[ "$RC" = 130 ] || bad "exit $RC"
said '"state":"unknown"'
said '"code":"interrupted"'
let_go
far_sshd h1
nothing_left h1
