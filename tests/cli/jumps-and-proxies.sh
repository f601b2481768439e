#!/bin/bash
# ProxyJump of depth one and two, shared by many targets, and ProxyCommand.
. "$(dirname "$0")/lib.sh"
need nc
cred "$T/new"
cp "$T/new" "$HOME/.codex/auth.json"
for a in a b c j k; do account $a /bin/bash; done
sshd_up jumps "ListenAddress 127.0.1.8" "ListenAddress 127.0.1.9"
# The far hosts can be reached from the jump hosts' addresses alone.
sshd_up far "ListenAddress 127.0.1.1" "ListenAddress 127.0.1.2"
config() { cat > "$HOME/.ssh/config"; }

arrives() {
	far "$1" -
	push "${@:2}"
	want written
	invariant "$1" - "$T/new"
	[ "$NOW" = new ] || bad "did not arrive"
}
jumped() {
	[ "$(grep -c 'Accepted publickey' "$T/sshd.jumps.log")" = "$1" ] ||
	    bad "$(grep -c 'Accepted publickey' "$T/sshd.jumps.log") jumps"
	: > "$T/sshd.jumps.log"
}

config < /dev/null
say "-J"
arrives a -J j@web8 a@web1
jumped 1
say "-J, two deep"
arrives a -J j@web8,k@web9:22 a@web1
jumped 2
say "ProxyJump, two deep through the jump's own ProxyJump"
config <<-END
	Host web1 web2
		ProxyJump k@web9
	Host web9
		ProxyJump j@web8
	Host n
		HostName web1
		ProxyJump none
END
arrives a a@web1
jumped 2
arrives b b@n
jumped 0
say "one session to the jump host serves many targets"
config <<-END
	Host web1 web2
		ProxyJump j@web8
END
for a in a b c; do far $a -; done
run push --json {a,b,c}@web1 {a,b,c}@web2
[ "$RC" = 0 ] || bad "exit $RC"
[ "$(grep -c '"target"' "$T/out")" = 6 ] || bad "not six verdicts"
jumped 1

say "the jump host fails: the target says so"
push -J nosuch@web8 a@web1
want failed auth_failed 6
said web8
push -J j@web8:1 a@web1
want failed unreachable 5
push -J j@web8 a@web1:1
want failed unreachable 5
echo "@revoked web8 $(cut -d' ' -f1,2 "$T/hostkeys/ed25519.pub")" \
    >> "$HOME/.ssh/known_hosts"
push -J j@web8 a@web1
want failed hostkey_revoked 6
sed -i '$d' "$HOME/.ssh/known_hosts"

say "ProxyCommand"
config <<-END
	Host web1
		ProxyCommand nc %h %p
	Host none.example
		ProxyCommand nc 127.0.1.2 22
	Host viassh
		HostName web2
		ProxyCommand ssh -W %h:%p j@web8
	Host broken
		ProxyCommand false
	Host hangs
		ProxyCommand sleep 100
	Host loud
		ProxyCommand sh -c 'echo noise >&2; exec nc 127.0.1.2 22'
END
: > "$T/sshd.jumps.log"
arrives a a@web1
arrives a a@none.example
arrives a a@viassh
jumped 1
arrives a a@loud
push a@broken
want failed unreachable 5
start=$(ms)
push --timeout 2 a@hangs
took=$(($(ms) - start))
want failed timeout 5
in_time $took 4500
pgrep -x sleep > /dev/null && bad "the ProxyCommand is still there"
pgrep -x nc > /dev/null && bad "an nc is still there"
say "a ProxyCommand gets no descriptor and no secret of ours"
config <<-END
	Host web1
		ProxyCommand sh -c 'ls -l /proc/self/fd > $T/tmp/fds; env > $T/tmp/env; exec nc %h %p'
END
arrives a a@web1
[ "$(grep -c -- '->' "$T/tmp/fds")" -le 5 ] || bad "$(cat "$T/tmp/fds")"
no_canary "$T/tmp/env"
