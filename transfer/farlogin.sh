#!/bin/sh
# The far half of farscript.c: runs "codex login" in a home of its own, tells
# what that says, hands over what it wrote, and leaves nothing behind.
#
#   sh -c ': NONCE; THIS' cxp NONCE \ OP HOME LINGER LIFE
#
# OP is login, device, or join (the link was lost; its folder is still there).
# As recipe.sh it travels as one line inside single quotes, so no single quote,
# backslash or exclamation mark; and it runs alike in every sh.
#
# 1. Codex revokes and deletes what its CODEX_HOME holds before a login has
#    begun: it never gets to see the real one, only copies of its settings.
# 2. The folder is 0700, in a place where nobody else can rename it.
# 3. A keeper, not the line to us, owns Codex and the folder: when it has heard
#    nothing for LINGER seconds, 20 after an end of the line, or after LIFE,
#    it ends the one and removes the other. So they outlive a lost link for
#    that long and no longer, whatever was killed. What a killed keeper leaves,
#    the next run removes. A line that was closed by its other end, which TCP
#    tells from one that was lost, ends both at once: we were killed.
# 4. No answer but the one to "file" holds a secret.
#
# Words are split on purpose, with globbing off:
# shellcheck disable=SC2086,SC2046,SC2059,SC2317,SC2163

umask 077;
set -f;
PATH=${PATH:+$PATH:}/usr/bin:/bin:/usr/sbin:/sbin:/usr/local/bin;
export PATH;
IFS=" ";
n=$1; op=$3; linger=$5; life=$6;
bs=${2%"${2#?}"};
nl=$(printf "${bs}nx"); nl=${nl%x};
dl=$(printf "${bs}044"); ex=$(printf "${bs}041");
me=$(id -u);
t=; d=; part=;
# Codex and start-up files get a process group of their own where that can be.
g=; own=; up=;
command -v setsid >/dev/null 2>&1 && g=- && own=setsid;

p() {
	printf "%s${bs}n" "CXP1 $n $1";
};
e() {
	p "err $1 $2";
	exit 1;
};
# Sets c to the process last started.
last() {
	eval "c=$dl$ex";
};
# Some sleep knows whole seconds only. i counts tenths.
nap() {
	if sleep .1 2>/dev/null; then
		i=$((i + 1));
	else
		sleep 1;
		i=$((i + 10));
	fi;
};

# Whether nobody but the account and root can rename what is in $1.
safe() {
	[ -d "$1" ] || return 1;
	set -- $(ls -lnd "$1/." 2>/dev/null);
	case $1:$3 in
	d????[-]??[-]*:"$me") ;;
	d????????[tT]*:"$me" | d????????[tT]*:0) ;;
	*) return 1;;
	esac;
};
# What a killed keeper left in $1: one that lives touches its folder.
sweep() {
	set +f;
	for z in "$1"/.cxp-login.*; do
		[ -O "$z" ] && [ "$(find "$z" -prune -mmin +5)" ] || continue;
		read -r c <"$z/pid" && grep -q "$z/home" "/proc/$c/environ" &&
		kill -9 $g$c;
		rm -rf "$z";
	done 2>/dev/null;
	set -f;
};
# Sets t, the folder: a new one, or that of the login to join.
folder() {
	for z in "${HOME:-}" "${XDG_RUNTIME_DIR:-}" "${TMPDIR:-}" /tmp; do
		case $z in
		/*) safe "$z" || continue;;
		*) continue;;
		esac;
		t=${z%/}/.cxp-login.$n;
		if [ "$op" = join ]; then
			[ -d "$t/home" ] && [ -O "$t" ] && return;
		else
			sweep "${z%/}";
			mkdir -m 700 "$t" 2>/dev/null && return;
		fi;
	done;
	t=;
	[ "$op" = join ] && e over "the login there is over";
	e permission_denied "there is no place for a folder of its own";
};

# The start-up files of the account say where Codex is, and which proxy and
# certificates it needs. They may print, ask and hang: for ten seconds.
login_env() {
	case ${SHELL##*/} in
	*csh) x=-c;;
	*sh) x=-lic;;
	*) return 0;;
	esac;
	true >"$t/env";
	$own "$SHELL" $x "env; echo CXPEND" </dev/null >"$t/env" 2>/dev/null &
	last;
	i=0;
	until grep -q CXPEND "$t/env" || [ $i -ge 100 ]; do
		kill -0 $c 2>/dev/null || break;
		nap;
	done;
	{ kill -9 $g$c; wait $c; } 2>/dev/null;
	while IFS= read -r z; do
		case ${z%%=*} in
		PATH) PATH=${z#PATH=}:$PATH;;
		CODEX_HOME | CODEX_CA_CERTIFICATE) export "$z";;
		SSL_CERT_FILE | SSL_CERT_DIR) export "$z";;
		NODE_EXTRA_CA_CERTS) export "$z";;
		HTTPS_PROXY | HTTP_PROXY | ALL_PROXY | NO_PROXY) export "$z";;
		https_proxy | http_proxy | all_proxy | no_proxy) export "$z";;
		esac;
	done <"$t/env";
	rm -f "$t/env";
};
# Where it would be if its installer's line in a start-up file is missing.
find_codex() {
	command -v codex >/dev/null 2>&1 && return;
	set +f;
	c=;
	for z in ~/.nvm/versions/node/*/bin ~/.local/share/fnm/aliases/*/bin ~/.local/bin ~/.npm-global/bin ~/.npm/bin ~/.volta/bin ~/.bun/bin ~/.cargo/bin ~/.asdf/shims ~/.local/share/mise/shims ~/.local/share/pnpm ~/n/bin ~/bin /opt/homebrew/bin /home/linuxbrew/.linuxbrew/bin /snap/bin; do
		[ -x "$z/codex" ] && c=$z;
	done;
	set -f;
	PATH=${c:+$c:}$PATH;
	[ "$c" ];
};

# Sets d, the real home. Its settings count for the login too, and so do the
# files that people write beside them: a setting may name one (Codex reads
# model_instructions_file relative to the home, and ends without it).
home() {
	if [ "$4" = - ]; then
		d=${CODEX_HOME:-${HOME:-}/.codex};
	else
		x=$4;
		while [ "$x" ]; do
			d=$d${bs}0${x%"${x#???}"};
			x=${x#???};
		done;
		d=$(printf "%bx" "$d"); d=${d%x};
	fi;
	d=${d%/};
	case $d in
	*"$nl"*) e unsafe_target "there is a newline in the name of $d";;
	/.codex) e no_home "HOME is not set";;
	/*) ;;
	*) e no_home "$d is not an absolute path";;
	esac;
	mkdir "$t/home" || e disk_full "cannot make a folder in $t";
	for x in config.toml managed_config.toml requirements.toml .env; do
		[ -f "$d/$x" ] || continue;
		cat "$d/$x" >"$t/home/$x" ||
		e permission_denied "cannot copy $d/$x";
	done 2>/dev/null;
	set +f;
	for x in "$d"/*.md "$d"/*.txt "$d"/*.toml "$d"/agents "$d"/prompts; do
		[ -e "$x" ] && ln -s "$x" "$t/home/";
	done 2>/dev/null;
	set -f;
	x=$(grep -hs "^ *cli_auth_credentials_store *= *.[aek]" "$d/config.toml" /etc/codex/config.toml /etc/codex/managed_config.toml /etc/codex/requirements.toml);
	[ -z "$x" ] || p "store ${x%%"$nl"*}";
	p "home $d";
};

# Ends Codex and removes the folder.
finish() {
	[ "$t" ] || return 0;
	c=;
	[ -e "$t/rc" ] || read -r c <"$t/pid";
	[ -z "$c" ] || {
		kill -15 $g$c;
		i=0;
		while kill -0 $c && [ $i -lt 20 ]; do nap; done;
		kill -9 $g$c;
	};
	rm -rf "$t" || rm -rf "$t";
} 2>/dev/null;
# A browser that opened there would be of no use.
run() {
	CODEX_HOME=$t/home; BROWSER=true;
	export CODEX_HOME BROWSER;
	unset DISPLAY WAYLAND_DISPLAY;
	[ "$op" = login ] && set -- || set -- --device-auth;
	$own codex login -c cli_auth_credentials_store=file "$@" </dev/null >>"$t/out" 2>&1 &
	last;
	echo "$c" >"$t/pid";
	wait $c;
	echo $? >"$t/rc.new";
	[ -z "$g" ] || kill -9 $g$c;
	mv "$t/rc.new" "$t/rc";
};
# The keeper. A line that is left without its other end is ended too.
keep() {
	run &
	i=0; soon=$((linger - 20));
	while [ -d "$t/home" ] && [ $i -lt $linger ] && [ $life -gt 0 ]; do
		sleep 1;
		i=$((i + 1)); life=$((life - 1));
		[ $((life % 4)) = 0 ] && touch "$t";
		[ -e "$t/beat" ] && rm -f "$t/beat" && i=0;
		[ -e "$t/eof" ] && rm -f "$t/eof" && [ $i -lt $soon ] && i=$soon;
	done;
	x=;
	read -r x <"$t/line";
	finish;
	[ -z "$x" ] || kill -9 $x;
};

# Whether the TCP connection that we came by is in a state of $1: 01 alive; 04,
# 05, 06 and 0B what this end has closed first.
tcp() {
	x=$1;
	set -- ${SSH_CONNECTION:-};
	[ $# = 4 ] && grep -qs "$(printf ":%04X [0-9A-F]*:%04X $x " "$4" "$2")" /proc/net/tcp /proc/net/tcp6;
};
# Who listens at port $1 of 127.0.0.1: their uids.
owner() {
	h=$(printf %04X "$1"); o=;
	if [ -r /proc/net/tcp ]; then
		while read -r x a x s x x x u x; do
			case $s:$a in
			0A:0100007F:"$h" | 0A:7F000001:"$h") o="$o $u";;
			0A:00000000:"$h") o="$o $u";;
			esac;
		done </proc/net/tcp;
	elif command -v lsof >/dev/null 2>&1; then
		o=$(lsof -nP -iTCP:"$1" -sTCP:LISTEN -Fu 2>/dev/null | sed -n "s/^u/ /p" | tr -d "$nl");
	else
		o=" unknown";
	fi;
	p "owner $me${o:- none}";
};
# All lines since the last time; one that has not ended yet waits.
said() {
	now=runs;
	[ -e "$t/rc" ] && read -r now <"$t/rc";
	while IFS= read -r x <&7; do
		p "said $part$x";
		part=;
	done;
	part=$part$x;
	[ "$now" = runs ] || [ -z "$part" ] || p "said $part";
	p "now $now";
};
file() {
	f=$t/home/auth.json; x=0;
	[ -f "$f" ] && x=$(wc -c <"$f");
	p "file $((x))";
	[ "$x" = 0 ] || cat "$f";
};

# What start-up files printed without a newline must not touch our lines. A
# lost link must not end us before all is removed, or there is a keeper.
echo;
trap "" PIPE;
trap finish EXIT;
trap "exit 1" HUP INT TERM;
folder;
[ "$op" = join ] || {
	login_env;
	home "$@";
	find_codex || e no_codex "there is no codex for this account";
	true >"$t/out";
	p "codex $(command -v codex)";
	( trap finish EXIT; trap "exit 1" HUP INT TERM; keep ) </dev/null >/dev/null 2>&1 &
};
trap - EXIT HUP INT TERM;
# One that its lost link left without an end.
[ "$op" = join ] && {
	read -r x <"$t/line" && grep -q "$n" "/proc/$x/cmdline" && kill -9 "$x";
} 2>/dev/null;
echo $$ >"$t/line";
tcp 01 && up=1;
exec 7<"$t/out";
p ready;
while IFS= read -r x; do
	true 2>/dev/null >"$t/beat" || e over "the login there is over";
	case $x in
	said) said;;
	owner*) owner "${x#owner }";;
	file) file;;
	end)
		finish;
		p bye;
		exit 0;;
	esac;
done;
x=;
{ read -r x <"$t/line"; } 2>/dev/null;
[ "$x" = $$ ] || exit 0;
[ -z "$up" ] || tcp "0[1456B]" || {
	finish;
	exit 0;
};
true >"$t/eof";
rm -f "$t/line";
exit 0;
