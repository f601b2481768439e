#!/bin/bash
# push --fresh together with what else a push or a login can be told: an
# address pasted by hand, a workspace, the target's own Codex as the judge,
# and a container as the target.
# timeout: 400
. "$(dirname "$0")/lib.sh"
. tests/cli/engines.sh
. tests/cli/issuer.sh
/usr/bin/python3 -c 'import nacl' 2>/dev/null || skip "no python3-nacl (scripts/deps)"
sshd_up
account bob
account eve
dockerd_up e
images
box c1 1000 /home/app -u app
export DOCKER_HOST=unix://${SOCK[e]}
echo 'correct horse battery staple' > "$T/pass"
chmod 600 "$T/pass"
issuer_up a --interval '"1"' --account acct_fake authorize=auto
issued() { grep -q '"account_id": "acct_fake"' "$1/.codex/auth.json"; }
token() { sed -n 's/.*"refresh_token": "\([^"]*\)".*/\1/p' "$1/.codex/auth.json"; }

# What the user copies out of the browser: program that reads the screen.
cat > "$T/copy" <<'END2'
#!/bin/sh
url=$(sed -n '/^http.*oauth.authorize/p' | tail -1)
echo "$url" >> "$0.urls"
curl -gs -o /dev/null -w '%{redirect_url}' "$url"
END2
chmod +x "$T/copy"

say "pasted, in a workspace, for an SSH host and a container"
on_tty "Paste.*=|$T/copy" "2 of 2(.|\n)*Paste.*=|$T/copy" -- push --fresh \
    --paste --workspace acct_fake --issuer "$ISSUER" bob@web1 docker://c1
[ "$RC" = 0 ] || bad "exit $RC: $(cat "$T/tty")"
issued "${HOME_OF[bob]}" || bad "bob has none"
issued "${HOME_OF[c1]}" || bad "c1 has none"
[ "$(token "${HOME_OF[bob]}")" != "$(token "${HOME_OF[c1]}")" ] ||
    bad "they share a login"
[ "$(stat -c '%a %u' "${HOME_OF[c1]}/.codex/auth.json")" = \
    "600 ${UID_OF[c1]}" ] || bad "mode or owner"
[ "$(grep -c 'allowed_workspace_id=acct_fake' "$T/copy.urls")" = 2 ] ||
    bad "no workspace: $(cat "$T/copy.urls")"

say "a login of another workspace is installed nowhere"
before=$(token "${HOME_OF[bob]}")
on_tty "Paste.*=|$T/copy" -- push --fresh --paste --workspace acct_other \
    --issuer "$ISSUER" bob@web1
[ "$RC" = 4 ] || bad "exit $RC: $(cat "$T/tty")"
[ "$(token "${HOME_OF[bob]}")" = "$before" ] || bad "it is there"

# A Codex for eve that takes no login of this kind.
mkdir -p "${HOME_OF[eve]}/.local/bin" "${HOME_OF[eve]}/.codex"
printf '#!/bin/sh\n[ "$1" = doctor ] || echo codex-cli 0.169.0\n' \
    > "${HOME_OF[eve]}/.local/bin/codex"
chmod 755 "${HOME_OF[eve]}/.local/bin/codex"
echo 'forced_login_method = "api"' > "${HOME_OF[eve]}/.codex/config.toml"
chown -hR eve: "${HOME_OF[eve]}"

say "--probe: its Codex would not use it; the new login is rescued"
run push --json --fresh --device-auth --issuer "$ISSUER" --probe \
    --rescue store:spare --passphrase-file "$T/pass" eve@web1
[ "$RC" = 7 ] || bad "exit $RC"
said '"code":"permission_denied"'
[ ! -e "${HOME_OF[eve]}/.codex/auth.json" ] || bad "it is there"
run store list --json --passphrase-file "$T/pass"
said '"target":"store:spare".*"account":"acct_fake"'

say "--probe: one that would"
rm "${HOME_OF[eve]}/.codex/config.toml"
run push --json --fresh --device-auth --issuer "$ISSUER" --probe eve@web1
[ "$RC" = 0 ] || bad "exit $RC"
issued "${HOME_OF[eve]}" || bad "no login"

exit 0
