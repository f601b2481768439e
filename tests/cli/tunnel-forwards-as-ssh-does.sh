#!/bin/bash
# tunnel -N: a forward with half-close and back-pressure, for hundreds of
# connections, whatever one of them does.
. "$(dirname "$0")/lib.sh"
. tests/cli/farhost.sh
account u
far_up far
far_sshd far

check() { timeout 120 python3 tests/cli/streams.py "$@" > "$T/out" 2>&1; }
begin() {	# OPTION...
	: > "$T/err"
	"$CP" tunnel -N "$@" u@far 2> "$T/err" &
	PID=$!
	await 20 grep -qs "leads to" "$T/err" || bad "does not forward"
}
end() {
	kill "$PID"
	wait "$PID"
	RC=$?
	[ $RC = 143 ] || bad "exit $RC"
	near_quiet 1455 || bad "the port is still held"
}

say "the far port is not there yet"
begin
check refused || bad "refused"
check refused || bad "refused again"
said "Connection refused"
[ "$(grep -c warning "$T/err")" = 1 ] || bad "said more than once"
far_run far python3 tests/cli/streams.py serve 1455 &
await 10 far_listens far 1455
say "both ways, and a half-close, on both families"
check echo 127.0.0.1 || bad "echo"
check echo ::1 || bad "echo on ::1"
say "hundreds of connections at once"
check many 200 || bad "many"
check many 500 || bad "many more"
say "100 MB each way"
check up 100000000 || bad "up"
check down 100000000 || bad "down"
say "both at once"
check up 50000000 &
up=$!
timeout 120 python3 tests/cli/streams.py down 50000000 || bad "down"
wait $up || bad "up"
say "who does not read costs others nothing"
# A window each; an instrumented build keeps all that was ever freed.
each=2500
[[ $B != *san* ]] || each=250000
check stalled "$PID" $each || bad "stalled"
end

say "keys are exchanged again in the middle"
sshd_down far
far_sshd far "RekeyLimit 1M"
begin
check up 30000000 || bad "up"
check down 30000000 || bad "down"
check many 50 || bad "many"
end
