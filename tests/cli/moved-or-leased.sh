#!/bin/bash
# push --move leaves no copy here, push --lease no refresh token there.
. tests/cli/lib.sh

HERE=$HOME/.codex/auth.json
sshd_up
account bob
account eve
NEW=$T/new
cred "$NEW" chatgpt acct_one 2026-02-01T00:00:00Z 2500
cred "$T/later" chatgpt acct_one 2026-03-01T00:00:00Z 100
cred "$T/lease" lease acct_one 2026-02-01T00:00:00Z 2500
cred "$T/key" apikey
there() { cat "${HOME_OF[$1]}/.codex/auth.json" 2> /dev/null; }
mkdir -p "$HOME/.codex"

say "moved: there, and not here"
cp "$NEW" "$HERE"
push --move bob@web1
want written
cmp -s <(there bob) "$NEW" || bad "not there"
[ ! -e "$HERE" ] || bad "still here"
! grep -q 'works once' "$T/err" || bad "a move is no copy"

say "moved again: it had arrived, and still goes here"
cp "$NEW" "$HERE"
push --move bob@web1
want unchanged
[ ! -e "$HERE" ] || bad "still here"

say "a move that does not arrive changes nothing"
cp "$NEW" "$HERE"
push --move nobody@web1
want failed auth_failed 6
cmp -s "$HERE" "$NEW" || bad "it is gone"
far bob "$T/later"
push --move bob@web1
want refused newer_there 3
cmp -s "$HERE" "$NEW" || bad "it is gone"
push --move -n --force bob@web1
want would_write
cmp -s "$HERE" "$NEW" || bad "a dry run removed it"

say "a move from a file takes that file"
cp "$NEW" "$T/mine.json"
push --move --force --from "$T/mine.json" bob@web1
want written
[ ! -e "$T/mine.json" ] || bad "still here"
cmp -s "$HERE" "$NEW" || bad "the wrong file went"

say "a Codex here waits while its login is moved"
far bob -
mkfifo "$T/fifo"
( exec 9>> "$HOME/.codex/auth.lock"; flock 9; echo held > "$T/held"
  read -r _ < "$T/fifo" ) &
holder=$!
await 5 test -s "$T/held"
push --move bob@web1 &
sleep_for=$!
await 5 pgrep -x codex-provision > /dev/null
[ ! -e "${HOME_OF[bob]}/.codex/auth.json" ] || bad "it did not wait"
echo > "$T/fifo"
wait "$holder" "$sleep_for"
await 5 test -e "${HOME_OF[bob]}/.codex/auth.json" || bad "not there"
[ ! -e "$HERE" ] || bad "still here"

say "what was refreshed meanwhile is not moved: what was read is spent"
far bob -
cp "$NEW" "$HERE"
rm "$T/held"
( exec 9>> "$HOME/.codex/auth.lock"; flock 9; echo held > "$T/held"
  read -r _ < "$T/fifo"; cp "$T/later" "$HERE" ) &
holder=$!
await 5 test -s "$T/held"
( run push --move bob@web1; echo $RC > "$T/rc" ) &
mover=$!
# shellcheck disable=SC2317
waits() {
	find /proc/[0-9]*/fd -lname '*/auth.lock' 2> /dev/null |
	    grep -qv "/$holder/"
}
await 5 waits || bad "it does not wait"
echo > "$T/fifo"
wait "$holder" "$mover"
[ "$(cat "$T/rc")" = 3 ] || bad "exit $(cat "$T/rc")"
[ -z "$(there bob)" ] || bad "the spent token is there"
cmp -s "$HERE" "$T/later" || bad "it is gone"
said 'changed meanwhile'

say "a target that shares this home: the one file there is stays"
cp "$HOME/.ssh/id_ed25519.pub" "$T/keys/root"
install -m 600 "$NEW" "$HERE"
chmod 644 "$HERE"
push --move --from "$HERE" root@web1
want failed unsafe_target 7
cmp -s "$HERE" "$NEW" || bad "it is gone"

say "a link here goes, and what it led to is named"
far bob -
install -m 600 "$NEW" "$HOME/real.json"
rm -f "$HERE"
ln -s ../real.json "$HERE"
push --move bob@web1
want written
[ ! -L "$HERE" ] || bad "the link is still here"
said "stays here: $HOME/real.json"
rm "$HOME/real.json"

say "a move that a power cut there may undo leaves the file here"
far bob -
mkdir "$T/bin"
cat > "$T/bin/sync" <<-'END'
	#!/bin/sh
	[ -f "$1" ] || { echo "sync: I/O error" >&2; exit 1; }
END
chmod 755 "$T/bin" "$T/bin/sync"
sed -i "s|^\(bob:.*\):/bin/sh\$|\1:$T/bin/shell|" /etc/passwd
printf '#!/bin/sh\nPATH=%s:$PATH\nexec /bin/sh "$@"\n' "$T/bin" > "$T/bin/shell"
chmod 755 "$T/bin/shell"
echo "$T/bin/shell" >> /etc/shells
install -m 600 "$NEW" "$HERE"
push --move bob@web1
want failed protocol 7
said "a power cut"
cmp -s "$HERE" "$NEW" || bad "it is gone"
say "nor is one that had arrived, and is not on the disk there"
push --move bob@web1
want failed protocol 7
cmp -s "$HERE" "$NEW" || bad "it is gone"
sed -i "s|^\(bob:.*\):$T/bin/shell\$|\1:/bin/sh|" /etc/passwd

say "one target alone, and nothing that does not rotate"
cp "$NEW" "$HERE"
run push --move bob@web1 eve@web1
[ "$RC" = 2 ] || bad "two targets: exit $RC"
for o in --move --lease; do
	run push "$o" --from "$T/key" bob@web1
	[ "$RC" = 2 ] || bad "$o of a key: exit $RC"
	said "does not rotate"
done
run push --move --lease bob@web1
[ "$RC" = 2 ] || bad "both: exit $RC"
run push --move --from - bob@web1
[ "$RC" = 3 ] || [ "$RC" = 2 ] || bad "from standard input: exit $RC"
cmp -s "$HERE" "$NEW" || bad "it is gone"

say "leased: everything but the refresh token"
far bob -
far eve -
push --lease bob@web1 eve@web1
[ "$RC" = 0 ] || bad "exit $RC"
said "ends at 2100-01-01T00:00:00Z"
for a in bob eve; do
	there $a | grep -q '"auth_mode": "chatgptAuthTokens"' || bad "$a: mode"
	there $a | grep -q '"refresh_token": ""' || bad "$a: refresh token"
	! there $a | grep -q "${CANARY}refresh" || bad "$a has it"
	there $a | grep -q "${CANARY}access" || bad "$a has no access token"
done
cmp -s "$HERE" "$NEW" || bad "the file here changed"
run status --json bob@web1
said '"mode":"lease"'

say "a lease is renewed by a login that was refreshed, not by an older one"
cp "$T/later" "$HERE"
push --lease bob@web1
want written
there bob | grep -q 2026-03-01 || bad "not renewed"
cp "$NEW" "$HERE"
push --lease bob@web1
want refused newer_there 3

exit 0
