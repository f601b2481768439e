#!/bin/bash
# A port of a container is reached by any of the tools that it may have, each
# alone, with the same request and the same answer; without one that is said.
. "$(dirname "$0")/lib.sh"
need python3 busybox
REQUEST="GET /auth/callback?code=a%2Fb$CANARY&state=s HTTP/1.1"

python3 - "$T" <<'PY' &
import socket, sys
t = sys.argv[1]
s = socket.socket()
s.bind(("127.0.0.1", 1455))
s.listen()
open(t + "/up", "w").close()
while True:
    c, _ = s.accept()
    data = b""
    while b"\r\n\r\n" not in data:
        data += c.recv(9999) or b"\r\n\r\n"
    open(t + "/got", "wb").write(data)
    c.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1455/success"
              b"?id_token=x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    c.close()
PY
await 5 test -e "$T/up"

# dial TOOL...: what fardial.sh says where only these are.
dial() {
	local t
	rm -rf "${T:?}/bin" "$T/got"
	mkdir "$T/bin"
	for t in sed cat; do ln -s "$(command -v $t)" "$T/bin/$t"; done
	for t; do ln -s "$(real "$t")" "$T/bin/$t"; done
	sed "s|^PATH=.*|PATH=$T/bin;|" transfer/fardial.sh > "$T/dial"
	printf '%s\r\nHost: 127.0.0.1:1455\r\nConnection: close\r\n\r\n' \
	    "$REQUEST" |
	    env -i timeout 20 /bin/sh -c "$(cat "$T/dial")" cxp "\\" 1455 \
	    > "$T/out" 2> "$T/err"
}
real() {
	case $1 in
	python3) python3 -c 'import sys; print(sys.executable)' ;;
	*) command -v "$1" ;;
	esac
}

for tool in bash nc busybox socat curl python3 perl node wget; do
	say "$tool"
	command -v $tool > /dev/null || continue
	dial $tool
	tr -d '\r' < "$T/got" | grep -qxF "$REQUEST" || bad "request"
	grep -qi '^cookie' "$T/got" && bad "a cookie"
	grep -q '^HTTP/1.. 302' "$T/out" || bad "no status"
	grep -qi '^Location: http://127.0.0.1:1455/success' "$T/out" ||
	    bad "no location"
done

say "none"
dial
[ $? = 69 ] || bad "it is not said"
