#!/bin/bash
# timeout: 600
# A browser walks the whole login, to a page that is worth looking at; and
# what it ends in, Codex takes, the oldest too.
. "$(dirname "$0")/lib.sh"
. tests/cli/issuer.sh
. tests/cli/web.sh
need chromium node
[ -e "$CXP_CACHE/node_modules/playwright-core" ] ||
    skip "no playwright-core (scripts/deps)"

# walk FOLDER LOOK...: into FOLDER/said.
walk() {
	local d=$1
	mkdir -p "$d"
	timeout 250 node tests/cli/walk.js "$URL" "$@" > "$d/said" \
	    2> "$d/err" || bad "the browser: $(cat "$d/err")"
}

# page FOLDER HEADING: what every page of ours has to be.
page() {
	python3 - "$1" "$2" <<-'PY' || bad "the page"
	import json, os, sys
	folder, heading = sys.argv[1:]
	s = json.load(open(folder + "/said"))
	bad = []
	def want(what, ok):
	    if not ok:
	        bad.append(what)
	want("url %s" % s["url"], s["url"].endswith("/done"))
	want("the code is in the history: %s" % s["history"],
	     not any("code=" in u or "state=" in u and "/auth/callback" in u
	             for u in s["history"]))
	want("complaints: %s" % s["complaints"], not s["complaints"])
	callbacks = [u for u in s["requests"] if ":145" in u.split("?")[0]]
	want("it asks for more: %s" % callbacks, len(callbacks) == 2)
	want("slow: %d ms" % s["milliseconds"], s["milliseconds"] < 5000)
	for name, l in s["looks"].items():
	    want("%s: heading %s" % (name, l["heading"]),
	         l["heading"] == heading)
	    want("%s: does not fit" % name, l["fits"])
	    want("%s: contrast %.1f" % (name, l["contrast"]),
	         l["contrast"] >= 7)
	    want("%s: %s px" % (name, l["size"]), l["size"] >= 16)
	grounds = {n: l["ground"] for n, l in s["looks"].items()}
	dark = {v for n, v in grounds.items() if n.endswith("dark")}
	light = {v for n, v in grounds.items() if n.endswith("light")}
	want("dark is light: %s" % grounds, not dark & light)
	pictures = [f for f in os.listdir(folder) if f.endswith(".png")]
	want("pictures: %s" % pictures, len(pictures) == len(s["looks"]) + 1 and
	     all(os.path.getsize(folder + "/" + f) > 5000 for f in pictures))
	for b in bad:
	    print(b)
	sys.exit(bool(bad))
	PY
}

issuer_up a
cred "$AUTH" apikey
cp "$AUTH" "$T/old"

say "the user says no"
issuer_set a authorize=denied
login_up --no-browser
walk "$T/no" phone:light phone:dark desktop:light
login_down
[ "$RC" = 4 ] || bad "exit $RC"
said 'the issuer refused the login: The user said no (access_denied)'
page "$T/no" "The login did not finish"
cmp -s "$AUTH" "$T/old" || bad "the old login is gone"

say "the issuer takes the code, and fails"
issuer_set a authorize=ok
issuer_set a token=500
login_up --no-browser
walk "$T/fails" desktop:dark
login_down
[ "$RC" != 0 ] || bad "exit 0"
page "$T/fails" "The login did not finish"
cmp -s "$AUTH" "$T/old" || bad "the old login is gone"
issuer_set a token=ok

say "the user says yes"
login_up --no-browser
walk "$T/yes" phone:light phone:dark desktop:light desktop:dark
login_down
[ "$RC" = 0 ] || bad "exit $RC"
page "$T/yes" "You’re signed in"
grep -q '"refresh_token": "rt_' "$AUTH" || bad "no tokens"
[ "$(issuer_count a apikey)" = 1 ] || bad "no API key was asked for"
[ "$(stat -c %a "$AUTH")" = 600 ] || bad "mode"
[ -z "${PICTURES:-}" ] || cp -r "$T"/{yes,no,fails} "$PICTURES"

# ---- and Codex ------------------------------------------------------------

[ -x "$codex" ] || skip "no real codex (scripts/deps)"
sha=$(sha256sum "$AUTH")

say "codex's status and doctor"
for c in "$codex" "$codex_old"; do
	timeout 60 "$c" login status > "$T/status" 2>&1 < /dev/null ||
	    bad "$c: $(cat "$T/status")"
	grep -q 'Logged in using ChatGPT' "$T/status" || bad "$(cat "$T/status")"
done
timeout 60 "$codex" doctor --json > "$T/doctor" 2> /dev/null < /dev/null
python3 - "$T/doctor" <<-'PY' || bad "doctor"
import json, sys
c = json.load(open(sys.argv[1]))["checks"]["auth.credentials"]
assert c["status"] == "ok", c
assert c["details"]["stored auth mode"] == "chatgpt", c
PY

say "codex works with it"
python3 tests/fake/backend.py "$T/backend.log" > "$T/backend.port" &
backend=$!
await 20 test -s "$T/backend.port" || bad "no backend"
cat > "$HOME/.codex/config.toml" <<END
model_provider = "fake"
[model_providers.fake]
name = "fake"
base_url = "http://127.0.0.1:$(cat "$T/backend.port")/v1"
wire_api = "responses"
requires_openai_auth = true
END
for c in "$codex" "$codex_old"; do
	: > "$T/backend.log"
	timeout 90 "$c" exec --skip-git-repo-check hello > "$T/exec" 2>&1 \
	    < /dev/null || bad "$c exec: $(tail -3 "$T/exec")"
	grep -q 'fake backend speaking' "$T/exec" || bad "$(tail -3 "$T/exec")"
	python3 - "$T/backend.log" "$AUTH" <<-'PY' || bad "what it sent"
	import json, sys
	t = json.load(open(sys.argv[2]))["tokens"]
	heads = json.loads(open(sys.argv[1]).readline())
	assert heads["authorization"] == "Bearer " + t["access_token"], heads
	assert heads["chatgpt-account-id"] == t["account_id"], heads
	PY
done
kill "$backend"
[ "$sha" = "$(sha256sum "$AUTH")" ] || bad "codex changed it"
