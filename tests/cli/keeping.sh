# shellcheck shell=bash
# keeping.sh - for tests of `keep`; read after lib.sh and issuer.sh.
#
# KEPT is this machine's auth.json. Keepers write to $T/keep.out and .err.

KEPT=$HOME/.codex/auth.json

# login_here NAME: a login of this machine, given by that issuer.
login_here() {
	run login --device-auth --issuer "$(cat "$T/issuer.$1.url")"
	[ "$RC" = 0 ] || bad "no login"
}

# token FILE NAME: a member of its tokens.
token() {
	python3 -c 'import json, sys
print(json.load(open(sys.argv[1]))["tokens"][sys.argv[2]])' "$1" "$2" \
	    2> /dev/null
}

# keep_up ARG...: a keeper that stays. Sets KEEPER.
keep_up() {
	: > "$T/keep.out"
	: > "$T/keep.err"
	# A shell without job control would have it ignore SIGINT.
	env --default-signal=INT,QUIT "$CP" keep "$@" >> \
	    "$T/keep.out" 2>> "$T/keep.err" < /dev/null &
	KEEPER=$!
}

# keep_down [SIGNAL]: ends it; sets RC.
keep_down() {
	kill "-${1:-TERM}" "$KEEPER"
	RC=0
	wait "$KEEPER" 2> /dev/null || RC=$?
	no_canary "$T/keep.out" "$T/keep.err"
}

kept_said() { grep -q -- "$1" "$T/keep.out" "$T/keep.err"; }

# kept_rounds N [TEXT]: for await; so many rounds (with TEXT) were said.
kept_rounds() {
	[ "$(grep -c -- "${2:-.}" "$T/keep.out")" -ge "$1" ]
}

# never_twice NAME: no refresh token was sent twice to that issuer.
never_twice() {
	python3 - "$T/issuer.$1.log" <<-'PY' || bad "a token was sent twice"
	import json, sys
	sent = [r["json"]["refresh_token"] for r in map(json.loads,
	        open(sys.argv[1])) if r.get("endpoint") == "refresh"]
	sys.exit(len(sent) != len(set(sent)))
	PY
}

# newest NAME: the file's refresh token is the one that works. This uses it.
newest() {
	local status
	status=$(token "$KEPT" refresh_token | python3 -c 'import json, sys
print(json.dumps({"client_id": "x", "grant_type": "refresh_token",
                  "refresh_token": sys.stdin.read().strip()}))' |
	    curl -sS -o "$T/answer" -w '%{http_code}' --noproxy '*' \
	    -H 'content-type: application/json' --data @- \
	    "$(cat "$T/issuer.$1.url")/oauth/token")
	[ "$status" = 200 ] || bad "the refresh token is spent ($status)"
}
