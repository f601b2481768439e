#!/bin/bash
# timeout: 400
# The engine's stream is cut at every 50th byte of either direction, once or
# for good: the file is old or new, and the verdict is true.
. "$(dirname "$0")/lib.sh"
. tests/cli/engines.sh
cred "$T/old" chatgpt acct_one 2026-01-01T00:00:00Z
cred "$T/new" chatgpt acct_one 2026-02-01T00:00:00Z 1000
cp "$T/new" "$HOME/.codex/auth.json"
dockerd_up main
images
box aa 1000 /home/app -u app
SUITE_TIMEOUT=4
declare -A COUNT

# cut WHERE OPTION...: false when the link outlived the push.
cut_at() {
	say "$*"
	far aa "$T/old"
	rm -f "$T/cut"
	proxy_up -x "$1" -w "$T/cut" "${@:2}" "$T/px" "${SOCK[main]}"
	push -H "unix://$T/px" docker://aa
	proxy_down
	invariant aa "$T/old" "$T/new"
	truthful
	COUNT[$STATE.$CODE.$NOW]=$((${COUNT[$STATE.$CODE.$NOW]:-0} + 1))
	[ -e "$T/cut" ]
}

# The first connection carries the questions and the script, the second the
# stream to the shell with the credential in it.
for dir in c s; do
	n=0
	while cut_at $dir:$n:fin -s 1 -n 1; do n=$((n + ${STEP:-50})); done
	last=$n
	# Every connection ends there: no second look is possible.
	for ((n = 0; n < last; n += 2 * ${STEP:-50})); do
		cut_at $dir:$n:fin -s 1
	done
	# Nor is any end seen.
	for ((n = 100; n < last; n += last / 3)); do
		SUITE_TIMEOUT=2 cut_at $dir:$n:stall -s 1
	done
	n=0
	while cut_at $dir:$n:fin -n 1; do n=$((n + 10 * ${STEP:-50})); done
done
# By the archive API one connection carries all of it. The old file is gone
# before the new one is whole: then it is put once more, or that is said.
d create --network=none --name cc -u app localhost/box sleep 1 > /dev/null
SUITE_TIMEOUT=4
put_cut() {
	say "archive: $*"
	SUITE_TIMEOUT=30 push --force --from "$T/old" \
	    -H "unix://${SOCK[main]}" docker://cc
	rm -rf "$T/cut" "$T/got"
	proxy_up -x "$1" -w "$T/cut" "${@:2}" "$T/px" "${SOCK[main]}"
	push -H "unix://$T/px" docker://cc
	proxy_down
	d cp cc:/home/app/.codex/auth.json "$T/got" > "$T/eng/cp" 2>&1
	NOW=$(is "$T/got" "$T/old" "$T/new")
	truthful
	COUNT[put.$STATE.$CODE.$NOW]=$((${COUNT[put.$STATE.$CODE.$NOW]:-0} + 1))
	SUITE_TIMEOUT=30 push -H "unix://${SOCK[main]}" docker://cc
	case $STATE in written|unchanged) ;; *) bad "then $STATE $CODE" ;; esac
	[ -e "$T/cut" ]
}
n=100
while put_cut c:$n:fin -n 1; do n=$((n + 6 * ${STEP:-50})); done
for ((n = 100; n < 5000; n += 24 * ${STEP:-50})); do
	put_cut c:$n:fin
	put_cut c:$n:rst -s 1
done
n=100
while put_cut s:$n:fin -n 1; do n=$((n + 16 * ${STEP:-50})); done

for k in "${!COUNT[@]}"; do echo "$k ${COUNT[$k]}"; done | sort
[ "${COUNT[written.-.new]:-0}" -gt 0 ] || bad "no cut was survived"
