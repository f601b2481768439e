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

old h1
say "Ctrl-C: connecting"
kill -STOP "$(cat "$T/sshd.h1.pid")"
login_up --json -vv h1@h1
reaches "connecting"
kill -INT "$LOGIN_PID"
stopped
kill -CONT "$(cat "$T/sshd.h1.pid")"

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

say "Ctrl-C at the question for the address"
on_tty "Paste.*=^C" -- tunnel --paste h1@h1
[ "$RC" = 130 ] || bad "exit $RC"
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

say "Ctrl-C while it tries the forward"
far_fake h1 mute
login_up --json -vv h1@h1
reaches "trying the forward"
kill -INT "$LOGIN_PID"
stopped

say "Ctrl-C while codex there does not end"
far_fake h1 stubborn
login_up --json -vv h1@h1
opened
answer
reaches "ending codex there"
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

say "kill -9 here: it ends there, long before a lost link would end it"
far_fake h1 good
login_up --json -vv h1@h1
opened
kill -9 "$LOGIN_PID"
wait "$LOGIN_PID" 2> /dev/null
near_quiet 1455 || bad "somebody listens here"
untouched h1
nothing_left h1

say "the same through a jump host"
account j
sshd_up near "ListenAddress 127.0.1.8"
login_up --json -J j@web8 h1@h1
opened
kill -9 "$LOGIN_PID"
wait "$LOGIN_PID" 2> /dev/null
untouched h1
nothing_left h1
await 5 far_idle j || bad "left at the jump host: $(far_left j)"

say "the link is cut while the user is in the browser: it goes on"
goes_on() {
	await 20 grep -q 'the login goes on' "$T/err" || bad "it does not"
	answer
	login_end
	wait $ANSWER
	[ "$RC" = 0 ] || bad "exit $RC"
	cmp -s "${HOME_OF[h1]}/login" "${HOME_OF[h1]}/.codex/auth.json" ||
	    bad "file"
	grep -q 'signed in' "$T/page" || bad "page"
	nothing_left h1
}
login_up --json -vv h1@h1
opened
cut_link
goes_on

say "the link is cut before there is a page: the same"
sed -i '1i while [ -e ~/hold ]; do sleep .1; done' \
    "${HOME_OF[h1]}/.bash_profile"
echo 'while [ -e ~/slow ]; do sleep .1; done' > "${HOME_OF[h1]}/.bashrc"
: > "${HOME_OF[h1]}/hold"
old h1
login_up --json -vv h1@h1
reaches "starting codex there"
await 10 pgrep -u h1 -x sleep > /dev/null
: > "${HOME_OF[h1]}/slow"	# from the next shell on
rm "${HOME_OF[h1]}/hold"
reaches "looking"
cut_link
rm "${HOME_OF[h1]}/slow" "${HOME_OF[h1]}/.bashrc"
sed -i 1d "${HOME_OF[h1]}/.bash_profile"
opened
goes_on

say "the same where the port goes by another name"
echo "127.0.0.1 localhost" >> /etc/hosts
sshd_down h1
far_sshd h1 "PermitOpen localhost:1455"
old h1
login_up --json -vv h1@h1
opened
cut_link
goes_on
sshd_down h1
far_sshd h1

say "the link says nothing any more, and comes back: the same"
old h1
login_up --json -vv h1@h1
opened
ip link set far1 down
await 30 grep -q 'connecting again' "$T/err" || bad "it is not noticed"
ip link set far1 up
goes_on

say "the user comes back at the moment that the link goes"
old h1
login_up --json -vv h1@h1
opened
kill -STOP "$LOGIN_PID"
cut_link
await 5 sessions_gone
answer
await 5 asked_here
kill -CONT "$LOGIN_PID"
login_end
wait $ANSWER
[ "$RC" = 0 ] || bad "exit $RC"
grep -q 'another one begins' "$T/err" && bad "the answer is thrown away"
nothing_left h1

say "the user comes back while there is no link"
old h1
login_up --json -vv h1@h1
opened
sshd_down h1
cut_link
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
cut_link
pkill -9 -u h1
await 5 far_idle h1 || bad "something lives there"
rm -rf "${HOME_OF[h1]}"/.cxp-login*	# a restart's tmpfs
far_sshd h1
opened
grep -q 'another one begins' "$T/err" || bad "it is not said"
answer
login_end
wait $ANSWER
[ "$RC" = 0 ] || bad "exit $RC"
nothing_left h1

# By its "sleep 1", of which there is none now and then.
keeper() {
	KEEPER=$(ps -o ppid= -p "$(pgrep -n -u h1 -x sleep)" 2> /dev/null) &&
	    [ -n "$KEEPER" ]
}

say "this machine sleeps for longer than the login there waits: the same"
old h1
login_up --json -vv h1@h1
opened
rm "$T/url"
await 5 keeper || bad "no keeper"
kill -TERM "$KEEPER"
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
cut_link
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
cut_link
login_end 90
[ "$RC" = 5 ] || bad "exit $RC"
said '"code":"unreachable"'
untouched h1
nothing_left h1 40
