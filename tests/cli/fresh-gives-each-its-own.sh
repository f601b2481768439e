#!/bin/bash
# push --fresh: a login of its own for each target that can take one, and none
# is lost without a word.
# timeout: 400
. "$(dirname "$0")/lib.sh"
. tests/cli/issuer.sh
/usr/bin/python3 -c 'import nacl' 2>/dev/null || skip "no python3-nacl (scripts/deps)"
sshd_up
for a in bob eve ann; do account $a; done
HERE=$HOME/.codex/auth.json
cred "$HERE" chatgpt acct_here
cp "$HERE" "$T/here"
cred "$T/key" apikey
cred "$T/stranger" chatgpt acct_stranger
echo 'correct horse battery staple' > "$T/pass"
chmod 600 "$T/pass"
issuer_up a --interval '"1"' --account acct_fake
FRESH=(--fresh --device-auth --issuer "$ISSUER")

there() { cat "${HOME_OF[$1]}/.codex/auth.json" 2> /dev/null; }
token() { there "$1" | sed -n 's/.*"refresh_token": "\([^"]*\)".*/\1/p'; }
asked() { issuer_count a usercode; }

# line TARGET STATE [CODE]: the one line of that target.
line() {
	local is
	is=$(python3 - "$T/out" "$1" <<-'PY'
	import json, sys
	for line in open(sys.argv[1]):
	    o = json.loads(line)
	    if o.get("target") == sys.argv[2]:
	        print(o["state"], o.get("error", {}).get("code", "-"))
	PY
	)
	[ "$is" = "$2 ${3:--}" ] || bad "$1: $is, not $2 ${3:--}"
}
rc() { [ "$RC" = "$1" ] || bad "exit $RC, not $1"; }
fresh() { run push --json "${FRESH[@]}" "$@"; }

# begin ARG...: the push, until it waits for its first consent. Sets PID.
begin() {
	local n
	n=$(issuer_count a poll)
	issuer_set a poll=pending
	env --default-signal=INT "$CP" push --json "${FRESH[@]}" "$@" \
	    > "$T/out" 2> "$T/err" < /dev/null &
	PID=$!
	await 60 issuer_counts a poll $((n + 1)) || bad "it never asks"
}
end() {
	RC=0
	wait "$PID" || RC=$?
	no_canary "$T/out" "$T/err"
}

say "two logins, for the two that can take one"
far ann "$T/key"
fresh bob@web1 ann@web1 nobody@web1 eve@web1
rc 1
line bob@web1 written
line eve@web1 written
line ann@web1 refused other_account
line nobody@web1 failed auth_failed
[ "$(asked)" = 2 ] || bad "$(asked) logins were asked for"
said '"for":"bob@web1"'
said "To log in for 'bob@web1' (1 of 2), open"
said "To log in for 'eve@web1' (2 of 2), open"
said "It lets 'eve@web1' use your account"
[ -n "$(token bob)" ] && [ "$(token bob)" != "$(token eve)" ] ||
    bad "they share a login"
! grep -q 'works once' "$T/err" || bad "warns of copies"
cmp -s "$HERE" "$T/here" || bad "the login here changed"
cmp -s <(there ann) "$T/key" || bad "ann's key is gone"
for a in bob eve; do
	[ "$(stat -c %a "${HOME_OF[$a]}/.codex/auth.json")" = 600 ] || bad "mode"
done

say "one whose login a clock ahead has dated later is not asked for"
n=$(asked)
cred "$T/ahead" chatgpt acct_fake 2099-01-01T00:00:00Z
far bob "$T/ahead"
fresh bob@web1
rc 3
line bob@web1 refused newer_there
[ "$(asked)" = "$n" ] || bad "asked, and lost"
far bob -

say "a dry run asks for none"
n=$(asked)
fresh -n bob@web1 ann@web1
line bob@web1 would_write
line ann@web1 refused other_account
[ "$(asked)" = "$n" ] || bad "asked"

say "one says no: the others get theirs"
far bob -
far eve -
issuer_set a poll=denied,ok
fresh bob@web1 eve@web1
rc 1
line bob@web1 failed login_refused
line eve@web1 written
[ -z "$(there bob)" ] || bad "something is there"
issuer_set a poll=denied
fresh bob@web1
rc 4
issuer_set a usercode=500
fresh bob@web1
line bob@web1 failed unreachable
issuer_set a usercode=ok

say "a target that fails after its login was given: lost, and it says so"
far bob -
begin bob@web1
far bob "$T/stranger"
issuer_set a poll=ok
end
rc 3
line bob@web1 refused other_account
said 'its new login is lost: '
said "log in for it again: 'codex-provision push --fresh bob@web1'"
cmp -s <(there bob) "$T/stranger" || bad "the stranger's is gone"

say "or it is rescued, each to a place of its own"
held() {
	tests/fake/vault.py open "$HOME/.local/share/codex-provision/store" \
	    "$(cat "$T/pass")" | python3 -c '
import json, sys
for e in json.load(sys.stdin)["entries"]:
    t = json.loads(e["credential"])["tokens"]
    print(e["name"], e["account"], t["refresh_token"])'
}
far bob -
far eve -
begin --rescue store:spare --passphrase-file "$T/pass" bob@web1 eve@web1
far bob "$T/stranger"
far eve "$T/stranger"
issuer_set a poll=ok
end
rc 1
line bob@web1 refused other_account
line eve@web1 refused other_account
! grep -q 'is lost' "$T/out" || bad "says that it is lost"
said "codex-provision push --from store:spare-2 "
[ "$(held | cut -d' ' -f1,2 | tr '\n' ' ')" = \
    "spare acct_fake spare-2 acct_fake " ] || bad "the store has $(held)"
[ "$(held | cut -d' ' -f3 | sort -u | wc -l)" = 2 ] || bad "the same login"
far bob -
run push --from store:spare --passphrase-file "$T/pass" bob@web1
rc 0
[ "$(token bob)" = "$(held | sed -n 's/^spare acct_fake //p')" ] ||
    bad "it is another"

say "Ctrl-C: one line each, nothing is contacted any more"
far bob -
far eve -
far ann -
begin --rescue store:later --passphrase-file "$T/pass" bob@web1 eve@web1 ann@web1
n=$(asked)
issuer_set a poll=ok,pending
await 60 issuer_counts a usercode $((n + 1)) || bad "no second login"
issuer_set a poll=pending
connections=$(grep -c 'Connection from' "$T/sshd.default.log")
kill -INT "$PID"
end
rc 130
for a in bob eve ann; do
	line $a@web1 failed interrupted
	[ -z "$(there $a)" ] || bad "something is there"
done
held | grep -q '^later acct_fake' || bad "the first login is lost"
[ "$(asked)" = $((n + 1)) ] || bad "asked for the third"
[ "$connections" = "$(grep -c 'Connection from' "$T/sshd.default.log")" ] ||
    bad "it connected again"
said '"summary"'

say "Ctrl-C when its login was given in a browser: it is rescued"
far bob -
issuer_set a authorize=auto
issuer_set a apikey=hang
n=$(issuer_count a apikey)
env --default-signal=INT "$CP" push --json --fresh --no-browser --issuer \
    "$ISSUER" --rescue store:web --passphrase-file "$T/pass" bob@web1 \
    > "$T/out" 2> "$T/err" < /dev/null &
PID=$!
await 60 grep -q '^http.*/oauth/authorize' "$T/err" || bad "no URL"
URL=$(grep -m1 '^http.*/oauth/authorize' "$T/err")
curl -gsL -o "$T/answer" --max-time 60 "$URL" &
browser=$!
await 60 issuer_counts a apikey $((n + 1)) || bad "no key is asked for"
kill -INT "$PID"
end
rc 130
wait "$browser"
line bob@web1 failed interrupted
[ -z "$(there bob)" ] || bad "something is there"
held | grep -q '^web acct_fake' || bad "the login is lost"
grep -q 'The login did not finish' "$T/answer" || bad "the page"

say "what does not go together contacts nobody"
n=$(asked)
for o in "--from $HERE" --move --lease --paste "--workspace w" \
    "--rescue elsewhere" "--rescue store:-x"; do
	# shellcheck disable=SC2086
	fresh $o bob@web1
	rc 2
done
for o in --device-auth --no-browser "--issuer $ISSUER" "--rescue store:x"; do
	# shellcheck disable=SC2086
	run push $o bob@web1
	rc 2
	said 'with --fresh'
done
run push --fresh --with-api-key bob@web1
rc 2
echo wrong > "$T/pass"
fresh --rescue store:x --passphrase-file "$T/pass" bob@web1
rc 8
[ "$(asked)" = "$n" ] || bad "asked"
cmp -s "$HERE" "$T/here" || bad "the login here changed"

exit 0
