#!/bin/bash
# A far login where the server is dropbear: it ends in the browser here, a cut
# link is not its end, a kill of this side is, and what it forbids is said.
. "$(dirname "$0")/lib.sh"
. tests/cli/farhost.sh
. tests/cli/issuer.sh
. tests/cli/farlogin.sh
need dropbear
far_issuer
far_codex h1

far_dropbear() {	# [OPTION...]
	DROPBEAR_NET=/proc/${FAR_PID[h1]}/ns/net dropbear_up 2222 "$@"
	await 10 far_listens h1 2222 || bad "no dropbear"
}
far_dropbear
begin() {
	old h1
	login_up --json -vv -p 2222 h1@h1
	opened
}

say "from the printed address to the file"
begin
browse
login_end
[ "$RC" = 0 ] || bad "exit $RC"
said '"state":"written"'
grep -q '"account_id": "acct_fake"' "${HOME_OF[h1]}/.codex/auth.json" ||
    bad "another file is there"
grep -q 'signed in' "$T/page" || bad "no success is shown"
nothing_left h1

say "the link is cut while the user is in the browser: it goes on"
far_fake h1 good
begin
pkill -9 -P "$(cat "$T/dropbear.pid")" || bad "no session"
await 20 grep -q 'the login goes on' "$T/err" || bad "it does not"
answer
login_end
wait "$ANSWER"
[ "$RC" = 0 ] || bad "exit $RC"
cmp -s "${HOME_OF[h1]}/login" "${HOME_OF[h1]}/.codex/auth.json" || bad "file"
nothing_left h1

say "Ctrl-C"
begin
kill -INT "$LOGIN_PID"
stopped

say "kill -9 here: it ends there"
begin
kill -9 "$LOGIN_PID"
wait "$LOGIN_PID" 2> /dev/null
untouched h1
nothing_left h1

say "it forbids the forward"
kill "$(cat "$T/dropbear.pid")"
await 5 gone "$(cat "$T/dropbear.pid")"
far_dropbear -j
login_up --json -p 2222 h1@h1
login_end
[ "$RC" = 7 ] || bad "exit $RC"
said '"code":"permission_denied"'
said 'device-auth'
[ ! -e "$T/url" ] || bad "a browser was opened"
untouched h1
nothing_left h1
