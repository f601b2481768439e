# shellcheck shell=bash
# farhost.sh - far hosts with a network, and loopback ports, of their own.
#
# Read after lib.sh. A far host is a network namespace, joined to ours by a
# pair of veth devices; its 127.0.0.1:1455 is another one than ours. Files,
# accounts and processes are shared. All of it ends with the test.

declare -A FAR_PID

# far_up NAME: makes it. NAME leads to it from here; 10.77.N.1 are we.
far_up() {
	local n=$((${#FAR_PID[@]} + 1))
	unshare --net sleep infinity &
	FAR_PID[$1]=$!
	await 5 far_apart "${FAR_PID[$1]}" || bad "no namespace for $1"
	ip link add "far$n" type veth peer name near netns "${FAR_PID[$1]}" &&
	ip addr add "10.77.$n.1/24" dev "far$n" &&
	ip link set "far$n" up &&
	far_run "$1" ip addr add "10.77.$n.2/24" dev near &&
	far_run "$1" ip link set near up &&
	far_run "$1" ip link set lo up || bad "no network for $1"
	echo "10.77.$n.2 $1" >> /etc/hosts
}

far_apart() {
	[ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]
}

# far_run NAME COMMAND...: in its network.
far_run() {
	local pid=${FAR_PID[$1]}
	shift
	nsenter --net="/proc/$pid/ns/net" -- "$@"
}

# far_sshd NAME [LINE...]: an OpenSSH server there, on port 22.
far_sshd() {
	local name=$1
	shift
	SSHD_NET=/proc/${FAR_PID[$name]}/ns/net sshd_up "$name" "$@"
	await 10 far_listens "$name" 22 || bad "sshd of $name"
}

# far_listens NAME PORT, near_listens PORT, for await: somebody does.
far_listens() { far_run "$1" ss -Hltn "sport = :$2" | grep -q .; }
near_listens() { ss -Hltn "sport = :$1" | grep -q .; }
near_quiet() { ! near_listens "$1"; }
