#!/bin/bash
# What a grant is worth, by the word of the real Codex: of two homes with one
# refresh token the second fails once the first has refreshed; one that was
# moved works; a lease works, asks for no refresh, and ends; and `keep` renews
# it, also where it had ended.
. "$(dirname "$0")/lib.sh"
. tests/cli/issuer.sh
. tests/cli/keeping.sh
codex=$CXP_CACHE/node_modules/.bin/codex
[ -x "$codex" ] || skip "no real codex (scripts/deps)"
# What else it looks for is refused at once.
echo "127.0.0.1 chatgpt.com ab.chatgpt.com auth.openai.com api.openai.com" \
    >> /etc/hosts
sshd_up
account bob
account eve
BOB=${HOME_OF[bob]}/.codex
EVE=${HOME_OF[eve]}/.codex

# near_its_end: a login here whose token Codex refreshes at once, and an issuer
# whose tokens last from then on.
near_its_end() {
	issuer_up old --lifetime 200 --interval '"1"'
	local port=$ISSUER_PORT
	login_here old
	issuer_down old
	issuer_up i --port "$port" --any-refresh --interval '"1"'
}
refreshes() { issuer_count i refresh; }

# runs WANT HOME [ENDED]: WANT is 0 or 1, its exit status.
runs() {
	local want=$1 rc=0
	shift
	python3 tests/cli/codexruns.py "$codex" "$@" > "$T/out" 2> "$T/err" ||
	    rc=$?
	[ "$rc" = "$want" ] || bad "Codex ends with $rc, want $want"
	[ "$want" = 1 ] || said "fake says hello"
}

say "two homes with one token: the second fails"
near_its_end
old=$(token "$KEPT" access_token)
mkdir -m 700 "$T/a" "$T/b"
cp "$KEPT" "$T/a"
cp "$KEPT" "$T/b"
runs 0 "$T/a" "$old"
[ "$(refreshes)" = 1 ] || bad "asked $(refreshes) times"
runs 1 "$T/b" "$old"
said "already used"
issuer_down i

say "moved: it works there, and none is here"
near_its_end
old=$(token "$KEPT" access_token)
push --move bob@web1
want written
runs 0 "$BOB" "$old"
[ "$(refreshes)" = 1 ] || bad "asked $(refreshes) times"
[ ! -e "$KEPT" ] || bad "still here"
issuer_down i
rm -rf "$BOB"

say "a lease works, and asks for no refresh"
near_its_end
run keep --once bob@web1 eve@web1
[ "$RC" = 0 ] || bad "exit $RC"
n=$(refreshes)
runs 0 "$BOB"
[ "$(refreshes)" = "$n" ] || bad "it asked"

say "it ends, and asks for no refresh then either"
cp "$BOB/auth.json" "$T/lease"
old=$(token "$BOB/auth.json" access_token)
runs 1 "$BOB" "$old"
cmp -s "$BOB/auth.json" "$T/lease" || bad "Codex changed it"
[ "$(refreshes)" = "$n" ] || bad "it asked"

say "renewed by keep, it works again, on every target; and so does the login"
sed -i 's/"last_refresh": "2/"last_refresh": "1/' "$KEPT" \
    "$BOB/auth.json" "$EVE/auth.json"
run keep --once bob@web1 eve@web1
[ "$RC" = 0 ] || bad "exit $RC"
runs 0 "$BOB" "$old"
runs 0 "$EVE" "$old"
runs 0 "$HOME/.codex" "$old"
[ "$(refreshes)" = "$((n + 1))" ] || bad "asked $(refreshes) times"
never_twice i
newest i
exit 0
