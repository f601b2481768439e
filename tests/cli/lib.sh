# shellcheck shell=bash
# lib.sh - what the tests of the command line stand on.
#
# A test that reads this file runs on a machine of its own: namespaces give
# it a private network (loopback alone), a private /etc with accounts that
# are gone when it ends, and private processes that die with it. So every
# test may call its far hosts web1 on port 22, make accounts, fill disks,
# and be killed at any moment without leaving anything behind. That needs
# root; without it the test is skipped (77).
#
# Everything lives below $T, a tmpfs. HOME (root's, in the private passwd
# too) is the client's. Checks go on after a failure; the test fails at its
# end. Waiting is for conditions (await), never for time.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$ROOT" || exit 1

if [ -z "${CXP_T:-}" ]; then
	. tests/cli/machine.sh
fi

T=$CXP_T
CP=$B/codex-provision
PROXY=$B/tests/fake/proxy
FAILS=0
CASE=
# shellcheck disable=SC2034	# the last two are of engines.sh
declare -A HOME_OF UID_OF UID_IN IN_OF
SUITE_TIMEOUT=${SUITE_TIMEOUT:-10}

# ---- verdicts -----------------------------------------------------------

say() {
	CASE=$*
	[ -z "${VERBOSE:-}" ] || echo "-- $CASE"
}

# A failed check: what, and what the program last said.
bad() {
	FAILS=$((FAILS + 1))
	echo "FAILED: $CASE: $*"
	[ ! -s "$T/out" ] || sed 's/^/    out: /' "$T/out" | cut -c1-330 | head -6
	[ ! -s "$T/err" ] || sed 's/^/    err: /' "$T/err" | cut -c1-330 | head -6
}

skip() {
	echo "$*" >&2
	exit 77
}

finish() {
	local rc=$?
	[ "$rc" -ne 0 ] || [ "$FAILS" -eq 0 ] || rc=1
	if [ "$rc" -ne 0 ] && [ "$rc" -ne 77 ]; then
		echo "$FAILS checks failed"
		[ -z "${VERBOSE:-}" ] || tail -n 30 "$T"/sshd.*.log
	fi
	exit "$rc"
}
trap finish EXIT

need() {
	local c
	for c; do
		command -v "$c" >/dev/null || skip "no $c (scripts/deps)"
	done
}

# Milliseconds of a clock that nobody sets.
ms() {
	local up
	read -r up _ < /proc/uptime
	echo $((10#${up/./} * 10))
}

# await SECONDS COMMAND...: until the command succeeds. A busy machine gets 10 s
# more.
await() {
	local end=$(($(ms) + ($1 + 10) * 1000))
	shift
	until "$@"; do
		[ "$(ms)" -lt "$end" ] || return 1
		sleep 0.02
	done
	return 0
}

gone() { ! kill -0 "$1" 2>/dev/null; }

gone_all() { ! pgrep -x codex-provision > /dev/null; }

# in_time TOOK LIMIT (ms): it did not hang. A busy machine gets 5 s more.
in_time() { [ "$1" -lt $(($2 + 5000)) ] || bad "took $1 ms"; }

# ---- far hosts ----------------------------------------------------------

# account NAME [SHELL] [HOME]: one that our key may log in to.
account() {
	local home=${3:-$T/home/$1}
	UID_OF[$1]=$((40000 + ${#UID_OF[@]}))
	HOME_OF[$1]=$home
	mkdir -p "$home"
	chmod 700 "$home"
	printf '%s:x:%d:%d::%s:%s\n' "$1" "${UID_OF[$1]}" "${UID_OF[$1]}" \
	    "$home" "${2:-/bin/sh}" >> /etc/passwd
	printf '%s:x:%d:\n' "$1" "${UID_OF[$1]}" >> /etc/group
	printf '%s:%s:19000:0:99999:7:::\n' "$1" "${PASSWORD:-*}" >> /etc/shadow
	cp "$HOME/.ssh/id_ed25519.pub" "$T/keys/$1"
	grep -qx "${2:-/bin/sh}" /etc/shells || echo "$2" >> /etc/shells
	chown "$1:" "$home"
}

# sshd_up [NAME] [LINE...]: an OpenSSH server; lines stand before ours.
# SFTP="none /bin/false" leaves it without SFTP; SSHD_NET is for farhost.sh.
sshd_up() {
	local name=${1:-default} f
	f=$T/sshd.$name
	shift
	{
		[ $# -eq 0 ] || printf '%s\n' "$@"
		cat <<-END
		Port 22
		HostKey $T/hostkeys/ed25519
		PidFile $f.pid
		UsePAM no
		StrictModes no
		AuthorizedKeysFile $T/keys/%u
		PasswordAuthentication no
		KbdInteractiveAuthentication no
		Subsystem ${SFTP:-sftp internal-sftp}
		LogLevel VERBOSE
		MaxStartups 100
		END
	} > "$f.conf"
	: > "$f.log"
	rm -f "$f.pid"	# it goes to the background, then listens, then writes it
	nsenter --net="${SSHD_NET:-/proc/self/ns/net}" /usr/sbin/sshd -f "$f.conf" -E "$f.log" || bad "sshd $name"
	await 10 test -s "$f.pid" || bad "sshd $name does not listen"
}

sshd_down() {
	local f=$T/sshd.${1:-default}.pid
	kill "$(cat "$f")"
	await 5 test ! -e "$f"
}

# dropbear_up PORT [OPTION...]; DROPBEAR_NET is for farhost.sh's hosts.
dropbear_up() {
	local a port=$1
	shift
	[ -e "$T/hostkeys/dropbear" ] || dropbearkey -t ed25519 \
	    -f "$T/hostkeys/dropbear" > "$T/hostkeys/dropbear.txt"
	for a in "${!HOME_OF[@]}"; do
		mkdir -p "${HOME_OF[$a]}/.ssh"
		chmod 700 "${HOME_OF[$a]}/.ssh"
		cp "$T/keys/$a" "${HOME_OF[$a]}/.ssh/authorized_keys"
		chown -R "$a:" "${HOME_OF[$a]}/.ssh"
	done
	grep ^ssh- "$T/hostkeys/dropbear.txt" |
	    sed "s/^/[*]:$port /" >> "$HOME/.ssh/known_hosts"
	nsenter --net="${DROPBEAR_NET:-/proc/self/ns/net}" dropbear \
	    -r "$T/hostkeys/dropbear" -p "$port" -P "$T/dropbear.pid" -s \
	    "$@" 2> "$T/dropbear.log"
	await 5 test -s "$T/dropbear.pid"
}

# proxy_up OPTION... PORT PORT: sets PROXY_PID. See tests/fake/proxy.c.
proxy_up() {
	read -r _ PROXY_PID < <("$PROXY" "$@") || bad "proxy $*"
}

proxy_down() {
	kill "$PROXY_PID" 2>/dev/null
	await 5 gone "$PROXY_PID" || bad "proxy stays"
}

# ---- credentials, every secret in them marked with this run's CANARY ----

CANARY=CANARY$RANDOM$RANDOM

b64() { base64 -w0 | tr '+/' '-_' | tr -d =; }

# cred FILE [KIND] [ACCOUNT] [LAST_REFRESH] [PADDING BYTES]
cred() {
	local f=$1 kind=${2:-chatgpt} acct=${3:-acct_one}
	local at=${4:-2026-01-02T03:04:05.678901234Z} pad=${5:-0} head claims id
	local mode=chatgpt rt access
	if [ "$kind" = apikey ]; then
		printf '{"auth_mode":"apikey","OPENAI_API_KEY":"%s"}' \
		    "sk-proj-${CANARY}key$acct" > "$f"
		return
	elif [ "$kind" = pat ]; then
		printf '{"OPENAI_API_KEY":null,"personal_access_token":"%s"}' \
		    "at-${CANARY}pat$acct" > "$f"
		return
	fi
	head=$(printf '{"alg":"RS256","typ":"JWT"}' | b64)
	claims=$(printf '{"email":"%s@example.com","exp":4102444800,%s{%s,%s,%s}}' \
	    "$acct" '"https://api.openai.com/auth":' \
	    "\"chatgpt_account_id\":\"$acct\"" '"chatgpt_plan_type":"pro"' \
	    "\"chatgpt_user_id\":\"user-$acct\"" | b64)
	id=$head.$claims.${CANARY}idsignature
	rt=rt_${CANARY}refresh$acct
	if [ "$kind" = lease ]; then
		mode=chatgptAuthTokens
		rt=
	fi
	access=$head.$claims.${CANARY}access$(head -c "$pad" /dev/zero | tr '\0' x)
	cat > "$f" <<-END
	{
	  "auth_mode": "$mode",
	  "OPENAI_API_KEY": null,
	  "tokens": {
	    "id_token": "$id",
	    "access_token": "$access",
	    "refresh_token": "$rt",
	    "account_id": "$acct"
	  },
	  "last_refresh": "$at"
	}
	END
}

# ---- the program --------------------------------------------------------

# run ARG...: the program, without a terminal. Sets RC; output in $T/out,
# $T/err. Whatever it says, it says no secret.
run() {
	RC=0
	timeout -k 5 120 "$CP" "$@" > "$T/out" 2> "$T/err" < /dev/null || RC=$?
	no_canary "$T/out" "$T/err"
}

no_canary() {
	# Not as an argument: a sampler would see it. Nor by <(): that sets $!.
	if grep -lF -f - "$@" 2>/dev/null <<< "$CANARY"; then
		bad "a secret was shown"
	fi
}

# sample: all arguments and environments of both sides into $T/proc, as fast as
# it goes, while $T/sampling is there.
sample() {
	while [ -e "$T/sampling" ]; do
		cat /proc/[0-9]*/cmdline | tr '\0' '\n' >> "$T/proc/cmdline"
		cat /proc/[0-9]*/environ | tr '\0' '\n' >> "$T/proc/environ"
	done
} 2> /dev/null

# member NAME: of the last --json run's first target line.
member() {
	sed -n "1s/.*\"$1\":\"\\{0,1\\}\\([^\",}]*\\).*/\\1/p" "$T/out"
}

# push ARG...: sets RC, STATE and CODE ("-": no error).
push() {
	run push --json --timeout "$SUITE_TIMEOUT" "$@"
	STATE=$(member state)
	CODE=$(member code)
	CODE=${CODE:--}
}

# want STATE [CODE] [RC]: of the last push.
want() {
	local rc=${3:-0}
	[ "$1 ${2:--} $rc" = "$STATE $CODE $RC" ] ||
	    bad "want $1 ${2:--} exit $rc, is $STATE $CODE exit $RC"
}

said() { grep -q -- "$1" "$T/out" "$T/err" || bad "does not say: $1"; }

# points TRACE MAX: "CALL K" for each call of the trace, at most MAX evenly
# spread of one kind.
points() {
	awk -v max="$2" '
	    { sub(/\(.*/, "", $2) }
	    $2 ~ /^[a-z]/ { k = $1 SUBSEP $2; if (++n[k] > most[$2]) most[$2] = n[k] }
	    END { for (c in most) {
		step = most[c] > max ? most[c] / max : 1
		for (k = 1; k <= most[c]; k += step) print c, int(k)
	    } }' "$1" | grep -vE '^(exit|exit_group|restart_syscall|rt_sigreturn) ' |
	    sort
}

# ---- what must hold after every case ---------------------

# is FILE OLD NEW ("-": absent): prints old, new or other.
is() {
	if [ ! -e "$1" ]; then
		[ "$2" = - ] && echo old || echo other
	elif [ "$2" != - ] && cmp -s "$1" "$2"; then
		echo old
	elif cmp -s "$1" "$3"; then
		echo new
	else
		echo other
	fi
}

far_idle() { ! pgrep -u "${UID_OF[$1]}" > /dev/null; }
far_left() { pgrep -u "${UID_OF[$1]}" -a | head -5; }

# invariant ACCOUNT OLD NEW [FOLDER [EXTRA NAME]]: the file is whole, private
# and owned, nothing else is there, nothing runs there (BUSY=1: not asked).
# Sets NOW to old or new.
invariant() {
	local d=${4:-${HOME_OF[$1]}/.codex} f other
	f=$d/auth.json
	[ -n "${BUSY:-}" ] || await 5 far_idle "$1" ||
	    bad "left running: $(far_left "$1")"
	NOW=$(is "$f" "$2" "$3")
	[ "$NOW" != other ] || bad "$f is neither old nor new"
	[ ! -e "$f" ] || [ "$(stat -Lc '%a %u' "$f")" = "600 ${UID_OF[$1]}" ] ||
	    bad "$f is $(stat -Lc 'mode %a owner %u' "$f")"
	other=$(find "$d" -mindepth 1 -printf '%f\n' 2>/dev/null |
	    grep -vxE "auth.json|auth.lock|auth.json.lock${5:+|$5}")
	[ -z "$other" ] || bad "left in $d: $other"
}

# After a push that was told a verdict: it must be the truth.
truthful() {
	case $STATE.$NOW in
	written.new|unchanged.new|failed.old|refused.old|unknown.*) ;;
	*) bad "says $STATE ($CODE), the file is $NOW" ;;
	esac
}

# far ACCOUNT FILE [MODE]: puts FILE there as its auth.json ("-": none).
far() {
	local d=${HOME_OF[$1]}/.codex
	rm -rf "$d"
	[ "$2" = - ] && return
	mkdir -p "$d"
	chmod 700 "$d"
	cp "$2" "$d/auth.json"
	chmod "${3:-600}" "$d/auth.json"
	chown -R "$1:" "$d"
}

# on_tty "PATTERN=ANSWER"... -- ARG...: the program on a terminal; its
# standard output in $T/out, what the terminal showed in $T/tty. Sets RC.
on_tty() {
	local steps=()
	while [ "$1" != -- ]; do
		steps+=("$1")
		shift
	done
	shift
	RC=0
	: > "$T/err"
	python3 tests/cli/terminal.py "${steps[@]}" -- sh -c \
	    'out=$1; shift; exec "$@" > "$out"' - "$T/out" "$CP" "$@" \
	    > "$T/tty" || RC=$?
	STATE=$(member state)
	CODE=$(member code)
	CODE=${CODE:--}
	no_canary "$T/out" "$T/tty"
}
