#!/bin/bash
# Whom a login trusts and by which way it goes: certificates, CA files and
# proxies as Codex takes them from the environment; every failure names what
# the user can change.
. "$(dirname "$0")/lib.sh"
. tests/cli/issuer.sh
issuer_ca "$T/ca"
echo '127.0.0.1 auth.openai.com' >> /etc/hosts

# ask EXIT [NAME=VALUE]...: a device code from $ISSUER, with that environment.
ask() {
	local rc=$1
	shift
	RC=0
	env "$@" timeout 60 "$CP" login --device-auth --issuer "$ISSUER" \
	    --timeout 20 > "$T/out" 2> "$T/err" < /dev/null || RC=$?
	[ "$RC" = "$rc" ] || bad "exit $RC, not $rc"
	no_canary "$T/out" "$T/err"
	[ "$rc" = 0 ] || [ ! -e ~/.codex/auth.json ] || bad "an auth.json"
	rm -f ~/.codex/auth.json
}
ca=CODEX_CA_CERTIFICATE=$T/ca/ca.pem

# tls NAME [OPTION]...
tls() {
	issuer_up "$1" --cert "$T/ca/$1.pem" --key "$T/ca/$1.key" \
	    --interval '"1"' "${@:2}"
}

say "certificates"
tls good
ask 0 "$ca"
ask 0 SSL_CERT_FILE="$T/ca/ca.pem"
ask 0 "$ca" SSL_CERT_FILE=/nowhere
ask 0 CODEX_CA_CERTIFICATE= SSL_CERT_FILE="$T/ca/ca.pem"
ask 5
said "cannot trust '$ISSUER'"
said 'hint: .*CODEX_CA_CERTIFICATE'
ask 5 CODEX_CA_CERTIFICATE="$T/ca/otherca.pem"
said "hint: .*$T/ca/otherca.pem', which CODEX_CA_CERTIFICATE names"
broken() { [ "$(grep -c '"broken"' "$T/issuer.good.log")" = "$1" ]; }
await 5 broken 2 || bad "not at the TLS"
for name in name other self; do
	tls $name
	ask 5 "$ca"
	said "cannot trust '$ISSUER'"
	[ "$(issuer_count $name 2> /dev/null)" = 0 ] || bad "$name was asked"
done
for name in old new; do
	tls $name
	ask 5 "$ca"
	said "cannot trust '$ISSUER'"
	said "hint: this machine's clock says $(date -u +%Y)"
done

say "a CA file that can't be used contacts nobody"
ISSUER=$(cat "$T/issuer.good.url")
before=$(issuer_count good)
mkfifo "$T/fifo"
echo nothing > "$T/junk"
: > "$T/nothing"
for f in /nowhere "$T/junk" "$T/nothing" "$T/fifo" "$T"; do
	ask 2 CODEX_CA_CERTIFICATE="$f"
	said "'$f', which CODEX_CA_CERTIFICATE names"
	said 'hint: .*unset CODEX_CA_CERTIFICATE'
	ask 2 SSL_CERT_FILE="$f"
	said "'$f', which SSL_CERT_FILE names"
done
printf -- '-----BEGIN CERTIFICATE-----\nnot base64\n-----END CERTIFICATE-----\n' \
    > "$T/broken.pem"
ask 5 CODEX_CA_CERTIFICATE="$T/broken.pem"
said "$T/broken.pem"
[ "$(issuer_count good)" = "$before" ] || bad "it was contacted"

say "no key log, whatever is asked for"
ask 0 "$ca" SSLKEYLOGFILE="$T/keylog"
[ ! -e "$T/keylog" ] || bad "TLS secrets were written"

say "TLS 1.1 is refused"
openssl s_server -accept 9443 -cert "$T/ca/good.pem" -key "$T/ca/good.key" \
    -tls1_1 -cipher ALL:@SECLEVEL=0 -quiet > "$T/s_server" 2>&1 &
server=$!
await 10 sh -c 'ss -ltn | grep -q :9443' || bad "no TLS 1.1 server"
ISSUER=https://127.0.0.1:9443 ask 5 "$ca"
kill $server
! grep -q POST "$T/s_server" || bad "it was asked"

say "URLs"
for url in http://example.com http://10.0.0.1 ftp://127.0.0.1 file:///etc \
    https://u:p@auth.openai.com https://auth.openai.com/?x \
    'https://auth.openai.com/#x' 'https://auth.openai.com/ x' auth.openai.com \
    http://127.0.0.1.example.com http://localhost.example.com \
    "https://$(head -c 300 /dev/zero | tr '\0' a)" https:// ; do
	ISSUER=$url ask 2
	said "cannot use the issuer's URL\|wants a URL"
done
for url in http://localhost:9 'http://[::1]:9' http://127.9.9.9:9/ \
    https://localhost:9//; do
	ISSUER=$url ask 5
	said 'Failed to connect\|Connection refused'
done

say "no name, no address"
ISSUER=https://nowhere.invalid ask 5
said 'Could not resolve host: nowhere.invalid'
said 'hint: .*HTTPS_PROXY'

# ---- proxies ----

tls good --issuer https://auth.openai.com --proxy --as elsewhere.example
proxy=http://127.0.0.1:$ISSUER_PROXY
connects() { grep -c '"connect"' "$T/issuer.good.log"; }

# through N EXIT VARIABLE...: the proxy sees N tunnels more.
through() {
	local n=$1 before
	shift
	before=$(connects)
	ISSUER=https://auth.openai.com ask "$@" "$ca"
	[ $(($(connects) - before)) = "$n" ] ||
	    bad "$* $(($(connects) - before)) tunnels, not $n"
}

say "the proxy that is named is used"
for name in HTTPS_PROXY https_proxy ALL_PROXY all_proxy; do
	through 2 0 $name="$proxy"	# one for the grant alone
done
through 2 0 HTTPS_PROXY="${proxy#http://}"
through 2 0 HTTPS_PROXY="$proxy" https_proxy=http://127.0.0.1:9
through 2 0 https_proxy="$proxy" ALL_PROXY=http://127.0.0.1:9
through 2 0 HTTPS_PROXY= ALL_PROXY="$proxy"
through 2 0 HTTPS_PROXY="$proxy" NO_PROXY=example.com,10.0.0.0/8
say "and only where it should be"
for no in auth.openai.com .openai.com openai.com '*' 'x.example, *' \
    'a.example,auth.openai.com'; do
	through 0 5 HTTPS_PROXY="$proxy" NO_PROXY="$no"
	said 'Failed to connect to auth.openai.com'
	through 0 5 HTTPS_PROXY="$proxy" no_proxy="$no"
done
through 0 5 HTTP_PROXY="$proxy" http_proxy="$proxy"
issuer_up here --cert "$T/ca/good.pem" --key "$T/ca/good.key" --interval '"1"'
ask 0 HTTPS_PROXY=http://127.0.0.1:9 "$ca"
issuer_up plain --interval '"1"'
ask 0 ALL_PROXY=http://127.0.0.1:9 HTTP_PROXY=http://127.0.0.1:9

say "codex takes the same way"
codex=$CXP_CACHE/node_modules/.bin/codex
if [ -x "$codex" ]; then
	before=$(connects)
	echo "at-$CANARY" | env HTTPS_PROXY="$proxy" "$ca" timeout 60 "$codex" \
	    login --with-access-token > "$T/out" 2>&1 || bad "codex"
	[ "$(connects)" = $((before + 1)) ] || bad "codex goes another way"
	rm -f ~/.codex/auth.json
fi

say "a proxy that refuses"
issuer_up auth --cert "$T/ca/good.pem" --key "$T/ca/good.key" --proxy \
    --interval '"1"' --proxy-auth "user:${CANARY}pw" \
    --issuer https://auth.openai.com
ISSUER=https://auth.openai.com
ask 0 "$ca" HTTPS_PROXY="http://user:${CANARY}pw@127.0.0.1:$ISSUER_PROXY"
ask 5 "$ca" https_proxy="http://127.0.0.1:$ISSUER_PROXY"
said "the proxy that https_proxy names refuses .* (status 407)"
said 'hint: put its user and password into https_proxy'
ask 5 "$ca" HTTPS_PROXY="http://user:${CANARY}no@127.0.0.1:$ISSUER_PROXY"
said 'status 407'
issuer_up sorry --proxy --proxy-status 403
ISSUER=https://auth.openai.com
ask 5 "$ca" ALL_PROXY="http://127.0.0.1:$ISSUER_PROXY"
said "the proxy that ALL_PROXY names refuses .* (status 403)"
said 'hint: .*NO_PROXY'
ask 5 "$ca" HTTPS_PROXY=http://user:"$CANARY"@127.0.0.1:9
said 'cannot reach the proxy that HTTPS_PROXY names'
said 'hint: correct HTTPS_PROXY'
ask 5 "$ca" HTTPS_PROXY=http://nowhere.invalid:9
said 'cannot reach the proxy that HTTPS_PROXY names'
for url in "http://user:$CANARY@" "gopher://user:$CANARY@127.0.0.1:9" \
    "http://user:$CANARY@127.0.0.1:99999"; do
	ask 2 "$ca" HTTPS_PROXY="$url"
	said "cannot use HTTPS_PROXY: it is no proxy's URL"
done

say "a clock that is wrong"
issuer_up clock --interval '"1"' --date 7200 token=oauth:invalid_grant
ask 4
said "hint: this machine's clock is 7[0-9]* s behind the issuer's"
