#!/bin/bash
# pull: a target's auth.json comes here whole, by what a push promises there.
. tests/cli/lib.sh

HERE=$HOME/.codex/auth.json
sshd_up
account bob
OLD=$T/old NEW=$T/new
cred "$OLD" chatgpt acct_one 2026-01-01T00:00:00Z
cred "$NEW" chatgpt acct_one 2026-02-01T00:00:00Z 2500
cred "$T/other" chatgpt acct_two 2026-01-15T00:00:00Z

pull() {
	run pull --json --timeout "$SUITE_TIMEOUT" "$@"
	STATE=$(member state)
	CODE=$(member code)
	CODE=${CODE:--}
}
# here FILE: this machine's auth.json is that ("-": none), private, alone.
here() {
	if [ "$1" = - ]; then
		[ ! -e "$HERE" ] || bad "something is here"
		return
	fi
	cmp -s "$HERE" "$1" || bad "what is here is not $1"
	[ "$(stat -c %a "$HERE")" = 600 ] || bad "mode $(stat -c %a "$HERE")"
	[ -z "$(find "$HOME/.codex" -name '*cxp*')" ] || bad "left behind"
}

say "nothing here yet"
far bob "$NEW"
rm -rf "$HOME/.codex"
pull bob@web1
want written
here "$NEW"
[ "$(member path)" = "$HERE" ] || bad "path $(member path)"
[ "$(stat -c %a "$HOME/.codex")" = 700 ] || bad "the folder is open"
is "${HOME_OF[bob]}/.codex/auth.json" - "$NEW" | grep -qx new || bad "it left"

say "the same again"
pull bob@web1
want unchanged
here "$NEW"

say "the same, but open to others here"
chmod 644 "$HERE"
pull -n bob@web1
want would_write
pull bob@web1
want written
here "$NEW"

say "an older one here is replaced, a newer one is not"
cp "$OLD" "$HERE"
pull bob@web1
want written
far bob "$OLD"
pull bob@web1
want refused newer_there 3
here "$NEW"
pull --force bob@web1
want written
here "$OLD"

say "another account"
cp "$T/other" "$HERE"
pull bob@web1
want refused other_account 3
here "$T/other"
pull -n --force bob@web1
want would_write
here "$T/other"
pull --force bob@web1
want written

say "nothing there, rubbish there, nobody there"
far bob -
pull bob@web1
want failed no_credential 3
echo '{}' > "$T/rubbish"
far bob "$T/rubbish"
pull bob@web1
want failed bad_credential 3
here "$OLD"
pull nobody@web1
want failed auth_failed 6
here "$OLD"

say "what is here and cannot be read is not taken for nothing"
if [[ $B != *san* ]]; then	# LeakSanitizer does not run under strace
	need strace
	cp "$T/other" "$HERE"
	RC=0
	strace -f -qq -o "$T/trace" -P "$HERE" -e inject=read,pread64:error=EIO:when=1..2 \
	    "$CP" pull --json bob@web1 > "$T/out" 2> "$T/err" < /dev/null || RC=$?
	[ "$RC" != 0 ] || bad "exit $RC"
	here "$T/other"
	cp "$OLD" "$HERE"
fi

say "no credential's size there"
: > "$T/empty"
head -c 70000 /dev/zero | tr '\0' x > "$T/large"
for f in empty large; do
	far bob "$T/$f"
	pull bob@web1
	want failed bad_credential 3
done
here "$OLD"

say "of one target alone, however it is named"
printf '%s\n' bob@web1 bob@web2 > "$T/hosts"
run pull --move --hosts "$T/hosts"
[ "$RC" = 2 ] || bad "exit $RC"
[ -e "${HOME_OF[bob]}/.codex/auth.json" ] || bad "it is gone there"

say "--to a file, and to standard output"
far bob "$NEW"
pull --to "$T/copy.json" bob@web1
want written
cmp -s "$T/copy.json" "$NEW" || bad "the copy differs"
[ "$(stat -c %a "$T/copy.json")" = 600 ] || bad "the copy is open"
[ ! -e "$T/copy.json.lock" ] || bad "a lock was left"
here "$OLD"
cp "$T/other" "$T/copy.json"
pull --to "$T/copy.json" bob@web1
want refused other_account 3
cmp -s "$T/copy.json" "$T/other" || bad "the copy is gone"
cred "$T/copy.json" chatgpt acct_one 2026-03-01T00:00:00Z
pull --to "$T/copy.json" bob@web1
want refused newer_there 3
cp "$T/copy.json" "$T/later"
pull --force --to "$T/copy.json" bob@web1
want written
"$CP" pull --to - bob@web1 > "$T/stdout" 2> "$T/err" < /dev/null || bad "RC $?"
cmp -s "$T/stdout" "$NEW" || bad "standard output is not the file"
run pull --json --to - bob@web1
[ "$RC" = 2 ] || bad "--json with --to -: exit $RC"
RC=0
"$CP" pull --move --to - bob@web1 > /dev/full 2> "$T/err" < /dev/null || RC=$?
[ "$RC" = 7 ] || bad "a full standard output: exit $RC"
grep -q 'no space left' "$T/err" || bad "why is $(cat "$T/err")"
cmp -s "${HOME_OF[bob]}/.codex/auth.json" "$NEW" || bad "it is gone there"

say "--move leaves nothing there"
rm "$HERE"
pull --move bob@web1
want written
here "$NEW"
[ ! -e "${HOME_OF[bob]}/.codex/auth.json" ] || bad "it is still there"
far bob "$NEW"
pull --move bob@web1
want unchanged
[ ! -e "${HOME_OF[bob]}/.codex/auth.json" ] || bad "it is still there"

say "--move from a target that shares this home: the one file there is stays"
cp "$HOME/.ssh/id_ed25519.pub" "$T/keys/root"
pull --move root@web1
want failed unsafe_target 7
here "$NEW"
pull --move --to "$HERE" root@web1
want failed unsafe_target 7
here "$NEW"

say "a dry run of --move"
far bob "$NEW"
pull --move -n bob@web1
want unchanged
cmp -s "${HOME_OF[bob]}/.codex/auth.json" "$NEW" || bad "it is gone there"

say "--move of what a Codex there refreshes meanwhile leaves that"
sshd_down
cat > "$T/refreshes" <<END
#!/bin/sh
case \$SSH_ORIGINAL_COMMAND in
*" cxp get "*) ;;
*) cp $T/later ${HOME_OF[bob]}/.codex/auth.json;;
esac
exec sh -c "\$SSH_ORIGINAL_COMMAND"
END
chmod 755 "$T/refreshes"
sshd_up default "ForceCommand $T/refreshes"
far bob "$NEW"
rm "$HERE"
chmod 644 "$T/later"
pull --move bob@web1
want failed newer_there 3
here "$NEW"
cmp -s "${HOME_OF[bob]}/.codex/auth.json" "$T/later" || bad "it is gone there"
pull --move bob@web1
want written
here "$T/later"
[ ! -e "${HOME_OF[bob]}/.codex/auth.json" ] || bad "it is still there"
sshd_down
sshd_up
cp "$NEW" "$HERE"

say "--move says what stays there"
far bob "$NEW"
mv "${HOME_OF[bob]}/.codex/auth.json" "${HOME_OF[bob]}/real.json"
ln -s ../real.json "${HOME_OF[bob]}/.codex/auth.json"
chown -h bob: "${HOME_OF[bob]}/.codex/auth.json"
pull --move bob@web1
want unchanged
said "what it led to stays"

say "--move that is refused takes nothing away"
far bob "$OLD"
pull --move bob@web1
want refused newer_there 3
cmp -s "${HOME_OF[bob]}/.codex/auth.json" "$OLD" || bad "it is gone there"

say "--move into a full disk takes nothing away"
mkdir "$T/small"
mount -t tmpfs -o size=8k,mode=700 tmpfs "$T/small"
head -c 8192 /dev/zero > "$T/small/fill" 2> /dev/null
pull --move --force --to "$T/small/a.json" bob@web1
want failed disk_full 7
cmp -s "${HOME_OF[bob]}/.codex/auth.json" "$OLD" || bad "it is gone there"
umount "$T/small"

say "a lease takes no refresh token away here"
cred "$T/lease" lease acct_one 2026-02-01T00:00:00Z 2500
far bob "$T/lease"
cp "$NEW" "$HERE"
pull bob@web1
want refused newer_there 3
said 'holds a refresh token'
here "$NEW"
pull --force bob@web1
want written
here "$T/lease"

say "--to the store"
(umask 077; echo passphrase > "$T/pass")
far bob "$NEW"
pull --to store:work --passphrase-file "$T/pass" bob@web1
want written
pull --to store:work --passphrase-file "$T/pass" bob@web1
want unchanged
run store list --json --passphrase-file "$T/pass"
said '"target":"store:work"'
for o in "" -n; do
	far bob "$T/other"
	# shellcheck disable=SC2086
	pull $o --to store:work --passphrase-file "$T/pass" bob@web1
	want refused other_account 3
	for f in "$OLD" "$T/lease"; do
		far bob "$f"
		# shellcheck disable=SC2086
		pull $o --to store:work --passphrase-file "$T/pass" bob@web1
		want refused newer_there 3
	done
done
far bob "$NEW"
pull -n --to store:work --passphrase-file "$T/pass" bob@web1
want unchanged
pull -n --to store:none --passphrase-file "$T/pass" bob@web1
want would_write
far bob "$NEW"
pull --move --to store:work --passphrase-file "$T/pass" bob@web1
want unchanged
[ ! -e "${HOME_OF[bob]}/.codex/auth.json" ] || bad "it is still there"
echo wrong > "$T/wrong"
pull --to store:work --passphrase-file "$T/wrong" bob@web1
[ "$RC" = 8 ] || bad "wrong passphrase: exit $RC"

say "without a shell, by SFTP"
sshd_down
sshd_up sftp "ForceCommand internal-sftp"
far bob "$NEW"
rm -f "$HERE"
pull bob@web1
want written
here "$NEW"
pull --move bob@web1
want unchanged
[ ! -e "${HOME_OF[bob]}/.codex/auth.json" ] || bad "it is still there"
cp "$NEW" "$HERE"
far bob "$T/lease"
pull bob@web1
want refused newer_there 3
for f in empty large; do
	far bob "$T/$f"
	pull bob@web1
	want failed bad_credential 3
done

exit 0
