#!/bin/bash
# push --probe: the Codex of the target judges what was installed, without
# spending a token; what it would not use goes, and the old file comes back.
# timeout: 400
. "$(dirname "$0")/lib.sh"
. tests/cli/issuer.sh
codex=$(find "$CXP_CACHE/node_modules/@openai" -path '*-musl/bin/codex' \
    -type f | head -1)
[ -x "$codex" ] || skip "no real codex (scripts/deps)"
SUITE_TIMEOUT=60
sshd_up
mkdir -p "$T/codex"
mount --bind "${codex%/*}" "$T/codex"
: > /etc/resolv.conf
# Whoever asks the issuer for anything is seen.
issuer_ca "$T/ca"
export CODEX_CA_CERTIFICATE=$T/ca/ca.pem
echo '127.0.0.1 auth.openai.com' >> /etc/hosts
issuer_up a --port 443 --cert "$T/ca/good.pem" --key "$T/ca/good.key" \
    --issuer https://auth.openai.com --any-refresh

NEW=$T/new
cred "$NEW" chatgpt acct_one 2026-02-01T00:00:00Z
cred "$T/old" chatgpt acct_one 2026-01-01T00:00:00Z 300
one() {
	account "$1"
	far "$1" "${2:--}" "${3:-600}"
	mkdir -p "${HOME_OF[$1]}/.local/bin" "${HOME_OF[$1]}/.codex"
	ln -s "$T/codex/codex" "${HOME_OF[$1]}/.local/bin/codex"
	printf 'CODEX_CA_CERTIFICATE=%s; export CODEX_CA_CERTIFICATE\n' \
	    "$CODEX_CA_CERTIFICATE" > "${HOME_OF[$1]}/.profile"
	chown -hR "$1:" "${HOME_OF[$1]}"
	chmod 700 "${HOME_OF[$1]}/.codex"
}
dir() { echo "${HOME_OF[$1]}/.codex"; }
config() { cat > "$(dir "$1")/config.toml"; }
# state FILE: what makes it the same file.
state() { stat -c '%a %u %Y %s' "$1"; sha256sum < "$1"; }
probe() { push --probe --from "$NEW" "$@"; }
# left ACCOUNT [NAME]...: of ours there is nothing else.
left() {
	local a=$1
	await 10 far_idle "$a" || bad "left running: $(far_left "$a")"
	[ -z "$(find "$(dir "$a")" -name '.cxp*')" ] ||
	    bad "left: $(ls -A "$(dir "$a")")"
}

say "Codex takes it"
one fine "$T/old"
probe fine@web1
want written
cmp -s "$(dir fine)/auth.json" "$NEW" || bad "not there"
! grep -q 'warning: fine@web1' "$T/err" || bad "warns"
left fine

say "it is there already, and is judged all the same"
probe fine@web1
want unchanged
echo 'forced_login_method = "api"' | config fine
probe fine@web1
want failed permission_denied 7
cmp -s "$(dir fine)/auth.json" "$NEW" || bad "it went"
left fine

say "Codex would delete it: the old one is there again, the very file"
one forced "$T/old" 640
echo 'forced_login_method = "api"' | config forced
echo kept > "$(dir forced)/auth.json.bak"
before=$(state "$(dir forced)/auth.json")
for o in "" --backup; do
	# shellcheck disable=SC2086
	probe $o forced@web1
	want failed permission_denied 7
	said 'Codex there would not use it: '
	[ "$before" = "$(state "$(dir forced)/auth.json")" ] ||
	    bad "it is another: $(state "$(dir forced)/auth.json")"
	[ "$(cat "$(dir forced)/auth.json.bak")" = kept ] || bad "the backup is gone"
	left forced
done
rm "$(dir forced)/auth.json.bak"
probe --backup forced@web1
want failed permission_denied 7
[ ! -e "$(dir forced)/auth.json.bak" ] || bad "a backup of nothing"
left forced
rm "$(dir forced)/config.toml"
probe --backup forced@web1
want written
cmp -s "$(dir forced)/auth.json.bak" "$T/old" || bad "no backup"
left forced

say "where none was, none stays"
one none
echo 'cli_auth_credentials_store = "ephemeral"' | config none
probe none@web1
want failed permission_denied 7
[ ! -e "$(dir none)/auth.json" ] || bad "it is there"
left none

say "through a link that is the account's own"
one link
mkdir "${HOME_OF[link]}/real"
cp "$T/old" "${HOME_OF[link]}/real/login"
chmod 600 "${HOME_OF[link]}/real/login"
ln -s ../real/login "$(dir link)/auth.json"
chown -hR link: "${HOME_OF[link]}"
echo 'cli_auth_credentials_store = "ephemeral"' | config link
probe link@web1
want failed permission_denied 7
[ -L "$(dir link)/auth.json" ] || bad "the link is gone"
cmp -s "${HOME_OF[link]}/real/login" "$T/old" || bad "not the old file"

say "over a mount point, in place"
one mount "$T/old"
cp -p "$(dir mount)/auth.json" "$T/mounted"
mount --bind "$T/mounted" "$(dir mount)/auth.json"
echo 'forced_login_method = "api"' | config mount
probe mount@web1
want failed permission_denied 7
cmp -s "$T/mounted" "$T/old" || bad "not the old file"
umount "$(dir mount)/auth.json"
left mount

say "no Codex there: it stays, and that is said"
account bare
probe bare@web1
want written
said 'no codex was found there to judge it'
cmp -s "$(dir bare)/auth.json" "$NEW" || bad "not there"
invariant bare - "$NEW"

say "Codex locks are honoured, and not held while Codex is asked"
one locks "$T/old"
touch "$(dir locks)/auth.lock"
chown locks: "$(dir locks)/auth.lock"
echo 'forced_login_method = "api"' | config locks
probe locks@web1
want failed permission_denied 7
cmp -s "$(dir locks)/auth.json" "$T/old" || bad "not the old file"
left locks

say "what a Codex there has changed meanwhile is not undone"
one busy "$T/old"
cat > "$T/slow" <<END
#!/bin/sh
[ "\$1" = doctor ] || { echo codex-cli 0.169.0; exit; }
cat $NEW > ${HOME_OF[busy]}/next
echo >> ${HOME_OF[busy]}/next
flock -n ${HOME_OF[busy]}/.codex/auth.lock mv ${HOME_OF[busy]}/next ${HOME_OF[busy]}/.codex/auth.json
echo '{"checks":{"auth.credentials":{"status":"fail","summary":"not today"}}}'
END
chmod 755 "$T/slow"
ln -sf "$T/slow" "${HOME_OF[busy]}/.local/bin/codex"
probe busy@web1
want failed permission_denied 7
said 'not today'
said 'was changed meanwhile, and stays'
[ "$(wc -c < "$(dir busy)/auth.json")" = $(($(wc -c < "$NEW") + 1)) ] ||
    bad "it was undone"
left busy

say "the time is over while Codex thinks: the file stays, and that is said"
one slow "$T/old"
printf '#!/bin/sh\nexec sleep 60\n' > "$T/sleeps"
chmod 755 "$T/sleeps"
ln -sf "$T/sleeps" "${HOME_OF[slow]}/.local/bin/codex"
SUITE_TIMEOUT=12
probe slow@web1
want written
said 'whether Codex would use it could not be told'
cmp -s "$(dir slow)/auth.json" "$NEW" || bad "not there"
SUITE_TIMEOUT=60

say "a host without a shell"
sshd_down
sshd_up default "ForceCommand internal-sftp"
far fine "$T/old"
probe fine@web1
want written
said 'Codex there was not asked'
sshd_down
sshd_up

say "neither a remove nor a move has the issuer end anything"
run remove --json fine@web1
[ "$(member state)" = removed ] || bad "not removed"
run pull --move --to "$T/here.json" --json slow@web1
[ "$(member state)" = written ] || bad "not moved"

say "a token that Codex would refresh at once is not spent"
[ "$(issuer_count a)" = 0 ] || bad "$(issuer_count a) requests to the issuer"
issuer_down a
issuer_up a --port 443 --cert "$T/ca/good.pem" --key "$T/ca/good.key" \
    --issuer https://auth.openai.com --lifetime 60
run login --device-auth
one brief
push --probe brief@web1
want written
[ "$(issuer_count a refresh)" = 0 ] || bad "it was spent"
cmp -s "$(dir brief)/auth.json" "$HOME/.codex/auth.json" || bad "not there"
python3 tests/cli/codexsends.py "$codex" "$(dir brief)" > "$T/sent"
[ "$(issuer_count a refresh)" -gt 0 ] || bad "Codex does not refresh it"

exit 0
