#!/bin/bash
# Many targets at once: each has one verdict, none stops the others, a default
# sshd's MaxStartups costs nobody, Ctrl-C leaves no target without a line.
. "$(dirname "$0")/lib.sh"
cred "$T/old" chatgpt acct_one 2026-01-01T00:00:00Z
cred "$T/new" chatgpt acct_one 2026-02-01T00:00:00Z
cp "$T/new" "$HOME/.codex/auth.json"
for i in $(seq 60); do account u"$i" /bin/sh; done
sshd_up default "MaxStartups 10:30:100" "ListenAddress 127.0.1.1"

lines() { grep -c '"target":' "$T/out"; }
verdicts() { grep -c "\"state\":\"$1\"" "$T/out"; }

say "60 targets on one default sshd, all at once"
run push --json -j 60 $(seq -f 'u%g@web1' 60)
[ "$RC" = 0 ] || bad "exit $RC"
[ "$(lines).$(verdicts written)" = 60.60 ] ||
    bad "$(lines) lines, $(verdicts written) written"
for i in $(seq 60); do invariant u"$i" - "$T/new"; done

say "one at a time"
run push --json -j 1 $(seq -f 'u%g@web1' 8)
[ "$RC.$(verdicts unchanged)" = 0.8 ] || bad "exit $RC"

say "the bad ones among them fail alone"
for i in $(seq 20); do far u"$i" "$T/old"; done
sshd_up two "ListenAddress 127.0.1.2"
proxy_up -x s:0:stall 127.0.1.5:22 127.0.1.2:22
start=$(ms)
run push --json --timeout 10 $(seq -f 'u%g@web1' 20) \
    u{1,2,3,4,5}@web5 nosuch@web1 u1@web3 x@nowhere.invalid
took=$(($(ms) - start))
[ "$RC" = 1 ] || bad "exit $RC"
[ "$(lines).$(verdicts written).$(verdicts failed)" = 28.20.8 ] ||
    bad "$(lines) lines, $(verdicts written) written"
[ "$(grep -c '"code":"timeout"' "$T/out")" = 5 ] || bad "not five timeouts"
in_time $took 12500

say "silent hosts cost no more than their own timeout, even with -j 2"
start=$(ms)
run push --json -j 2 --timeout 2 u1@web5 u2@web5 u3@web1 u4@web1
took=$(($(ms) - start))
[ "$(lines)" = 4 ] || bad "$(lines) lines"
in_time $took 4500

# stopped SIGNAL EXIT: in the middle of a run.
stopped() {
	say "$1 in the middle"
	for i in $(seq 60); do far u"$i" "$T/old"; done
	# Not a background job: those ignore SIGINT.
	RC=0
	python3 - "$1" "$T/out" "$CP" push --json -j 8 --timeout 10 \
	    $(seq -f 'u%g@web1' 60) u{1..9}@web5 <<-'PY' || RC=$?
	import signal, subprocess, sys, time
	with open(sys.argv[2], "wb") as out:
	    p = subprocess.Popen(sys.argv[3:], stdout=out,
	        stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
	    while p.poll() is None and b'"written"' not in open(
	            sys.argv[2], "rb").read():
	        time.sleep(0.005)
	    p.send_signal(getattr(signal, sys.argv[1]))
	    start = time.monotonic()
	    status = p.wait(20)
	    if time.monotonic() - start > 12:	# in_time 7000
	        sys.exit(99)
	    sys.exit(status if status >= 0 else 200 - status)
	PY
	[ "$RC" = "$2" ] || bad "exit $RC, want $2"
	[ "$(lines)" = 69 ] || bad "$(lines) lines, not 69"
	grep -q '"code":"interrupted"' "$T/out" || bad "nothing was interrupted"
	for i in $(seq 60); do
		invariant u"$i" "$T/old" "$T/new"
		CODE=$(grep "\"u$i@web1\"" "$T/out")
		STATE=${CODE#*\"state\":\"}
		STATE=${STATE%%\"*}
		truthful
	done
}
stopped SIGINT 130
stopped SIGTERM 143
