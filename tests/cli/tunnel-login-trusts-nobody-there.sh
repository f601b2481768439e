#!/bin/bash
# Whoever listens on the far side gets one clean request and says nothing to
# the browser; and what is not the account's own gets not even that.
. "$(dirname "$0")/lib.sh"
. tests/cli/farhost.sh
. tests/cli/issuer.sh
. tests/cli/farlogin.sh
far_issuer
far_codex h1
far_sshd h1
COOKIE=COOKIE$CANARY
CB=http://127.0.0.1:1455/auth/callback

# ask PATH-OR-URL [CURL OPTION...]: one request to our own listener, as a
# browser that has a cookie for localhost; prints the status.
ask() {
	local url=$1
	shift
	curl -s --max-time 30 -o "$T/page" -D "$T/head" -w '%{http_code}' \
	    -b "marked=$COOKIE" -H 'Sec-Fetch-Mode: navigate' \
	    -H 'Sec-Fetch-Dest: document' "$@" "$url"
}

# fails CODE RC TEXT: how the last login ended.
fails() {
	login_end
	[ "$RC" = "$2" ] || bad "exit $RC, not $2"
	grep -q "\"code\":\"$1\"" "$T/out" || bad "not $1"
	said "$3"
	untouched h1
	nothing_left h1
}

say "a good one: the callback alone gets there, once, without a cookie"
far_fake h1 good
old h1
login_up --json h1@h1
opened
for p in "/auth/callback" "/auth/callback?code=c1" /cancel /success / \
    "/auth/callback?code=c1&state=wrong" "/auth/callback/?code=c&state=$FAKE_STATE" \
    "/auth/callback?code=c1&code=c2&state=$FAKE_STATE"; do
	case $(ask "http://127.0.0.1:1455$p") in
	404|400) ;;
	*) bad "$p is answered $(head -1 "$T/head")" ;;
	esac
done
[ "$(ask "$CB?code=c1&state=$FAKE_STATE" -X POST)" != 200 ] || bad "POST"
[ "$(ask "$CB?code=c1&state=$FAKE_STATE" -H 'Host: evil.example')" = 421 ] ||
    bad "another host: $(head -1 "$T/head")"
grep -q "GET /codex-provision HTTP" "${HOME_OF[h1]}/requests" ||
    bad "it was not tried"
[ "$(grep -c '^GET' "${HOME_OF[h1]}/requests")" = 1 ] ||
    bad "something got there: $(cat "${HOME_OF[h1]}/requests")"
[ "$(ask "$CB?code=the%2Fcode&state=$FAKE_STATE&more=$COOKIE" -L)" = 200 ] ||
    bad "no page"
login_end
[ "$RC" = 0 ] || bad "exit $RC"
grep -q 'signed in' "$T/page" || bad "no success is shown"
cmp -s "${HOME_OF[h1]}/login" "${HOME_OF[h1]}/.codex/auth.json" ||
    bad "another file is there"
tr -d '\r' < "${HOME_OF[h1]}/requests" > "$T/requests"
diff - "$T/requests" <<END || bad "other requests"
GET /codex-provision HTTP/1.1
Host: 127.0.0.1:1455
Connection: close

GET /auth/callback?code=the%2Fcode&state=$FAKE_STATE HTTP/1.1
Host: 127.0.0.1:1455
Connection: close

GET /success HTTP/1.1
Host: 127.0.0.1:1455
Connection: close

END
nothing_left h1

for mode in evil page huge; do
	say "an answer that is $mode"
	far_fake h1 $mode
	old h1
	login_up --json h1@h1
	opened
	ask "$CB?code=c&state=$FAKE_STATE" -L > /dev/null
	fails login_refused 4 "codex there did not log in"
	grep -qi 'evil' "$T/page" "$T/head" && bad "it got to the browser"
	grep -q 'signed in' "$T/page" && bad "a success is shown"
done

say "what it says is made safe"
far_fake h1 refused
old h1
login_up --json h1@h1
opened
ask "$CB?code=c&state=$FAKE_STATE" -L > /dev/null
fails login_refused 4 'no .*way'
grep -q $'[\x1b\x07]' "$T/out" "$T/err" && bad "escapes"

say "what it wrote is no login"
far_fake h1 garbage
old h1
login_up --json h1@h1
opened
ask "$CB?code=c&state=$FAKE_STATE" -L > /dev/null
fails bad_credential 3 "wrote no usable login"

say "an issuer that says no"
far_fake h1 good
old h1
login_up --json h1@h1
opened
ask "$CB?error=access_denied&error_description=Nope&state=$FAKE_STATE" -L > /dev/null
fails login_refused 4 Nope
grep -q '^GET /auth' "${HOME_OF[h1]}/requests" && bad "it got there"

say "addresses that are no login of Codex's"
for url in \
    "https://evil.example/oauth/authorize?code_challenge=x" \
    "https://auth.openai.com.evil.example/oauth/authorize?code_challenge=x" \
    "https://auth.openai.com/oauth/authorize?response_type=code&client_id=app_EMoamEEZ73f0CkXaXp7hrann&redirect_uri=http%3A%2F%2F10.0.0.1%3A1455%2Fauth%2Fcallback&code_challenge=$(printf 'c%.0s' {1..43})&code_challenge_method=S256&state=$FAKE_STATE"; do
	far_fake h1 "URL $url"
	old h1
	login_up --json h1@h1
	fails protocol 7 codex
	[ ! -e "$T/url" ] || bad "it was opened"
done

say "somebody else's listener on the port"
far_fake h1 good
sed -i 's/^s.bind/#/; s/^s.listen/#/; s/^    c, _ = s.accept()/    time.sleep(1000)/' \
    "${HOME_OF[h1]}/fake/codex"
old h1
: > "$T/squat"
far_squat h1 "$T/squat"
login_up --json h1@h1
fails_squat() {
	login_end
	[ "$RC" = 7 ] || bad "exit $RC"
	said '"code":"unsafe_target"'
	said 'is uid 0.s'
	[ ! -e "$T/url" ] || bad "a browser was opened"
	[ ! -s "$T/squat" ] || bad "it was sent something"
	untouched h1
}
fails_squat
far_unsquat
nothing_left h1

say "nobody listens at all"
login_up --json h1@h1
fails protocol 7 "nobody listens"
