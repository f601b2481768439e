#!/bin/bash
# timeout: 500
# The container is killed, restarted, removed or paused, the engine killed or
# restarted, at any moment of a push: old or new, a true verdict, in time,
# nothing left; and the next push is as ever.
. "$(dirname "$0")/lib.sh"
. tests/cli/engines.sh
cred "$T/old" chatgpt acct_one 2026-01-01T00:00:00Z
cred "$T/new" chatgpt acct_one 2026-02-01T00:00:00Z 2000
cp "$T/new" "$HOME/.codex/auth.json"
SUITE_TIMEOUT=8

ENGINE_TIMEOUT=20
docker_() { d "$@" > "$T/d.out" 2>&1; }

# held MOMENT COMMAND...: a push that stands still there (SKIP:c|s:N, a
# connection and a byte of it) while the command runs. False: it was over
# before that.
held() {
	local at=$1 pid
	shift
	rm -f "$T/held" "$T/verdict"
	proxy_up -x "${at#*:}:hold" -s "${at%%:*}" -n 1 -w "$T/held" "$T/px" \
	    "${SOCK[main]}"
	{
		local start
		start=$(ms)
		push -H "unix://$T/px" "docker://${AT:-aa}"
		echo "$(($(ms) - start)) $RC $STATE $CODE" > "$T/verdict"
	} > "$T/said" 2>&1 &
	pid=$!
	await 20 held_or_over
	if [ ! -e "$T/held" ]; then
		proxy_down
		wait $pid
		return 1
	fi
	"$@" || bad "$*: $(cat "$T/d.out")"
	rm -f "$T/held"
	wait $pid
	proxy_down
	read -r TOOK RC STATE CODE < "$T/verdict" || bad "no verdict"
	! grep -v Killed "$T/said" || bad "that"
	# Its deadline and two seconds; the third is this machine's.
	in_time "$TOOK" 11000
}
held_or_over() { [ -e "$T/held" ] || [ -e "$T/verdict" ]; }

# race COMMAND...: the push goes on meanwhile.
race() {
	rm -f "$T/held"
	"$@"
}

# What was killed may leave its temp file to the next run.
look() {
	invariant aa "$T/old" "$T/new" "$T/kept" '\.cxp\..*'
	truthful
	COUNT[$STATE.$CODE.$NOW]=$((${COUNT[$STATE.$CODE.$NOW]:-0} + 1))
	[ "$CODE" != no_home ] || bad "the home was there, the container is not"
}
declare -A COUNT

again() {	# the next push repairs what is left
	push --timeout 20 -H "unix://${SOCK[main]}" docker://aa
	[ "$STATE" = written ] || [ "$STATE" = unchanged ] ||
	    bad "afterwards: $STATE $CODE"
	invariant aa - "$T/new" "$T/kept"
}

# The file is on a bind mount, so that it outlives the container.
lay() {
	rm -f "$T/kept"/.cxp*
	cp "$T/old" "$T/kept/auth.json.new"
	chown 1000:1000 "$T/kept/auth.json.new"
	chmod 600 "$T/kept/auth.json.new"
	mv "$T/kept/auth.json.new" "$T/kept/auth.json"
}
new_box() {
	docker_ rm -f aa
	rm -f "$T/kept"/.cxp*	# of a host that is no more
	box aa 1000 /home/app -u app -v "$T/kept:/home/app/.codex"
}

engine_up() {
	dockerd_up main --live-restore
	daemon=$ENGINE_PID
}
engine_gets() {
	kill "-$1" "$daemon"
	await 15 gone "$daemon" || bad "dockerd stays"
}
engine_again() {
	engine_gets "$1" && engine_up
}

mkdir -m 700 "$T/kept"
chown 1000:1000 "$T/kept"
engine_up
images
new_box

# A little less than that: it comes in more or fewer frames.
say "how much the far side says"
last=1
while lay; held 1:s:$((last + 60)) true; do last=$((last + 60)); done
[ "$last" -gt 600 ] || bad "only $last bytes"
last=$((last - 120))

# Asked; making the exec; starting it; it stands; it is ready; half the file
# is sent; all but the last words are said.
moments="0:c:1 0:c:1000 1:c:1 1:s:200 1:s:$((last * 2 / 3)) 1:c:1500 1:s:$last"
for act in kill "restart -t 0" "rm -f"; do
	for at in $moments; do
		say "docker $act at $at"
		lay
		# shellcheck disable=SC2086
		held "$at" docker_ $act aa || bad "not reached"
		look
		case $act in
		rm*) new_box ;;
		*) docker_ start aa || bad "start: $(cat "$T/d.out")" ;;
		esac
		again
	done
done

say "while it goes on: killed, removed"
for act in kill "rm -f"; do
	for at in 1:c:1 1:s:200 1:c:3000; do
		lay
		# shellcheck disable=SC2086
		held "$at" race docker_ $act aa || bad "not reached"
		look
		new_box
	done
done

# A process that is frozen can't be killed, and dockerd may wait for ever for
# one that froze while it was being started.
thaw() {
	docker_ unpause aa ||
	find /sys/fs/cgroup/freezer -name freezer.state -exec \
	    sh -c 'echo THAWED > "$1"' - {} \; 2> /dev/null
}
for at in $moments; do
	say "paused at $at: the write may come later, so never failed and new"
	lay
	held "$at" docker_ pause aa || bad "not reached"
	thaw
	await 12 far_idle || bad "runs on after unpause"
	look
	new_box
done

for at in $moments; do
	say "the engine is killed and is back at $at"
	lay
	held "$at" engine_again KILL || bad "not reached"
	look
	say "the engine ends at $at and is gone"
	lay
	held "$at" engine_gets TERM || bad "not reached"
	engine_up
	look
done
new_box
again

say "our client is killed midway: nothing stays, the next push goes"
killed() { pkill -KILL -x codex-provision; }
for at in 1:c:1 1:s:200 1:c:1500 1:s:"$last"; do
	lay
	held "$at" killed || bad "not reached"
	STATE=unknown CODE=
	await 12 far_idle || bad "the far script stays"
	look
	again
done

say "a half-sent archive locks nobody out"
docker_ create --network=none --name cc -u app localhost/box sleep 1000
proxy_up -x c:6000:stall "$T/px" "${SOCK[main]}"
cred "$T/big" chatgpt acct_one 2026-03-01T00:00:00Z 20000
SUITE_TIMEOUT=2 push --from "$T/big" -H "unix://$T/px" docker://cc
[ "$STATE" != written ] || bad "says written"
proxy_down
docker_ start cc || bad "does not start"
docker_ exec cc true || bad "the container is locked"

say "a folder that becomes a link while the engine puts"
d run -d --network=none --name bb -u app localhost/bare /sleep 100000 \
    > "$T/eng/run" 2>&1 || bad "bb: $(cat "$T/eng/run")"
home=/proc/$(d inspect -f '{{.State.Pid}}' bb)/root/home/app
mkdir -m 700 "$home/../../rootonly"
swapped() {
	mv "$home/.codex" "$home/real"
	ln -s /rootonly "$home/.codex"
}
laid() {
	rm -rf "$home/.codex" "$home/real" "$home"/../../rootonly/*
	install -d -m 700 -o 1000 -g 1000 "$home/.codex"
	install -m 600 -o 1000 -g 1000 "$T/old" "$home/.codex/auth.json"
}
# The put goes over a connection of its own, after the script's.
for at in 0:c:1 2:c:1 2:c:3000; do
	say "swapped at $at"
	laid
	AT=bb held $at swapped || bad "not reached"
	NOW=$(is "$home/real/auth.json" "$T/old" "$T/new")
	truthful
	[ "$STATE.$CODE" = "$([ $at = 0:c:1 ] && echo failed ||
	    echo unknown).unsafe_target" ] || bad "$STATE $CODE"
	[ $at != 0:c:1 ] || [ -z "$(ls "$home/../../rootonly")" ] ||
	    bad "it was written to"
done

for k in "${!COUNT[@]}"; do echo "$k ${COUNT[$k]}"; done | sort
[ "${COUNT[written.-.new]:-0}" -gt 0 ] || bad "nothing was survived"
