#!/bin/bash
# timeout: 600
# A login on a far host ends in the browser here: the file is installed there,
# the old one was never in danger, and nothing stays on either side.
. "$(dirname "$0")/lib.sh"
. tests/cli/farhost.sh
. tests/cli/issuer.sh
. tests/cli/farlogin.sh
far_issuer
far_codex h1
far_sshd h1

# logged_in NAME: the last run installed what the issuer gave.
logged_in() {
	[ "$RC" = 0 ] || bad "exit $RC"
	grep -q '"state":"written"' "$T/out" || bad "not written"
	said '"account":"acct_fake"'
	said '"email":"fake@example.com"'
	said '"plan":"pro"'
	said '"expires":"2'
	grep -q '"account_id": "acct_fake"' "${HOME_OF[$1]}/.codex/auth.json" ||
	    bad "another file is there"
	[ "$(stat -c '%a %U' "${HOME_OF[$1]}/.codex/auth.json")" = "600 $1" ] ||
	    bad "mode or owner"
	[ "$(issuer_count far revoke)" = 0 ] || bad "a token was revoked"
	grep -q 'signed in' "$T/page" || bad "the browser sees no success"
	nothing_left "$1"
}

say "over an old login, which stays until the new one is there"
old h1
login_up --json h1@h1
opened
cmp -s "$T/old.h1" "${HOME_OF[h1]}/.codex/auth.json" || bad "it is gone"
browse
login_end
logged_in h1
said "it replaces the login of 'acct_old@example.com'"

say "the settings there count, and no folder was there"
rm -r "${HOME_OF[h1]}/.codex"
login_up --json --no-browser h1@h1
await 30 grep -q '"url"' "$T/out" || bad "no address"
sed -n 's/.*"url":"\([^"]*\)".*/\1/p' "$T/out" > "$T/url"
browse
login_end
logged_in h1
mkdir -p "${HOME_OF[h1]}/.codex"
mkdir /etc/codex
echo 'cli_auth_credentials_store = "keyring"' > /etc/codex/config.toml
chmod -R a+rX /etc/codex
echo 'model_instructions_file = "house.md"' > "${HOME_OF[h1]}/.codex/config.toml"
echo 'House rules.' > "${HOME_OF[h1]}/.codex/house.md"
chown -R h1: "${HOME_OF[h1]}/.codex"
login_up --json h1@h1
opened
browse
login_end
logged_in h1
said 'there say .cli_auth_credentials_store'
[ "$(cat "${HOME_OF[h1]}/.codex/house.md")" = 'House rules.' ] ||
    bad "what was linked is gone"
rm -r /etc/codex
echo 'forced_login_method = "api"' > "${HOME_OF[h1]}/.codex/config.toml"
login_up --json h1@h1
login_end
[ "$RC" = 4 ] || bad "forced api: exit $RC"
said 'ChatGPT login is disabled'
nothing_left h1
rm "${HOME_OF[h1]}/.codex/config.toml"

say "in a real browser, from the printed address to our page"
need chromium node
[ -e "$CXP_CACHE/node_modules/playwright-core" ] ||
    skip "no playwright-core (scripts/deps)"
issuer_set far authorize=ok
login_up --json h1@h1
opened
mkdir -p "$T/walk"
short=$(mktemp -d /tmp/cxpw.XXXXXX)	# the names of its sockets are long
TMPDIR=$short WALK_PROXY=http://127.0.0.1:$ISSUER_PROXY timeout 250 \
    node tests/cli/walk.js "$(cat "$T/url")" "$T/walk" desktop:light \
    > "$T/page" 2> "$T/walk/err" || bad "the browser: $(cat "$T/walk/err")"
rm -rf "$short"
login_end
logged_in h1
issuer_set far authorize=auto

say "by hand, while the port here is taken"
python3 -m http.server -b 127.0.0.1 1455 > /dev/null 2>&1 &
taken=$!
await 5 near_listens 1455
old h1
login_up --json h1@h1
login_end
[ "$RC" = 4 ] || bad "exit $RC"
said '"code":"port_in_use"'
said python3
said -- --paste
untouched h1
kill $taken
wait $taken 2> /dev/null
nc -l ::1 1455 &
taken=$!
await 5 near_listens 1455
login_up --json h1@h1
login_end
[ "$RC" = 4 ] || bad "exit $RC"
said '"code":"port_in_use"'
said "'nc'"
untouched h1
cat > "$T/copy" <<-END
#!/bin/sh
url=\$(sed -n '/^http.*oauth.authorize/{p;q;}')
curl -gs -o /dev/null -w '%{redirect_url}' --cacert "$T/ca/ca.pem" \
    --proxy "http://127.0.0.1:$ISSUER_PROXY" "\$url"
END
chmod 755 "$T/copy"
on_tty "Paste.*=|$T/copy" -- tunnel --paste h1@h1
[ "$RC" = 0 ] || bad "exit $RC: $(cat "$T/tty")"
grep -q '"account_id": "acct_fake"' "${HOME_OF[h1]}/.codex/auth.json" ||
    bad "another file is there"
kill $taken
wait $taken 2> /dev/null
nothing_left h1

say "1455 is taken there by another account: codex takes 1457"
far_squat h1
login_up --json h1@h1
opened
grep -q 3A1457 "$T/url" || bad "not 1457"
near_listens 1457 || bad "nobody listens here"
browse
login_end
far_unsquat
logged_in h1

say "an older codex, whose redirect says localhost"
sed -i "s|$CODEX|$T/codex/0.130.0/node_modules/.bin|" \
    "${HOME_OF[h1]}/.bash_profile"
login_up --json h1@h1
opened
grep -q 'redirect_uri=http%3A%2F%2Flocalhost%3A1455' "$T/url" || bad "$(cat "$T/url")"
browse
login_end
logged_in h1
