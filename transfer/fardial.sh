#!/bin/sh
# One HTTP request to 127.0.0.1:PORT in a container, by whatever is there that
# can connect. The request comes on standard input, as it holds a secret;
# the answer goes to standard output. Status 69: nothing there can.
#
#   sh -c 'THIS' cxp \ PORT
#
# As farlogin.sh it holds no single quote, backslash or exclamation mark.
# shellcheck disable=SC2059

PATH=${PATH:+$PATH:}/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin;
bs=${1%"${1#?}"};
dl=$(printf "${bs}044");
nl=$(printf "${bs}nx"); nl=${nl%x};
port=$2; host=127.0.0.1;

has() {
	command -v "$1" >/dev/null 2>&1;
};
# Up to its empty line: the stream has no end. A sed would read ahead.
x=;
while IFS= read -r l; do
	x=$x$l$nl;
	[ ${#l} -gt 1 ] || break;
done;
send() {
	printf %s "$x";
};
url() {
	p=${x#GET };
	printf "%s" "${1}http://$host:$port${p%% *}";
};

if has bash; then
	send | bash -c "exec 3<>/dev/tcp/$host/$port && cat >&3 && cat <&3";
elif has nc; then
	send | nc $host "$port";
elif has busybox && busybox nc --help >/dev/null 2>&1; then
	send | busybox nc $host "$port";
elif has socat; then
	send | socat -t 60 - "TCP:$host:$port";
elif has curl; then
	url "url = " | curl -si --noproxy "*" -K -;
elif has python3; then
	send | python3 -c "import socket,sys,os; s=socket.create_connection((sys.argv[1],int(sys.argv[2]))); s.sendall(sys.stdin.buffer.read()); [os.write(1,b) for b in iter(lambda: s.recv(9999), bytes())]" $host "$port";
elif has perl; then
	send | perl -MIO::Socket::INET -e "${dl}s=IO::Socket::INET->new(shift) or exit 1; print ${dl}s <STDIN>; print <${dl}s>" "$host:$port";
elif has node; then
	send | node -e "const s=require(process.argv[1]).connect(process.argv[3],process.argv[2]); process.stdin.pipe(s,{end:false}); s.pipe(process.stdout)" net $host "$port";
elif has wget && wget --max-redirect=0 --version >/dev/null 2>&1; then
	url | wget -qSO - --no-proxy --max-redirect=0 -i - 2>&1 | sed "s/^ *//";
	echo;
else
	exit 69;
fi;
