#!/bin/bash
# Whatever an issuer answers that is no login: the old auth.json stays, the
# exit status and the text say what happened, no secret and nothing that moves
# a terminal is shown, nothing is followed, no grant is sent twice, and it all
# ends in time.
. "$(dirname "$0")/lib.sh"
. tests/cli/issuer.sh

cred "$T/old"
mkdir -p ~/.codex
cp "$T/old" ~/.codex/auth.json
chmod 600 ~/.codex/auth.json
issuer_up sink			# where redirects would lead to
sink=$ISSUER
issuer_up main --interval '"1"'

# login ENDPOINT=MODE EXIT [TEXT]: one that must come to nothing.
login() {
	say "$1"
	issuer_set main "$1"
	run login --device-auth --issuer "$ISSUER" --timeout 60 --json
	[ "$RC" = "$2" ] || bad "exit $RC, not $2"
	harmless
	[ -z "${3:-}" ] || said "$3"
	issuer_set main "${1%%=*}=ok"
}

harmless() {
	cmp -s "$T/old" ~/.codex/auth.json || bad "the old file is not there"
	[ -z "$(find ~ -newer "$T/old" -name 'rescued*')" ] || bad "rescued"
	if LC_ALL=C grep -q '[^[:print:][:space:]]' "$T/err" "$T/out"; then
		bad "unsafe text: $(cat -v "$T/err")"
	fi
	grep -q '"error":{"code":"' "$T/out" || bad "no error object"
}

# What every endpoint is asked to survive: MODE and the exit status.
modes=(
	204 7		empty 7		malformed 7	types 7
	dups 7		nul 7		redirect:301 7	redirect:302 7
	redirect:303 7	"redirect:307:$sink/x" 7	"redirect:308:$sink/x" 7
	escapes:200 7	json:null 7	json:[] 7	json:%22x%22 7
	json:{} 7	json:%EF%BB%BF{} 7		json:{}{} 7
	huge 7		headers 7	bomb 7
	escapes:400 4	echo 4		error:nope 4	oauth:nope 4
	402 4		418 4
)
for ((i = 0; i < ${#modes[@]}; i += 2)); do
	m=${modes[i]} rc=${modes[i + 1]}
	login "usercode=$m" "$rc"
	before=$(issuer_count main token)
	login "token=$m" "$rc"
	[ "$(issuer_count main token)" = $((before + 1)) ] ||
	    bad "the code was sent again"
	case $m in
	huge|headers|echo|error*|oauth*|4*|escapes:400|redirect*) ;;
	*) said 'works once' ;;
	esac
done
for m in malformed types "redirect:307:$sink/x" huge headers nul; do
	login "poll=$m" 7
done
login poll=escapes:400 4
login poll=echo 4
login usercode=429:9 5 'try again in 9 s'
login usercode=500 5
login usercode=html 5 'Cloudflare challenge'
login usercode=html:200 5 'Cloudflare challenge'
login usercode=html:503 5
login usercode=rst 5
login usercode=close 7
login token=html 5 'Cloudflare challenge'
login token=rst 5 'works once'
login token=500 5 'works once'
[ "$(issuer_count sink)" = 0 ] || bad "a redirect was followed"

say "slow answers end"
issuer_set main usercode=drip
run login --device-auth --issuer "$ISSUER" --timeout 3 --json
[ "$RC" = 5 ] || bad "exit $RC"
said "'$ISSUER' gave no device code within 3 s"
harmless
issuer_set main usercode=ok

# A token that gets out of its header, or that Codex would not read.
jwt=e30.e30.e30
for tokens in \
    "x%0D%0Aevil: 1|$jwt|r" "x y|$jwt|r" "%22|$jwt|r" "é|$jwt|r" "|$jwt|r" \
    "x|$jwt|r%0A" "x|a.b|r" "x|a.b.c.d|r" "x|e30..e30|r" "x|.e30.x|r" \
    "x|e30.!!!.e30|r" "x|e30.bm90anNvbg.e30|r" "x|e30.W10.e30|r" "x||r"; do
	IFS='|' read -r access id refresh <<< "$tokens"
	login "token=json:{\"access_token\":\"$access\"%2C\"id_token\":\
\"$id\"%2C\"refresh_token\":\"$refresh\"}" 7 'no usable\|not JSON'
done

say "tokens, cut at every byte: what came of it is unknown"
issuer_up cut --any-refresh
size=$(echo "rt_${CANARY}whole" | "$B/tests/fake/issuerask" "$ISSUER" refresh \
    scheduled | awk -F '[= ]' '/^id=/ { print $2 + $4 + $6 }')
[ "$size" -gt 500 ] || bad "no whole one"
for ((n = 0; n < size + 150; n += ${STEP:-23})); do
	issuer_set cut "refresh=cut:$n"
	echo "rt_$CANARY$n" | "$B/tests/fake/issuerask" "$ISSUER" refresh \
	    scheduled > "$T/out" 2>&1
	grep -q '^unknown ' "$T/out" || bad "cut after $n: $(cat "$T/out")"
	no_canary "$T/out"
done
[ "$(issuer_count cut)" = $(((size + 149) / ${STEP:-23} + 2)) ] ||
    bad "asked again: $(issuer_count cut)"

say "a connection that was kept is not used for a grant"
python3 - "$T/issuer.main.log" <<-'PY' || bad "it was"
	import json, sys
	rs = [json.loads(l) for l in open(sys.argv[1])]
	rs = [r for r in rs if "endpoint" in r]
	first = {}
	for r in rs:
	    first.setdefault(r["conn"], r["n"])
	assert any(first[r["conn"]] != r["n"] for r in rs
	           if r["endpoint"] == "poll"), "nothing is kept at all"
	sys.exit(any(first[r["conn"]] != r["n"] for r in rs
	             if r["endpoint"] in ("token", "refresh")))
PY
