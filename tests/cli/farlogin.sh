# shellcheck shell=bash
# farlogin.sh - a login on a far host, for real: sshd and codex in a network
# of their own, the fake issuer here as auth.openai.com for both sides, and a
# browser that is curl or Chromium. After lib.sh, farhost.sh and issuer.sh.
#
#   far_codex NAME     a far host NAME with an account NAME that has codex
#   login_up ARG...    starts `tunnel`; sets LOGIN_PID
#   browse             what the opened browser does: the whole consent

need curl
# For accounts that may not see root's home.
[ -x "$CXP_CACHE/node_modules/.bin/codex" ] ||
    skip "no real codex (scripts/deps)"
mkdir "$T/codex"
mount --bind "$CXP_CACHE" "$T/codex"
CODEX=$T/codex/node_modules/.bin

# One issuer for the test, reached through its proxy by both sides.
far_issuer() {
	issuer_ca "$T/ca"
	chmod -R a+rX "$T/ca"
	issuer_up far --host 0.0.0.0 --cert "$T/ca/good.pem" \
	    --key "$T/ca/good.key" --proxy --as auth.openai.com \
	    --issuer https://auth.openai.com "$@" authorize=auto
	chmod a+rX "$T"
}

# far_codex NAME [SHELL]: an account there whose start-up files alone know of
# codex, proxy and CA.
far_codex() {
	local n=$((${#FAR_PID[@]} + 1))
	far_up "$1"
	account "$1" "${2:-/bin/bash}"
	cat > "${HOME_OF[$1]}/.bash_profile" <<-END
	echo noise from a start-up file
	export PATH=$CODEX:\$PATH
	export HTTPS_PROXY=http://10.77.$n.1:$ISSUER_PROXY
	export CODEX_CA_CERTIFICATE=$T/ca/ca.pem
	END
	chown "$1:" "${HOME_OF[$1]}/.bash_profile"
}

# A browser that is told its URL: as the user's, it keeps it, and no more.
cat > "$T/browser" <<-END
#!/bin/sh
echo "\$1" > $T/url.new
mv $T/url.new $T/url
END
chmod 755 "$T/browser"
export BROWSER=$T/browser

login_up() {
	rm -f "$T/url"
	: > "$T/out"
	: > "$T/err"
	env --default-signal=INT "$CP" tunnel "$@" \
	    > "$T/out" 2> "$T/err" < /dev/null &
	LOGIN_PID=$!
}

# login_end [SECONDS]: waits for it; sets RC.
login_end() {
	# shellcheck disable=SC2034	# the test's
	RC=0
	await "${1:-60}" gone "$LOGIN_PID" || {
		bad "tunnel does not end"
		kill -9 "$LOGIN_PID"
	}
	# shellcheck disable=SC2034
	wait "$LOGIN_PID" || RC=$?
	no_canary "$T/out" "$T/err"
}

opened() { await 45 test -s "$T/url" || bad "no browser is opened"; }

# browse [CURL OPTION...]: its answer in $T/page.
browse() {
	curl -sSL --max-time 60 --proxy "http://127.0.0.1:$ISSUER_PROXY" \
	    --noproxy 127.0.0.1,localhost --cacert "$T/ca/ca.pem" \
	    -H 'Sec-Fetch-Mode: navigate' -H 'Sec-Fetch-Dest: document' \
	    "$@" -o "$T/page" "$(cat "$T/url")" 2> "$T/curl" ||
	    bad "the browser: $(cat "$T/curl")"
}

far_idle() { ! pgrep -u "${UID_OF[$1]}" > /dev/null; }
# Nothing runs there, no folder is left, nobody listens, on either side.
far_gone() {
	far_idle "$1" &&
	    [ -z "$(find "${HOME_OF[$1]}" /tmp -maxdepth 1 \
	    -name '.cxp-login*' 2> /dev/null)" ]
}
nothing_left() {	# NAME [SECONDS]
	await "${2:-10}" far_gone "$1" || bad "left there: $(
	    pgrep -au "${UID_OF[$1]}" | cut -c1-80;
	    find "${HOME_OF[$1]}" -maxdepth 1 -name '.cxp-login*')"
	! far_listens "$1" 1455 || bad "somebody listens there"
	near_quiet 1455 || bad "somebody listens here"
}

# in_stage TEXT: of a login with -vv at h1.
in_stage() { grep -q ": h1@h1: $1\$" "$T/err"; }
reaches() { await 40 in_stage "$1" || bad "never: $1"; }

# stopped: it was, by Ctrl-C, and nothing came of it.
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
	    "http://127.0.0.1:1455/auth/callback?code=c$CANARY&state=$FAKE_STATE" &
	# shellcheck disable=SC2034	# the test's
	ANSWER=$!
}
FAKE_STATE=$(printf 's%.0s' {1..43})
# It waits in our listener.
asked_here() { ss -Htn "dport = :1455" | grep -q .; }

# cut_link: the session at h1 is gone from one moment to the next.
sessions_gone() { ! pgrep -f '^sshd: h1' > /dev/null; }
cut_link() {
	sessions_gone && bad "no session"
	pkill -9 -f '^sshd: h1'
}

# far_squat NAME [LOG]: somebody else holds 1455 there, and notes what comes.
far_squat() {
	nsenter --net="/proc/${FAR_PID[$1]}/ns/net" \
	    python3 - "${2:-/dev/null}" <<-'PY' &
	import socket, sys
	s = socket.socket()
	s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
	s.bind(("127.0.0.1", 1455))
	s.listen()
	while True:
	    c, _ = s.accept()
	    open(sys.argv[1], "ab").write(c.recv(65536))
	    c.close()
	PY
	SQUATTER=$!
	await 5 far_listens "$1" 1455 || bad "no squatter"
}
far_unsquat() {
	kill "$SQUATTER"
	wait "$SQUATTER" 2> /dev/null
}

# far_fake NAME MODE: its codex is tests/fake/farcodex.py from now on.
far_fake() {
	local h=${HOME_OF[$1]}
	mkdir -p "$h/fake"
	cp tests/fake/farcodex.py "$h/fake/codex"
	sed -i "s|^export PATH=.*|export PATH=$h/fake:\$PATH|" \
	    "$h/.bash_profile"
	echo "$2" > "$h/mode"
	cred "$h/login" chatgpt acct_new
	: > "$h/requests"
	chown -R "$1:" "$h/fake" "$h/mode" "$h/login" "$h/requests"
	chmod 755 "$h/fake/codex"
}

# old NAME: the account has a login before; same NAME: it still has that, and
# nobody revoked anything.
old() {
	cred "$T/old.$1" chatgpt acct_old
	far "$1" "$T/old.$1"
}
untouched() {
	cmp -s "$T/old.$1" "${HOME_OF[$1]}/.codex/auth.json" ||
	    bad "the old login is not there any more"
	[ "$(issuer_count far revoke)" = 0 ] || bad "a token was revoked"
}
