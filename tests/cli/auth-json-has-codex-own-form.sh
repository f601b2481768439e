#!/bin/bash
# timeout: 400
# An auth.json of ours is, byte for byte, the one that Codex 0.169 writes for
# the same key and after the same refresh; and every form of ours is used by
# it and read by 0.130.
. "$(dirname "$0")/lib.sh"
. tests/cli/issuer.sh
codex=$CXP_CACHE/node_modules/.bin/codex
old_codex=$CXP_CACHE/0.130.0/node_modules/.bin/codex
[ -x "$codex" ] && [ -x "$old_codex" ] ||
    skip "no real codex (scripts/deps)"
FORM=$B/tests/fake/authform
D=$HOME/.codex
F=$D/auth.json

say "an API key"
for key in sk-one '  sk-two\r\n'; do
	printf '%b' "$key" | "$codex" login --with-api-key 2> "$T/err" ||
	    bad "codex: $(cat "$T/err")"
	printf '%b' "$key" | "$FORM" apikey > "$T/ours" || bad "ours"
	cmp "$F" "$T/ours" || bad "another form"
done

# old PYTHON: a login that ends in ten seconds, with more in it than there has
# to be, changed by this (d is the file, t its tokens). Its refresh token is
# one that the issuer knows.
old() {
	CODEX_HOME=$T/from "$CP" login --device-auth --issuer "$ISSUER" -q \
	    > "$T/out" 2> "$T/err" < /dev/null || bad "login: exit $?"
	python3 - "$1" "$T/from/auth.json" > "$T/old" <<-'PY'
	import base64, json, os, sys, time
	ISSUER = os.environ["ISSUER"]
	def jwt(exp):
	    part = lambda o: base64.urlsafe_b64encode(
	        json.dumps(o).encode()).decode().rstrip("=")
	    return part({"alg": "RS256"}) + "." + part({
	        "email": "a@example.com", "exp": exp,
	        "https://api.openai.com/auth": {
	            "chatgpt_account_id": "acct", "chatgpt_user_id": "u",
	            "chatgpt_plan_type": "pro"}}) + ".c2ln"
	d = {"zzz": [1, None], "last_refresh": "2026-01-02T03:04:05Z",
	     "OPENAI_API_KEY": None, "auth_mode": "chatgpt",
	     "tokens": {"refresh_token": json.load(open(sys.argv[2]))["tokens"][
	                    "refresh_token"],
	                "unknown": 2, "account_id": "acct",
	                "id_token": jwt(9999999999),
	                "access_token": jwt(int(time.time()) + 10)}}
	t = d["tokens"]
	exec(sys.argv[1])
	json.dump(d, sys.stdout)
	PY
	cp "$T/old" "$F"
	chmod 600 "$F"
}

issuer_up i --interval '"1"'
export ISSUER
mkdir "$T/from"
export CODEX_REFRESH_TOKEN_URL_OVERRIDE=$ISSUER/oauth/token
n=0
while read -r row; do
	say "refreshed: $row"
	old "$row"
	python3 tests/cli/codexsends.py "$codex" "$D" > "$T/sent"
	cmp -s "$F" "$T/old" && bad "Codex did not refresh it"
	"$FORM" refreshed "$T/old" "$F" > "$T/ours" || bad "ours"
	cmp "$F" "$T/ours" || bad "another form"
	n=$((n + 1))
done <<'ROWS'
pass
del d["auth_mode"], d["OPENAI_API_KEY"]
d["OPENAI_API_KEY"] = "sk-\u00e9\"\\/\u001f\n"
t["oauth_provenance"] = {"x": 1, "client_id": "c", "issuer": ISSUER}; t["login_owner_id"] = ""
t["oauth_provenance"] = None; t["login_owner_id"] = None; d["agent_identity"] = None; d["personal_access_token"] = None
d["personal_access_token"] = "at-1"; d["bedrock_api_key"] = {"region": "r", "api_key": "k"}; d["agent_identity"] = "a.e30.c"
d["bedrock_access_keys"] = {"session_token": "t", "secret_access_key": "s", "access_key_id": "i"}
d["bedrock_access_keys"] = {"session_token": None, "secret_access_key": "s", "access_key_id": "i"}
d["agent_identity"] = {"plan_type": "pro", "email": None, "agent_private_key": "k", "agent_runtime_id": "r", "account_id": "a", "chatgpt_user_id": "u", "chatgpt_account_is_fedramp": True}
ROWS
[ $n = 9 ] || bad "$n rows"

# used KIND: by Codex 0.169 as it is, by 0.130 in name.
used() {
	local token
	cp "$T/$1" "$F"
	token=$(sed -n 's/.*"\(access_token\|OPENAI_API_KEY\)": "\(.*\)".*/\2/p' \
	    "$F")
	[ "$(python3 tests/cli/codexsends.py "$codex" "$D")" = "$token" ] ||
	    bad "Codex does not use it"
	cmp -s "$T/$1" "$F" || bad "Codex changed it"
	timeout 60 "$old_codex" login status > "$T/status" 2>&1 ||
	    bad "0.130: $(cat "$T/status")"
	grep -q "$2" "$T/status" || bad "0.130: $(cat "$T/status")"
}
unset CODEX_REFRESH_TOKEN_URL_OVERRIDE
cred "$T/login"

say "a lease is used, and asks for no refresh"
"$FORM" lease "$T/login" > "$T/lease" || bad "ours"
used lease 'Logged in using ChatGPT'
say "a login"
"$FORM" refreshed "$T/login" "$T/login" > "$T/chatgpt" || bad "ours"
used chatgpt 'Logged in using ChatGPT'
say "a key"
echo "sk-proj-$CANARY" | "$FORM" apikey > "$T/apikey" || bad "ours"
used apikey 'Logged in using an API key'
