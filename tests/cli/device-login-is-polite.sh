#!/bin/bash
# The login by device code asks no more often than it may, outlives what may
# pass, ends on what is for good, and shows nothing but safe text.
. "$(dirname "$0")/lib.sh"
. tests/cli/issuer.sh

# device WHAT [ISSUER OPTION]...: one login against an issuer of its own, all
# started at once; judged later.
declare -A PID
device() {
	local name=$1
	shift
	issuer_up "$name" "$@"
	mkdir -p "$T/home/$name"
	HOME=$T/home/$name timeout 100 "$CP" login --device-auth --issuer \
	    "$ISSUER" --timeout "${LIMIT:-60}" > "$T/$name.out" \
	    2> "$T/$name.err" < /dev/null &
	PID[$name]=$!
}

# ended NAME WANTED EXIT: waits for it.
ended() {
	say "$1"
	wait "${PID[$1]}"
	RC=$?
	cp "$T/$1.out" "$T/out"
	cp "$T/$1.err" "$T/err"
	[ "$RC" = "$2" ] || bad "exit $RC, not $2"
	no_canary "$T/out" "$T/err"
	if LC_ALL=C grep -q '[^[:print:][:space:]]' "$T/err"; then
		bad "unsafe text: $(cat -v "$T/err")"
	fi
	if [ "$2" = 0 ]; then
		[ -s "$T/home/$1/.codex/auth.json" ] || bad "no auth.json"
	else
		[ ! -e "$T/home/$1/.codex/auth.json" ] || bad "an auth.json"
	fi
}

# gaps NAME MIN MAX...: seconds between the questions about the code.
gaps() {
	python3 - "$T/issuer.$1.log" "${@:2}" <<-'PY' || bad "gaps of $1"
	import json, sys
	rs = [json.loads(l) for l in open(sys.argv[1])]
	at = [r["at"] for r in rs if r["endpoint"] in ("usercode", "poll")]
	gaps = [b - a for a, b in zip(at, at[1:])]
	want = list(zip(sys.argv[2::2], sys.argv[3::2]))
	for i, (low, high) in enumerate(want):
	    if i >= len(gaps) or not float(low) - .05 <= gaps[i] <= float(high) + 10:
	        print("gaps", gaps, "wanted", want)
	        sys.exit(1)
	PY
}

device missing --interval none poll=pending,ok		# O-12: five
device zero --interval '"0"' poll=pending*2,ok
device number --interval 2 poll=pending,ok
device slower --interval '"1"' poll=slow_down,ok	# O-13: and five more
device late --interval '"1"' poll=429:8,ok
device limit --interval '"1"' poll=429,ok
device fails --interval '"1"' poll=500,503,ok
device cut --interval '"1"' poll=cut:0,cut:15,cut:200,rst,ok
device page --interval '"1"' poll=html,ok
LIMIT=4 device over --interval '"1"' poll=pending
LIMIT=4 device hangs --interval '"1"' poll=hang
LIMIT=4 device pages --interval '"1"' poll=html
device dies --interval '"1"' --expires-in 4 poll=pending	# O-17
device dated --interval '"1"' --expires-at 4 --date 7200 poll=pending
LIMIT=4 device past --interval '"1"' --expires-at -9 poll=pending
LIMIT=6 device patience --interval '"3600"' poll=ok	# clamped to 60
device denied --interval '"1"' poll=pending,denied	# O-14
device expired --interval '"1"' poll=pending,expired
device unknown --interval '"1"' poll=pending,400
device once --interval '"1"' token=500
device lost --interval '"1"' token=close
device busy --interval '"1"' token=429:1
device disabled usercode=404
device alias --interval '"1"' --code-name usercode
for bad in '"-1"' -1 '"NaN"' '"2147483648"' 1e300 '""' '" 5"' '[5]' true; do
	device "interval$bad" --interval "$bad"
done
for code in ABC ABCDEFGHIJ-123456 'ab-cd' 'AB CD' $'AB\e[31mCD' 'ÄBCD' ''; do
	device "code$code" --user-code "$code"
done

ended missing 0;	gaps missing 5 9 5 9
ended zero 0;		gaps zero 1 4 1 4 1 4
ended number 0;		gaps number 2 5 2 5
ended slower 0;		gaps slower 1 4 6 10
ended late 0;		gaps late 1 4 8 12
ended limit 0;		gaps limit 1 4 6 10
ended fails 0;		gaps fails 1 4 1 4 2 6
ended cut 0
ended page 0
ended over 5;		said 'not confirmed in time (4 s)'
for name in dies dated past; do
	ended $name 5;	said 'not confirmed in time ([1-5] s)'
	said 'enter this code within 1 minute:'
done
ended hangs 5;		said 'not confirmed in time'
ended pages 5;		said 'at last: .*web page'
ended patience 5
[ "$(issuer_count patience poll)" = 0 ] || bad "asked too soon"
ended denied 4;		said 'fake refusal access_denied'
ended expired 4;	said 'hint: run it again for a new code'
ended unknown 4
ended once 5;		said 'works once and is not sent again'
ended lost 7;		said 'works once and is not sent again'
ended busy 5;		said 'try again in 1 s'
for once in once lost busy; do
	[ "$(issuer_count $once token)" = 1 ] || bad "$once: sent again"
done
ended disabled 4;	said 'device codes are not enabled'
said 'hint: allow device codes'
ended alias 0
for bad in '"-1"' -1 '"NaN"' '"2147483648"' 1e300 '""' '" 5"' '[5]' true; do
	ended "interval$bad" 7
	said "no usable 'interval'"
done
for code in ABC ABCDEFGHIJ-123456 'ab-cd' 'AB CD' $'AB\e[31mCD' 'ÄBCD' ''; do
	ended "code$code" 7
	said "no usable 'user_code'"
done

# The grant's own connection is dropped, or refused; the one that was kept
# still asks.
wall() {	# NAME WAY...
	local name=$1
	shift
	LIMIT=9 device "$name" --interval '"1"' poll=pending*3,ok
	await 20 grep -q '"endpoint": "poll"' "$T/issuer.$name.log" ||
	    bad "$name: not asked"
	iptables -I INPUT -p tcp --syn --dport "$ISSUER_PORT" -j "$@" ||
	    bad "no wall"
}
wall dropped DROP
wall refused REJECT --reject-with tcp-reset
for name in dropped refused; do
	await 40 gone "${PID[$name]}" || {
		bad "$name: it does not end"
		kill "${PID[$name]}"
	}
	ended $name 5
	said 'cannot exchange the sign-in code'
	! grep -q 'not confirmed' "$T/err" || bad "it was confirmed"
done

say "what is shown"
cp "$T/missing.err" "$T/err"
said "    $(cat "$T/issuer.missing.url")/codex/device$"
said '^    ABCD-1234$'
said 'never give it to anybody'
