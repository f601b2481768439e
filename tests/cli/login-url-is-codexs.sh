#!/bin/bash
# The URL that the browser gets, and what the issuer is sent after it, are
# the real Codex's, parameter by parameter and in the same order; so is the
# form of the auth.json that comes of it.
. "$(dirname "$0")/lib.sh"
. tests/cli/issuer.sh
. tests/cli/web.sh
[ -x "$codex" ] || skip "no real codex (scripts/deps)"

issuer_ca "$T/ca"
export CODEX_CA_CERTIFICATE=$T/ca/ca.pem
echo '127.0.0.1 auth.openai.com' >> /etc/hosts
https=(--port 443 --cert "$T/ca/good.pem" --key "$T/ca/good.key" --issuer
    https://auth.openai.com authorize=auto)

# theirs CONFIG: the real codex logs in; its URL in $T/url.theirs.
theirs() {
	local pid
	rm -rf "$T/theirs"
	mkdir -p "$T/theirs/.codex"
	printf '%s\n' "$1" > "$T/theirs/.codex/config.toml"
	: > "$T/codex"
	HOME=$T/theirs BROWSER=true timeout 120 "$codex" login > "$T/codex" \
	    2>&1 < /dev/null &
	pid=$!
	await 30 grep -q '^https.*/oauth/authorize' "$T/codex" ||
	    bad "codex login: $(cat "$T/codex")"
	URL=$(grep -m1 '^https.*/oauth/authorize' "$T/codex")
	echo "$URL" > "$T/url.theirs"
	browse
	wait "$pid" || bad "codex login: $(tail -3 "$T/codex")"
}

ours() {	# OPTION...: the same by us
	ISSUER=https://auth.openai.com login_up --no-browser "$@"
	echo "$URL" > "$T/url.ours"
	browse
	[ "$BROWSED" = 200 ] || bad "browser: $BROWSED"
	login_down
	[ "$RC" = 0 ] || bad "exit $RC"
}

same_url() {
	python3 - "$T/url.theirs" "$T/url.ours" <<-'PY' || bad "URLs differ"
	import re, sys
	a, b = (open(f).read() for f in sys.argv[1:])
	# What is random is of the same length and alphabet, and is not the same.
	def blank(u):
	    return re.sub(r"(code_challenge|state)=[A-Za-z0-9_-]{43}&",
	                  r"\1=@&", u)
	if blank(a) != blank(b) or a == b or blank(a).count("@") != 2:
	    print(blank(a), blank(b), sep="\n")
	    sys.exit(1)
	PY
}

same_requests() {
	python3 - "$T/issuer.theirs.log" "$T/issuer.ours.log" <<-'PY' ||
	import json, re, sys
	def read(path):
	    out = []
	    for r in map(json.loads, open(path)):
	        if r.get("endpoint") not in ("token", "apikey"):
	            continue
	        heads = {k.lower(): v for k, v in r["headers"]}
	        out.append((r["method"], r["path"], heads["content-type"],
	                    heads["accept"], "cookie" in heads, [
	            (k, len(v) if k in ("code", "code_verifier") else
	             "" if k == "subject_token" else v)
	            for k, v in r["form"]]))
	    return out
	a, b = map(read, sys.argv[1:])
	if a != b or len(a) != 2:
	    print(a, b, sep="\n")
	    sys.exit(1)
	PY
	    bad "requests differ"
}

same_form() {
	python3 - "$T/theirs/.codex/auth.json" "$AUTH" <<-'PY' ||
	import os, re, sys
	a, b = (re.sub(r'": "[^"]*"', '": ""', open(f).read())
	        for f in sys.argv[1:])
	if a != b:
	    print(a, b, sep="\n")
	    sys.exit(1)
	PY
	    bad "auth.json differs in form"
}

both() {	# CONFIG OPTION...
	local config=$1
	shift
	issuer_up theirs "${https[@]}"
	theirs "$config"
	issuer_down theirs
	issuer_up ours "${https[@]}"
	ours "$@"
	issuer_down ours
	same_url
	same_requests
	same_form
}

say "as it is"
both ''
say "for a workspace"
both 'forced_chatgpt_workspace_id = ["acct_other", "acct_fake"]' \
    --workspace acct_other,acct_fake
grep -q '&allowed_workspace_id=acct_other%2Cacct_fake$' "$T/url.ours" ||
    bad "$(cat "$T/url.ours")"

say "a login of another workspace is refused"
issuer_up ours "${https[@]}"
cp "$AUTH" "$T/old"
ISSUER=https://auth.openai.com login_up --no-browser --workspace acct_other
browse
grep -q 'The login did not finish' "$T/answer" || bad "the page"
login_down
[ "$RC" = 4 ] || bad "exit $RC"
said "the login is of the workspace 'acct_fake', not of 'acct_other'"
cmp -s "$AUTH" "$T/old" || bad "the old login is gone"

say "one of none is refused too"
issuer_down ours
issuer_up ours "${https[@]}" --account ''
ISSUER=https://auth.openai.com login_up --no-browser --workspace a,,b
browse
login_down
[ "$RC" = 4 ] || bad "exit $RC"
cmp -s "$AUTH" "$T/old" || bad "the old login is gone"
issuer_down ours
issuer_up ours "${https[@]}"

say "localhost is asked for"
ISSUER=https://auth.openai.com login_up --no-browser --redirect-host localhost
[ "$(parameter redirect_uri)" = http://localhost:1455/auth/callback ] ||
    bad "$URL"
browse
[ "$BROWSED" = 200 ] || bad "browser: $BROWSED"
login_down
[ "$RC" = 0 ] || bad "exit $RC"
grep -q '"redirect_uri", "http://localhost:1455/auth/callback"' \
    "$T/issuer.ours.log" || bad "the exchange says another redirect_uri"

say "an issuer without API keys is no failure"
issuer_set ours apikey=401
ISSUER=https://auth.openai.com login_up --no-browser
browse
login_down
[ "$RC" = 0 ] || bad "exit $RC"
grep -q '"OPENAI_API_KEY": null' "$AUTH" || bad "a key?"
