#!/bin/bash
# timeout: 600
# However a far login ends, by Ctrl-C, a kill or a lost link, at any moment:
# the old login is untouched, no token is revoked, nothing stays on either
# side; and a lost link is not the end of it.
. "$(dirname "$0")/lib.sh"
. tests/cli/farhost.sh
. tests/cli/issuer.sh
. tests/cli/farlogin.sh
far_issuer
far_codex h1
far_sshd h1
STATE=$(printf 's%.0s' {1..43})

# in_stage TEXT: of a login with -vv.
in_stage() { grep -q ": h1@h1: $1\$" "$T/err"; }
reaches() { await 40 in_stage "$1" || bad "never: $1"; }

stopped() {
	login_end
	[ "$RC" = 130 ] || bad "exit $RC"
	said '"code":"interrupted"'
	untouched h1
	nothing_left h1
}

# answer: what the browser brings, for the fake codex; in the background.
answer() {
	curl -s --max-time 100 -o "$T/page" -L -H 'Sec-Fetch-Mode: navigate' \
	    -H 'Sec-Fetch-Dest: document' \
	    "http://127.0.0.1:1455/auth/callback?code=c&state=$STATE" &
	ANSWER=$!
}

old h1
for stage in "asking for the forward" "starting codex there" "looking" \
    "waiting for codex there" "waiting for the browser"; do
	say "Ctrl-C: $stage"
	login_up --json -vv h1@h1
	reaches "$stage"
	kill -INT "$LOGIN_PID"
	stopped
done

say "Ctrl-C while start-up files take their time"
sed -i '1i sleep 3' "${HOME_OF[h1]}/.bash_profile"
login_up --json -vv h1@h1
reaches "starting codex there"
await 10 pgrep -u h1 sleep > /dev/null
kill -INT "$LOGIN_PID"
stopped
sed -i 1d "${HOME_OF[h1]}/.bash_profile"

say "SIGTERM"
login_up --json -vv h1@h1
reaches "waiting for the browser"
kill -TERM "$LOGIN_PID"
login_end
[ "$RC" = 143 ] || bad "exit $RC"
untouched h1
nothing_left h1

say "Ctrl-C while it exchanges"
far_fake h1 hang
login_up --json -vv h1@h1
opened
answer
reaches "exchanging"
kill -INT "$LOGIN_PID"
stopped
wait $ANSWER

say "nobody comes"
login_up --json -vv --timeout 4 h1@h1
login_end
[ "$RC" = 5 ] || bad "exit $RC"
said '"code":"timeout"'
untouched h1
nothing_left h1

say "kill -9 here: it is noticed there"
login_up --json -vv h1@h1
opened
kill -9 "$LOGIN_PID"
wait "$LOGIN_PID" 2> /dev/null
near_quiet 1455 || bad "somebody listens here"
untouched h1
nothing_left h1 40

far_sessions() { pgrep -f '^sshd: h1' ; }
cut() {
	far_sessions > /dev/null || bad "no session"
	pkill -9 -f '^sshd: h1'
}

say "the link is cut while the user is in the browser: it goes on"
far_fake h1 good
login_up --json -vv h1@h1
opened
cut
await 20 grep -q 'the login goes on' "$T/err" || bad "it does not"
answer
login_end
wait $ANSWER
[ "$RC" = 0 ] || bad "exit $RC"
cmp -s "${HOME_OF[h1]}/login" "${HOME_OF[h1]}/.codex/auth.json" || bad "file"
grep -q 'signed in' "$T/page" || bad "page"
nothing_left h1

say "the user comes back while there is no link"
old h1
login_up --json -vv h1@h1
opened
sshd_down h1
cut
await 20 grep -q 'connecting again' "$T/err" || bad "it is not noticed"
answer
far_sshd h1
login_end
wait $ANSWER
[ "$RC" = 0 ] || bad "exit $RC"
cmp -s "${HOME_OF[h1]}/login" "${HOME_OF[h1]}/.codex/auth.json" || bad "file"
nothing_left h1

say "the login there is over too: another one begins, once"
old h1
login_up --json -vv h1@h1
opened
mv "$T/url" "$T/url.first"
sshd_down h1
cut
pkill -9 -u h1
await 20 far_gone h1 || rm -rf "${HOME_OF[h1]}"/.cxp-login*
far_sshd h1
opened
grep -q 'another one begins' "$T/err" || bad "it is not said"
answer
login_end
wait $ANSWER
[ "$RC" = 0 ] || bad "exit $RC"
nothing_left h1

say "cut while it exchanges, and nothing comes of it: another one begins"
far_fake h1 hang
old h1
login_up --json -vv h1@h1
opened
answer
reaches "exchanging"
await 10 grep -q ^GET./auth "${HOME_OF[h1]}/requests"
rm "$T/url"
echo good > "${HOME_OF[h1]}/mode"
cut
opened
wait $ANSWER
answer
login_end
wait $ANSWER
[ "$RC" = 0 ] || bad "exit $RC"
nothing_left h1 30

say "cut for good"
old h1
login_up --json -vv h1@h1
opened
sshd_down h1
cut
login_end 90
[ "$RC" = 5 ] || bad "exit $RC"
said '"code":"unreachable"'
untouched h1
nothing_left h1 40
