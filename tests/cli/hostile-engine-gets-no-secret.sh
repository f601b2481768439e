#!/bin/bash
# timeout: 400
# An engine that lies, stalls or floods: one verdict, in time, no terminal
# escape, and not a byte of the credential before the far script spoke.
. "$(dirname "$0")/lib.sh"

HOW_ANY="404 409 500 503 200 silent close garbage binary drip deep empty
    nocontent notjson short hugelen neglen chunks redirect continue endless
    headers oneheader manychunks continues types nulls array inject twice
    escapes"
HOW_STREAM="badtype huge cuthead zero endless stderrs noise plain eof silent"
BAD=$B/tests/fake/badengine
cred "$T/new"
cp "$T/new" "$HOME/.codex/auth.json"
mkdir "$T/far"

bad_up() {
	: > "$T/heard"
	read -r _ BAD_PID < <(HOME=$T/far "$BAD" -w "$T/heard" "$T/s" "$@") ||
	    bad "badengine $*"
}

# The processes of its connections too: a stalled one lives on.
bad_down() {
	kill "$BAD_PID" 2> /dev/null
	pkill -P 1 -x badengine
	await 5 gone "$BAD_PID" || bad "badengine stays"
}

# One verdict, in time, with a clean mouth.
verdict() {
	local took=$(($(ms) - START))
	in_time $took 4000
	[ "$(grep -c '"state"' "$T/out")" = 1 ] || bad "not one verdict"
	[ "$(wc -l < "$T/out")" = 2 ] || bad "not two lines"
	case $RC in
	5|7|9) ;;
	*) bad "exit $RC" ;;
	esac
	case $STATE in
	failed|unknown) ;;
	*) bad "says $STATE" ;;
	esac
	! LC_ALL=C grep -aq $'[\001-\010\013-\037\177]' "$T/out" "$T/err" ||
	    bad "raw control characters are shown"
	! grep -q $'\xe2\x80\xae' "$T/out" "$T/err" || bad "overrides the text"
	[ -n "${MAY_HEAR:-}" ] || ! grep -aq "$CANARY" "$T/heard" ||
	    bad "the secret was sent"
	grep -q '"code":"[a-z_]*","message":"..*"' "$T/out" || bad "no message"
	[ ! -e "$T/far/.codex/auth.json" ] || bad "something was installed"
}

attempt() {
	rm -rf "$T/far/.codex"
	say "$*"
	bad_up "$@"
	START=$(ms)
	push --timeout 1 -H "unix://$T/s" docker://bad
	verdict
	bad_down
}

say "as an honest one"
bad_up
push -H "unix://$T/s" docker://bad
want written
cmp -s "$T/far/.codex/auth.json" "$T/new" || bad "not there"
for how in bytes padded; do
	bad_down
	rm -rf "$T/far/.codex"
	say "a stream that is odd and right: $how"
	bad_up stream=$how
	push -H "unix://$T/s" docker://bad
	want written
	cmp -s "$T/far/.codex/auth.json" "$T/new" || bad "not there"
done
bad_down
rm -rf "$T/far/.codex"

for how in $HOW_STREAM; do attempt "stream=$how"; done
for point in inspect exec start; do
	for how in $HOW_ANY; do
		# 200 is a lie's good half for inspect; both are tried below.
		case $point.$how in
		exec.200|*.twice|exec.escapes) continue ;;
		esac
		attempt "$point=$how"
	done
done

# By the archive way there is nobody to speak first: it may get the file.
for how in $HOW_ANY; do
	case $how in
	404|200|nocontent) ;;	# no file there yet; and yes to all that is asked
	*) MAY_HEAR=1 attempt "archive=$how" ;;
	esac
done

say "a container that is removed while it is looked into"
for how in removed:no_container stays:no_home; do
	bad_up "archive=${how%:*}"
	push --codex-home /srv/no/codex -H "unix://$T/s" docker://bad
	want failed "${how#*:}" 7
	bad_down
done

# The ping may be of no interest to the client; whatever it does, no harm.
for how in silent garbage endless headers 500; do
	say "ping=$how"
	rm -rf "$T/far/.codex"
	bad_up "ping=$how"
	START=$(ms)
	push -H "unix://$T/s" docker://bad
	[ "$STATE" = written ] || verdict
	bad_down
done
rm -rf "$T/far/.codex"

say "a list that never ends, or names escapes"
for how in endless manychunks deep notjson types inject escapes 500 silent; do
	bad_up "list=$how"
	START=$(ms)
	run push --json --timeout 1 -H "unix://$T/s" --all
	in_time $(($(ms) - START)) 4000
	[ "$RC" != 0 ] || bad "list=$how: exit 0"
	! LC_ALL=C grep -aq $'[\001-\010\013-\037\177]' "$T/out" "$T/err" ||
	    bad "list=$how: raw control characters are shown"
	! grep -aq "$CANARY" "$T/heard" || bad "list=$how: the secret was sent"
	bad_down
done

say "Ctrl-C while it does not list"
for sig in INT TERM; do
	bad_up list=silent
	RC=0
	setsid env --default-signal=INT timeout --foreground -k 5 20 "$CP" push \
	    --json -H "unix://$T/s" --all > "$T/out" 2> "$T/err" < /dev/null &
	pid=$!
	await 10 grep -q containers/json "$T/heard" || bad "nothing was asked"
	pkill -$sig -x codex-provision
	wait $pid || RC=$?
	case $sig.$RC in INT.130|TERM.143) ;; *) bad "SIG$sig: exit $RC" ;; esac
	said '"code":"interrupted"'
	bad_down
done
