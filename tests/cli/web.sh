# shellcheck shell=bash
# web.sh - a login through a browser; read after lib.sh and issuer.sh.
# shellcheck disable=SC2034	# variables are for the test that reads this

codex=$CXP_CACHE/node_modules/.bin/codex
codex_old=$CXP_CACHE/0.130.0/node_modules/.bin/codex
AUTH=$HOME/.codex/auth.json

# login_up [ARG...]: login begins and waits. Sets LOGIN_PID and URL.
login_up() {
	: > "$T/out"
	: > "$T/err"
	# A shell has background processes ignore SIGINT.
	env --default-signal=INT "$CP" login --issuer "$ISSUER" "$@" \
	    > "$T/out" 2> "$T/err" < /dev/null &
	LOGIN_PID=$!
	await 20 grep -q '^http.*/oauth/authorize' "$T/err" ||
	    bad "no URL: $(cat "$T/err")"
	URL=$(grep -m1 '^http.*/oauth/authorize' "$T/err")
}

# login_down: waits for its end. Sets RC; says no secret, leaves no port.
login_down() {
	RC=0
	await 20 gone "$LOGIN_PID" || {
		bad "the login does not end"
		kill "$LOGIN_PID"
	}
	wait "$LOGIN_PID" || RC=$?
	no_canary "$T/out" "$T/err"
	ports_free || bad "still listened on: $(listeners)"
}

# parameter NAME: of URL, decoded.
parameter() {
	python3 -c 'import sys; from urllib.parse import *
print(dict(parse_qsl(urlsplit(sys.argv[1]).query))[sys.argv[2]])' "$URL" "$1"
}

listeners() { ss -Hltn '( sport = 1455 or sport = 1457 )'; }
ports_free() { [ -z "$(listeners)" ]; }

# web TARGET [CURL OPTION...]: the status of the callback server's answer.
web() {
	local target=$1
	shift
	curl -gs -o "$T/answer" -w '%{http_code}' --max-time 20 "$@" \
	    "http://127.0.0.1:${PORT:-1455}$target"
}

# callback: the URL that the issuer (authorize=auto) sends a browser to.
callback() { curl -gsk -o /dev/null -w '%{redirect_url}' "$URL"; }

# browse: what a user does, by curl. Sets BROWSED to the last status.
browse() {
	BROWSED=$(curl -gskL -o "$T/answer" -w '%{http_code}' --max-time 30 \
	    "$URL")
}
