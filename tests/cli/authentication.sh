#!/bin/bash
# Agent, key files, passphrases, certificates, passwords: what ssh can do.
. "$(dirname "$0")/lib.sh"
need ssh-agent ssh-add openssl python3
cred "$T/new"
cp "$T/new" "$HOME/.codex/auth.json"
account a /bin/bash
account b /bin/bash
PASSWORD=$(openssl passwd -6 'open sesame') account p /bin/bash
rm "$T/keys/p"
S=$HOME/.ssh
sshd_up default "TrustedUserCAKeys $T/ca.pub" "MaxAuthTries 6"
ssh-keygen -qt ed25519 -N '' -f "$T/ca"
config() { cat > "$S/config"; }
logged() { grep -q "$1" "$T/sshd.default.log" || bad "sshd: no $1"; }
arrives() {
	far "$1" -
	push "${@:2}"
	want written
}

for t in rsa ecdsa ed25519; do
	say "a key file: $t"
	ssh-keygen -qt $t -N '' -f "$T/id_$t"
	cat "$T/id_$t.pub" >> "$T/keys/b"
	arrives b -o IdentitiesOnly=yes -i "$T/id_$t" b@web1
done
say "a key in PEM, several -i of which the last is right"
ssh-keygen -qt rsa -b 2048 -m PEM -N '' -f "$T/id_pem"
cat "$T/id_pem.pub" >> "$T/keys/b"
ssh-keygen -qt ed25519 -N '' -f "$T/wrong"
arrives b -i "$T/wrong" -i /nonexistent -i "$T/id_pem" b@web1

mv "$S/id_ed25519" "$T/mine"
mv "$S/id_ed25519.pub" "$T/mine.pub"
say "no key at all: auth_failed, nobody is asked"
push a@web1
want failed auth_failed 6

eval "$(ssh-agent -a "$T/agent")" > /dev/null
ssh-add -q "$T/mine"
say "the agent"
arrives a a@web1
say "the agent with IdentitiesOnly: only the key that is named"
config <<-END
	IdentitiesOnly yes
	IdentityFile $T/mine.pub
END
for n in 1 2 3 4 5 6 7 8; do
	ssh-keygen -qt ed25519 -N '' -f "$T/agent$n"
	ssh-add -q "$T/agent$n"
done
ssh-add -qd "$T/mine.pub"
ssh-add -q "$T/mine"		# the ninth
arrives a a@web1
config < /dev/null
say "more keys in the agent than MaxAuthTries: an answer, no hang"
start=$(ms)
push a@web1
took=$(($(ms) - start))
[ "$STATE.$CODE.$RC" = failed.auth_failed.6 ] || [ "$STATE" = written ] ||
    bad "$STATE $CODE $RC"
in_time $took 5000
say "IdentityAgent"
SOCK=$SSH_AUTH_SOCK
unset SSH_AUTH_SOCK
config <<-END
	IdentityAgent $SOCK
	IdentitiesOnly yes
	IdentityFile $T/mine.pub
END
arrives a a@web1
config <<< "IdentityAgent none"
push a@web1
want failed auth_failed 6
config < /dev/null
say "an agent that does not answer"
nc -lkU "$T/deaf" > /dev/null &
start=$(ms)
await 5 test -S "$T/deaf"
SSH_AUTH_SOCK=$T/deaf push --timeout 3 -i "$T/mine" a@web1
took=$(($(ms) - start))
in_time $took 5500

say "a certificate, in a file and in the agent"
ssh-keygen -qt ed25519 -N '' -f "$T/certified"
ssh-keygen -qs "$T/ca" -I test -n a "$T/certified.pub"
arrives a -o IdentitiesOnly=yes -i "$T/certified" a@web1
mv "$T/certified-cert.pub" "$T/elsewhere.pub"
config <<-END
	IdentityFile $T/certified
	CertificateFile $T/elsewhere.pub
END
arrives a a@web1
config < /dev/null

say "a key with a passphrase: no terminal, no question"
ssh-keygen -qt ed25519 -N "$CANARY pass" -f "$T/locked"
cp "$T/locked.pub" "$T/keys/a"
cp "$T/locked.pub" "$T/keys/b"
push -i "$T/locked" a@web1
want failed auth_failed 6
setsid -w "$CP" push -i "$T/locked" a@web1 > "$T/out" 2>&1 < /dev/null &&
    bad "no terminal, yet it worked"
say "a passphrase is asked once for several hosts"
far a -
far b -
on_tty "locked=$CANARY pass" -- push --json -i "$T/locked" \
    a@web1 b@web2 a@web3 b@web4
[ "$RC" = 0 ] || bad "exit $RC: $(cat "$T/tty")"
[ "$(grep -c '"target"' "$T/out")" = 4 ] || bad "not four verdicts"
[ "$(grep -ci 'passphrase' "$T/tty")" = 1 ] || bad "$(cat "$T/tty")"
say "a wrong passphrase, --no-input, Ctrl-C at the question"
on_tty "locked=$CANARY no" "locked=$CANARY no" "locked=$CANARY no" -- \
    push --json -i "$T/locked" a@web1
[ "$RC.$CODE" = 6.auth_failed ] || bad "$RC $CODE $(cat "$T/tty")"
on_tty -- push --no-input --json -i "$T/locked" a@web1
[ "$RC.$CODE" = 6.auth_failed ] || bad "$RC $CODE $(cat "$T/tty")"
on_tty 'locked=^C' -- push --json -i "$T/locked" a@web1
[ "$RC" = 130 ] || bad "Ctrl-C: $RC $CODE $(cat "$T/tty")"

sshd_down
sshd_up passwords "PasswordAuthentication yes"
say "a password on a terminal, not echoed"
far p -
on_tty 'assword=open sesame' -- push --json p@web1
[ "$RC.$STATE" = 0.written ] || bad "$RC $STATE $(cat "$T/tty")"
if grep -q sesame "$T/tty"; then bad "the password was echoed"; fi
push p@web1
want failed auth_failed 6
sshd_down passwords
