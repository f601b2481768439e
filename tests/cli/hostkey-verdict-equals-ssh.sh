#!/bin/bash
# Our verdict on a host key is the one of the real ssh: on known_hosts files
# made at random (with a fixed seed) out of every form a line can have, and for
# keys of three types, at port 22 and another.
# ssh talks to a real sshd in inetd mode through a ProxyCommand: no port.
# The arrays are read by one_of, through their names.
# shellcheck disable=SC2034
set -u
CASES=${CASES:-500}
B=${B:-build}
check=$B/tests/fake/hostkeycheck
sshd=$(PATH=$PATH:/usr/sbin command -v sshd) || {
	echo "skip: no sshd" >&2; exit 77; }
command -v ssh >/dev/null && command -v ssh-keygen >/dev/null || {
	echo "skip: no ssh" >&2; exit 77; }
[ -x "$check" ] || { echo "no $check: make tests-build" >&2; exit 1; }
[ "$(id -u)" != 0 ] || mkdir -p /run/sshd
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT

NAME=host.example.com
types=(ed25519 ecdsa rsa)
algs=(ssh-ed25519 ecdsa-sha2-nistp256 rsa-sha2-512)
{
	echo "UsePAM no"; echo "PidFile none"; echo "LogLevel QUIET"
	echo "StrictModes no"; echo "AuthorizedKeysFile none"
	for t in "${types[@]}"; do echo "HostKey $T/own-$t"; done
} > "$T/sshd_config"
for t in "${types[@]}"; do
	for who in own other; do
		ssh-keygen -q -t "$t" -N '' -C '' -f "$T/$who-$t" || exit 1
	done
	read -r _ b64 _ < "$T/own-$t.pub"; own+=("$b64")
done

# What a line may begin with, name, and hold.
marks=("" "" "" "" "" "@revoked " "@revoked " "@cert-authority "
    "@revoked   " "@bogus " "@revoked @revoked " "@revoked" "@cert-authority @revoked ")
names=("$NAME" "$NAME" "[$NAME]:2222" "HOST.Example.COM" "[$NAME]:2222"
    "[HOST.example.com]:2222"
    "[$NAME]:22" "*.example.com" "[*.example.com]:2222" "?ost.example.com"
    "*" "[*]:*" "a,$NAME,b" "other.example.com" "[$NAME]:2223"
    "!$NAME,*.example.com" "*.example.com,!$NAME" "!other*,*.example.com"
    "!$NAME" "$NAME," ",$NAME" "a,,b" "ho*st*.ex?mple.**" "host" "$NAME."
    "|1|AAAA|BBBB" "|1|bad" "|" "!*,$NAME" "[$NAME]:2222,$NAME"
    "$NAME,!*:2222" "\"$NAME\"" "${NAME},10.0.0.1")
printf '%s x\n' "$NAME" "[$NAME]:2222" "other.example.com" |
    sed "s|x\$|$(cut -d' ' -f1,2 "$T/other-ed25519.pub")|" > "$T/plain"
for _ in 1 2; do
	cp "$T/plain" "$T/hashed"
	ssh-keygen -q -H -f "$T/hashed" >/dev/null 2>&1 || exit 1
	while read -r hashed _; do
		names+=("$hashed" "$hashed" "$hashed")
	done < "$T/hashed"
done
names+=("${hashed%=}" "${hashed}x" "${hashed/|1|/|2|}")
keys=("ssh-ed25519" "ssh-ed25519 AAAA" "ssh-ed25519 #" "# ssh-ed25519"
    "ssh-foo AAAAB3NzaC1yc2E=" "ssh-rsa ${own[0]}" "ssh-ed25519 !!!!"
    "ED25519 ${own[0]}" "ssh-ed25519 ${own[0]}=" "ssh-ed25519 ${own[0]:0:60}"
    "1024 35 1234567" "ecdsa-sha2-nistp384 ${own[1]}" "rsa-sha2-512 ${own[2]}"
    "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIBBkPVHrzNFNPtzyjGXuFDxfX1bT2jgyJPkYFLdhZBD1AAAABHNzaDo=")
for t in "${types[@]}"; do
	for who in own own own own own own other other; do
		keys+=("$(cut -d' ' -f1,2 "$T/$who-$t.pub")")
	done
done
ends=("" "" " comment" " a comment # more" $'\r' $' c\r' " " $'\t')
gaps=(" " " " $'\t' "  ")
odd=("" "# comment" "#$NAME ${keys[-1]}" " " "$NAME" $'\r' "@" "@revoked"
    "$NAME ssh-ed25519")

# one_of ARRAYNAME: sets $one.
one_of() {
	local -n a=$1
	one=${a[RANDOM % ${#a[@]}]}
}
make_file() {
	local n=$((RANDOM % 5 + 1)) line
	while [ $((n--)) -gt 0 ]; do
		if [ $((RANDOM % 8)) = 0 ]; then
			one_of odd; line=$one
		else
			one_of marks; line=$one
			case $((RANDOM % 6)) in
			0) line+=$NAME ;;
			1) line+="[$NAME]:2222" ;;
			*) one_of names; line+=$one ;;
			esac
			one_of gaps; line+=$one
			one_of keys; line+=$one
			one_of ends; line+=$one
			[ $((RANDOM % 10)) != 0 ] || line=" $line"
		fi
		printf '%s' "$line"
		[ $n = 0 ] && [ $((RANDOM % 4)) = 0 ] || echo
	done
}
ssh_says() { # file port type-index
	local out
	out=$(ssh -F none -T -o BatchMode=yes -o StrictHostKeyChecking=yes \
	    -o "UserKnownHostsFile=$1" -o GlobalKnownHostsFile=/dev/null \
	    -o "HostKeyAlgorithms=${algs[$3]}" -o IdentityFile=none \
	    -o IdentityAgent=none -o PreferredAuthentications=publickey \
	    -o KexAlgorithms=curve25519-sha256 -o UpdateHostKeys=no \
	    -o "ProxyCommand=$sshd -i -f $T/sshd_config" \
	    -p "$2" "$NAME" true 2>&1 </dev/null)
	case $out in
	*"REVOKED HOST KEY"*) echo revoked ;;
	*"HAS CHANGED"*) echo changed ;;
	*"host key is known for"*) echo unknown ;;
	*"Permission denied"*) echo known ;;
	*) echo "?? $out" ;;
	esac
}
shard() { # which of how many
	local i port type
	for ((i = $1; i < CASES; i += $2)); do
		RANDOM=$((i + 4711))
		port=22; [ $((RANDOM % 2)) = 0 ] || port=2222
		type=$((RANDOM % 3))
		make_file > "$T/kh.$i"
		echo "$i $port ${types[$type]}" \
		    "$(ssh_says "$T/kh.$i" $port $type)" \
		    "$("$check" "$T/kh.$i" $NAME $port "${own[$type]}")"
	done > "$T/out.$1"
}
pids=()
for ((s = 0; s < 4; s++)); do shard $s 4 & pids+=($!); done
for p in "${pids[@]}"; do wait "$p"; done

bad=0; total=0
declare -A seen
while read -r i port type ssh ours; do
	total=$((total + 1))
	seen[$ssh]=$((${seen[$ssh]:-0} + 1))
	[ "$ssh" != "$ours" ] || continue
	bad=$((bad + 1))
	echo "case $i, port $port, $type: ssh says $ssh, we say $ours:" >&2
	cat -A "$T/kh.$i" >&2
done < <(cat "$T"/out.*)
for v in known unknown changed revoked; do
	if [ "${seen[$v]:-0}" -lt 20 ]; then
		echo "only ${seen[$v]:-0} cases of $v: a poor mix" >&2; bad=1
	fi
done
[ "$total" = "$CASES" ] || { echo "only $total cases ran" >&2; bad=1; }
[ $bad = 0 ] || exit 1
echo "$total cases: ${seen[known]} known, ${seen[unknown]} unknown," \
    "${seen[changed]} changed, ${seen[revoked]} revoked"
