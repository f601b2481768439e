#!/bin/bash
# A login in a container ends in the browser here, through whatever the
# container has that can connect, with nothing published: on this machine's
# engine and on a far one.
. "$(dirname "$0")/lib.sh"
. tests/cli/engines.sh
. tests/cli/farhost.sh
. tests/cli/issuer.sh
. tests/cli/farlogin.sh
far_issuer
dockerd_up e
images
BIN=$(find "$T/codex/node_modules/@openai" -name codex -type f -path '*bin/codex' | grep -v '\.js' | tail -1)
[ -x "$BIN" ] || bad "no codex binary"

# contained NAME N: a container with codex, and a wire to us.
contained() {
	box "$1" 1000 /home/app -u app -v "$BIN:/usr/local/bin/codex:ro" \
	    -v "$T/ca:/ca:ro" -e CODEX_CA_CERTIFICATE=/ca/ca.pem \
	    -e "HTTPS_PROXY=http://10.78.$2.1:$ISSUER_PROXY" -e HOME=/home/app
	ip link add "box$2" type veth peer name near netns "${PID_OF[$1]}"
	ip addr add "10.78.$2.1/24" dev "box$2"
	ip link set "box$2" up
	nsenter -t "${PID_OF[$1]}" -n sh -c "ip addr add 10.78.$2.2/24 dev near
	    ip link set near up; ip link set lo up"
}
boxed_left() {
	! nsenter -t "${PID_OF[$1]}" -p -m /bin/busybox ps |
	    grep -q 'codex login' && [ -z "$(find "${HOME_OF[$1]}" \
	    -maxdepth 1 -name '.cxp-login*')" ]
}
boxed() {	# NAME: the last login was installed in it
	[ "$RC" = 0 ] || bad "exit $RC"
	said '"state":"written"'
	grep -q '"account_id": "acct_fake"' \
	    "${HOME_OF[$1]}/.codex/auth.json" || bad "no login in there"
	[ "$(stat -c '%a %u' "${HOME_OF[$1]}/.codex/auth.json")" = \
	    "600 ${UID_OF[$1]}" ] || bad "mode or owner"
	grep -q 'signed in' "$T/page" || bad "no success is shown"
	await 10 boxed_left "$1" || bad "something is left in there"
	near_quiet 1455 || bad "somebody listens here"
}

contained c1 1
say "a container of this engine"
login_up --json -H "unix://${SOCK[e]}" docker://c1
opened
browse
login_end
boxed c1
rm "${HOME_OF[c1]}/.codex/auth.json"

say "one of a far engine"
ln -sf "${SOCK[e]}" /run/docker.sock
chmod 666 "${SOCK[e]}"
chmod 711 "$T/eng" "$T"
account ops
sshd_up
login_up --json --container c1 ops@web1
opened
browse
login_end
boxed c1
said '"target":"docker+ssh://ops@web1/c1"'
rm "${HOME_OF[c1]}/.codex/auth.json"

say "the link to that engine is cut: it goes on"
login_up --json -vv --container c1 ops@web1
opened
pkill -9 -f '^sshd: ops' || bad "no session"
await 30 grep -q 'the login goes on' "$T/err" || bad "it does not"
browse
login_end
boxed c1
rm "${HOME_OF[c1]}/.codex/auth.json"

say "kill -9 here"
login_up --json -H "unix://${SOCK[e]}" docker://c1
opened
kill -9 "$LOGIN_PID"
wait "$LOGIN_PID" 2> /dev/null
await 40 boxed_left c1 || bad "something is left in there"

say "Ctrl-C"
login_up --json -H "unix://${SOCK[e]}" docker://c1
opened
kill -INT "$LOGIN_PID"
login_end
[ "$RC" = 130 ] || bad "exit $RC"
await 10 boxed_left c1 || bad "something is left in there"
[ ! -e "${HOME_OF[c1]}/.codex/auth.json" ] || bad "a file came of it"

say "nothing there can connect"
in_ns c1 /bin/busybox sh -c 'rm /bin/nc /bin/wget
    ln -f /bin/busybox /bin/busybox-x
    for a in /bin/*; do [ ! -L "$a" ] || ln -sf busybox-x "$a"; done
    /bin/busybox-x rm /bin/busybox' || bad "cannot take its tools away"
login_up --json -H "unix://${SOCK[e]}" docker://c1
login_end
[ "$RC" = 7 ] || bad "exit $RC"
said 'nothing in the container can connect'
said 'device-auth'
[ ! -e "$T/url" ] || bad "a browser was opened"
