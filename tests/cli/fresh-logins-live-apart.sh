#!/bin/bash
# push --fresh through a browser that opens by itself, once for each target;
# and Codex works on every target, each through refreshes of its own.
# timeout: 400
. "$(dirname "$0")/lib.sh"
. tests/cli/issuer.sh
need chromium
codex=$CXP_CACHE/node_modules/.bin/codex
[ -x "$codex" ] || skip "no real codex (scripts/deps)"
sshd_up
account bob
account eve
issuer_ca "$T/ca"
export CODEX_CA_CERTIFICATE=$T/ca/ca.pem
echo '127.0.0.1 auth.openai.com' >> /etc/hosts
# Access tokens of a minute: Codex refreshes them before it uses them.
issuer_up a --port 443 --cert "$T/ca/good.pem" --key "$T/ca/good.key" \
    --issuer https://auth.openai.com --lifetime 60 authorize=auto

# The user's browser, signed in: it goes where it is sent.
cat > "$T/browser" <<END
#!/bin/sh
n=1
mkdir $T/first 2> /dev/null || n=2
timeout 60 chromium --headless --no-sandbox --disable-gpu --disable-quic \\
    --ignore-certificate-errors --disable-background-networking \\
    --disable-component-update --disable-dev-shm-usage --no-first-run \\
    --user-data-dir=$T/profile.\$\$ --dump-dom "\$1" > $T/page.\$\$ 2> /dev/null
mv $T/page.\$\$ $T/page.\$n
END
chmod +x "$T/browser"
export BROWSER=$T/browser

say "one consent each, in the user's own browser"
run push --fresh bob@web1 eve@web1
[ "$RC" = 0 ] || bad "exit $RC"
said "Log in for 'bob@web1' (1 of 2) at https://auth.openai.com in a browser"
said "Log in for 'eve@web1' (2 of 2) at"
[ "$(issuer_count a authorize)" = 2 ] || bad "$(issuer_count a authorize) consents"
await 60 test -e "$T/page.2" || bad "no second page"
grep -q "The login for 'bob@web1' (1 of 2). 1 more to come." "$T/page.1" ||
    bad "the first page: $(cat "$T/page.1")"
grep -q "The login for 'eve@web1' (2 of 2). It is being installed" \
    "$T/page.2" || bad "the second page: $(cat "$T/page.2")"
[ ! -e "$HOME/.codex/auth.json" ] || bad "it is here too"
[ -z "$(ss -Hltn '( sport = 1455 or sport = 1457 )')" ] || bad "a port is open"

file() { echo "${HOME_OF[$1]}/.codex/auth.json"; }
member_of() { sed -n "s/.*\"$2\": \"\\([^\"]*\\)\".*/\\1/p" "$(file "$1")"; }

say "both work, each after a refresh of its own"
issuer_down a
issuer_up b --port 443 --cert "$T/ca/good.pem" --key "$T/ca/good.key" \
    --issuer https://auth.openai.com --any-refresh
for a in bob eve; do
	old=$(member_of $a refresh_token)
	sent=$(python3 tests/cli/codexsends.py "$codex" "${HOME_OF[$a]}/.codex")
	[ "$(member_of $a refresh_token)" != "$old" ] ||
	    bad "$a: it did not refresh"
	[ "$sent" = "$(member_of $a access_token)" ] ||
	    bad "$a: it sends another token"
done
for a in bob eve; do
	sent=$(python3 tests/cli/codexsends.py "$codex" "${HOME_OF[$a]}/.codex")
	[ "$sent" = "$(member_of $a access_token)" ] || bad "$a: not again"
done
[ "$(issuer_count b refresh)" = 2 ] || bad "$(issuer_count b refresh) refreshes"
! grep -q '"reuse": true' "$T/issuer.b.log" || bad "a token was used twice"

exit 0
