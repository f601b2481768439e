#!/bin/bash
# keep refreshes this machine's login when it is due and not before, as Codex
# would ask; stores it in Codex's form; and hands the leases on.
. "$(dirname "$0")/lib.sh"
. tests/cli/issuer.sh
. tests/cli/keeping.sh
sshd_up
account bob
FAR=${HOME_OF[bob]}/.codex/auth.json
issuer_up i --interval '"1"'
login_here i

asked() {	# N
	[ "$(issuer_count i refresh)" = "$1" ] ||
	    bad "asked $(issuer_count i refresh) times"
}
# due: as if half of its time was gone.
due() { sed -i 's/"last_refresh": "2/"last_refresh": "1/' "$KEPT"; }
once() {	# WANT_RC ARG...
	local want=$1
	shift
	run keep --once "$@"
	[ "$RC" = "$want" ] || bad "exit $RC, want $want"
}

say "what does not rotate can't be kept, and nobody is asked"
mv "$KEPT" "$T/login"
for kind in apikey pat lease; do
	cred "$KEPT" $kind
	chmod 600 "$KEPT"
	once 2 bob@web1
	said "^hint: "
done
rm "$KEPT"
once 3 bob@web1
said "no credential\|no such file\|cannot open"
mv "$T/login" "$KEPT"
once 2 'bob@web1;x'
once 2 --filter name=x
[ ! -e "$FAR" ] || bad "something was sent"
asked 0

say "not due: nobody is asked, the lease is given"
cp "$KEPT" "$T/login"
once 0 bob@web1
said "fresh, ends .*1 target: 1 written"
cmp -s "$KEPT" "$T/login" || bad "the file was changed"
[ "$(token "$FAR" access_token)" = "$(token "$KEPT" access_token)" ] ||
    bad "no lease"
grep -q chatgptAuthTokens "$FAR" || bad "no lease"
[ -z "$(token "$FAR" refresh_token)" ] || bad "the refresh token is there"
asked 0

say "due: asked as Codex asks, stored as Codex stores, handed on"
due
owner=$(grep login_owner_id "$KEPT")
once 0 --json bob@web1
asked 1
[ "$(member state)" = written ] || bad "no target line"
grep -q '^{"round":{"at":"2.*"refresh":"refreshed",.*"written":1' "$T/out" ||
    bad "no round"
python3 - "$T/issuer.i.log" "$T/login" <<-'PY' || bad "it asks otherwise"
	import json, sys
	r = [x for x in map(json.loads, open(sys.argv[1]))
	     if x.get("endpoint") == "refresh"][-1]
	old = json.load(open(sys.argv[2]))["tokens"]["refresh_token"]
	h = {k.lower(): v for k, v in r["headers"]}
	assert r["method"] == "POST" and r["path"] == "/oauth/token"
	assert h["content-type"] == "application/json"
	assert r["body"] == json.dumps({
	    "client_id": "app_EMoamEEZ73f0CkXaXp7hrann",
	    "grant_type": "refresh_token",
	    "refresh_reason": "proactive_expiry", "refresh_token": old},
	    separators=(",", ":")), r["body"]
	PY
[ "$owner" = "$(grep login_owner_id "$KEPT")" ] || bad "another login"
[ "$(stat -c %a "$KEPT")" = 600 ] || bad "mode"
[ "$(token "$FAR" access_token)" = "$(token "$KEPT" access_token)" ] ||
    bad "the old lease is there"
cmp -s "$KEPT" "$T/login" && bad "not stored"
left=$(find "$HOME/.codex" -type f -printf '%f\n' |
    grep -vxE 'auth.json|auth.lock|auth.json.lock')
[ -z "$left" ] || bad "left: $left"

say "without last_refresh, and without targets"
sed -i 's/^  },$/  }/;/last_refresh/d' "$KEPT"
once 0
asked 2
grep -q last_refresh "$KEPT" || bad "no last_refresh"

say "a keeper that stays refreshes in time, round after round, and ends"
issuer_down i
issuer_up s --lifetime 8 --interval '"1"'
login_here s
for sig in INT:130 TERM:143; do
	keep_up bob@web1
	await 60 kept_rounds 3 refreshed || bad "no three refreshes"
	keep_down ${sig%:*}
	[ "$RC" = ${sig#*:} ] || bad "$sig: exit $RC"
	[ "$(token "$FAR" access_token)" = \
	    "$(token "$KEPT" access_token)" ] || bad "not handed on"
done
never_twice s
newest s

say "a login that comes here while it runs is handed on"
login_here s
keep_up --json bob@web1
await 20 kept_rounds 1 '"round"' || bad "no round"
login_here s
there() { [ "$(token "$FAR" access_token)" = \
    "$(token "$KEPT" access_token)" ]; }
await 30 there || bad "not handed on"
keep_down

say "one that goes is waited for"
keep_up bob@web1
await 20 kept_rounds 1 || bad "no round"
rm "$KEPT"
await 30 kept_said "error\|cannot open\|no such" || bad "not said"
login_here s
await 30 there || bad "not handed on"
keep_down

