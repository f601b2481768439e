#!/bin/bash
# Logins by key: from standard input or a terminal without echo, never from an
# argument; an access token is asked about; what is no key changes nothing.
. "$(dirname "$0")/lib.sh"
. tests/cli/issuer.sh
issuer_up main
api=sk-proj-${CANARY}key
pat=at-${CANARY}pat
f=~/.codex/auth.json

# key TEXT EXIT ARG...: login with TEXT on standard input.
key() {
	local text=$1 want=$2
	shift 2
	RC=0
	printf '%b' "$text" | timeout 60 "$CP" login --issuer "$ISSUER" "$@" \
	    > "$T/out" 2> "$T/err" || RC=$?
	[ "$RC" = "$want" ] || bad "exit $RC, not $want"
	no_canary "$T/out" "$T/err"
}

say "an API key"
key "  $api\n\n" 0 --with-api-key
said "^logged in with an API key: $f$"
[ "$(cat $f)" = "$(printf '{\n  "auth_mode": "apikey",\n  "OPENAI_API_KEY": "%s"\n}' "$api")" ] ||
    bad "$(cat $f)"
[ "$(stat -c %a $f)" = 600 ] || bad "mode $(stat -c %a $f)"
key "$api" 0 --with-api-key --json
grep -q '"state":"unchanged".*"mode":"apikey"' "$T/out" || bad "json"
[ "$(wc -l < "$T/out")" = 1 ] || bad "more than one line"
key "$api" 0 --with-api-key -q
[ ! -s "$T/out" ] || bad "not quiet"
[ "$(issuer_count main)" = 0 ] || bad "somebody was asked"
! grep -q warning "$T/err" || bad "a warning"

say "a key that Codex here would not use"
echo 'forced_login_method = "chatgpt"' > ~/.codex/config.toml
key "$api" 0 --with-api-key
said "warning: Codex would not use it: forced_login_method is 'chatgpt'"
CODEX_ACCESS_TOKEN=x key "$api" 0 --with-api-key --json
grep -q '"warnings":\[.*CODEX_ACCESS_TOKEN is set' "$T/out" || bad "json"
rm ~/.codex/config.toml

say "an access token"
key "$pat\n" 0 --with-access-token
said '^logged in with a personal access token as fake@example.com, account acct_fake, plan pro: '
key "$pat" 0 --with-access-token --json
grep -q '"account":"acct_fake","email":"fake@example.com","plan":"pro"' \
    "$T/out" || bad "json"
[ "$(issuer_count main whoami)" = 2 ] || bad "not asked about"

say "what is no key changes nothing"
cp $f "$T/old"
for way in --with-api-key --with-access-token; do
	key '' 3 $way
	said 'holds no key'
	key ' \n\t\n' 3 $way
done
key "sk-a b$CANARY" 3 --with-api-key
key "sk-a\nb$CANARY" 3 --with-api-key
key "sk-\t$CANARY" 3 --with-api-key
key "sk-\303\251$CANARY" 3 --with-api-key
key "$api" 3 --with-access-token
said 'begins with'
key "at-\rx$CANARY" 3 --with-access-token
[ "$(issuer_count main whoami)" = 2 ] || bad "asked about what can't be sent"
head -c 70000 /dev/zero | tr '\0' "${CANARY:0:1}" > "$T/long"
RC=0
"$CP" login --with-api-key < "$T/long" > "$T/out" 2> "$T/err" || RC=$?
[ "$RC" = 3 ] || bad "a long one: exit $RC"
RC=0
"$CP" login --with-api-key <&- > "$T/out" 2> "$T/err" || RC=$?
[ "$RC" = 3 ] || bad "no standard input: exit $RC"
cmp -s $f "$T/old" || bad "auth.json was changed"

say "what the issuer says of a token"
while read -r mode want text; do
	say "whoami $mode"
	issuer_set main whoami="$mode"
	key "$pat" "$want" --with-access-token
	said "$text"
	cmp -s $f "$T/old" || bad "auth.json was changed"
	! LC_ALL=C grep -q '[^[:print:][:space:]]' "$T/err" || bad "unsafe text"
done <<-END
401 4 see whether the token is whole
403 4 answers 403
error:token_revoked:401 4 fake refusal token_revoked
404 4 answers 404
429:5 5 try again in 5 s
500 5 answers 500
html 5 Cloudflare
malformed 7 not JSON
types 7 no usable
dups 7 duplicate
json:{} 7 no usable 'chatgpt_user_id'
json:{"chatgpt_user_id":"u"%2C"chatgpt_account_id":"a"%2C"chatgpt_plan_type":"p"} 7 fedramp
json:{"chatgpt_user_id":"u"%2C"chatgpt_account_id":"a"%2C"chatgpt_plan_type":"p"%2C"email":7} 7 email
echo 4 its words quote a secret
escapes:401 4 x1b
redirect:302 7 redirects
huge 7 too large
close 7 wrongly
END
issuer_set main whoami=escapes:200
key "$pat" 0 --with-access-token
! LC_ALL=C grep -q '[^[:print:][:space:]]' "$T/out" || bad "unsafe text"
issuer_set main whoami=ok

say "a token without an email"
issuer_set main 'whoami=json:{"chatgpt_user_id":"u"%2C"chatgpt_account_id":"a"%2C"chatgpt_plan_type":"p"%2C"email":null%2C"chatgpt_account_is_fedramp":false}'
key "$pat" 0 --with-access-token
said 'token, account a, plan p'
issuer_set main whoami=ok

say "an argument is no place for a key"
for args in "--with-api-key $api" "--with-api-key=$api" "$api" \
    "--with-access-token $pat" "--with-access-token=$pat" "--api-key $api" \
    "--api-key=$api" "--with-api-key -- $api"; do
	# shellcheck disable=SC2086	# words
	key '' 2 $args
done
for args in "$api login" "--with-api-key $api login" "$pat" \
    "--with-access-token ${CANARY}pat login"; do
	# shellcheck disable=SC2086	# words
	run $args
	[ "$RC" = 2 ] || bad "exit $RC"
	said 'a key is read from standard input'
done
run login --with-api-key --with-access-token
[ "$RC" = 2 ] || bad "two ways: exit $RC"

say "interrupted while the key has yet to come"
mkfifo "$T/fifo"
exec 9<> "$T/fifo"
waits() { grep -q "^State:.*sleeping" "/proc/$1/status" &&
    grep -q '^SigCgt:.*[1-9a-f]' "/proc/$1/status"; }
for part in "" "sk-some"; do
	for signal in INT TERM; do
		printf %s "$part" >&9
		env --default-signal=INT "$CP" login --with-api-key \
		    < "$T/fifo" > "$T/out" 2> "$T/err" 9>&- &
		await 10 waits $! || bad "it does not wait"
		kill -$signal $!
		await 10 gone $! || {
			bad "SIG$signal does not end it"
			kill -KILL $!
		}
		RC=0
		wait $! || RC=$?
		[ "$RC" = $((128 + $(kill -l $signal))) ] || bad "exit $RC"
		said 'interrupted; nothing was changed'
	done
done
exec 9>&-
cmp -s $f "$T/old" || bad "auth.json was changed"

say "asked for on a terminal, without echo"
on_tty "API key .not shown.: =$api" -- login --with-api-key
[ "$RC" = 0 ] || bad "exit $RC"
grep -q "$api" $f || bad "not that key"
on_tty "access token .not shown.: =$pat" -- login --with-access-token \
    --issuer "$ISSUER"
[ "$RC" = 0 ] || bad "exit $RC"
grep -q "$pat" $f || bad "not that token"
cp $f "$T/old"
on_tty 'API key .not shown.: =^C' -- login --with-api-key
[ "$RC" = 130 ] || bad "Ctrl-C: exit $RC"
on_tty 'API key .not shown.: =' -- login --with-api-key
[ "$RC" = 3 ] || bad "an empty line: exit $RC"
on_tty -- login --with-api-key --no-input
[ "$RC" = 2 ] || bad "--no-input: exit $RC"
cmp -s $f "$T/old" || bad "auth.json was changed"
