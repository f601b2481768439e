#!/bin/sh
# A put that is judged afterwards: stands behind its "go NONCE" and takes the
# place of recipe.sh's commit. The survey (survey.sh, in front of this) is
# told, and until the near side has said "keep" or "back" what was there
# before is held beside the new file, under a name that clean and sweep know.
# The same rules of quoting hold.
#
# A link that is lost leaves the new file. What was changed after the put is
# the work of Codex, and stays too. The locks are not held while Codex is asked,
# or it could wait for itself; mksh keeps copies of what exec closes, so that
# they are let go by name.
#
# Uses of recipe.sh: p e fail lock again arrived put digest flush, and its
# variables; of survey.sh: survey.
# shellcheck shell=sh disable=SC2154,SC2034,SC2086,SC3045

# The same file, where the file system can give it a second name.
hold() {
	kept=./.cxp.$host.$$.$n.held;
	keptbak=;
	before=$k;
	tmp=1;
	case $k in
	file | opaque)
		ln "./$b" "$kept" 2>/dev/null || {
			x=$(cat "./$b" 2>&1 >"$kept") || fail "copy $f" "$x";
		};;
	esac;
	case $flags in
	b) [ -f auth.json.bak ] && {
		keptbak=./.cxp.$host.$$.$n.bak;
		x=$(cat auth.json.bak 2>&1 >"$keptbak") ||
		fail "copy auth.json.bak" "$x";
	};;
	esac;
};
back() {
	digest "./$b" "$size";
	[ "$s" = "$sum" ] || {
		p "kept changed";
		exit;
	};
	case $before$how in
	*inplace)
		x=$(cat "$kept" 2>&1 >"./$b") || fail "bring back $f" "$x";;
	file* | opaque*)
		x=$(mv -f "$kept" "./$b" 2>&1) || fail "bring back $f" "$x";;
	*)
		x=$(rm -f "./$b" 2>&1) || fail "remove $f" "$x";;
	esac;
	case $flags$before in
	bfile | bopaque)
		if [ "$keptbak" ]; then
			mv -f "$keptbak" auth.json.bak;
		else
			rm -f auth.json.bak;
		fi;;
	esac;
	flush .;
	[ $before = nodir ] && rmdir "$d" 2>/dev/null;
	p back;
	exit;
};
commit() {
	i=0;
	case $1 in
	codex) lock 8 "$d/auth.lock"; lock 9 "$f.lock";;
	dir) lock 8 "$d";;
	esac;
	[ $op = put ] || back;
	arrived || again;
	hold;
	put;
	tmp=1;
	trap "exit 1" HUP INT PIPE TERM;
	for x in 8 9; do
		flock -u $x;
	done 2>/dev/null;
	exec 8>&- 9>&-;
	rt=;
	survey;
	read -r -t $secs x 2>/dev/null;
	[ $? = 2 ] && read -r x;
	[ "$x" = "back $n" ] || {
		p kept;
		exit;
	};
	op=back;
	command -v flock >/dev/null 2>&1 || commit;
	[ -e "$d/auth.lock" ] || [ -e "./$b.lock" ] || { commit dir; } 8<.;
	{ commit codex; } 8>>"$d/auth.lock" 9>>"./$b.lock";
};
