#!/bin/bash
# The engine is the one that docker's own client would speak to.
. "$(dirname "$0")/lib.sh"
. tests/cli/engines.sh
need openssl
cred "$T/new"
cp "$T/new" "$HOME/.codex/auth.json"

# Two engines, told apart by the container that only one of them has.
dockerd_up one
images
box c1 1000 /home/app -u app
dockerd_up two
images
box c2 1000 /home/app -u app
one=unix://${SOCK[one]} two=unix://${SOCK[two]}
unset DOCKER_CONFIG

# to NAME ENV=VALUE... -- ARG...: a push to c1 or c2 that must arrive.
to() {
	local c=$1 env=()
	shift
	while [ "$1" != -- ]; do
		env+=("$1")
		shift
	done
	shift
	rm -rf "${HOME_OF[$c]}/.codex"
	RC=0
	env "${env[@]}" timeout 30 "$CP" docker --json --timeout 10 "$@" "$c" \
	    > "$T/out" 2> "$T/err" < /dev/null || RC=$?
	no_canary "$T/out" "$T/err"
	[ "$RC" = 0 ] || bad "exit $RC"
	cmp -s "${HOME_OF[$c]}/.codex/auth.json" "$T/new" || bad "not there"
}

say "-H, DOCKER_HOST; the option first"
to c1 -- -H "$one"
to c1 -- --host "$one"
to c2 -- -H "$two"
to c1 DOCKER_HOST="$one" --
to c2 DOCKER_HOST="$one" -- -H "$two"

say "what goes over a network in plain text is said"
proxy_up 2375 "${SOCK[one]}"
to c1 -- -H tcp://127.0.0.1:2375
unwarned encrypted
echo 127.0.0.1 127.evil.example >> /etc/hosts
to c1 -- -H tcp://127.evil.example:2375
warned encrypted
proxy_down

say "contexts, as docker writes them"
docker context create first --docker "host=$one" > /dev/null 2>&1
docker context create second --docker "host=$two" > /dev/null 2>&1
to c1 -- -c first
to c2 -- --context second
to c2 DOCKER_CONTEXT=second --
to c1 DOCKER_CONTEXT=second -- -c first
to c1 DOCKER_HOST="$one" DOCKER_CONTEXT=second --
docker context use second > /dev/null
to c2 --
to c1 DOCKER_HOST="$one" --
to c1 -- -c first
mv "$HOME/.docker" "$T/elsewhere"
to c2 DOCKER_CONFIG="$T/elsewhere" --

say "no config: the usual sockets"
mkdir -p /run/user/0/podman /var/run
ln -s "${SOCK[one]}" /run/user/0/docker.sock
to c1 XDG_RUNTIME_DIR=/run/user/0 --
mv /run/user/0/docker.sock /run/user/0/podman/podman.sock
to c1 XDG_RUNTIME_DIR=/run/user/0 --
say "where no log-in has set the variable, as for cron"
to c1 -u XDG_RUNTIME_DIR --
mkdir /run/podman
mv /run/user/0/podman/podman.sock /run/podman/podman.sock
to c1 XDG_RUNTIME_DIR=/run/user/0 --
rm /run/podman/podman.sock
ln -s "${SOCK[two]}" /run/docker.sock
[ "$(readlink -f /var/run)" != /run ] || to c2 --

say "what is wrong is said, and is an engine that can't be reached"
wrong() {	# EXIT WORD ARG...
	local rc=$1 word=$2
	shift 2
	run docker --json "$@" c1
	[ "$RC" = "$rc" ] || bad "$*: exit $RC, want $rc"
	said "$word"
}
wrong 5 engine_unreachable -H "unix://$T/nothing"
said "the socket '$T/nothing': no such file or directory"
python3 -c 'import socket, sys; s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])' "$T/refuses"
wrong 5 engine_unreachable -H "unix://$T/refuses"
said "the socket '$T/refuses': connection refused"
: > "$T/file"
wrong 5 engine_unreachable -H "unix://$T/file"
wrong 5 engine_unreachable -H tcp://127.0.0.1:9
wrong 2 usage -H npipe://x
wrong 2 usage -H ftp://x
for h in unix:// tcp:// ssh:// ://; do
	run docker --json -H "$h" c1
	# "unix://" alone is the usual socket, which is another engine's.
	case $RC in 2|5|7) ;; *) bad "-H $h: exit $RC" ;; esac
done
run docker --json -c 'no such' c1
[ "$RC" != 0 ] || bad "a context that is not there"
run docker --json -c ../../x c1
[ "$RC" != 0 ] || bad "a context that is a path"
mkdir -p "$HOME/.docker"
for text in '' '{' '[]' '{"currentContext":5}' '{"currentContext":"gone"}'; do
	echo "$text" > "$HOME/.docker/config.json"
	run docker --json c1
	case $text in
	*gone*) [ "$RC" != 0 ] || bad "another engine was taken" ;;
	esac
	[ "$RC" -lt 70 ] || bad "config '$text': exit $RC"
done
rm -rf "$HOME/.docker"

say "no proxy of the environment is asked"
to c1 http_proxy=http://127.0.0.1:9 HTTP_PROXY=http://127.0.0.1:9 \
    ALL_PROXY=http://127.0.0.1:9 -- -H "$one"

say "a way that others can read is warned of, whatever its name"
ip addr add 10.9.9.9/32 dev lo
echo "10.9.9.9 127.far.example.com" >> /etc/hosts
proxy_up 10.9.9.9:2375 "${SOCK[one]}"
to c1 -- -H tcp://127.far.example.com
said "the network can read the credential"
proxy_down
proxy_up 127.0.0.1:2375 "${SOCK[one]}"
to c1 -- -H tcp://localhost
! grep -q "can read" "$T/out" || bad "warns of this machine"
proxy_down

say "docker+ssh, and -H ssh://: the far socket, over our own session"
rm -f /run/docker.sock
ln -s "${SOCK[one]}" /run/docker.sock
mkdir -p /var/run
[ -e /var/run/docker.sock ] || ln -s "${SOCK[one]}" /var/run/docker.sock
account far /bin/bash
sshd_up
chmod 666 "${SOCK[one]}"
rm -rf "${HOME_OF[c1]}/.codex"
push docker+ssh://far@web1/c1
want written
cmp -s "${HOME_OF[c1]}/.codex/auth.json" "$T/new" || bad "not there"
to c1 -- -H ssh://far@web1
say "one session for many"
for i in 1 2 3 4; do
	engine one
	d create --network=none --name m$i -u app localhost/box sleep 1000 > /dev/null
done
: > "$T/sshd.default.log"
run push --json docker+ssh://far@web1/c1 docker+ssh://far@web1/m{1,2,3,4}
[ "$RC" = 0 ] || bad "exit $RC"
[ "$(grep -c 'Accepted publickey' "$T/sshd.default.log")" = 1 ] ||
    bad "$(grep -c 'Accepted publickey' "$T/sshd.default.log") sessions"
say "the host key is judged first"
mv "$HOME/.ssh/known_hosts" "$T/known"
run push --json docker+ssh://far@web1/c1
[ "$RC" = 6 ] || bad "exit $RC"
said hostkey_unknown
mv "$T/known" "$HOME/.ssh/known_hosts"
say "a far socket that the account can't open"
chmod 600 "${SOCK[one]}"
run push --json docker+ssh://far@web1/c1
[ "$RC $(member code)" = "5 engine_unreachable" ] ||
    bad "exit $RC $(member code)"
said 'permission denied'
sshd_down

say "a server that forwards no sockets: by the docker command over there"
sshd_up nosockets 'AllowStreamLocalForwarding no'
chmod 666 "${SOCK[one]}"
rm -rf "${HOME_OF[c1]}/.codex"
push docker+ssh://far@web1/c1
want written
cmp -s "${HOME_OF[c1]}/.codex/auth.json" "$T/new" || bad "not there"
grep -q 'Starting session: command for far' "$T/sshd.nosockets.log" ||
    bad "it was forwarded"
push docker+ssh://far@web1/c1
want unchanged
to c1 -- -H ssh://far@web1
say "more at once than one session has channels"
for i in 5 6 7 8 9 10 11 12 13 14; do
	d create --network=none --name m$i -u app localhost/box sleep 1000 > /dev/null
	d start m$((i - 4)) > /dev/null
done
: > "$T/sshd.nosockets.log"
run push --json docker+ssh://far@web1/c1 docker+ssh://far@web1/m{1..14}
[ "$RC" = 0 ] || bad "exit $RC"
[ "$(grep -cE '"state":"(written|unchanged)"' "$T/out")" = 15 ] ||
    bad "not fifteen"
[ "$(grep -c 'Accepted publickey' "$T/sshd.nosockets.log")" = 1 ] ||
    bad "$(grep -c 'Accepted publickey' "$T/sshd.nosockets.log") sessions"
say "what the far side says where that does not help"
await 5 far_idle far || bad "runs on over there"
chmod 600 "${SOCK[one]}"
push docker+ssh://far@web1/c1
[ "$RC $CODE" = "5 engine_unreachable" ] || bad "exit $RC $CODE"
said 'permission denied'
mkdir "$T/shonly"
ln -s /bin/sh "$T/shonly"
sshd_down nosockets
sshd_up nocommand 'AllowStreamLocalForwarding no' "SetEnv PATH=$T/shonly"
push docker+ssh://far@web1/c1
[ "$RC $CODE" = "5 engine_unreachable" ] || bad "exit $RC $CODE"
said 'not found'
sshd_down nocommand

say "tcp with certificates of both sides"
mkdir "$T/tls" "$T/client.tls" "$T/wrong.tls"
make_ca() {	# FOLDER
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout "$1/ca.key" -out "$1/ca.pem" -subj /CN=ca -days 2
}
certify() {	# FOLDER NAME CA EXTENSION
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout "$1/$2-key.pem" -out "$1/$2.csr" -subj "/CN=$2"
	echo "$4" > "$1/ext"
	openssl x509 -req -in "$1/$2.csr" -CA "$3/ca.pem" -CAkey "$3/ca.key" \
	    -CAcreateserial -days 2 -extfile "$1/ext" -out "$1/$2.pem"
}
{
	make_ca "$T/tls"
	make_ca "$T/wrong.tls"
	certify "$T/tls" server "$T/tls" "subjectAltName=DNS:web3,IP:127.0.1.3"
	for f in client.tls wrong.tls; do
		certify "$T/$f" client "$T/tls" extendedKeyUsage=clientAuth
		mv "$T/$f/client.pem" "$T/$f/cert.pem"
		mv "$T/$f/client-key.pem" "$T/$f/key.pem"
	done
	cp "$T/tls/ca.pem" "$T/client.tls/ca.pem"
} > /dev/null 2>&1
dockerd_up three --tlsverify --tlscacert "$T/tls/ca.pem" \
    --tlscert "$T/tls/server.pem" --tlskey "$T/tls/server-key.pem" \
    -H tcp://127.0.1.3:2376
images
box c3 1000 /home/app -u app
to c3 DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH="$T/client.tls" \
    DOCKER_HOST=tcp://web3:2376 --
docker context create tls --docker "host=tcp://web3:2376,ca=$T/client.tls/ca.pem,cert=$T/client.tls/cert.pem,key=$T/client.tls/key.pem" > /dev/null 2>&1
to c3 -- -c tls
say "another certificate authority: refused before anything is sent"
rm -rf "${HOME_OF[c3]}/.codex"
RC=0
DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH="$T/wrong.tls" \
    DOCKER_HOST=tcp://web3:2376 timeout 30 "$CP" docker --json c3 \
    > "$T/out" 2> "$T/err" < /dev/null || RC=$?
[ "$RC" = 5 ] || [ "$RC" = 6 ] || bad "exit $RC"
say "as docker's own TLS without a check: it goes, with a warning"
to c3 DOCKER_TLS=1 DOCKER_CERT_PATH="$T/wrong.tls" \
    DOCKER_HOST=tcp://web3:2376 --
said "certificate was not checked"
rm -rf "${HOME_OF[c3]}/.codex"
say "no certificate of ours"
RC=0
DOCKER_HOST=tcp://web3:2376 timeout 30 "$CP" docker --json c3 \
    > "$T/out" 2> "$T/err" < /dev/null || RC=$?
[ "$RC" != 0 ] || bad "plain text was taken"
[ ! -e "${HOME_OF[c3]}/.codex/auth.json" ] || bad "it arrived"
