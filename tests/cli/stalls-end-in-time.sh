#!/bin/bash
# timeout: 400
# A host that falls silent after any 200th byte, drips, or hangs at a stage
# never holds a push longer than its timeout and two seconds.
. "$(dirname "$0")/lib.sh"
cred "$T/old" chatgpt acct_one 2026-01-01T00:00:00Z
cred "$T/new" chatgpt acct_one 2026-02-01T00:00:00Z 2000
cp "$T/new" "$HOME/.codex/auth.json"
for i in $(seq 40); do account u"$i" /bin/sh; done
sshd_up

# All at once: each N has its proxy, its account and its verdict.
stall() {	# DIRECTION STEP
	local i n p start took
	say "stalls, $1, every $2"
	PIDS=()
	TARGETS=()
	for i in $(seq 40); do
		n=$(((i - 1) * $2))
		far u"$i" "$T/old"
		proxy_up -x "$1:$n:stall" $((3000 + i)) 22
		PIDS+=("$PROXY_PID")
		TARGETS+=("u$i@web1:$((3000 + i))")
	done
	start=$(ms)
	run push --json --timeout 4 "${TARGETS[@]}"
	took=$(($(ms) - start))
	in_time $took 6500
	cp "$T/out" "$T/stalls"
	kill "${PIDS[@]}"
	for p in "${PIDS[@]}"; do await 5 gone "$p" || bad "a proxy stays"; done
	for i in $(seq 40); do
		CASE="stall after $(((i - 1) * $2)) of $1"
		grep "\"u$i@" "$T/stalls" > "$T/out"
		STATE=$(member state) CODE=$(member code)
		invariant u"$i" "$T/old" "$T/new"
		truthful
		[ "$STATE" != failed ] || [ "$CODE" = timeout ] ||
		    bad "$STATE $CODE"
	done
}
stall s 100
stall c 200

say "drip: 8 bytes each 20 ms"
far u1 "$T/old"
proxy_up -b 8:20 2222 22
start=$(ms)
push --timeout 3 u1@web1:2222
took=$(($(ms) - start))
in_time $took 5500
proxy_down
invariant u1 "$T/old" "$T/new"
truthful

say "a full backlog: connect itself hangs"
python3 - "$T/ready" <<-'PY' &
	import socket, sys, time
	s = socket.socket()
	s.bind(("127.0.1.1", 4000))
	s.listen(0)
	c = [socket.socket() for _ in range(3)]
	for x in c:
	    x.setblocking(False)
	    x.connect_ex(("127.0.1.1", 4000))
	open(sys.argv[1], "w").write("x")
	time.sleep(100)
PY
await 5 test -s "$T/ready"
start=$(ms)
push --timeout 2 u1@web1:4000
took=$(($(ms) - start))
want failed timeout 5
in_time $took 4500

say "a frozen far process at each stage"
for stage in sshd sh; do
	far u1 "$T/old"
	if [ $stage = sh ]; then
		ln -sf /bin/sh "$T/real"
		printf '#!/bin/sh\nkill -STOP $$\nexec /bin/sh "$@"\n' > "$T/frozen"
		chmod 755 "$T/frozen"
		account frozen "$T/frozen"
		who=frozen wait=10	# half of it, then SFTP
	else
		kill -STOP "$(cat "$T/sshd.default.pid")"
		who=u1 wait=2
	fi
	start=$(ms)
	push --timeout $wait $who@web1
	took=$(($(ms) - start))
	if [ $stage = sh ]; then
		want written - 0	# by SFTP, which needs no shell
	else
		want failed timeout 5
	fi
	in_time $took $((wait * 1000 + 2500))
	kill -CONT "$(cat "$T/sshd.default.pid")"
	pkill -KILL -u "${UID_OF[$who]}" || true
done
