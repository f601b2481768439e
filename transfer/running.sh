#!/bin/sh
# How many processes of Codex the account has, in front of survey.sh and
# stays.sh, by the same rules of quoting; nothing where that can't be told.
#
# By /proc where it is: a container has no pgrep, or busybox's, without a -u.
# Whose a process is stands in its status: that file may be root's. One that
# has ended and is not waited for (a container's first process may not) is none.
#
# Uses of recipe.sh: me.
# shellcheck shell=sh disable=SC2154

running() {
	if [ -r /proc/self/comm ]; then
		set +f;
		grep -lxE "codex|codex-(x86|aar).*" /proc/[0-9]*/comm |
		while read -r x; do
			x=${x%comm}status;
			grep -q "^State:[[:blank:]]*Z" "$x" || grep -l "^Uid:[[:blank:]]*${me}[[:blank:]]" "$x";
		done | wc -l;
	elif command -v pgrep >/dev/null; then
		pgrep -u "$me" -x codex | wc -l;
	fi 2>/dev/null;
};
