#!/bin/sh
# What decides whether the Codex over there will use the auth.json that
# recipe.sh has looked at. Travels on the standard input of that script, which
# evaluates it, so it costs no second session and no command line; the same
# rules of quoting hold (scripts/embed).
#
# It changes nothing, and tells no secret: of variables only whether they are
# set, of the refresh token a digest under a key of this call. A key on the
# command line of a program could be seen by others there, so that both go
# through echo, which every shell has built in.
#
# Defines survey, which tells all of it; survey.c says when.
#
# Uses of recipe.sh: p d f b k me bs hash rt, and its folder; of running.sh:
# running.
# shellcheck shell=sh disable=SC2154,SC2086,SC2046,SC2034,SC3013,SC3067

fact() {
	p "fact $1";
};
# At most $1 seconds, where there is something to end it.
bounded() {
	x=$1;
	shift;
	if command -v timeout >/dev/null 2>&1; then
		timeout "$x" "$@";
	else
		"$@";
	fi </dev/null 2>/dev/null;
};
# Only up to the first table: further on there may be secrets, and none of
# what is looked for.
lines() {
	[ -e "$2" ] || return 0;
	[ -r "$2" ] || {
		fact "$1 unreadable";
		return 0;
	};
	head -c 32768 "$2" | while IFS= read -r x || [ "$x" ]; do
		y=${x#"${x%%[[:graph:]]*}"};
		case $y in
		"["*) break;;
		esac;
		fact "$1 =$x";
	done;
};
# The variables that beat the file, or have Codex look elsewhere for it, of
# standard input, up to our own last line: what ~/.profile left running may
# hold the pipe open.
beats() {
	while IFS= read -r x; do
		case $x in
		"end $key") break;;
		CODEX_API_KEY=?* | CODEX_ACCESS_TOKEN=?*)
			fact "env ${x%%=*}";;
		CODEX_HOME=?*)
			x=${x#*=};
			[ "$given" = - ] || continue;
			[ "${x%/}" = "$d" ] || [ "$x" -ef "$d" ] ||
			fact "home $x";;
		DBUS_SESSION_BUS_ADDRESS=?*) fact "bus 1";;
		/*/codex) [ -x "$x" ] && fact "codex $x";;
		esac;
	done;
};
# What mountinfo writes for a blank has to be in our name too.
mounts() {
	m=; t=; w=$f;
	until [ "$w" = "${w#* }" ]; do
		w=${w%% *}${bs}040${w#* };
	done;
	while read -r x x x x y z; do
		x=${y%/};
		case $w in
		"$y" | "$x"/*)
			[ ${#y} -lt ${#m} ] || {
				m=$y; t=${z#* - }; t=${t%% *};
			};;
		esac;
	done;
	[ "$m" = "$w" ] && m=$f;
	[ -z "$m" ] || fact "mount $t $m";
};
# What only a login shell knows: nvm, npm prefixes, ~/.profile.
ask_login() {
	{
		command -v codex;
		env;
		[ -z "${SHELL:-}" ] || bounded 5 "$SHELL" -lc "command -v codex; env";
		x=${HOME:-}/.local/bin/codex;
		for x in "$x" /opt/homebrew/bin/codex /usr/local/bin/codex; do
			echo "$x";
		done;
		echo "end $key";
	} | beats;
};
# Its own opinion: some 15 KB, without a secret. What it would ask the network
# fails at once at a proxy that is not there; its login does not hang on that.
# An expired login it would refresh: neither an issuer of the account's own,
# by plain HTTP, nor whoever listens at that port may get the token then.
doctor() {
	x=http://127.0.0.1:9;
	export HTTPS_PROXY=$x https_proxy=$x HTTP_PROXY=$x http_proxy=$x;
	export ALL_PROXY=$x all_proxy=$x NO_PROXY="" no_proxy="";
	export CODEX_REFRESH_TOKEN_URL_OVERRIDE=https://127.0.0.1:9;
	CODEX_HOME=$d bounded 8 "$1" doctor --json |
	head -c 65536 | while IFS= read -r x || [ "$x" ]; do
		fact "doctor =$x";
	done;
};
# What a log-in does not show: most accounts set variables where shells for
# people alone look.
asides() {
	x="CODEX_API_KEY CODEX_ACCESS_TOKEN";
	[ "$given${CODEX_HOME:-}" = - ] && x="$x CODEX_HOME";
	for x in $x; do
		for y in .bashrc .zshrc; do
			grep -Eq "^([^#]*[[:blank:];])?$x=[^[:blank:];]" "${HOME:-}/$y" &&
			fact "rc ~/$y sets $x";
		done;
	done 2>/dev/null;
};
survey() {
	fact "time $(date +%s)";
	[ -d "$d" ] && { [ -w "$d" ] && [ -w . ] || fact "closed $d"; };
	[ $k = file ] && {
		[ -O "./$b" ] || [ -w "./$b" ] || fact "foreign $f";
	};
	[ -r /proc/self/mountinfo ] && mounts </proc/self/mountinfo;
	lines system /etc/codex/config.toml;
	lines config "$d/config.toml";
	lines managed /etc/codex/managed_config.toml;
	lines required /etc/codex/requirements.toml;
	for x in "${DBUS_SESSION_BUS_ADDRESS:+/}" "/run/user/$me/bus"; do
		[ -e "$x" ] && fact "bus 1" && break;
	done;
	x=$(running);
	[ -z "$x" ] || fact "running $((x))";
	[ -z "$rt" ] || {
		x=$(echo "$key$rt" | $hash);
		x=$(echo "$key${x%% *}" | $hash);
		fact "token ${x%% *}";
	};
	asides;
	y=$(ask_login);
	echo "$y";
	c=${y#*"fact codex "};
	[ "$c" = "$y" ] || {
		c=${c%%"$nl"*};
		PATH=$PATH:${c%/*};
		fact "version $(bounded 10 "$c" --version | head -n 1)";
		doctor "$c";
	};
	p surveyed;
};
