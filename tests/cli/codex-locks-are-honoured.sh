#!/bin/bash
# Codex's two locks: a short hold is waited for, a long one is `locked` within
# 12 s; none is made that Codex could not take; pushes at once never mix.
. "$(dirname "$0")/lib.sh"
need flock
cred "$T/old" chatgpt acct_one 2026-01-01T00:00:00Z
cred "$T/new" chatgpt acct_one 2026-02-01T00:00:00Z
cp "$T/new" "$HOME/.codex/auth.json"
account a /bin/bash
sshd_up
SUITE_TIMEOUT=30
D=${HOME_OF[a]}/.codex

hold() {	# LOCK SECONDS
	far a "$T/old"
	rm -f "$T/held"
	setpriv --reuid "${UID_OF[a]}" --regid "${UID_OF[a]}" --clear-groups \
	    touch "$D/$1"
	flock "$D/$1" sh -c "touch $T/held; exec sleep $2" &
	await 5 test -e "$T/held"
}

for lock in auth.lock auth.json.lock; do
	say "$lock held for 3 s"
	start=$(ms)
	hold $lock 3
	push a@web1
	took=$(($(ms) - start))
	want written
	[ $took -ge 3000 ] || bad "took $took ms only"
	in_time $took 6000
	invariant a "$T/old" "$T/new"
	wait

	say "$lock held for ever"
	hold $lock 60
	start=$(ms)
	push a@web1
	took=$(($(ms) - start))
	want failed locked 8
	in_time $took 20000
	pkill -x sleep
	wait
	invariant a "$T/old" "$T/new"
	[ "$NOW" = old ] || bad "$NOW"
done

say "behind a link it is the lock of the file it leads to, as Codex has it"
far a "$T/old"
as() { setpriv --reuid "${UID_OF[a]}" --regid "${UID_OF[a]}" --clear-groups "$@"; }
as mkdir -m 700 "${HOME_OF[a]}/dot"
as mv "$D/auth.json" "${HOME_OF[a]}/dot/mine.json"
as ln -s ../dot/mine.json "$D/auth.json"
as touch "${HOME_OF[a]}/dot/mine.json.lock"
flock "${HOME_OF[a]}/dot/mine.json.lock" sleep 60 &
holder=$!
await 5 sh -c "! flock -n '${HOME_OF[a]}/dot/mine.json.lock' true"
push a@web1
want failed locked 8
cmp -s "$T/old" "${HOME_OF[a]}/dot/mine.json" || bad "it was written"
pkill -P $holder -x sleep
wait
push a@web1
want written
cmp -s "$T/new" "${HOME_OF[a]}/dot/mine.json" || bad "not written"
rm -rf "$D" "${HOME_OF[a]}/dot"

say "locks that are there belong to the account"
push a@web1
for l in "$D"/*.lock; do
	[ ! -e "$l" ] || [ "$(stat -c %u "$l")" = "${UID_OF[a]}" ] ||
	    bad "$l is of $(stat -c %u "$l")"
done

say "twelve pushes of different files at once: one of them, whole"
for i in $(seq 12); do
	cred "$T/c$i" chatgpt acct_one "2026-02-01T00:00:00Z" $((i * 100))
done
for round in 1 2 3; do
	far a "$T/old"
	for i in $(seq 12); do
		"$CP" push --json --force --from "$T/c$i" a@web$round \
		    > "$T/o$i" 2> "$T/e$i" < /dev/null &
	done
	wait
	whole=
	for i in $(seq 12); do
		cmp -s "$T/c$i" "$D/auth.json" && whole=$T/c$i
		# Its last word may be that the others came too often.
		grep -qE '"state":"written"|keeps changing' "$T/o$i" ||
		    bad "push $i: $(sed 's/.*"state"//;q' "$T/o$i")"
	done
	[ -n "$whole" ] || bad "none of the twelve"
	invariant a "$T/old" "${whole:-$T/old}"
done
