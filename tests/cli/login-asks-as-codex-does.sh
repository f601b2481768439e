#!/bin/bash
# What login sends is what the real Codex sends to the same issuer, parameter
# by parameter, and what it writes is of the form that Codex writes.
. "$(dirname "$0")/lib.sh"
. tests/cli/issuer.sh
codex=$CXP_CACHE/node_modules/.bin/codex
[ -x "$codex" ] || skip "no real codex (scripts/deps)"

issuer_ca "$T/ca"
export CODEX_CA_CERTIFICATE=$T/ca/ca.pem
echo '127.0.0.1 auth.openai.com' >> /etc/hosts

# codex_run HOME ARG...: the real one; its output in $T/codex.
codex_run() {
	local home=$1
	shift
	mkdir -p "$home/.codex"
	HOME=$home timeout 120 "$codex" "$@" > "$T/codex" 2>&1 ||
	    bad "codex $*: $(tail -3 "$T/codex")"
}

# same LOG LOG [ENDPOINT...]: the requests of the two are alike.
same() {
	python3 - "$@" <<-'PY' || bad "requests differ"
	import json, sys
	theirs, ours, *wanted = sys.argv[1:]
	# Whoever asks names himself; the host's port is that of each issuer.
	free = {"user-agent", "host", "content-length", "accept-encoding"}
	secret = {"code", "code_verifier", "device_auth_id", "redirect_uri",
	          "token", "refresh_token", "subject_token"}

	def read(path):
	    out = {}
	    for line in open(path):
	        r = json.loads(line)
	        if r.get("endpoint") in wanted:
	            out.setdefault(r["endpoint"], r)
	    return out

	def shape(r):
	    pairs = r["form"] if r["form"] is not None else list(
	        r["json"].items()) if isinstance(r["json"], dict) else []
	    heads = {k.lower(): v for k, v in r["headers"]}
	    return {
	        "line": (r["method"], r["path"], r["query"]),
	        "names": sorted(heads.keys() - {"connection"}),
	        # "codex_exec" where exec refreshes, else "codex_cli_rs"
	        "heads": {k: v.replace("codex_exec", "codex_cli_rs")
	                  for k, v in heads.items() if k not in free
	                  and k != "connection"},
	        "form": r["form"] is not None and bool(r["body"]),
	        "params": [(k, "" if k in secret else v) for k, v in pairs],
	        "json": None if r["form"] is not None else "".join(
	            '%s|' % k for k in r["json"])}

	a, b = read(theirs), read(ours)
	bad = False
	for w in wanted:
	    if w not in a or w not in b:
	        print(w, "codex:", w in a, "we:", w in b)
	        bad = True
	        continue
	    x, y = shape(a[w]), shape(b[w])
	    for k in x:
	        if x[k] != y[k]:
	            print(w, k, "codex:", x[k], "we:", y[k])
	            bad = True
	sys.exit(bad)
	PY
}

# form FILE FILE: the same members in the same order, the same mode.
form() {
	python3 - "$@" <<-'PY' || bad "auth.json differs in form"
	import json, os, re, sys
	a, b = (open(f).read() for f in sys.argv[1:])
	blank = lambda s: re.sub(r'": "[^"]*"', '": ""', s)
	for f in sys.argv[1:]:
	    assert os.stat(f).st_mode & 0o7777 == 0o600, f
	if blank(a) != blank(b):
	    print(blank(a), blank(b), sep="\n--\n")
	    sys.exit(1)
	PY
}

say "by device code"
issuer_up theirs --interval '"1"' poll=pending,ok
codex_run "$T/theirs" login --device-auth --experimental_issuer "$ISSUER/"
issuer_up ours --interval '"1"' poll=pending,ok
run login --device-auth --issuer "$ISSUER/"
[ "$RC" = 0 ] || bad "exit $RC"
same "$T/issuer.theirs.log" "$T/issuer.ours.log" usercode poll token
form "$T/theirs/.codex/auth.json" ~/.codex/auth.json
grep -q "\"issuer\": \"$ISSUER/\"" ~/.codex/auth.json || bad "provenance"
redirect() {
	sed -n 's/.*"redirect_uri", "http:..127.0.0.1:[0-9]*\([^"]*\)".*/\1/p' "$1"
}
[ "$(redirect "$T/issuer.theirs.log")" = "$(redirect "$T/issuer.ours.log")" ] ||
    bad "redirect_uri"
codex_run "$T/client" login status
grep -q 'Logged in using ChatGPT' "$T/codex" || bad "$(cat "$T/codex")"

# The refresh and the revocation, asked for by tests/fake/issuerask.c.
say "a refresh"
issuer_down theirs
issuer_up theirs --interval '"1"' --lifetime 60
codex_run "$T/theirs" login --device-auth --experimental_issuer "$ISSUER"
HOME=$T/theirs timeout 60 "$codex" exec --skip-git-repo-check hello \
    > "$T/codex" 2>&1 < /dev/null &
exec_pid=$!
await 50 issuer_counts theirs refresh 1 || bad "codex does not refresh"
kill "$exec_pid"
wait "$exec_pid" 2> /dev/null
echo "rt_$CANARY" | "$B/tests/fake/issuerask" "$(cat "$T/issuer.ours.url")" \
    refresh proactive_expiry > "$T/out"
same "$T/issuer.theirs.log" "$T/issuer.ours.log" refresh
issuer_down theirs
issuer_down ours

say "a revocation"
for who in theirs ours; do
	issuer_up $who --port 443 --cert "$T/ca/good.pem" \
	    --key "$T/ca/good.key" --issuer https://auth.openai.com
	if [ $who = theirs ]; then
		codex_run "$T/theirs" logout
	else
		echo "rt_$CANARY" | "$B/tests/fake/issuerask" -c "$T/ca/ca.pem" \
		    https://auth.openai.com revoke refresh_token > "$T/out"
	fi
	issuer_down $who
done
same "$T/issuer.theirs.log" "$T/issuer.ours.log" revoke

say "with another client"
issuer_up ours --interval '"1"'
run login --device-auth --issuer "$ISSUER" --client-id app_other
grep -q '"client_id": "app_other"' "$T/issuer.ours.log" || bad "client_id"
[ "$(grep -c 'app_EMo' "$T/issuer.ours.log")" = 0 ] || bad "both clients"
grep -q '"client_id": "app_other"' ~/.codex/auth.json || bad "provenance"
issuer_down ours

say "with a personal access token"
at=at-${CANARY}token
issuer_up theirs --port 443 --cert "$T/ca/good.pem" --key "$T/ca/good.key" \
    --issuer https://auth.openai.com
printf '%s\n' "$at" | codex_run "$T/theirs" login --with-access-token
issuer_down theirs
issuer_up ours --port 443 --cert "$T/ca/good.pem" --key "$T/ca/good.key" \
    --issuer https://auth.openai.com
printf '%s\n' "$at" | "$CP" login --with-access-token > "$T/out" 2> "$T/err" ||
    bad "exit $?"
no_canary "$T/out" "$T/err"
said 'fake@example.com, account acct_fake, plan pro'
same "$T/issuer.theirs.log" "$T/issuer.ours.log" whoami
form "$T/theirs/.codex/auth.json" ~/.codex/auth.json
cmp -s "$T/theirs/.codex/auth.json" ~/.codex/auth.json || bad "not the same"
codex_run "$T/client" login status
grep -q 'personal access token' "$T/codex" || bad "$(cat "$T/codex")"
issuer_down ours

say "with an API key"
key=sk-proj-${CANARY}key
printf ' %s\n\n' "$key" | codex_run "$T/theirs" login --with-api-key
printf ' %s\n\n' "$key" | "$CP" login --with-api-key > "$T/out" 2> "$T/err" ||
    bad "exit $?"
no_canary "$T/out" "$T/err"
cmp -s "$T/theirs/.codex/auth.json" ~/.codex/auth.json || bad "not the same"
codex_run "$T/client" login status
grep -q 'API key configured' "$T/codex" || bad "$(cat "$T/codex")"
