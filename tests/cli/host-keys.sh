#!/bin/bash
# Unknown, changed and revoked host keys; --accept-new; the question on a
# terminal. Nothing secret is sent before the verdict.
. "$(dirname "$0")/lib.sh"
need python3
cred "$T/new"
cp "$T/new" "$HOME/.codex/auth.json"
account a /bin/bash
for t in rsa ecdsa; do
	ssh-keygen -qt $t -N '' -f "$T/hostkeys/$t"
done
ssh-keygen -qt ed25519 -N '' -f "$T/hostkeys/other"
sshd_up default "HostKey $T/hostkeys/rsa" "HostKey $T/hostkeys/ecdsa"
K=$HOME/.ssh/known_hosts
pub() { cut -d' ' -f1,2 "$T/hostkeys/$1.pub"; }
print=$(ssh-keygen -lf "$T/hostkeys/ed25519.pub" | cut -d' ' -f2)

# refused CODE [ARG...]
refused() {
	far a -
	: > "$T/sshd.default.log"
	push "${@:2}" a@web1
	want failed "$1" 6
	if grep -qE 'Accepted|Postponed' "$T/sshd.default.log"; then
		bad "authenticated to a host that is not trusted"
	fi
}

say unknown
: > "$K"
refused hostkey_unknown
said "$print"
[ ! -s "$K" ] || bad "recorded"
say "unknown, no file, no folder"
mv "$HOME/.ssh" "$T/away"
refused hostkey_unknown -i "$T/away/id_ed25519"
rm -rf "$HOME/.ssh"
push --accept-new -i "$T/away/id_ed25519" a@web1
want written
[ "$(stat -c %a "$HOME/.ssh" "$K" | xargs)" = "700 600" ] || bad "modes"
rm -rf "$HOME/.ssh"
mv "$T/away" "$HOME/.ssh"

say "--accept-new records it, in the file's own lines"
printf 'elsewhere %s' "$(pub other)" > "$K"	# no final newline
push --accept-new a@web1
[ "$RC" = 0 ] || bad "exit $RC"
[ "$(ssh-keygen -F web1 -f "$K" | grep -vc '^#')" = 1 ] || bad "$(cat "$K")"
[ "$(wc -l < "$K")" = 2 ] || bad "$(cat "$K")"
ssh -o StrictHostKeyChecking=yes -o BatchMode=yes a@web1 true ||
    bad "ssh does not accept what was recorded"
push a@web1
want unchanged
say "--accept-new, another port, hashed"
: > "$K"
echo 'HashKnownHosts yes' > "$HOME/.ssh/config"
proxy_up 2222 22
push --accept-new a@web1:2222
[ "$RC" = 0 ] || bad "exit $RC"
if grep -q web1 "$K"; then bad "not hashed"; fi
ssh-keygen -F '[web1]:2222' -f "$K" > /dev/null || bad "not found by ssh"
proxy_down
: > "$HOME/.ssh/config"
say "StrictHostKeyChecking=accept-new"
: > "$K"
push -o StrictHostKeyChecking=accept-new a@web1
[ "$RC" = 0 ] || bad "exit $RC"
say "40 at once are recorded once each, whole"
: > "$K"
run push --json --accept-new -j 40 \
    $(seq -f 'a@127.0.4.%g' 40)
[ "$RC" = 0 ] || bad "exit $RC"
[ "$(wc -l < "$K") $(cut -d' ' -f1 "$K" | sort -u | wc -l)" = "40 40" ] ||
    bad "$(wc -l < "$K") lines"

say changed
echo "web1 $(pub other)" > "$K"
refused hostkey_changed
refused hostkey_changed --accept-new
refused hostkey_changed -o StrictHostKeyChecking=no
[ "$(wc -l < "$K")" = 1 ] || bad "recorded a changed key"
echo "@#! unreadable line" >> "$K"
refused hostkey_changed
say "another type is known: that one is used"
echo "web1 $(pub rsa)" > "$K"
push a@web1
[ "$RC" = 0 ] || bad "exit $RC"
echo "web1 $(pub ecdsa)" > "$K"
push a@web1
[ "$RC" = 0 ] || bad "exit $RC"
say revoked
{ echo "web1 $(pub ed25519)"; echo "@revoked * $(pub ed25519)"; } > "$K"
refused hostkey_revoked
refused hostkey_revoked --accept-new
say "a file that can't be read fails closed"
rm "$K"
mkdir "$K"
refused hostkey_unknown
rmdir "$K"

say "asked on a terminal"
: > "$K"
far a -
on_tty 'yes/no.*\?=no' -- push --json a@web1
[ "$CODE.$RC" = hostkey_unknown.6 ] || bad "$CODE $RC $(cat "$T/tty")"
grep -qF "$print" "$T/tty" || bad "no fingerprint: $(cat "$T/tty")"
[ ! -s "$K" ] || bad "recorded"
on_tty 'yes/no.*\?=yes' -- push --json a@web1
[ "$STATE.$RC" = written.0 ] || bad "$STATE $RC $(cat "$T/tty")"
ssh-keygen -F web1 -f "$K" > /dev/null || bad "not recorded"
: > "$K"
on_tty -- push --no-input --json a@web1
[ "$CODE.$RC" = hostkey_unknown.6 ] || bad "$CODE $RC"
on_tty 'recorded in no file.*(.|\n)*yes/no.*\?=yes' -- push --json \
    -o UserKnownHostsFile=none a@web1
[ "$STATE.$RC" = unchanged.0 ] || bad "$STATE $RC $(cat "$T/tty")"
[ ! -s "$K" ] || bad "recorded"
on_tty -- push --json -o StrictHostKeyChecking=yes a@web1
[ "$CODE.$RC" = hostkey_unknown.6 ] || bad "$CODE $RC"
