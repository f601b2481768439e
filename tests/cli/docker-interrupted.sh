#!/bin/bash
# The container is killed, stopped, paused, restarted or removed, the engine
# killed or restarted, at any moment of a push: old or new, a true verdict,
# nothing left, in time; and the next push is as ever.
. "$(dirname "$0")/lib.sh"
. tests/cli/engines.sh
cred "$T/old" chatgpt acct_one 2026-01-01T00:00:00Z
cred "$T/new" chatgpt acct_one 2026-02-01T00:00:00Z 2000
cp "$T/new" "$HOME/.codex/auth.json"
SUITE_TIMEOUT=4

# slow_push AFTER COMMAND...: a push through a slow link, and AFTER so many
# milliseconds the command. Sets TOOK.
slow_push() {
	local after=$1
	shift
	proxy_up -d 30 "$T/px" "${SOCK[main]}"
	(
		sleep "$after"
		"$@" > /dev/null 2>&1
	) &
	local other=$! start
	start=$(ms)
	push -H "unix://$T/px" docker://aa
	TOOK=$(($(ms) - start))
	wait $other
	proxy_down
	[ "$TOOK" -lt 7000 ] || bad "took $TOOK ms"
}

# What was killed may leave its temp file to the next run.
look() {
	invariant aa "$T/old" "$T/new" "$T/kept" '\.cxp\..*'
	truthful
}

again() {	# the next push repairs what is left
	push -H "unix://${SOCK[main]}" docker://aa
	[ "$STATE" = written ] || [ "$STATE" = unchanged ] ||
	    bad "afterwards: $STATE $CODE"
	invariant aa - "$T/new" "$T/kept"
}

dockerd_up main --live-restore
daemon=$ENGINE_PID
images
# The file is on a bind mount, so that it outlives the container.
mkdir -m 700 "$T/kept"
chown 1000:1000 "$T/kept"
new_box() {
	d rm -f aa > /dev/null 2>&1
	box aa 1000 /home/app -u app -v "$T/kept:/home/app/.codex"
	rm -f "$T/kept"/.cxp*
	lay
}
lay() {
	cp "$T/old" "$T/kept/auth.json.new"
	chown 1000:1000 "$T/kept/auth.json.new"
	chmod 600 "$T/kept/auth.json.new"
	mv "$T/kept/auth.json.new" "$T/kept/auth.json"
}
new_box

delays=${DELAYS:-0.05 0.15 0.2 0.25 0.3 0.4}
for act in kill "stop -t 0" "restart -t 0" "rm -f"; do
	for at in $delays; do
		say "docker $act after $at s"
		# shellcheck disable=SC2086
		slow_push "$at" d $act aa
		look
		if [[ $act == rm* ]]; then
			new_box
		else
			d start aa > /dev/null || bad "start"
			again
			lay
		fi
	done
done

say "paused midway: the write may come later, so never failed-and-old"
for at in 0.2 0.3; do
	lay
	slow_push "$at" d pause aa
	was=$STATE
	d unpause aa > /dev/null 2>&1
	await 12 far_idle aa || bad "runs on after unpause"
	NOW=$(is "$T/kept/auth.json" "$T/old" "$T/new")
	[ "$NOW" != other ] || bad "neither old nor new"
	case $was.$NOW in
	failed.new|written.old) bad "said $was, the file is $NOW" ;;
	esac
done
new_box

restart_engine() {
	dockerd_up main --live-restore
	daemon=$ENGINE_PID
}
for sig in KILL TERM; do
	for at in 0.15 0.25 0.35; do
		say "the engine gets SIG$sig after $at s"
		lay
		slow_push "$at" kill -$sig "$daemon"
		await 10 gone "$daemon" || bad "dockerd stays"
		NOW=$(is "$T/kept/auth.json" "$T/old" "$T/new")
		[ "$NOW" != other ] || bad "neither old nor new"
		[ "$STATE.$NOW" != written.old ] && [ "$STATE.$NOW" != failed.new ] ||
		    bad "said $STATE ($CODE), the file is $NOW"
		restart_engine
	done
done
new_box
again

say "our client is killed midway: nothing stays, the next push goes"
for at in 0.15 0.25 0.3; do
	lay
	proxy_up -d 30 "$T/px" "${SOCK[main]}"
	"$CP" push -q -H "unix://$T/px" docker://aa > /dev/null 2>&1 < /dev/null &
	pid=$!
	sleep "$at"
	kill -KILL $pid
	wait $pid 2> /dev/null
	proxy_down
	await 12 far_idle aa || bad "the far script stays"
	NOW=$(is "$T/kept/auth.json" "$T/old" "$T/new")
	[ "$NOW" != other ] || bad "neither old nor new"
	again
done

say "a half-sent archive locks nobody out"
d create --network=none --name cc -u app localhost/box sleep 1000 > /dev/null
proxy_up -x c:6000:stall "$T/px" "${SOCK[main]}"
cred "$T/big" chatgpt acct_one 2026-03-01T00:00:00Z 20000
SUITE_TIMEOUT=2 push --from "$T/big" -H "unix://$T/px" docker://cc
[ "$STATE" != written ] || bad "says written"
proxy_down
d start cc > /dev/null || bad "does not start"
timeout 5 docker -H "unix://${SOCK[main]}" exec cc true ||
    bad "the container is locked"
