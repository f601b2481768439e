#!/bin/bash
# plain build only: sanitizers keep freed memory aside, unwiped
# When the work is done the process holds no secret any more, and no file but
# the ones it was asked for does: memory is searched at the process's very end.
. "$(dirname "$0")/lib.sh"
. tests/cli/memory.sh
. tests/cli/issuer.sh

cred "$T/old" chatgpt acct_one 2026-01-01T00:00:00Z
cred "$T/new" chatgpt acct_one 2026-02-01T00:00:00Z 2000
cp "$T/new" "$HOME/.codex/auth.json"
chmod 600 "$HOME/.codex/auth.json"
account a /bin/sh
account s /bin/sh
sshd_up

say "the search finds what is there"
RC=0
"$SCAN" "$T/report" "$CANARY" -- /bin/bash -c \
    'mapfile x < "$0"; exit 7' "$HOME/.codex/auth.json" || RC=$?
[ "$RC" = 7 ] || bad "exit $RC"
grep -q "^FOUND" "$T/report" || bad "it finds nothing in bash"

say "status, here and there"
scan -- status
well
far a "$T/old"
scan -- status --json a@web1
well

say "push: written, unchanged, refused, failed, by many"
scan -- push a@web1
well
scan -- push a@web1
well
scan -- push a@web1 a@web1:1 nosuch@web1
[ "$RC" = 1 ] || bad "exit $RC"
IN=$T/new scan -- push --from - --dry-run a@web1
well
{ head -c 300 "$T/new"; echo "$CANARY"; } > "$T/broken"
IN=$T/broken scan -- push --from - a@web1
[ "$RC" = 3 ] || bad "exit $RC"

say "seal and unseal"
IN=/dev/null scan -- recipient
TO=$(cat "$T/out")
line=$(cut -c14- "$HOME/.local/share/codex-provision/recipient.key")
key=hex:$(tr -- -_ +/ <<< "$line" | base64 -d | head -c 32 | od -An -tx1 |
    tr -d ' \n')
scan "$line" "$key" -- recipient
well
scan "$line" "$key" -- seal --to "$TO"
well
cp "$T/out" "$T/text"
cp "$T/old" "$HOME/.codex/auth.json"
IN=$T/text scan "$line" "$key" -- unseal
well
cmp -s "$T/new" "$HOME/.codex/auth.json" || bad "not installed"
IN=$T/text scan "$line" "$key" -- unseal
[ "$RC" = 3 ] || bad "exit $RC"

say "unseal with an SSH key: neither the passphrase nor the key stays"
phrase=phrase$CANARY
ssh-keygen -qt ed25519 -N "$phrase" -f "$T/id"
cp "$T/id" "$T/plain"
ssh-keygen -qp -P "$phrase" -N '' -f "$T/plain" > "$T/said"
bytes() { sed '1d;$d' "$T/plain" | base64 -d; }
# The pair follows its length, 64: the seed is its first half.
at=$(bytes | LC_ALL=C grep -obaP '\x00\x00\x00\x40' | tail -1 | cut -d: -f1)
seed=$(bytes | tail -c +$((at + 5)) | head -c 32 | od -An -tx1 | tr -d ' \n')
[ ${#seed} = 64 ] || bad "no seed"
run seal --to "$(cat "$T/id.pub")"
cp "$T/out" "$T/text"
mapfile -t words < <(coded "$CANARY")
python3 tests/cli/terminal.py "Enter passphrase=$phrase" -- sh -c \
    'out=$1 in=$2; shift 2; exec "$@" < "$in" > "$out"' - "$T/out" "$T/text" \
    "$SCAN" "$T/report" "hex:$seed" "${words[@]}" \
    -- "$CP" unseal -i "$T/id" > "$T/err" || bad "exit $?"
found

say "SFTP alone"
sshd_down
sshd_up default "ForceCommand internal-sftp"
far s "$T/old"
scan -- push --from "$T/new" s@web1
well

say "login"
echo "sk-proj-${CANARY}given" > "$T/key"
IN=$T/key scan -- login --with-api-key
well
issuer_up one
scan -- login --device-auth --issuer "$ISSUER"
well
echo "at-${CANARY}given" > "$T/key"
IN=$T/key scan -- login --with-access-token --issuer "$ISSUER"
well
sshd_down
sshd_up
far a "$T/old"
far s "$T/old"
scan -- push --probe --force a@web1
well
echo 'correct horse' > "$T/rescue"
scan -- push --fresh --force --device-auth --issuer "$ISSUER" \
    --rescue store:lost --passphrase-file "$T/rescue" a@web1 s@web1
well
issuer_set one authorize=auto
# The browser is not ours, and is none of the programs that are searched.
printf '#!/bin/sh\necho "$1" > %s/url\n' "$T" > "$T/browser"
chmod +x "$T/browser"
(await 20 test -s "$T/url"; curl -gsL -o /dev/null "$(cat "$T/url")") &
BROWSER=$T/browser scan -- login --issuer "$ISSUER"
well
wait $!
issuer_down one

say "the store, and pull: neither what is in it nor its passphrase"
phrase=store$CANARY
echo "$phrase" > "$T/phrase"
kept() { scan -- store "$@" --passphrase-file "$T/phrase"; }
kept add one --from "$T/new"
well
kept add two --from "$T/old"
well
kept list
well
kept show one
well
kept use two --force
well
scan -- push --force --from store:one --passphrase-file "$T/phrase" a@web1
well
scan -- seal --to "$TO" --from store:one --passphrase-file "$T/phrase"
well
echo "wrong$CANARY" > "$T/wrong"
scan -- store list --passphrase-file "$T/wrong"
[ "$RC" = 8 ] || bad "exit $RC"
scan -- pull --force a@web1
well
kept remove one
well

say "memory that may not be locked: one warning, of whatever holds a secret"
far a "$T/new"
install -m 755 "$CP" "$T/codex-provision"	# where the account reaches it
plain() {	# ARG...: as the account, with nothing to lock
	RC=0
	(
		ulimit -l 0
		HOME=${HOME_OF[a]} exec setpriv --reuid=a --regid=a \
		    --clear-groups --inh-caps=-all "$T/codex-provision" "$@"
	) > "$T/out" 2> "$T/err" < /dev/null || RC=$?
	no_canary "$T/out" "$T/err"
	warned=$(grep -c "memory could not be locked" "$T/err")
}
for args in status recipient "seal --to $TO" "push a@web1"; do
	# shellcheck disable=SC2086
	plain $args
	[ "$warned" = 1 ] || bad "$args: $warned warnings"
done
for args in version help; do
	plain "$args"
	[ "$warned" = 0 ] || bad "$args: $warned warnings"
done
plain status -q
[ "$warned" = 0 ] || bad "quiet: $warned warnings"

say "files: nothing but the credential itself"
leaks=$(grep -rlI "$CANARY" /tmp /var/tmp /dev/shm /run \
    "$HOME" "${HOME_OF[a]}" "${HOME_OF[s]}" 2> /dev/null |
    grep -v -e "^$T/[a-z.]*$" -e '/\.codex/auth\.json$' \
    -e '/issuer\.[a-z.]*$' -e '/cxp-run\.[^/]*/[^/]*\.log$')
[ -z "$leaks" ] || bad "a secret is in: $leaks"
