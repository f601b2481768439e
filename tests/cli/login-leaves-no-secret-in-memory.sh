#!/bin/bash
# After a request to the issuer nothing that was sent or given is left in any
# memory that can be written to, over http and https, whatever the answer is.
# plain build only: the instrumented allocator keeps what is freed
. "$(dirname "$0")/lib.sh"
. tests/cli/issuer.sh
issuer_ca "$T/ca"
kram=$(rev <<< "$CANARY")

# ask WANTED URL WORD...: the secrets come on standard input.
ask() {
	local want=$1
	shift
	"$B/tests/fake/issuerask" -c "$T/ca/ca.pem" -l "$kram" "$@" \
	    > "$T/out" 2> "$T/err"
	case $? in
	0) ;;
	3) bad "left in memory: $(grep left: "$T/out")" ;;
	*) bad "$(cat "$T/out")" ;;
	esac
	grep -q "^$want " "$T/out" || bad "not $want: $(cat "$T/out")"
}

long=$CANARY$(head -c 9000 /dev/zero | tr '\0' x)
tokens="%7B%22id_token%22:%22a.e30.$CANARY%22%2C%22access_token%22:%22$long%22%2C\
%22refresh_token%22:%22$CANARY%22%7D"
for tls in "" "--cert $T/ca/good.pem --key $T/ca/good.key"; do
	say "over http${tls:+s}"
	# shellcheck disable=SC2086	# two words each
	issuer_up a $tls
	issuer_set a "refresh=json:$tokens,echo,500,cut:200"
	for want in 'done' again unknown unknown; do
		echo "rt_$CANARY" | ask $want "$ISSUER" refresh scheduled
	done
	issuer_set a "token=json:$tokens"
	printf '%s\n' "ac_$CANARY" "$long" |
	    ask 'done' "$ISSUER" exchange http://127.0.0.1:1455/auth/callback
	echo "at-$CANARY" | ask 'done' "$ISSUER" whoami
	echo "rt_$CANARY" | ask 'done' "$ISSUER" revoke refresh_token
	echo "h.e30.$CANARY" | ask 'done' "$ISSUER" apikey
	issuer_down a
done

say "the search finds what is there"
echo x | "$B/tests/fake/issuerask" -l "$(rev <<< CANARYthere)" \
    http://127.0.0.1:9 refresh CANARYthere > "$T/out"
[ $? = 3 ] || bad "it does not"
