#!/bin/bash
# Whatever comes to the port of a login, the login goes on; whoever holds the
# port is left alone and named; and the port is free again at once, however
# the login ends (threats C1 to C3, C10, C13, C14, F67 to F69, F72, O-2).
. "$(dirname "$0")/lib.sh"
. tests/cli/issuer.sh
. tests/cli/web.sh
issuer_up a authorize=auto
cred "$AUTH" apikey
cp "$AUTH" "$T/old"

unchanged() { cmp -s "$AUTH" "$T/old" || bad "the old login is gone"; }
again() { cp "$T/old" "$AUTH"; }

done_well() {
	browse
	[ "$BROWSED" = 200 ] || bad "browser: $BROWSED"
	login_down
	[ "$RC" = 0 ] || bad "exit $RC"
	grep -q refresh_token "$AUTH" || bad "no login"
	again
}

# a_crowd N: holds that many connections, each with half a request.
a_crowd() {
	python3 - "$1" <<-'PY' &
	import socket, sys, time
	held = []
	for i in range(int(sys.argv[1])):
	    s = socket.create_connection(("127.0.0.1", 1455), 20)
	    s.sendall(b"GET /auth/callback?code=x HTTP/1.1\r\nHost: "[:i % 40])
	    held.append(s)
	print("held", flush=True)
	end = time.monotonic() + 60
	while time.monotonic() < end:
	    for s in held:
	        try:
	            s.sendall(b"x")
	        except OSError:
	            pass
	    time.sleep(0.1)
	PY
	CROWD_PID=$!
}

say "the port is there for a login alone"
ports_free || bad "$(listeners)"
login_up --no-browser
[ "$(listeners | awk '{ print $4 }' | sort | tr '\n' ' ')" = \
    '127.0.0.1:1455 [::1]:1455 ' ] || bad "listens on $(listeners)"
done_well

say "a thousand stray requests"
login_up --no-browser
state=$(parameter state)
python3 - "$state" <<-'PY' || bad "strays"
import http.client, sys
state = sys.argv[1]
kinds = [("GET", "/cancel", 404), ("GET", "/success", 404),
         ("GET", "/auth/callback?code=x&state=wrong", 400),
         ("GET", "/auth/callback?code=x", 400),
         ("GET", "/auth/callback?code=x&state=" + state[:-1], 400),
         ("GET", "/auth/callback?code=x&code=y&state=" + state, 400),
         ("POST", "/auth/callback?code=x&state=" + state, 405),
         ("HEAD", "/auth/callback?code=x&state=" + state, 405),
         ("GET", "/favicon.ico", 404), ("GET", "/done", 404)]
for i in range(1000):
    method, target, status = kinds[i % 10]
    c = http.client.HTTPConnection("127.0.0.1", 1455, timeout=20)
    c.request(method, target)
    r = c.getresponse()
    assert r.status == status, (method, target, r.status)
    r.read()
    c.close()
PY
[ "$(web "/auth/callback?code=x&state=$state" -H 'Host: evil:1455')" = 421 ] ||
    bad "another host"
[ "$(web "/auth/callback?code=x&state=$state" -H 'Origin: null')" = 403 ] ||
    bad "an origin"
[ "$(curl -gs -o /dev/null -w '%{http_code}' "http://[::1]:1455/")" = 404 ] ||
    bad "::1"
[ "$(issuer_count a token)" = 1 ] || bad "the issuer was asked"
unchanged
done_well
said 'requests came to the login.s port'
[ "$(grep -c 'requests came' "$T/err")" = 1 ] || bad "said more than once"

say "300 stalled connections beside a login"
login_up --no-browser
a_crowd 300 > "$T/crowd"
await 30 test -s "$T/crowd" || bad "no crowd"
[[ $B == *san* ]] || [ "$(awk '/VmHWM/ { print $2 }' \
    "/proc/$LOGIN_PID/status")" -lt 60000 ] || bad "memory"
began=$(ms)
browse
took=$(($(ms) - began))
[ "$BROWSED" = 200 ] || bad "browser: $BROWSED"
in_time $took 4000
login_down
[ "$RC" = 0 ] || bad "exit $RC"
kill "$CROWD_PID"
wait "$CROWD_PID" 2> /dev/null
again

say "an answer twice, the issuer is slow"
issuer_set a token=slow:1
before=$(issuer_count a token)
login_up --no-browser
to=$(callback)
for i in 1 2 3; do
	curl -gsL -o "$T/answer.$i" -w '%{http_code}' "$to" > "$T/code.$i" &
	pids[i]=$!
done
wait "${pids[@]}"
for i in 1 2 3; do
	[ "$(cat "$T/code.$i")" = 200 ] || bad "$i: $(cat "$T/code.$i")"
	grep -q 'signed in' "$T/answer.$i" || bad "$i: another page"
done
login_down
[ "$RC" = 0 ] || bad "exit $RC"
[ $(($(issuer_count a token) - before)) = 1 ] || bad "asked twice"
again

say "the browser is gone before we answer"
login_up --no-browser
to=$(callback)
before=$(issuer_count a token)
curl -gs -o /dev/null --max-time 20 "$to" &
browser=$!
await 10 issuer_counts a token $((before + 1)) || bad "no exchange"
kill -9 "$browser"
wait "$browser" 2> /dev/null
login_down
[ "$RC" = 0 ] || bad "exit $RC"
again
issuer_set a token=ok

# ---- ends -----------------------------------------------------------------

for signal in INT TERM KILL; do
	say "SIG$signal while it waits"
	login_up --no-browser
	kill -$signal "$LOGIN_PID"
	await 5 ports_free || bad "port"
	login_down
	unchanged
	[ $signal != INT ] || [ "$RC" = 130 ] || bad "exit $RC"
	[ $signal != TERM ] || [ "$RC" = 143 ] || bad "exit $RC"
done

say "SIGINT while the issuer thinks"
issuer_set a token=hang
login_up --no-browser
before=$(issuer_count a token)
curl -gsL -o "$T/answer" --max-time 20 "$(callback)" &
browser=$!
await 10 issuer_counts a token $((before + 1)) || bad "no exchange"
kill -INT "$LOGIN_PID"
login_down
[ "$RC" = 130 ] || bad "exit $RC"
wait "$browser"
unchanged
issuer_set a token=ok

say "nobody comes"
login_up --no-browser --timeout 1
login_down
[ "$RC" = 5 ] || bad "exit $RC"
said 'nobody logged in within 1 s'
unchanged

# ---- other holders --------------------------------------------------------

account ann
# squat PORT ADDRESS: as ann; what it is sent is in $T/squat.PORT.
squat() {
	: > "$T/squat.$1"
	setpriv --reuid "${UID_OF[ann]}" --clear-groups python3 -c '
import socket, sys
s = socket.create_server((sys.argv[2], int(sys.argv[1])), family=(
    socket.AF_INET6 if ":" in sys.argv[2] else socket.AF_INET))
print("there", flush=True)
while True:
    c = s.accept()[0]
    print(c.recv(100), flush=True)
' "$1" "$2" > "$T/squat.$1" &
	SQUAT_PID=$!
	await 20 test -s "$T/squat.$1" || bad "no squatter"
}

left_alone() {
	[ "$(wc -l < "$T/squat.$1")" = 1 ] || bad "we spoke to it"
	kill "$SQUAT_PID"
	wait "$SQUAT_PID" 2> /dev/null
}

say "another user holds 1455"
squat 1455 127.0.0.1
first=$SQUAT_PID
login_up --no-browser
[ "$(parameter redirect_uri)" = http://127.0.0.1:1457/auth/callback ] ||
    bad "$URL"
browse
[ "$BROWSED" = 200 ] || bad "browser: $BROWSED"
RC=0
wait "$LOGIN_PID" || RC=$?
[ "$RC" = 0 ] || bad "exit $RC"
again

say "and another holds 1457"
squat 1457 0.0.0.0
run login --no-browser --issuer "$ISSUER" --json
[ "$RC" = 4 ] || bad "exit $RC"
[ "$(member code)" = port_in_use ] || bad "code"
said "1455 is held by 'python3' (pid $first, user ann), 1457 is held by 'python3' (pid $SQUAT_PID, user ann)"
unchanged
left_alone 1457
SQUAT_PID=$first
left_alone 1455

say "another user holds ::1"
squat 1455 ::1
login_up --no-browser
[ "$(parameter redirect_uri)" = http://127.0.0.1:1455/auth/callback ] ||
    bad "127.0.0.1 is ours: $URL"
browse
[ "$BROWSED" = 200 ] || bad "browser: $BROWSED"
RC=0
wait "$LOGIN_PID" || RC=$?
[ "$RC" = 0 ] || bad "exit $RC"
again
login_up --no-browser --redirect-host localhost
[ "$(parameter redirect_uri)" = http://localhost:1457/auth/callback ] ||
    bad "localhost may be ::1: $URL"
kill "$LOGIN_PID"
wait "$LOGIN_PID"
left_alone 1455
await 5 ports_free || bad "port"

say "a real codex wants the port"
if [ -x "$codex" ]; then
	login_up --no-browser
	mkdir -p "$T/other/.codex"
	: > "$T/codex"
	HOME=$T/other BROWSER=true "$codex" login > "$T/codex" 2>&1 \
	    < /dev/null &
	other=$!
	await 30 grep -q 'oauth/authorize' "$T/codex" || bad "$(cat "$T/codex")"
	grep -q '127.0.0.1%3A1457' "$T/codex" || bad "codex has our port"
	kill "$other"
	wait "$other" 2> /dev/null
	done_well
	said 'another Codex login wants this login.s port'
fi

# Threat C14: two machines on one wire.
say "another machine"
unshare --net sleep 60 &
peer=$!
elsewhere() { [ "$(readlink "/proc/$peer/ns/net")" != "$(readlink \
    /proc/self/ns/net)" ]; }
await 10 elsewhere
ip link add wire0 type veth peer name wire1 netns "$peer" || bad "veth"
ip addr add 10.9.9.1/24 dev wire0
ip link set wire0 up
nsenter -t "$peer" -n sh -c 'ip link set lo up; ip addr add 10.9.9.2/24 \
    dev wire1; ip link set wire1 up'
login_up --no-browser
nsenter -t "$peer" -n python3 - <<-'PY' || bad "it is reached from outside"
import socket, sys
for to in ("10.9.9.1", "127.0.0.1"):
    try:
        socket.create_connection((to, 1455), 5)
        sys.exit("reached by " + to)
    except ConnectionRefusedError:
        pass
PY
done_well
kill "$peer"

say "a system that keeps the ports for others"
cat > "$T/without" <<END
#!/bin/sh
exec unshare --net sh -c 'ip link set lo up
    echo 2000 > /proc/sys/net/ipv4/ip_unprivileged_port_start
    exec setpriv --bounding-set=-net_bind_service "\$@"' - "$CP" "\$@"
END
chmod +x "$T/without"
CP=$T/without run login --no-browser --issuer "$ISSUER"
[ "$RC" = 7 ] || bad "exit $RC"
said 'cannot listen on port 1455: permission denied'
said 'device-auth need no port'
