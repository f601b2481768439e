#!/bin/bash
# timeout: 1500
# The link is cut at every 50th byte of either direction, in order and by a
# reset, once or each time: the file is old or new, and the verdict is true.
. "$(dirname "$0")/lib.sh"
cred "$T/old" chatgpt acct_one 2026-01-01T00:00:00Z
cred "$T/new" chatgpt acct_one 2026-02-01T00:00:00Z 2000
cp "$T/new" "$HOME/.codex/auth.json"
account a /bin/sh
sshd_up
SUITE_TIMEOUT=6
declare -A COUNT

# cut WHERE STEP FIRST OPTION...: false when the link outlived the push.
cut_at() {
	say "$*"
	far a "$T/old"
	rm -f "$T/cut"
	proxy_up -x "$1" -w "$T/cut" "${@:2}" 2222 22
	push a@web1:2222
	proxy_down
	invariant a "$T/old" "$T/new"
	truthful
	COUNT[$STATE.$CODE.$NOW]=$((${COUNT[$STATE.$CODE.$NOW]:-0} + 1))
	[ -e "$T/cut" ]
}

for dir in c s; do
	for how in fin rst; do
		n=0
		while cut_at $dir:$n:$how -n 1; do n=$((n + ${STEP:-50})); done
		last=$n
		# Every connection ends there: no second look is possible.
		for ((n = 0; n < last; n += 4 * ${STEP:-50})); do
			cut_at $dir:$n:$how
		done
	done
done
for k in "${!COUNT[@]}"; do echo "$k ${COUNT[$k]}"; done | sort
