#!/bin/bash
# logout removes this machine's auth.json and nothing else; the token is
# revoked when that is asked for, as Codex revokes it, after what else that
# may do was said; where it fails nothing is lost.
. "$(dirname "$0")/lib.sh"
. tests/cli/issuer.sh
F=$HOME/.codex/auth.json
issuer_up i

# out WANT_RC ARG...
out() {
	local want=$1
	shift
	run logout "$@"
	[ "$RC" = "$want" ] || bad "exit $RC, want $want"
}
here() { [ -e "$F" ] || bad "the file is gone"; }
gone_file() { [ ! -e "$F" ] || bad "the file is there"; }
asked() {	# N
	[ "$(issuer_count i)" = "$1" ] || bad "asked $(issuer_count i) times"
}

say "a login goes, and nobody is asked"
cred "$F"
out 0 --json
[ "$(member state) $(member revoked)" = "removed false" ] ||
    bad "$(cat "$T/out")"
gone_file
out 0
said "was not logged in: $F"
out 0 --json
[ "$(member state)" = absent ] || bad "$(cat "$T/out")"

say "a corrupt one too"
echo '{' > "$F"
out 0
said "logged out: $F"
gone_file

say "of a link the link alone"
cred "$HOME/mine"
ln -s ../mine "$F"
out 0
[ ! -L "$F" ] && [ -e "$HOME/mine" ] || bad "the file behind it is gone"

say "without a home there is nothing to do, and none is made"
mv "$HOME/.codex" "$HOME/away"
out 0
[ ! -e "$HOME/.codex" ] || bad "a home was made"
mv "$HOME/away" "$HOME/.codex"

say "what is in the keyring stays, which is said"
cred "$F"
echo 'cli_auth_credentials_store = "keyring"' > "$HOME/.codex/config.toml"
out 0
said "a login in the keyring stays"
rm "$HOME/.codex/config.toml"
asked 0

say "revoke: without a terminal it is said and done"
cred "$F"
out 0 --revoke --json --issuer "$ISSUER"
[ "$(member state) $(member revoked)" = "removed true" ] ||
    bad "$(cat "$T/out")"
said "other sessions of the account"
gone_file
asked 1
python3 - "$T/issuer.i.log" "rt_${CANARY}refreshacct_one" <<-'PY' || bad "request"
	import json, sys
	r = json.loads(open(sys.argv[1]).readlines()[-1])
	assert (r["method"], r["path"]) == ("POST", "/oauth/revoke"), r
	assert list(r["json"].items()) == [
	    ("token", sys.argv[2]), ("token_type_hint", "refresh_token"),
	    ("client_id", "app_EMoamEEZ73f0CkXaXp7hrann")], r["json"]
	PY

say "without a refresh token the access token"
cred "$F"
sed -i "s/rt_${CANARY}refreshacct_one//" "$F"
out 0 --revoke --issuer "$ISSUER"
said "logged out, and revoked: $F"
python3 - "$T/issuer.i.log" <<-'PY' || bad "request"
	import json, sys
	r = json.loads(open(sys.argv[1]).readlines()[-1])
	assert r["json"]["token_type_hint"] == "access_token", r["json"]
	assert "client_id" not in r["json"], r["json"]
	PY
asked 2

# A token that goes to another issuer than its own is told to a stranger, who
# calls it revoked.
say "the issuer that gave it revokes it, and no other"
issuer_up given --interval '"1"'
given=$ISSUER
login() {
	run login --device-auth --issuer "$given/" --client-id app_other -q
	[ "$RC" = 0 ] || bad "login: exit $RC"
}
login
out 0 --revoke
said "logged out, and revoked: $F"
said "revoking at $given/"
gone_file
python3 - "$T/issuer.given.log" <<-'PY' || bad "request"
	import json, sys
	r = json.loads(open(sys.argv[1]).readlines()[-1])
	assert r["path"] == "/oauth/revoke", r
	assert r["json"]["client_id"] == "app_other", r["json"]
	PY
ISSUER=$(cat "$T/issuer.i.url")
login
before=$(issuer_count i)
n=$(issuer_count given revoke)
out 2 --revoke --issuer "$ISSUER"
said "of the issuer '$given/', not of '$ISSUER'"
here
[ "$before $n" = "$(issuer_count i) $(issuer_count given revoke)" ] ||
    bad "somebody was asked"
out 0 --revoke --issuer "$given" --client-id app_third
gone_file
grep -q '"client_id": "app_third"' "$T/issuer.given.log" || bad "client"

say "on a terminal it is asked for"
cred "$F"
on_tty "(yes/no)?=no" -- logout --revoke --issuer "$ISSUER"
[ "$RC" = 4 ] || bad "exit $RC"
here
grep -q "acct_one@example.com at $ISSUER:" "$T/tty" ||
    bad "not said whose, and where"
on_tty "(yes/no)?=maybe" "'yes' or 'no'=no" -- logout --revoke \
    --issuer "$ISSUER"
here
on_tty "(yes/no)?=^C" -- logout --revoke --issuer "$ISSUER"
[ "$RC" = 130 ] || bad "Ctrl-C: exit $RC"
here
asked 2
on_tty "(yes/no)?=yes" -- logout --revoke --issuer "$ISSUER"
[ "$RC" = 0 ] || bad "exit $RC"
gone_file
asked 3

say "where it can't be revoked the file stays, and how to go on is said"
for mode in 500 oauth:invalid_client:401 html rst; do
	cred "$F"
	issuer_set i "revoke=$mode"
	out "$(case $mode in oauth*) echo 4 ;; *) echo 5 ;; esac)" --revoke \
	    --issuer "$ISSUER"
	here
	said "hint: "
done
issuer_set i revoke=ok
cred "$F"
out 5 --revoke --issuer http://127.0.0.1:9
here
said "hint: "

say "keys are not revoked here"
before=$(issuer_count i)
for kind in apikey pat lease; do
	cred "$F" $kind
	out 0 --revoke --issuer "$ISSUER"
	said "can't be revoked"
	gone_file
done
asked "$before"

say "a corrupt file is not revoked, nor removed"
echo '{' > "$F"
out 3 --revoke --issuer "$ISSUER"
here
said "'codex-provision logout' removes it"

say "usage"
out 2 --issuer "$ISSUER"
out 2 web1
run login --revoke
[ "$RC" = 2 ] || bad "exit $RC"

say "Codex waits until it is done"
cred "$F"
issuer_set i "revoke=slow:2"
n=$(issuer_count i revoke)
"$CP" logout --revoke --issuer "$ISSUER" > "$T/out" 2> "$T/err" < /dev/null &
await 20 issuer_counts i revoke $((n + 1)) || bad "not asked"
flock -n "$HOME/.codex/auth.lock" true && bad "the lock is free"
wait $! || bad "exit $?"
flock -n "$HOME/.codex/auth.lock" true || bad "the lock is held"
gone_file

say "interrupted while it is asked, the file stays"
cred "$F"
issuer_set i revoke=hang
n=$(issuer_count i revoke)
"$CP" logout --revoke --issuer "$ISSUER" > "$T/out" 2> "$T/err" < /dev/null &
await 20 issuer_counts i revoke $((n + 1)) || bad "not asked"
kill -TERM $!
RC=0
wait $! || RC=$?
[ "$RC" = 143 ] || bad "exit $RC"
here
said "may be revoked"
