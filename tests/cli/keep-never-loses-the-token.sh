#!/bin/bash
# timeout: 400
# A keeper that is killed at any moment, without a network, without an answer,
# without room on the disk, beside another keeper or a Codex: no refresh token
# is sent twice, and the newest is in the file.
. "$(dirname "$0")/lib.sh"
. tests/cli/issuer.sh
. tests/cli/keeping.sh
LEASES=(bob@web1 eve@web1 joe@web1)
ROUNDS=12
sshd_up
account bob
account eve
account joe
far_token() { token "${HOME_OF[$1]}/.codex/auth.json" access_token; }
leased() {
	local a
	for a in bob eve joe; do
		[ "$(far_token "$a")" = "$(token "$KEPT" access_token)" ] ||
		    return 1
	done
}
due() { sed -i 's/"last_refresh": "2/"last_refresh": "1/' "$KEPT"; }
refreshes() { issuer_count "${1:-i}" refresh; }

# killed: the keeper alone, with a signal that nobody can catch.
killed() {
	kill -KILL "$KEEPER"
	wait "$KEEPER" 2> /dev/null
	cat "$T/keep.out" >> "$T/keep.all"
}

# Killed N ms after a refresh has begun, or after the round was said. The
# issuer takes a while, so that the answer is on its way at some of them.
say "killed at random: three leases, tokens of eight seconds"
issuer_up i --lifetime 8 --interval '"1"' refresh=slow:0.2
login_here i
RANDOM=${SEED:=$RANDOM}
for ((i = 0; i < ROUNDS; i++)); do
	n=$(refreshes)
	keep_up "${LEASES[@]}"
	if ((i % 4)); then
		await 60 issuer_counts i refresh $((n + 1)) ||
		    bad "no refresh (seed $SEED, round $i)"
	else
		await 60 kept_rounds 1 || bad "no round (seed $SEED)"
	fi
	sleep 0.$((RANDOM % 5))$((RANDOM % 10))
	killed
done
[ "$(refreshes)" -ge $((ROUNDS / 2)) ] || bad "few refreshes"
keep_up "${LEASES[@]}"
await 60 kept_rounds 2 refreshed || bad "the next keeper does not refresh"
await 60 leased || bad "a lease is old"
keep_down
await 60 gone_all || bad "something still runs"
never_twice i
! grep -E 'reused|used up' "$T/keep.err" || bad "a spent token was sent"
left=$(find "$HOME/.codex" -type f -printf '%f\n' |
    grep -vxE 'auth.json|auth.lock|auth.json.lock')
[ -z "$left" ] || bad "left: $left"
newest i
issuer_down i

say "killed while the answer is on its way: it is stored all the same"
issuer_up k --interval '"1"' refresh=slow:2
login_here k
due
cp "$KEPT" "$T/before"
keep_up
await 20 issuer_counts k refresh 1
killed
cmp -s "$KEPT" "$T/before" || bad "too late"
say "and whoever keeps it next waits for that, and asks for nothing"
run keep --once --json
[ "$RC" = 0 ] || bad "exit $RC"
said '"refresh":"fresh"'
! cmp -s "$KEPT" "$T/before" || bad "not stored"
[ "$(refreshes k)" = 1 ] || bad "asked $(refreshes k) times"

say "a signal meanwhile: it ends once that is stored"
due
cp "$KEPT" "$T/before"
keep_up
await 20 issuer_counts k refresh 2
keep_down INT
[ "$RC" = 130 ] || bad "exit $RC"
! cmp -s "$KEPT" "$T/before" || bad "not stored"
kept_said "once it is stored" || bad "not said"

say "two keepers at once ask once"
due
keep_up
run keep --once
[ "$RC" = 0 ] || bad "exit $RC"
await 20 kept_rounds 1
keep_down
[ "$(refreshes k)" = 3 ] || bad "asked $(refreshes k) times"
never_twice k
issuer_down k

say "no network: nothing is spent, it is tried again"
issuer_up n --interval '"1"'
login_here n
far bob -
due
cp "$KEPT" "$T/before"
port=$ISSUER_PORT
issuer_down n
run keep --once
[ "$RC" = 5 ] || bad "exit $RC"
keep_up bob@web1
await 30 kept_rounds 2 failed || bad "not tried again"
cmp -s "$KEPT" "$T/before" || bad "the file changed"
[ "$(far_token bob)" = "$(token "$KEPT" access_token)" ] ||
    bad "the access token that there is was not leased"
issuer_up n --port "$port" --any-refresh
await 60 kept_rounds 1 refreshed || bad "not refreshed later"
await 20 kept_rounds 1 "refreshed.*1 written" || bad "not handed on"
keep_down

say "429: nothing is spent, and the issuer says when"
due
issuer_set n refresh=429:2,ok
keep_up
await 60 kept_rounds 1 refreshed || bad "not tried again"
kept_rounds 1 failed || bad "not said"
keep_down

say "no room on the disk, a read-only file: seen before the token is sent"
mkdir "$T/small"
mount -t tmpfs -o size=64k,mode=700 none "$T/small"
cp "$KEPT" "$T/small/auth.json"
due
sed -i 's/"last_refresh": "2/"last_refresh": "1/' "$T/small/auth.json"
head -c 50k /dev/zero > "$T/small/fill"
cat /dev/zero > "$T/small/fill2" 2> /dev/null
n=$(refreshes n)
export CODEX_HOME=$T/small
run keep --once
[ "$RC" = 7 ] || bad "full: exit $RC"
said "nothing was refreshed"
rm "$T"/small/fill*
chmod 400 "$T/small/auth.json"
run keep --once
[ "$RC" = 7 ] || bad "read-only: exit $RC"
[ "$(refreshes n)" = "$n" ] || bad "the token was sent"
chmod 600 "$T/small/auth.json"

say "the disk fills while the issuer thinks: the new login is set aside"
issuer_set n refresh=slow:4
n=$(refreshes n)
keep_up
await 20 issuer_counts n refresh $((n + 1))
cat /dev/zero > "$T/small/fill" 2> /dev/null
aside() { compgen -G "$HOME/.local/share/codex-provision/rescued*" > /dev/null; }
await 30 aside || bad "it is nowhere"
rescued=$(echo "$HOME"/.local/share/codex-provision/rescued*)
[ "$(stat -c %a "$rescued")" = 600 ] || bad "mode"
say "and stored once there is room"
new=$(token "$rescued" refresh_token)
rm "$T/small/fill"
stored() { [ "$(token "$T/small/auth.json" refresh_token)" = "$new" ]; }
await 30 stored || bad "not stored"
await 30 kept_rounds 1 refreshed || bad "not said"
! aside || bad "a copy stays"
keep_down
unset CODEX_HOME
umount "$T/small"
issuer_down n

say "the answer is lost: said; the token rests until half of the time is gone"
issuer_up l --interval '"1"' refresh=close
login_here l
due
run keep --once
[ "$RC" = 9 ] || bad "exit $RC"
after=$(sed -n 's/.*once more after \([^;]*\);.*/\1/p' "$T/err")
after=$(date -d "$after" +%s)
[ $((after - $(date +%s))) -gt 400000 ] || bad "too soon: $after"
say "which the next keeper knows"
run keep --once
[ "$RC" = 9 ] || bad "exit $RC"
said "once more after"
[ "$(refreshes l)" = 1 ] || bad "it was sent again"
say "but another login is another login"
issuer_set l refresh=ok
login_here l
due
run keep --once
[ "$RC" = 0 ] || bad "exit $RC"
issuer_down l

say "the process that asks is ended from outside: the token rests as well"
issuer_up x --interval '"1"' refresh=slow:3
login_here x
due
keep_up
await 20 issuer_counts x refresh 1
kill -KILL $(pgrep -x codex-provision)
await 20 gone_all || bad "something still runs"
run keep --once
[ "$RC" = 9 ] || bad "exit $RC"
said "may be spent"
[ "$(refreshes x)" = 1 ] || bad "it was sent again"
issuer_down x

say "and once more, later"
issuer_up u --lifetime 16 --interval '"1"' refresh=close,ok
login_here u
due
cp "$KEPT" "$T/before"
run keep --once
[ "$RC" = 9 ] || bad "exit $RC"
said "the old token is all there is"
cmp -s "$KEPT" "$T/before" || bad "the file changed"
issuer_set u refresh=close,ok
login_here u
keep_up --json bob@web1
await 30 kept_said '"refresh":"unknown"' || bad "not said"
await 30 kept_said '"refresh":"refused"' || bad "not tried once more"
kept_said "log in again" || bad "not said"
say "a spent token is not sent again; it ends when there is nothing to lease"
await 60 gone_all || bad "it goes on"
RC=0
kill "$KEEPER" 2> /dev/null
wait "$KEEPER" || RC=$?
[ "$RC" = 4 ] || bad "exit $RC"
[ "$(refreshes u)" = 3 ] || bad "asked $(refreshes u) times"
say "nor by the next keeper, once a day or every minute"
for _ in 1 2; do
	run keep --once
	[ "$RC" = 4 ] || bad "exit $RC"
	said "log in again"
done
[ "$(refreshes u)" = 3 ] || bad "asked $(refreshes u) times"
issuer_down u

say "a login that comes while the issuer thinks stays"
issuer_up c --interval '"1"' refresh=slow:1
login_here c
cp "$KEPT" "$T/other"
login_here c
due
keep_up bob@web1
await 20 issuer_counts c refresh 1
cp "$T/other" "$KEPT"
await 30 kept_rounds 1 || bad "no round"
cmp -s "$KEPT" "$T/other" || bad "it was replaced"
await 30 kept_rounds 1 "1 written" || bad "not leased"
keep_down
say "but the very login that was refreshed, written otherwise, does not"
due
spent=$(token "$KEPT" refresh_token)
keep_up bob@web1
await 20 issuer_counts c refresh 2
sed -i 's/^  /   /' "$KEPT"
await 30 kept_rounds 1 refreshed || bad "not stored"
[ "$(token "$KEPT" refresh_token)" != "$spent" ] || bad "it is lost"
keep_down
never_twice c
newest c
no_canary "$T"/keep.*
