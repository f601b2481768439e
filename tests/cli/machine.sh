# shellcheck shell=bash
# machine.sh - puts a test on a machine of its own (see lib.sh): read by
# lib.sh at the test's first start, it starts the test again inside.

B=${B:-$ROOT/build}
case $B in
/*) ;;
*) B=$ROOT/$B ;;
esac

inside() {
	mount -t tmpfs -o mode=755,size=1g none "$CXP_T" &&
	mkdir -p "$CXP_T"/{etc,home,keys,hostkeys,client,tmp} /run/sshd &&
	cp -a /etc/. "$CXP_T/etc" &&
	mount --bind "$CXP_T/etc" /etc &&
	ip link set lo up || return 1
	sed -i "s|^\(root:[^:]*:0:0:[^:]*\):.*|\1:$CXP_T/client:/bin/bash|" \
	    /etc/passwd
	chmod 1777 "$CXP_T/tmp"
	for i in 1 2 3 4 5 6 7 8 9; do
		echo "127.0.1.$i web$i web$i.example.com"
	done > /etc/hosts
	rm -rf /etc/ssh/ssh_config.d
	: > /etc/ssh/ssh_config
	: > /etc/ssh/ssh_known_hosts
	export HOME=$CXP_T/client
	mkdir -m 700 "$HOME/.ssh" "$HOME/.codex"
	ssh-keygen -qt ed25519 -N '' -C host -f "$CXP_T/hostkeys/ed25519" &&
	ssh-keygen -qt ed25519 -N '' -C client -f "$HOME/.ssh/id_ed25519" &&
	sed 's/^/* /' "$CXP_T/hostkeys/ed25519.pub" > "$HOME/.ssh/known_hosts"
}

# The second start: process 1 of the new machine.
if [ "${1:-}" = --inside ]; then
	CXP_T=$2 test=$3
	inside || exit 99
	export CXP_T TMPDIR=$CXP_T/tmp
	# Not exec: process 1 must not be the test, or signals miss it.
	bash "$test"
	exit
fi

[ "$(id -u)" = 0 ] || { echo "needs root" >&2; exit 77; }
[ -x "$B/codex-provision" ] || { echo "not built: make tests-build" >&2; exit 1; }
CXP_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/codex-provision-tests
t=$(mktemp -d "${TMPDIR:-/tmp}/cxp.XXXXXX")
# Control groups are the one thing that namespaces don't take with them; and
# what is frozen in one (a paused container) can't even be killed.
# shellcheck disable=SC2317
leave() {
	local g
	for g in /sys/fs/cgroup/*/"${t##*/}"; do
		[ -d "$g" ] || continue
		find "$g" -name freezer.state -exec \
		    sh -c 'echo THAWED > "$1"' - {} \; 2> /dev/null
		for _ in 1 2 3 4 5 6 7 8 9; do
			find "$g" -depth -type d -exec rmdir {} + 2> /dev/null
			[ -d "$g" ] || break
			sleep 0.1
		done
	done
	rmdir "$t"
}
trap leave EXIT
# A clean environment, but for what steers the test itself.
env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    LC_ALL=C TERM=dumb HOME=/ B="$B" CXP_CACHE="$CXP_CACHE" ROOT="$ROOT" \
    CI="${CI:-}" VERBOSE="${VERBOSE:-}" STEP="${STEP:-}" MAX="${MAX:-}" \
    CXP_ARGS="${CXP_ARGS:-}" PICTURES="${PICTURES:-}" ${ASAN_OPTIONS:+ASAN_OPTIONS="$ASAN_OPTIONS"} \
    ${LSAN_OPTIONS:+LSAN_OPTIONS="$LSAN_OPTIONS"} \
    unshare --mount --pid --net --fork --kill-child --mount-proc \
    bash "$ROOT/tests/cli/machine.sh" --inside "$t" "$0"
exit
