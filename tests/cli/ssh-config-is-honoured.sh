#!/bin/bash
# Every setting of ssh_config that the contract names works as in ssh.
. "$(dirname "$0")/lib.sh"
cred "$T/new"
cp "$T/new" "$HOME/.codex/auth.json"
for a in a b c; do account $a /bin/bash; done
sshd_up default "Port 2022"
key=$(cut -d' ' -f1,2 "$T/hostkeys/ed25519.pub")
S=$HOME/.ssh
cp "$S/known_hosts" "$T/known_all"

# works ALIAS ACCOUNT [ARG...]: a push to ALIAS with $T/config as ~/.ssh/config
# reaches ACCOUNT, and so does ssh.
works() {
	local alias=$1 a=$2
	shift 2
	CASE="$alias $*: $(head -c 300 "$S/config" | tr '\n' ';')"
	far "$a" -
	push "$@" "$alias"
	want written
	invariant "$a" - "$T/new"
	[ "$NOW" = new ] || bad "did not arrive"
}
config() { cat > "$S/config"; }

config <<-END
	Host web
		HostName web1
		User a
		Port 2022
	Host WEB?
		User b
END
works web a
works b@web b
works web b -l b
works web:22 a
works web a -p 22
works ssh://web a
works ssh://c@web:22 c
works WEB1 b
works a@127.0.1.1 a
config < /dev/null
echo '::1 six' >> /etc/hosts
works 'a@[::1]:2022' a
works 'a@six' a
works a@web1 a -o Port=2022
works web1 a -o User=a -o 'Port 2022'
printf 'Host nick\n HostName web1\n User a\n' > "$T/F"
works nick a -F "$T/F"

say "HostKeyAlias, two known_hosts files, Include, Match, tokens"
echo "other $key" > "$S/k1"
echo "alias $key" > "$T/k 2"
config <<-END
	Include conf.d/*.conf
	Match host web3 user a
		HostName web1
	Match originalhost byexec exec "test 1 = 1"
		HostName web2
		User b
	Host *
		UserKnownHostsFile ~/.ssh/k1 "$T/k 2"
		GlobalKnownHostsFile /dev/null
END
mkdir "$S/conf.d"
cat > "$S/conf.d/1.conf" <<-END
	Host web web3 byexec
		HostKeyAlias alias
	Host web
		HostName %h4.example.com
		User c
END
works web c
works a@web3 a
works byexec b
push a@web1
want failed hostkey_unknown 6
rm -r "$S/conf.d"

say "GlobalKnownHostsFile"
cp "$T/known_all" "$T/global"
config <<-END
	UserKnownHostsFile /nonexistent
	GlobalKnownHostsFile $T/global
END
works a@web1 a
config <<-END
	Host web1
	UserKnownHostsFile none
	GlobalKnownHostsFile $T/global
END
works a@web1 a

say "AddressFamily, several addresses, ConnectTimeout"
echo '127.0.9.9 multi
127.0.1.1 multi' >> /etc/hosts
config <<-END
	Host multi
		Port 2022
	Host six
		AddressFamily inet6
	Host web1
		AddressFamily inet6
	Host slow
		HostName web1
		ConnectTimeout 1
		Port 2099
END
works a@multi a
works a@six a
push a@web1
want failed unreachable 5
# A proxy that swallows: the TCP connection stands, the banner never comes.
proxy_up -x s:0:stall 2099 22
start=$(ms)
push a@slow
took=$(($(ms) - start))
[ "$STATE.$CODE" = failed.timeout ] || bad "$STATE $CODE"
in_time $took 3500
proxy_down

say "settings that must have no effect"
config <<-END
	Host web1
		RemoteCommand touch $T/tmp/ran
		RequestTTY force
		LocalForward 127.0.0.1:7777 web2:22
		RemoteForward 7778 web2:22
		ForwardAgent yes
		SendEnv HOME
		SetEnv LC_TEST=1
		LogLevel DEBUG3
		ControlMaster auto
		ControlPath $T/tmp/ctl
		PermitLocalCommand yes
		LocalCommand touch $T/tmp/local
END
works a@web1 a
[ ! -e "$T/tmp/ran" ] && [ ! -e "$T/tmp/local" ] || bad "a command was run"

say "a bad file is an error, with the line"
echo 'Nonsense yes' > "$S/config"
push a@web1
[ "$STATE.$RC" != written.0 ] || bad "a bad ssh_config was taken"
echo 'IdentityFile ~/.ssh/none' > "$S/config"
push a@web1
want failed auth_failed 6
