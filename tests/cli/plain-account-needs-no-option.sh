#!/bin/bash
# Somebody with an ordinary account, key, config and known_hosts types
# `codex-provision push host`, as they would `ssh host`; root's far side is
# not root's business alone: files stay the far account's.
. "$(dirname "$0")/lib.sh"
account me /bin/bash
account far /bin/bash
sshd_up
H=${HOME_OF[me]}
cp -r "$HOME/.ssh" "$H/.ssh"
mkdir -m 700 "$H/.codex"
cred "$H/.codex/auth.json"
printf 'Host there\n HostName web1\n User far\n' > "$H/.ssh/config"
chown -R me: "$H"
cp "$H/.codex/auth.json" "$T/new"
# The build may lie where only root reaches it.
install -m 755 "$CP" "$T/codex-provision"
me() {
	RC=0
	env -i HOME="$H" PATH="$PATH" "$@" > "$T/out" 2> "$T/err" \
	    < /dev/null || RC=$?
	no_canary "$T/out" "$T/err"
}
as_me=(setpriv --reuid "${UID_OF[me]}" --regid "${UID_OF[me]}" --clear-groups
    "$T/codex-provision")

say "push there"
me "${as_me[@]}" push there
[ "$RC" = 0 ] || bad "exit $RC"
invariant far - "$T/new"
[ "$NOW" = new ] || bad "not there"
say "again"
me "${as_me[@]}" push --json there
[ "$(member state)" = unchanged ] || bad "$(member state)"
say "status, remove"
me "${as_me[@]}" status there
[ "$RC" = 0 ] && grep -q acct_one "$T/out" || bad "status: $RC"
me "${as_me[@]}" remove there
[ "$RC" = 0 ] || bad "remove: $RC"
say "HOME elsewhere: ssh's own files are those of the account"
mkdir "$T/elsewhere"
chown me: "$T/elsewhere"
HOMEWAS=$H H=$T/elsewhere
me "${as_me[@]}" push --from "$HOMEWAS/.codex/auth.json" there
[ "$RC" = 0 ] || bad "exit $RC"
say "the local state without targets"
H=$HOMEWAS
me "${as_me[@]}" status
[ "$RC" = 0 ] && grep -q acct_one "$T/out" || bad "status: $RC"
