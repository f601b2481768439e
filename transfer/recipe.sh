#!/bin/sh
# The far half of install.c: looks at, installs, fetches or removes one
# auth.json.
#
#   sh -c ': NONCE; THIS' cxp OP NONCE \ " HOME LEN DIGEST SECONDS FLAGS AFTER
#
# It travels as one line inside single quotes through the login shell of an
# unknown account (scripts/embed), so it holds no single quote, backslash or
# exclamation mark: those it needs come as arguments. dash, bash, busybox,
# mksh, ksh93 and zsh run it alike. Keep it below 8 KB: dropbear takes
# commands of 9,000 bytes.
#
# 1. Up to "ready" nothing is changed; without "go NONCE" nothing ever is.
#    What stands behind it is run: by a look survey.sh, by a put probe.sh, by
#    a remove stays.sh, which defines stays.
# 2. No secret is printed, and none is handed to a program as an argument.
# 3. The new bytes are in a 0600 file beside the old one until their digest
#    was checked and they are on the disk; then comes one rename.
# 4. Every end but kill -9 removes that file; the next run removes it then.
#
# Words are split on purpose, with globbing off and IFS chosen; the
# formats made of variables are so for want of a backslash; read -t is tried:
# shellcheck disable=SC2086,SC2046,SC2059,SC2317,SC3045,SC2034

umask 077;
set -f;
LC_ALL=C;
PATH=${PATH:+$PATH:}/usr/bin:/bin:/usr/sbin:/sbin;
export LC_ALL PATH;
unset BLOCK_SIZE LS_BLOCK_SIZE TIME_STYLE;
IFS=" ";

op=$1; n=$2; q=$4; len=$6; sum=$7; secs=$8; flags=$9; after=${10};
# fish makes one backslash of two, the others keep both.
bs=${3%"${3#?}"};
nl=$(printf "${bs}nx"); nl=${nl%x};
tmp=; made=; rt=;

p() {
	printf "%s${bs}n" "CXP1 $n $1";
};
e() {
	p "err $1 $2";
	exit 1;
};
unsafe() {
	e unsafe_target "$1";
};
# what could not be done, what the tool said
fail() {
	x=${2%%"$nl"*};
	case $x in
	*ermission* | *"not permitted"*) c=permission_denied;;
	*"o space"* | *uota*) c=disk_full;;
	*ead-only*) c=read_only;;
	*) c=protocol;;
	esac;
	e $c "cannot $1: ${x##*: }";
};

# Somebody with more rights may make it.
lacks() {
	p "lacks $(id -u) $(id -g) $d";
};

# A directory is safe if only the account can put names into it. $1 is its
# name, the words of ls -lnd follow.
safe_dir() {
	case $2:$4 in
	d???????w*) unsafe "others can write to $1";;
	d????w*:"$me")
		[ "$5 $(id -un)" = "$(id -g) $(id -gn)" ] ||
		unsafe "a group can write to $1";;
	d*:"$me") ;;
	d*) unsafe "$1 belongs to uid $4, not to uid $me";;
	*) e protocol "ls does not work on $1";;
	esac;
};
# Enters the directory $1 and judges it; l is what ls says about $2 in it. The
# first time its own process tells ls who we are, which saves a program.
enter() {
	cd -P "$1" 2>/dev/null ||
	unsafe "$1 is no directory that the account can enter";
	IFS=$nl;
	set -- "$1" $(ls -lnd . "./$2" $who 2>/dev/null);
	IFS=" ";
	who=;
	case $3 in
	*" /proc/self/.") set -- "$1" "$2" "" "$3";;
	esac;
	[ "$me" ] || whoami $4;
	safe_dir "$1" $2;
	l=$3;
};
whoami() {
	me=${3:-$(id -u)};
};
# Sets s. What is larger than a credential is never equal to one.
digest() {
	if [ "$2" -gt 65536 ]; then
		s=$(head -c 65537 "$1" | $hash);
	else
		s=$($hash <"$1");
	fi 2>/dev/null;
	s=${s%% *};
};
# What a put refuses, a look reports, and a remove does not mind.
odd() {
	case $op in
	put) e $2 "$f $3";;
	look | get) p "warn $1 $f $3";;
	esac;
};

# Fills f (the file, links resolved), b (its name; we are in its directory),
# k (what is there) and v (the lines that say so).
see() {
	f=$d/auth.json; b=auth.json; k=none; l=;
	if [ -e "$d" ] || [ -L "$d" ]; then
		enter "$d" $b;
	elif [ -d "${d%/*}/" ]; then
		k=nodir;
	else
		lacks;
		e no_home "${d%/*} does not exist or is closed to the account";
	fi;
	[ "$me" ] || whoami;
	case $l in
	l*) see_link $l;;
	esac;
	case $l in
	"") s="none - - - $me - -";;
	-*) see_file $l;;
	*) unsafe "$f is not a regular file";;
	esac;
	v="CXP1 $n at $f${nl}CXP1 $n look $s";
};
see_link() {
	f=$(readlink -f "$d/$b" 2>/dev/null; echo x);
	f=${f%"${nl}x"};
	# busybox makes a name of a link into /proc that means none.
	[ -e "$d/$b" ] && { [ -e "$f" ] || f=; };
	case $3:$f in
	*"$nl"*) c="cannot be followed";;
	"$me":/*) c=;;
	"$me":*) c="cannot be followed";;
	*) c="belongs to uid $3";;
	esac;
	[ -z "$c" ] || unsafe "$d/$b is a link that $c";
	b=${f##*/};
	enter "${f%/*}/" "$b";
	set -- $l;
	case $1:$3 in
	-????w* | -???????w*) unsafe "others can write to $f";;
	-*:"$me") ;;
	-*) unsafe "$f belongs to uid $3, not to uid $me";;
	esac;
};
see_file() {
	[ "$2" = 1 ] || odd hardlink unsafe_target "has hard links";
	case $1:$3 in
	-?-*:"$me") odd readonly permission_denied "is read-only";;
	esac;
	s=; k="file"; size=$5;
	[ -r "./$b" ] && digest "./$b" "$size";
	[ "$s" ] || k=opaque;
	was=$s;
	s="$k $1 $2 $3 $me $5 ${s:--}";
};

# Splits the file at its double quotes: behind a lone colon comes the value
# of the name before it. Tokens go without signature, other secrets not at
# all. A file that isn't a login may make this say anything, but not much.
claims() {
	[ "$size" -le 65536 ] || return 0;
	j=$(tr -d "[:space:]${bs}000" <"./$b");
	x=; y=; i=0;
	IFS=$q;
	for z in $j; do
		c=;
		case $x,$y,$z in
		:,*,) ;;
		tokens,*,":{") c="has_tokens 1";;
		:,auth_mode,* | :,account_id,* | :,last_refresh,*) c="$y $z";;
		:,id_token,*.*.*.* | :,access_token,*.*.*.*) ;;
		:,id_token,*.*.* | :,access_token,*.*.*) c="$y ${z%.*}";;
		:,OPENAI_API_KEY,*) c="has_api_key 1";;
		:,personal_access_token,*) c="has_pat 1";;
		:,refresh_token,*) c="has_refresh_token 1"; rt=$z;;
		esac;
		y=$x; x=$z;
		[ "$c" ] || continue;
		p "claim $c";
		i=$((i + 1));
		[ $i -lt 32 ] || break;
	done;
	IFS=" ";
	j=; x=; y=; z=;
};

# Whether the temp file $1 (.cxp.HOST.PID.NONCE.RANDOM) is of a process that
# is gone. The home may be shared by hosts that are pushed to at once.
dead() {
	case $1 in
	".cxp.$host."*) x=${1#".cxp.$host."}; x=${x%%.*};;
	*) [ "$(find "./$1" -mmin +10 2>/dev/null)" ]; return;;
	esac;
	[ "$x" -gt 1 ] 2>/dev/null || return 0;
	if kill -0 "$x" 2>/dev/null; then
		[ "$(find "./$1" -mmin +10 2>/dev/null)" ];
	fi;
};
# Removes what killed runs left; live tells whether one matching $1 goes on.
sweep() {
	live=;
	set +f;
	# shellcheck disable=SC2231
	for z in .cxp.$1.*; do
		[ -f "$z" ] || continue;
		if dead "$z"; then
			rm -f "./$z";
		else
			live=1;
		fi;
	done;
	set -f;
};
# Waits for the run whose link was lost, then ends it, so that what is seen
# after that stays: a rename that is still on its way fails once the sweep has
# taken its file. The pattern is the tag its own command line begins with.
settle() {
	i=0;
	while :; do
		live=;
		[ $k = nodir ] || sweep "*.$after";
		pgrep -f ": $after;" >/dev/null 2>&1 && live=1;
		[ "$live" ] || return 0;
		[ $i -lt 110 ] || e protocol "the earlier run does not end";
		[ $i -lt 100 ] || pkill -9 -f ": $after;" 2>/dev/null;
		nap;
	done;
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

# Removes what isn't finished.
clean() {
	[ -z "$tmp" ] || {
		set +f;
		rm -f ./.cxp."$host.$$.$n".*;
	};
	[ -z "$made" ] || rmdir "$made" 2>/dev/null;
};

# A new 0600 file beside the one to replace; t is its name.
temp() {
	tmp=1;
	t=./.cxp.$host.$$.$n;
	if command -v mktemp >/dev/null 2>&1; then
		t=$(mktemp "$t.XXXXXX" 2>&1) || fail "write in ${f%/*}" "$t";
	else
		t=$t.$1;
		x=$( (set -C; : >"$t" && chmod 600 "$t") 2>&1 ) ||
		fail "write in ${f%/*}" "$x";
	fi;
};
# What isn't on the disk must not be renamed. A sync that takes no names
# syncs everything; a file system that can do neither says invalid.
flush() {
	command -v sync >/dev/null 2>&1 || return 0;
	x=$(sync "$1" 2>&1) && return;
	case $x in
	*nvalid*) ;;
	*) return 1;;
	esac;
};
unsure() {
	p "warn durability ${x##*: }";
};
again() {
	p changed;
	exit;
};
# The file, into new. A link that hangs half-open must not leave half of it
# for long. Old busyboxes have another timeout, some systems none: they say so
# before anything is read, and there sshd ends us when it gives up.
body() {
	x=$(timeout "$secs" head -c "$len" 2>&1 >"$new") && return;
	case $x in
	*sage:* | *"not found"*) x=$(head -c "$len" 2>&1 >"$new");;
	*) return 1;;
	esac;
};
# The head of busybox does not know why it could not write, or that; dd does.
no_room() {
	y=$(dd if=/dev/zero bs=9999 count=1 2>&1 >>"$new") || x=$y;
	fail "write in ${f%/*}" "$x";
};
receive() {
	if [ $k = nodir ]; then
		x=$(mkdir -m 700 "$d" 2>&1) || {
			[ -d "$d" ] && again;
			lacks;
			fail "make $d" "$x";
		};
		made=$d;
		enter "$d" $b;
	fi;
	sweep "*";
	temp 0;
	new=$t;
	body || no_room;
	flush "$new" || fail "write in ${f%/*}" "$x";
};
# Checks what arrived, and that what was looked at is still there: one program
# for both where that is a plain file.
arrived() {
	old=;
	case $k:$f in
	file:"$d/auth.json") [ -L "./$b" ] || [ "$size" -gt 65536 ] || old=./$b;;
	esac;
	x=$($hash "$new" $old 2>/dev/null);
	[ "${x%% *}" = "$sum" ] || {
		[ -s "$new" ] || no_room;
		e protocol "what arrived is not what was sent";
	};
	if [ "$old" ]; then
		x=${x#*"$nl"};
		[ -f "./$b" ] && [ "${x%% *}" = "$was" ];
	else
		same;
	fi;
};
same() {
	if [ $k = none ] && [ "$f" = "$d/auth.json" ]; then
		[ -e "./$b" ] || [ -L "./$b" ] || return 0;
		return 1;
	else
		[ "$(see; printf %s "$v")" = "$v" ];
	fi;
};

# A flock that fails for want of locks on this file system means no harm.
lock() {
	while :; do
		flock -n "$1" 2>/dev/null;
		[ $? = 1 ] || return 0;
		[ $i -lt 95 ] || e locked "another process holds $2";
		nap;
	done;
};
# Runs under the locks and ends the script.
commit() {
	i=0;
	case $1 in
	codex) lock 8 "$d/auth.lock"; lock 9 "$f.lock";;
	dir) lock 8 "$d";;
	esac;
	case $op in
	put) arrived || again; put;;
	del) same || again; del;;
	esac;
	exit 0;
};
put() {
	old=;
	case $flags$k in
	bfile | bopaque)
		[ -d auth.json.bak ] && e protocol "auth.json.bak is a directory";
		copy;;
	esac;
	trap "" HUP INT PIPE TERM;
	[ -z "$old" ] || {
		x=$(mv -f "$old" ./auth.json.bak 2>&1) ||
		fail "keep auth.json.bak" "$x";
		old=./auth.json.bak;
	};
	how=renamed;
	x=$(mv -f "$new" "./$b" 2>&1) ||
	case $x in
	*usy*) in_place;;
	*) fail "replace $f" "$x";;
	esac;
	[ $how = inplace ] || tmp=;
	made=;
	flush . || unsure;
	see;
	printf "%s${bs}n" "$v";
	p "done $how";
};
copy() {
	temp 1;
	old=$t;
	x=$(cat "./$b" 2>&1 >"$old") || fail "copy $f" "$x";
	flush "$old" || fail "copy $f" "$x";
};
# A mount point can not be renamed over. Should the disk be full midway, the
# old bytes take the room they had before.
in_place() {
	how=inplace;
	[ "$old" ] || copy;
	x=$(cat "$new" 2>&1 >"./$b") || {
		cat "$old" >"./$b";
		fail "write $f" "$x";
	};
	chmod 600 "./$b";
	flush "./$b" || unsure;
};
# As a logout of Codex does, takes a link and leaves what it leads to.
del() {
	x=$(rm -f "$d/auth.json" 2>&1) || fail "remove $d/auth.json" "$x";
	if [ -e "$d/auth.json" ] || [ -L "$d/auth.json" ]; then
		e protocol "$d/auth.json is still there";
	fi;
	[ "$f" = "$d/auth.json" ] || p "warn linkleft $f";
	flush "$d" || unsure;
	stays;
	p gone;
};

# What start-up files printed without a newline must not touch our lines.
echo;

if [ "$5" = - ]; then
	d=${CODEX_HOME:-};
	[ "$d${HOME:-}${HOME-x}" ] || {
		i=; me=$(id -u);
		while IFS=: read -r x x i x x HOME x; do
			[ "$i" = "$me" ] && break;
		done </etc/passwd;
		[ "$i" = "$me" ] || HOME=;
	};
	[ "$d" ] || case ${HOME:-} in
	/*) d=${HOME%/}/.codex;;
	*) e no_home "HOME is not set to a directory";;
	esac;
else
	d=; x=$5;
	while [ "$x" ]; do
		d=$d${bs}0${x%"${x#???}"};
		x=${x#???};
	done;
	d=$(printf "%bx" "$d"); d=${d%x};
fi;
d=${d%/};
case $d in
*"$nl"*) unsafe "there is a newline in the name of $d";;
/*) ;;
*) e no_home "$d is not an absolute path";;
esac;
me=; who=/proc/self/.;
hash=;
for x in sha256sum "shasum -a 256" "openssl dgst -sha256 -r" "sha256 -q"; do
	command -v "${x%% *}" >/dev/null 2>&1 && hash=$x && break;
done;
[ "$hash" ] || e protocol "no sha256sum or openssl there";
{ read -r host </proc/sys/kernel/hostname; } 2>/dev/null || host=$(uname -n);
case $host in
*/*) host=x;;
esac;

see;
[ "$after" = - ] || {
	settle;
	see;
};
printf "%s${bs}n" "$v";
[ $k = file ] && claims;
p ready;

trap clean EXIT;
trap "exit 1" HUP INT PIPE TERM;
# A read of one line reads no byte of what follows it (POSIX, read). Engines
# that are killed leave it open for ever: no longer than the push may take. A
# shell that knows no -t says so by status 2. A line that was cut is none.
read -r -t $secs x 2>/dev/null;
case $? in 0) ;; 2) read -r x || exit;; *) exit;; esac;
y=${x#"go $n"};
[ "$y" = "$x" ] && exit;
eval "$y";
[ $op = get ] && {
	p "bytes $size";
	head -c $size "./$b";
	exit;
};
[ $op = del ] || receive;
command -v flock >/dev/null 2>&1 || commit;
# Codex makes its locks when it first writes. Where they are not, the folder
# itself keeps two of us apart, and nothing is left behind.
[ -e "$d/auth.lock" ] || [ -e "./$b.lock" ] || { commit dir; } 8<.;
{ commit codex; } 8>>"$d/auth.lock" 9>>"./$b.lock";
x=$( (: >>"$d/auth.lock") 2>&1 && (: >>"./$b.lock") 2>&1 );
fail "open the locks of Codex in $d" "$x";
