# shellcheck shell=bash
# suite.sh - the contract suite: the same cases for every kind
# of target. `suite ACCOUNT TARGET [ARG...]` after lib.sh; ARGs go to push.
# A container's files are seen below IN_OF; what it calls them is without it.

OLD=$T/old NEW=$T/new
cred "$OLD" chatgpt acct_one 2026-01-01T00:00:00Z
cred "$NEW" chatgpt acct_one 2026-02-01T00:00:00Z 2500
cred "$T/other" chatgpt acct_two 2026-01-15T00:00:00Z
cred "$T/later" chatgpt acct_one 2026-03-01T00:00:00Z
cp "$NEW" "$HOME/.codex/auth.json"

# told STATE CODE RC and the file is EXPECTED (old or new), nothing left.
told() {
	want "$1" "$2" "$3"
	invariant "$A" "$5" "$NEW" "" "${6:-}"
	[ "$NOW" = "$4" ] || bad "the file is $NOW"
}

declare -F as far_mount far_umount > /dev/null || {
as() { setpriv --reuid "${UID_OF[$A]}" --regid "${UID_OF[$A]}" \
    --clear-groups "$@"; }
far_mount() { mount "$@"; }
far_umount() { umount "$@"; }
}

cases_plain() {
	say "$A: absent, no folder"
	far "$A" -
	push "$@"
	told written - 0 new -
	[ "$(stat -c %a "$D")" = 700 ] || bad "folder is $(stat -c %a "$D")"
	[ "$(member path)" = "${D#"$R"}/auth.json" ] || bad "path $(member path)"
	[ "$(member mode) $(member owner)" = "0600 ${UID_IN[$A]:-${UID_OF[$A]}}" ] ||
	    bad "mode $(member mode) owner $(member owner)"
	[ "$(member account)" = acct_one ] || bad "account"

	say "$A: unchanged"
	local before
	before=$(stat -c '%i %Y %Z' "$D/auth.json" "$D")
	push "$@"
	told unchanged - 0 new -
	[ "$(stat -c '%i %Y %Z' "$D/auth.json" "$D")" = "$before" ] ||
	    bad "something was written"

	say "$A: replaced, the folder keeps its mode"
	far "$A" "$OLD"
	chmod 755 "$D"
	push "$@"
	told written - 0 new "$OLD"
	[ "$(stat -c %a "$D")" = 755 ] || bad "folder is $(stat -c %a "$D")"

	say "$A: a wider mode is repaired"
	far "$A" "$NEW" 644
	push "$@"
	told written - 0 new "$OLD"
	far "$A" "$OLD" 666
	push "$@"
	told written - 0 new "$OLD"
}

cases_refused() {
	say "$A: another account"
	far "$A" "$T/other"
	push "$@"
	told refused other_account 3 old "$T/other"
	push --force "$@"
	told written - 0 new "$T/other"

	say "$A: newer there"
	far "$A" "$T/later"
	push "$@"
	told refused newer_there 3 old "$T/later"
	push --force "$@"
	told written - 0 new "$T/later"

	say "$A: rubbish there is replaced"
	far "$A" /dev/null
	push "$@"
	told written - 0 new /dev/null
}

cases_options() {
	say "$A: --backup"
	far "$A" "$OLD"
	push --backup "$@"
	told written - 0 new "$OLD" auth.json.bak
	cmp -s "$D/auth.json.bak" "$OLD" || bad "the backup differs"
	[ "$(stat -c '%a %u' "$D/auth.json.bak")" = "600 ${UID_OF[$A]}" ] ||
	    bad "the backup is $(stat -c '%a %u' "$D/auth.json.bak")"

	say "$A: --dry-run"
	far "$A" "$OLD"
	push --dry-run "$@"
	told would_write - 0 old "$OLD"
	far "$A" -
	push -n "$@"
	told would_write - 0 old -
	[ ! -e "$D" ] || bad "a folder was made"

	say "$A: --codex-home with an odd name"
	local odd="$H/c o'd\"e\$(touch pwn)\`x\`"
	rm -rf "$odd"
	as mkdir -m 700 "$odd"
	push --codex-home "${odd#"$R"}" "$@"
	want written
	invariant "$A" - "$NEW" "$odd"
	push --codex-home "${H#"$R"}/is/not there" "$@"
	want failed no_home 7
	[ ! -e "$H/is" ] || bad "a parent folder was made"
}

cases_links() {
	say "$A: a safe link is kept"
	far "$A" -
	as mkdir -m 700 -p "$H/dot files" "$D"
	as cp "$OLD" "$H/dot files/a.json"
	as chmod 600 "$H/dot files/a.json"
	as ln -s "../dot files/a.json" "$D/auth.json"
	push "$@"
	want written
	[ "$(readlink "$D/auth.json")" = "../dot files/a.json" ] ||
	    bad "the link is gone"
	cmp -s "$H/dot files/a.json" "$NEW" || bad "the link's file is not new"
	[ "$(find "$H/dot files" -type f -name '*' ! -name '*.lock' | wc -l)" \
	    = 1 ] || bad "left in the link's folder"

	say "$A: an unsafe link is refused"
	as cp "$OLD" "$H/dot files/a.json"
	chmod 777 "$H/dot files"
	push "$@"
	unsafe "$H/dot files/a.json"
	rm -rf "$H/dot files" "$D/auth.json"
	cp "$OLD" "$H/../roots"
	chmod 666 "$H/../roots"
	as ln -s ../../roots "$D/auth.json"
	push "$@"
	unsafe "$H/../roots"
	rm -f "$H/../roots"
	as ln -sf auth.json "$D/auth.json"
	push "$@"
	[ "$STATE" != written ] && [ "$RC" = 7 ] || bad "loop: $STATE $CODE $RC"
	rm -f "$D/auth.json"
}

# unsafe FILE: the last push was refused for it, and it is as it was.
unsafe() {
	[ "$CODE $RC" = "unsafe_target 7" ] ||
	    bad "want unsafe_target 7: $STATE $CODE $RC"
	cmp -s "$1" "$OLD" || bad "$1 was written"
}

# Whatever the verdict on an odd file, it is the truth.
cases_odd_files() {
	say "$A: 0400"
	far "$A" "$OLD" 400
	push "$@"
	NOW=$(is "$D/auth.json" "$OLD" "$NEW")
	truthful
	[ "$NOW" = old ] || invariant "$A" "$OLD" "$NEW"

	say "$A: a hard link"
	far "$A" "$OLD"
	as ln "$D/auth.json" "$D/twin"
	push "$@"
	NOW=$(is "$D/auth.json" "$OLD" "$NEW")
	truthful
	cmp -s "$D/twin" "$OLD" || bad "the other name was written"

	say "$A: a folder, a FIFO in its place"
	far "$A" -
	as mkdir -p -m 700 "$D" "$D/auth.json"
	push "$@"
	[ "$STATE" != written ] && [ "$RC" = 7 ] || bad "$STATE $CODE $RC"
	as rmdir "$D/auth.json"
	as mkfifo "$D/auth.json"
	push "$@"
	[ "$STATE" != written ] && [ "$RC" = 7 ] || bad "$STATE $CODE $RC"
	[ -p "$D/auth.json" ] || bad "the FIFO is gone"
}

cases_disk() {
	say "$A: full disk"
	far "$A" -
	as mkdir -m 700 "$D"
	far_mount -t tmpfs -o "size=64k,mode=700,uid=${UID_OF[$A]}" none "$D"
	as cp "$OLD" "$D/auth.json"
	as chmod 600 "$D/auth.json"
	as head -c 1000000 /dev/zero 2>/dev/null > "$D/auth.lock"
	chown "$A:" "$D/auth.lock"
	push "$@"
	told failed disk_full 7 old "$OLD"

	say "$A: read-only"
	far_mount -o remount,ro "$D"
	push "$@"
	told failed read_only 7 old "$OLD"
	far_umount "$D"

	say "$A: folder not writable"
	far "$A" "$OLD"
	chmod 500 "$D"
	push "$@"
	told failed permission_denied 7 old "$OLD"
	chmod 700 "$D"

	say "$A: a bind-mounted file is written in place, with a warning"
	far "$A" "$OLD"
	cp "$D/auth.json" "$H/mounted"
	chown "$A:" "$H/mounted"
	far_mount --bind "$H/mounted" "$D/auth.json"
	push "$@"
	if [ "${INPLACE:-yes}" = yes ]; then
		told written - 0 new "$OLD"
		grep -q '"warnings":\["[^"]*0\.169' "$T/out" || bad "no warning"
	else
		invariant "$A" "$OLD" "$NEW"
		truthful
	fi
	far_umount "$D/auth.json"
}

cases_others() {
	say "$A: status and remove"
	far "$A" "$NEW"
	run status --json "$@"
	[ "$RC $(member state) $(member account)" = "0 present acct_one" ] ||
	    bad "status: $RC $(member state) $(member account)"
	run remove --json "$@"
	[ "$RC $(member state)" = "0 removed" ] || bad "$RC $(member state)"
	[ ! -e "$D/auth.json" ] || bad "still there"
	run remove --json "$@"
	[ "$RC $(member state)" = "0 absent" ] || bad "$RC $(member state)"
	run status --json "$@"
	[ "$(member state)" = absent ] || bad "$(member state)"
}

far_side() {
	A=$1 H=${HOME_OF[$1]} D=${HOME_OF[$1]}/.codex R=${IN_OF[$1]:-}
}

# suite ACCOUNT TARGET [ARG...]
suite() {
	far_side "$1"
	shift
	cases_plain "$@"
	cases_refused "$@"
	cases_options "$@"
	cases_links "$@"
	cases_odd_files "$@"
	cases_disk "$@"
	cases_others "$@"
	[ -z "$(find "$T" -name pwn)" ] || bad "a name was run as a command"
	say "$A: whatever remains running"
	await 5 far_idle "$A" || bad "$(far_left "$A")"
}
