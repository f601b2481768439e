#!/bin/bash
# push --probe brings the old file back whatever shell sh is, with Codex's
# locks there and without.
. "$(dirname "$0")/lib.sh"
need bash dash busybox mksh zsh
SUITE_TIMEOUT=30
cred "$T/new" chatgpt acct_one 2026-02-01T00:00:00Z
cred "$T/old" chatgpt acct_one 2026-01-01T00:00:00Z
printf '#!/bin/dash\n[ "$1" = doctor ] || echo codex-cli 0.169.0\n' > "$T/codex"
chmod 755 "$T/codex"

# one ACCOUNT METHOD LOCK: with a Codex that is forced to METHOD.
one() {
	local h
	account "$1" /bin/dash
	far "$1" "$T/old" 640
	h=${HOME_OF[$1]}
	mkdir -p "$h/.local/bin"
	ln -s "$T/codex" "$h/.local/bin/codex"
	echo "forced_login_method = \"$2\"" > "$h/.codex/config.toml"
	[ "$3" = free ] || touch "$h/.codex/auth.lock"
	chown -hR "$1:" "$h"
}

for s in dash bash busybox mksh zsh; do
	mkdir -p "$T/bin.$s"
	ln -s "$(command -v $s)" "$T/bin.$s/sh"
	sshd_up $s "SetEnv PATH=$T/bin.$s:/usr/bin:/bin"
	for lock in free locks; do
		say "$s, $lock"
		one "good$s$lock" chatgpt $lock
		push --probe --from "$T/new" "good$s$lock@web1"
		want written
		invariant "good$s$lock" "$T/old" "$T/new" \
		    "${HOME_OF[good$s$lock]}/.codex" config.toml
		[ "$NOW" = new ] || bad "it is $NOW"
		one "bad$s$lock" api $lock
		push --probe --from "$T/new" "bad$s$lock@web1"
		want failed permission_denied 7
		f=${HOME_OF[bad$s$lock]}/.codex
		cmp -s "$f/auth.json" "$T/old" || bad "not the old file"
		[ "$(stat -c %a "$f/auth.json")" = 640 ] || bad "its mode"
		[ -z "$(find "$f" -name '.cxp*')" ] || bad "left in $f"
	done
	sshd_down $s
done

exit 0
