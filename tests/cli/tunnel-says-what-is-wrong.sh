#!/bin/bash
# tunnel: what forbids or ends it is said, and nothing is left on either side;
# ssh_config's own forwards, commands and terminals don't disturb it.
. "$(dirname "$0")/lib.sh"
. tests/cli/farhost.sh
need nc
account u
account j
echo "127.0.0.1 localhost" >> /etc/hosts
far_up far
far_run far python3 tests/cli/streams.py serve 1455 &
await 10 far_listens far 1455

far_with() { sshd_down far; far_sshd far "$@"; }
check() { timeout 60 python3 tests/cli/streams.py "$@" >> "$T/err" 2>&1; }
sessions() { grep -c "Accepted publickey" "$T/sshd.far.log"; }
ended() {	# EXIT [CODE]
	[ "$RC $(member code)" = "$1 ${2:-}" ] || bad "exit $RC $(member code)"
	near_quiet 1455 || bad "the port is held"
	await 5 far_idle u || bad "left running: $(far_left u)"
}
begin() {	# OPTION...
	"$CP" tunnel -N --json "$@" > "$T/out" 2> "$T/err" &
	PID=$!
	await 20 grep -qs '"forwarding"' "$T/out" || bad "does not forward"
}
end() {
	RC=0
	wait "$PID" || RC=$?
	sed -i 1d "$T/out"
}

say "a server that forbids forwarding"
far_sshd far "AllowTcpForwarding no"
run tunnel --json -N u@far
ended 7 permission_denied
said AllowTcpForwarding
run tunnel --json u@far -- "touch $T/home/u/ran"
ended 7 permission_denied
[ ! -e "$T/home/u/ran" ] || bad "the command ran"
for open in none 127.0.0.1:7 localhost:22; do
	say "PermitOpen $open"
	far_with "PermitOpen $open"
	run tunnel --json -N u@far
	ended 7 permission_denied
done
for open in any 127.0.0.1:1455 localhost:1455; do
	say "PermitOpen $open"
	far_with "PermitOpen $open"
	begin u@far
	check echo || bad "does not work"
	kill "$PID"
	end
	ended 143
done

far_with "MaxSessions 2"
for a in 127.0.0.1 ::1; do
	say "the local port is taken on $a"
	nc -l "$a" 1455 &
	await 5 near_listens 1455
	before=$(sessions)
	run tunnel --json -N u@far
	[ "$RC $(member code)" = "4 port_in_use" ] || bad "exit $RC"
	said "'nc' (pid $!"
	[ "$(sessions)" = "$before" ] || bad "contacted all the same"
	kill $!
	wait $!
done

say "Ctrl-C"
on_tty "leads to=^C" -- tunnel -N u@far
ended 130
say "Ctrl-C while it connects"
proxy_up -x s:0:stall 2222 22
on_tty "debug2=^C" -- tunnel -vv -N -p 2222 u@127.0.0.1
ended 130
proxy_down
say "the session is killed there"
begin u@far
check echo || bad "echo"
pkill -KILL -u u
end
ended 5 unreachable
said "was lost"
say "the link goes silent"
begin -o ServerAliveInterval=1 -o ServerAliveCountMax=2 u@far
check echo || bad "echo"
pkill -STOP -u u
end
ended_at=$RC
pkill -KILL -u u
RC=$ended_at
ended 5 unreachable
said "no answer for"
say "nobody answers"
proxy_up -x s:0:stall 2222 22
run tunnel --json -N --timeout 1 -p 2222 u@127.0.0.1
ended 5 timeout
proxy_down

say "ssh_config has forwards, commands and terminals of its own"
cat > "$HOME/.ssh/config" <<-END
	Host far
		LocalForward 1455 127.0.0.1:1
		RemoteForward 1456 127.0.0.1:1
		DynamicForward 1457
		ExitOnForwardFailure yes
		RemoteCommand touch $T/home/u/ran
		RequestTTY force
		SendEnv CXP_*
		ControlMaster auto
		ControlPath $HOME/.ssh/control
		ForwardAgent yes
		EscapeChar none
END
run tunnel u@far -- 'test -t 0 || echo "plain ${CXP_T-} ${SSH_AUTH_SOCK-}"'
[ "$RC $(cat "$T/out")" = "0 plain  " ] || bad "exit $RC"
[ ! -e "$T/home/u/ran" ] || bad "RemoteCommand ran"
[ ! -e "$HOME/.ssh/control" ] || bad "a control socket is there"
begin u@far
check many 20 || bad "does not work"
near_listens 1457 && bad "DynamicForward"
kill "$PID"
end
rm "$HOME/.ssh/config"

say "through a jump host"
sshd_up near "ListenAddress 127.0.1.8"
begin -J j@web8 u@far
check many 100 || bad "many"
check up 20000000 || bad "up"
check down 20000000 || bad "down"
kill "$PID"
end
ended 143
await 5 far_idle j || bad "left running: $(far_left j)"
