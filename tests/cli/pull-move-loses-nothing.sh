#!/bin/bash
# pull --move over a link that is cut, where the fetch and the remove come to
# their ends: the login is never lost on both sides, and the verdict is true.
# timeout: 500
. "$(dirname "$0")/lib.sh"
need python3
HERE=$HOME/.codex/auth.json
cred "$T/new" chatgpt acct_one 2026-02-01T00:00:00Z 2000
account bob /bin/sh
cp "$HOME/.ssh/id_ed25519.pub" "$T/keys/root"
sshd_up
SUITE_TIMEOUT=6
declare -A COUNT

# move TARGET: STATE is what it says.
move() {
	run pull --move --json --timeout "$SUITE_TIMEOUT" "$1"
	STATE=$(member state)
	COUNT[$STATE]=$((${COUNT[$STATE]:-0} + 1))
}

# measure TARGET CONNECTIONS: the bytes of each by the client and by the server,
# on lines.
measure() {
	python3 -c '
import socket, sys, threading
l = socket.create_server(("127.0.1.1", 2222))
def pipe(a, b, n, i):
    try:
        while d := a.recv(65536):
            b.sendall(d)
            n[i] += len(d)
    except OSError:
        pass
    try:
        b.shutdown(1)
    except OSError:
        pass
t, sizes = [], [[0, 0] for _ in range(int(sys.argv[1]))]
for n in sizes:
    a, b = l.accept()[0], socket.create_connection(("127.0.1.1", 22))
    t += [threading.Thread(target=pipe, args=x)
          for x in ((a, b, n, 0), (b, a, n, 1))]
    [x.start() for x in t[-2:]]
[x.join() for x in t]
for n in sizes:
    print(*n)' "$2" > "$T/sizes" &
	await 5 listens
	SUITE_TIMEOUT=60 move "$1:2222"
	wait $!
	read -r -d '' -a SIZE < "$T/sizes"
	[ "${#SIZE[@]}" = $((2 * $2)) ] || bad "sizes: ${SIZE[*]}"
}
# shellcheck disable=SC2317	# by await
listens() { [ -n "$(ss -Hltn "sport = :2222")" ]; }

# sever TARGET CONNECTION SIDE BYTES-BEFORE-ITS-END fin|hold [OPTION...]: by
# hold there is nobody at that address any more.
sever() {
	local target=$1 n=$2 size
	size=${SIZE[2 * n]}
	[ "$3" = c ] || size=${SIZE[2 * n + 1]}
	say "$*"
	rm -f "$T/cut" "$T/moved"
	proxy_up -x "$3:$((size - $4)):$5" -s "$n" -w "$T/cut" "${@:6}" 2222 22
	if [ "$5" = hold ]; then
		( await 20 test -e "$T/cut" -o -e "$T/moved"
		  kill "$PROXY_PID" ) &
	fi
	move "$target:2222"
	# How a far side's words fall into packets is not always the same.
	[ -e "$T/cut" ] || COUNT[whole]=$((${COUNT[whole]:-0} + 1))
	: > "$T/moved"
	[ "$5" != hold ] || wait $!
	proxy_down	# killed, it may still have the port
	[ -z "$(find "$HOME/.codex" -name '.cxp*')" ] ||
	    bad "something is left"
	await 20 far_gone || bad "it does not end"
	rm -f "$HOME"/.codex/.cxp*
}
# shellcheck disable=SC2317	# by await
far_gone() {	# of this test's own network: others run beside it
	! pgrep --ns $$ --nslist net -f '^sh -c : [0-9a-f]*; umask' > /dev/null
}

say "whole"
far bob "$T/new"
rm -f "$HERE"
measure bob@web1 2
[ "$STATE" = written ] || bad "$STATE"
for n in 0 1; do
	for side in c s; do
		for back in 3000 700 300 150 40 1; do
			for how in "fin -n 1" hold; do
				far bob "$T/new"
				rm -f "$HERE"
				# shellcheck disable=SC2086
				sever bob@web1 $n $side $back $how
				here=$(is "$HERE" - "$T/new")
				there=$(is "${HOME_OF[bob]}/.codex/auth.json" - "$T/new")
				case $STATE.$here.$there in
				written.new.old | failed.*.new | unknown.new.*) ;;
				*) bad "$STATE: here $here, there $there" ;;
				esac
			done
		done
	done
done
for s in written failed unknown; do
	[ "${COUNT[$s]:-0}" -gt 1 ] || bad "hardly ever $s"
done

# The look finds out; nothing is asked to remove anything.
say "from a target that shares this home"
install -m 600 "$T/new" "$HERE"
measure root@web1 1
[ "$STATE" = failed ] || bad "$STATE"
for side in c s; do
	for back in 700 300 40; do
		for how in fin hold; do
			install -m 600 "$T/new" "$HERE"
			sever root@web1 0 $side $back $how
			cmp -s "$HERE" "$T/new" || bad "lost: $STATE"
			[ "$STATE" != written ] || bad "it cannot be moved"
		done
	done
done
[ "${COUNT[whole]:-0}" -lt 30 ] || bad "hardly ever cut"
for k in "${!COUNT[@]}"; do echo "$k ${COUNT[$k]}"; done | sort
exit 0
