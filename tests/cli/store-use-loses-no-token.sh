#!/bin/bash
# `store use` switches this machine's login, and the newest token of none is
# lost by it: what Codex has refreshed since gets into the store first.
. "$(dirname "$0")/lib.sh"
. tests/cli/vault.sh
cheap <<< "$NOTHING"

# held NAME FILE: the store has FILE's bytes under NAME.
held() {
	"$VAULT" open "$DATA/store" "$PASS" | python3 -c '
import json, sys
got = {e["name"]: e["credential"] for e in json.load(sys.stdin)["entries"]}
sys.exit(got[sys.argv[1]] != open(sys.argv[2]).read())' "$1" "$2" ||
	    bad "$1 is not ${2##*/}"
}

here() {
	cmp -s "$AUTH" "$1" || bad "auth.json is not ${1##*/}"
	[ "$(stat -c '%a' "$AUTH")" = 600 ] || bad "mode"
	[ "$(find "$HOME/.codex" "$DATA" -name '.cxp-*' | wc -l)" = 0 ] ||
	    bad "a temp file stays"
}

cred "$T/work1" chatgpt acct_work 2026-01-01T00:00:00Z
cred "$T/work2" chatgpt acct_work 2026-02-01T00:00:00Z
cred "$T/home1" chatgpt acct_home 2026-01-15T00:00:00Z
cred "$T/stranger" chatgpt acct_stranger
cred "$T/key" apikey one
store add work --from "$T/work1"
store add home --from "$T/home1"
store add key --from "$T/key"

say "into an empty home"
rm -rf "$HOME/.codex"
store use work
rc 0
said written
here "$T/work1"
store use work --json
rc 0
[ "$(member state)" = unchanged ] || bad "$(member state), not unchanged"

say "what Codex has refreshed is put back first"
cp "$T/work2" "$AUTH"
store use home --json
rc 0
[ "$(sed 's/.*"target":"\([^"]*\)".*"state":"\([^"]*\)".*/\1 \2/' "$T/out" |
    tr '\n' ' ')" = "store:work written local written " ] || bad "lines"
here "$T/home1"
held work "$T/work2"
held home "$T/home1"

say "the login in use itself: it learns, and stays"
cp "$T/work1" "$AUTH"	# older than the store's
store use work
here "$T/work2"
cred "$T/work3" chatgpt acct_work 2026-03-01T00:00:00Z
cp "$T/work3" "$AUTH"
store use work
rc 0
here "$T/work3"
held work "$T/work3"

say "a login that is not in the store is not lost"
cp "$T/stranger" "$AUTH"
store use home
rc 3
said 'not in the store and would be lost'
said 'store add NAME'
here "$T/stranger"
store use home --force
rc 0
here "$T/home1"
cp "$T/stranger" "$AUTH"
store add stranger
store use key
rc 0
here "$T/key"
store use stranger
rc 0
here "$T/stranger"

say "two entries that may be it"
cred "$T/twin1" chatgpt acct_twin 2026-01-01T00:00:00Z 10
cred "$T/twin2" chatgpt acct_twin 2026-01-01T00:00:00Z 20
cred "$T/twin3" chatgpt acct_twin 2026-02-01T00:00:00Z 30
store add twin1 --from "$T/twin1"
store add twin2 --from "$T/twin2"
cp "$T/twin3" "$AUTH"
store use home
rc 3
said 'several entries'
here "$T/twin3"
held twin1 "$T/twin1"
held twin2 "$T/twin2"
cp "$T/twin2" "$AUTH"
store use home
rc 0

say "what is no login is replaced"
echo garbage > "$AUTH"
store use home
rc 0
here "$T/home1"

say "the seconds are those of the switch, not of the typing"
mkfifo "$T/typed"
cp "$T/work3" "$AUTH"
"$CP" store use home --json --passphrase-file "$T/typed" > "$T/out" \
    2> "$T/err" < /dev/null &
await 20 grep -q wait_for_partner "/proc/$!/wchan" || bad "never came to it"
held work "$T/work3"	# takes longer than the switch
start=$(ms)
cat "$T/pass" > "$T/typed"
wait $! || bad "exit $?"
took=$(($(ms) - start))
tail -n 1 "$T/out" > "$T/last"
mv "$T/last" "$T/out"
python3 -c 'import sys; sys.exit(1000 * float(sys.argv[1]) > int(sys.argv[2]))' \
    "$(member seconds)" $((took + 20)) ||
    bad "$(member seconds) s of $took ms"
here "$T/home1"

say "no such name: nothing is touched"
store use nobody
rc 3
here "$T/home1"

say "Codex's locks are honoured"
cp "$T/work3" "$AUTH"
exec 9> "$HOME/.codex/auth.lock"
flock -x 9
"$CP" store use home --passphrase-file "$T/pass" > "$T/out" 2> "$T/err" 9>&- &
at_lock() { find "/proc/$1/fd" -lname '*/auth.lock' | grep -q .; }
await 20 at_lock $! || bad "never came to the lock"
here "$T/work3"
exec 9>&-
wait $! || bad "exit $?"

say "the store can't be written: auth.json stays"
cred "$T/work4" chatgpt acct_work 2026-04-01T00:00:00Z
cp "$T/work4" "$AUTH"
cp "$DATA/store" "$T/store"
mount -t tmpfs -o size=128k,mode=700 none "$DATA"
cp "$T/store" "$DATA/store"
chmod 600 "$DATA/store"
head -c 1M /dev/zero > "$DATA/full" 2> /dev/null
store use home
rc 7
said 'No space left\|no space left'
here "$T/work4"
cmp -s "$T/store" "$DATA/store" || bad "the store has changed"
rm "$DATA/full"
store use home
rc 0
here "$T/home1"
held work "$T/work4"
umount "$DATA"
no_canary "$DATA/store"
