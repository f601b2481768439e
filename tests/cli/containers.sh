# shellcheck shell=bash
# containers.sh - the contract over an engine's containers; after engines.sh
# and suite.sh, with the images on the present engine. Every kind of
# container, each with what must hold there.

# What the account itself sees: by the engine's own exec, not from outside.
seen_inside() {	# NAME USER PATH
	d exec -u "$2" "$1" cat "$3" > "$T/seen" 2>&1 ||
	    bad "$1: $2 cannot read $3: $(head -c 200 "$T/seen")"
	cmp -s "$T/seen" "$NEW" || bad "$1: other bytes inside"
	[ "$(d exec -u "$2" "$1" stat -c '%a %u' "$3")" = \
	    "600 $(d exec -u "$2" "$1" id -u)" ] ||
	    bad "$1: $(d exec -u "$2" "$1" stat -c '%a %u' "$3")"
}

# everyday NAME TARGET...: the first cases, for every kind of container.
everyday() {
	far_side "$1"
	shift
	D=${FOLDER:+$R$FOLDER}
	D=${D:-$H/.codex}
	say "$A: absent"
	[ -n "${KEEP:-}" ] || rm -rf "$D"
	rm -f "$D/auth.json"
	epush "$@"
	told written - 0 new -
	[ "$(member kind) $(member path)" = "docker ${D#"$R"}/auth.json" ] ||
	    bad "$(member kind) $(member path)"
	[ "$(member mode) $(member owner)" = "0600 ${UID_IN[$A]}" ] ||
	    bad "mode $(member mode) owner $(member owner)"
	[ -n "${KEEP:-}" ] || [ "$(stat -c '%a %u' "$D")" = \
	    "700 ${UID_OF[$A]}" ] || bad "folder $(stat -c '%a %u' "$D")"
	seen_inside "$A" "${UID_IN[$A]}" "${D#"$R"}/auth.json"
	say "$A: unchanged"
	local before
	before=$(stat -c '%i %Y %Z' "$D/auth.json" "$D")
	epush "$@"
	told unchanged - 0 new -
	[ "$(stat -c '%i %Y %Z' "$D/auth.json" "$D")" = "$before" ] ||
	    bad "something was written"
	say "$A: replaced, a wider mode"
	lay "$OLD" 644
	epush "$@"
	told written - 0 new "$OLD"
	say "$A: another account"
	lay "$T/other"
	epush "$@"
	told refused other_account 3 old "$T/other"
	say "$A: removed"
	erun remove --json "$@"
	[ "$RC $(member state)" = "0 removed" ] || bad "$RC $(member state)"
	[ ! -e "$D/auth.json" ] || bad "still there"
}

# lay FILE [MODE]: its auth.json, in a folder that stays.
lay() {
	rm -f "$D/auth.json"
	cp "$1" "$D/auth.json"
	chmod "${2:-600}" "$D/auth.json"
	chown "$A:" "$D/auth.json"
}

# told() of suite.sh looks at $D, not at the home.
told() {
	want "$1" "$2" "$3"
	invariant "$A" "$5" "$NEW" "$D" "${6:-}"
	[ "$NOW" = "$4" ] || bad "the file is $NOW"
}


all_kinds() {
	local t
	box asroot 0 /root
	box named 1000 /home/app -u app
	box groups 1000 /home/app -u 1000:50
	box numeric 4242 / -u 4242
	box nohome 1000 /home/app -u app -e HOME=
	box codexhome 1000 /home/app -u app -e CODEX_HOME=/srv/codex
	box capdrop 1000 /home/app -u app --cap-drop ALL
	box rootcap 0 /root --cap-drop ALL
	box tmpfs 1000 /home/app -u app \
	    --tmpfs /home/app/.codex:mode=700
	d volume create vol > /dev/null
	box volume 1000 /home/app -u app -v vol:/home/app/.codex
	box readonly 1000 /home/app -u app --read-only -v ro:/home/app
	for t in asroot named groups numeric nohome capdrop rootcap readonly; do
		everyday $t docker://$t
	done
	FOLDER=/srv/codex everyday codexhome docker://codexhome
	for t in tmpfs volume; do
		chown "$t:" "${HOME_OF[$t]}/.codex"
		KEEP=1 everyday $t docker://$t
	done

	say "warnings: where it dies with the container, and where it doesn't"
	epush --force docker://named
	warned "container"
	epush --force docker://volume
	unwarned "container"
	epush --force docker://tmpfs
	warned "container"
	say "-u"
	epush -u app docker://asroot
	want written
	[ "$(stat -c '%a %u' "${IN_OF[asroot]}/home/app/.codex/auth.json")" = \
	    "600 1000" ] || bad "owner"
	[ "$(member path)" = /home/app/.codex/auth.json ] ||
	    bad "$(member path)"
	epush -u nobody-here docker://asroot
	[ "$STATE" = failed ] && [ "$RC" = 7 ] || bad "$STATE $CODE $RC"
}

# What the account could turn to its own ends: the folder that root's exec
# makes for it, and the folder of another.
led_astray() {
	box astray 1000 /home/app -u app -e CODEX_HOME=/home/app/x/codex
	far_side astray
	say "root makes no folder behind a link of the account"
	as ln -s /etc "$H/x"
	epush docker://astray
	[ "$STATE" = failed ] && [ "$RC" = 7 ] || bad "$STATE $CODE $RC"
	[ ! -e "$R/etc/codex" ] || bad "root made /etc/codex for it"
	say "a folder that is a link: to root's, to everybody's, to nothing"
	mkdir -m 700 "$R/rootonly"
	mkdir -m 1777 "$R/shared"
	for t in /rootonly /shared /etc/not-there; do
		rm -f "$H/x"
		as mkdir -m 700 "$H/x"
		as ln -sn "$t" "$H/x/codex"
		epush docker://astray
		[ "$STATE $CODE $RC" = "failed unsafe_target 7" ] ||
		    bad "$t: $STATE $CODE $RC"
		[ -z "$(ls -A "$R$t" 2> /dev/null)" ] || bad "$t was written to"
		rm -r "$H/x"
	done
	say "root runs no program of the account"
	box planted 1000 /home/app -u app -e PATH=/home/app/bin:/bin \
	    -e CODEX_HOME=/srv/planted
	far_side planted
	as mkdir "$H/bin"
	for t in sh mkdir chown; do
		printf '#!/bin/busybox sh\n%s >> /srv/ran\nexec /bin/%s "$@"\n' \
		    '/bin/busybox id -u' "$t" > "$H/bin/$t"
		chmod 755 "$H/bin/$t"
	done
	: > "$R/srv/ran"
	chmod 666 "$R/srv/ran"
	epush docker://planted
	want written
	grep -qx 1000 "$R/srv/ran" || bad "the account's own were not found"
	! grep -qx 0 "$R/srv/ran" || bad "root has run them"
}

# Where root's help is needed, a dry run only says so.
dry_run_makes_nothing() {
	box early 1000 /home/app -u app -e HOME=/srv/new/home
	far_side early
	say "a dry run makes nothing, nor has it made by root"
	epush -n docker://early
	want would_write
	[ "$(member path) $(member owner)" = \
	    "/srv/new/home/.codex/auth.json 1000" ] ||
	    bad "$(member path) $(member owner)"
	warned "root would make '/srv/new/home/.codex'"
	[ ! -e "$R/srv/new" ] || bad "something was made"
	epush docker://early
	want written
	[ "$(stat -c '%a %u' "$R/srv/new/home/.codex")" = "700 1000" ] ||
	    bad "the folder is $(stat -c '%a %u' "$R/srv/new/home/.codex")"
}

# A file that was mounted: written in place, and Codex can't refresh it.
bound_file() {
	say "a bind-mounted file"
	cp "$OLD" "$T/bound"
	chmod 600 "$T/bound"
	box bound 0 /root -v "$T/bound:/root/.codex/auth.json"
	chown "${UID_OF[bound]}" "$T/bound"
	epush docker://bound
	want written
	cmp -s "$T/bound" "$NEW" || bad "not written"
	warned 0.169
	[ "$(find "${HOME_OF[bound]}/.codex" -type f -name '.cxp*')" = "" ] ||
	    bad "left"
}

# out NAME PATH: the file of a container that doesn't run, and its header.
out() {
	rm -rf "$T/out.d"
	mkdir "$T/out.d"
	d cp "$1:$2" - 2> /dev/null > "$T/out.d/tar" || return
	tar -C "$T/out.d" -xf "$T/out.d/tar" --no-same-owner
	tar --numeric-owner -tvf "$T/out.d/tar" |
	    sed 's/^\([^ ]*\) *\([0-9/]*\) .*/\1 \2/' > "$T/out.d/ls"
}

archive_case() {	# NAME PATH UID:GID
	say "$1: by the archive way"
	epush "docker://$1"
	want written
	warned atomic
	[ "$(member path) $(member owner)" = "$2 ${3%:*}" ] ||
	    bad "$(member path) $(member owner)"
	out "$1" "$2" || bad "not there"
	cmp -s "$T/out.d/auth.json" "$NEW" || bad "other bytes"
	[ "$(cat "$T/out.d/ls")" = "-rw------- ${4:-${3/:/\/}}" ] ||
	    bad "$(cat "$T/out.d/ls")"
	epush "docker://$1"
	want unchanged
	erun status --json "docker://$1"
	[ "$(member state) $(member account)" = "present acct_one" ] ||
	    bad "$(member state) $(member account)"
}

# Removing needs somebody inside. CODE HINT: why not, and what helps.
no_remove() {	# NAME CODE HINT
	say "$1: cannot be removed from outside, and stays whole"
	erun remove --json "docker://$1"
	[ "$RC $(member state) $(member code)" = "7 failed $2" ] ||
	    bad "$RC $(member state) $(member code)"
	said "\"hint\":\"$3"
	out "$1" /home/app/.codex/auth.json || bad "it is gone"
	cmp -s "$T/out.d/auth.json" "$NEW" || bad "other bytes"
}

# Not running, or nothing in it to run. HOST_UID: what uid 0 is outside.
not_running() {
	local base=${HOST_UID:-0} t
	d create --network=none "${ULIMITS[@]}" --name created -u app \
	    localhost/box sleep 1 > /dev/null
	archive_case created /home/app/.codex/auth.json 1000:1000 \
	    "$((base + 1000))/$((base + 1000))"
	no_remove created not_running "docker start created"
	box stopped 1000 /home/app -u app
	far stopped "$OLD"
	d kill stopped > /dev/null
	archive_case stopped /home/app/.codex/auth.json 1000:1000 \
	    "$((base + 1000))/$((base + 1000))"
	say "stopped: starts with it"
	d start stopped > /dev/null
	settled stopped 1000 /home/app
	seen_inside stopped app /home/app/.codex/auth.json
	erun remove --json docker://stopped
	[ "$RC $(member state)" = "0 removed" ] || bad "$RC $(member state)"
	d kill stopped > /dev/null
	erun remove --json docker://stopped
	[ "$RC $(member state)" = "0 absent" ] || bad "$RC $(member state)"
	erun status --json docker://stopped
	[ "$(member state)" = absent ] || bad "$(member state)"

	d run -d --network=none "${ULIMITS[@]}" --name bare -u app \
	    localhost/bare /sleep 100000 > "$T/eng/run" 2>&1 ||
	    bad "bare: $(cat "$T/eng/run")"
	archive_case bare /home/app/.codex/auth.json 1000:1000 \
	    "$((base + 1000))/$((base + 1000))"

	no_remove bare no_shell "it goes with the container: docker rm -f bare"

	say "stopped, tmpfs in the way: refused, not swallowed"
	d create --network=none "${ULIMITS[@]}" --name swallow -u app \
	    --tmpfs /home/app localhost/box sleep 1 > /dev/null
	epush docker://swallow
	want failed not_running 7
	for t in status remove; do
		erun $t --json docker://swallow
		[ "$(member state)" = absent ] || bad "$t: $(member state)"
	done
	d create --network=none "${ULIMITS[@]}" --name shm -u app \
	    -e CODEX_HOME=/dev/shm/c localhost/box sleep 1 > /dev/null
	epush docker://shm
	[ "$STATE" = failed ] && [ "$RC" = 7 ] || bad "$STATE $CODE $RC"

	say "stopped, a symlink on the way: refused"
	box linked 1000 /home/app -u app
	mkdir -m 700 "${IN_OF[linked]}/rootonly"
	ln -s /rootonly "${HOME_OF[linked]}/.codex"
	d kill linked > /dev/null
	epush docker://linked
	[ "$STATE $CODE $RC" = "failed unsafe_target 7" ] ||
	    bad "$STATE $CODE $RC"
	out linked /rootonly/auth.json && bad "root's folder was written to"

	say "stopped, its passwd a link: the home is still root's"
	box nix 0 /root
	mv "${IN_OF[nix]}/etc/passwd" "${IN_OF[nix]}/srv/accounts"
	ln -s ../srv/accounts "${IN_OF[nix]}/etc/passwd"
	d kill nix > /dev/null
	epush docker://nix
	want written
	[ "$(member path)" = /root/.codex/auth.json ] || bad "$(member path)"

	say "paused: said at once, nothing changed"
	box paused 1000 /home/app -u app
	far paused "$OLD"
	local start
	start=$(ms)
	frozen paused epush docker://paused
	want failed not_running 7
	in_time $(($(ms) - start)) 3000
	said "unpause"
	invariant paused "$OLD" "$NEW"
	[ "$NOW" = old ] || bad "written while paused"

	say "no such container"
	epush docker://nobody
	want failed no_container 7
}

# What is moved, leased and kept.
granted() {
	local here=$HOME/.codex/auth.json mine=$T/mine
	say "a move to where the engine alone can write: it does not sync"
	install -m 600 "$NEW" "$mine"
	d create --network=none "${ULIMITS[@]}" --name unsynced -u app \
	    localhost/box sleep 1 > /dev/null
	for _ in written unchanged; do
		epush --move --from "$mine" docker://unsynced
		want failed protocol 7
		cmp -s "$mine" "$NEW" || bad "it is gone"
	done
	say "a move to one that runs, and back"
	box moved 1000 /home/app -u app
	epush --move --from "$mine" docker://moved
	want written
	[ ! -e "$mine" ] || bad "still here"
	erun pull --move --to "$mine" --json docker://moved
	[ "$RC $(member state)" = "0 written" ] || bad "$RC $(member state)"
	cmp -s "$mine" "$NEW" || bad "not here"
	say "a keeper's lease"
	cp "$NEW" "$here"
	erun keep --once --json docker://moved
	[ "$RC $(member state)" = "0 written" ] || bad "$RC $(member state)"
	grep -q chatgptAuthTokens "${HOME_OF[moved]}/.codex/auth.json" ||
	    bad "no lease"
	say "the file here is mounted there"
	chmod 600 "$here"
	box samefile 0 /root -v "$here:/root/.codex/auth.json"
	for args in "push --move" "push --lease" "keep --once"; do
		# shellcheck disable=SC2086
		erun $args --json docker://samefile
		[ "$RC $(member code)" = "7 unsafe_target" ] ||
		    bad "$args: $RC $(member state) $(member code)"
		cmp -s "$here" "$NEW" || bad "$args: it is gone"
	done
}

# By the archive way too: refusals, options, and what can't be written there.
not_running_rules() {
	local base=${HOST_UID:-0} home=/home/app/.codex/auth.json
	local was="-rw------- $((base + 1000))/$((base + 1000))"
	box rules 1000 /home/app -u app
	d kill rules > /dev/null
	rules() {	# SOURCE STATE CODE RC NOW: a push, and what is there then
		epush "${@:6}" --from "$1" docker://rules
		want "$2" "$3" "$4"
		out rules $home || bad "not there"
		cmp -s "$T/out.d/auth.json" "$5" || bad "other bytes"
		[ "$(cat "$T/out.d/ls")" = "$was" ] || bad "$(cat "$T/out.d/ls")"
	}
	say "stopped: another account, a newer login, --force, --backup, -n"
	rules "$T/other" written - 0 "$T/other"
	rules "$OLD" refused other_account 3 "$T/other"
	rules "$OLD" written - 0 "$OLD" --force
	rules "$T/later" would_write - 0 "$OLD" -n
	warned "from outside"
	rules "$T/later" written - 0 "$T/later" --backup
	rules "$NEW" refused newer_there 3 "$T/later"
	out rules "${home%/*}/auth.json.bak" || bad "no backup"
	cmp -s "$T/out.d/auth.json.bak" "$OLD" || bad "the backup differs"
	say "stopped: a wider mode, another owner: repaired"
	install -m 644 "$T/later" "$T/wide"
	d cp "$T/wide" rules:$home > "$T/d.out" 2>&1 || bad "docker cp"
	rules "$T/later" written - 0 "$T/later"
	say "stopped: a root that is read-only, a file that is mounted"
	d create --network=none "${ULIMITS[@]}" --name fixed -u app --read-only \
	    localhost/box sleep 1 > /dev/null
	epush docker://fixed
	if out fixed $home; then
		want written
	else
		want failed read_only 7
	fi
	cp "$OLD" "$T/outside"
	chmod 600 "$T/outside"
	d create --network=none "${ULIMITS[@]}" --name mounted \
	    -v "$T/outside:/root/.codex/auth.json" localhost/box sleep 1 \
	    > /dev/null
	epush docker://mounted
	NOW=$(is "$T/outside" "$OLD" "$NEW")
	[ "$NOW" != other ] || bad "neither old nor new"
	truthful
}

# Three of a kind: one that runs, one that doesn't, one without a shell. What
# can't be removed from there says so, and is there still.
three() {
	box runs 1000 /home/app -u app
	d create --network=none "${ULIMITS[@]}" --name stands -u app \
	    localhost/box sleep 1 > /dev/null
	d run -d --network=none "${ULIMITS[@]}" --name shellless -u app \
	    localhost/bare /sleep 100000 > "$T/eng/run" 2>&1 ||
	    bad "shellless: $(cat "$T/eng/run")"
}
declare -A STAYS=([stands]=not_running [shellless]=no_shell)

fetch() {	# [OPTION...] TARGET: a pull into $T/here
	erun pull --json --to "$T/here" "$@"
	STATE=$(member state)
	CODE=$(member code)
	CODE=${CODE:--}
}
# there NAME FILE: that is what is there.
there() {
	out "$1" /home/app/.codex/auth.json || bad "$1: nothing is there"
	cmp -s "$T/out.d/auth.json" "$2" || bad "$1: other bytes"
}
brought() {
	local c
	mkdir "$T/large"
	head -c 70000 /dev/zero | tr '\0' x > "$T/large/auth.json"
	for c in runs stands shellless; do
		say "$c: pulled"
		rm -f "$T/here"
		fetch docker://$c
		want failed no_credential 3
		[ ! -e "$T/here" ] || bad "something is here"
		epush docker://$c
		want written
		fetch -n docker://$c
		want would_write
		[ ! -e "$T/here" ] || bad "a dry run wrote it"
		fetch docker://$c
		want written
		cmp -s "$T/here" "$NEW" || bad "other bytes"
		[ "$(stat -c %a "$T/here")" = 600 ] || bad "it is open"
		fetch docker://$c
		want unchanged
		cp "$T/other" "$T/here"
		fetch docker://$c
		want refused other_account 3
		cmp -s "$T/here" "$T/other" || bad "replaced"
		there $c "$NEW"
		say "$c: no credential's size: not pulled, but replaced"
		tar -C "$T/large" --owner=app:1000 --group=app:1000 \
		    --mode=600 -c auth.json | d cp - $c:/home/app/.codex ||
		    bad "docker cp"
		fetch --force docker://$c
		want failed bad_credential 3
		erun status --json docker://$c
		[ "$(member state)" = present ] || bad "$(member state)"
		epush docker://$c
		want written
		warned "no login"
		there $c "$NEW"
		say "$c: pull --move"
		fetch --force --move docker://$c
		if [ -z "${STAYS[$c]:-}" ]; then
			want written
			[ ! -e "${HOME_OF[runs]}/.codex/auth.json" ] ||
			    bad "still there"
		else
			want failed "${STAYS[$c]}" 7
			said "still there too"
			there $c "$NEW"
		fi
		cmp -s "$T/here" "$NEW" || bad "not here"
	done
}

# A lease, a judged push, and who shares the token.
leased() {
	local c
	for c in runs stands shellless; do
		say "$c: push --lease, --probe"
		epush --force --lease docker://$c
		want written
		erun status --json docker://$c
		[ "$(member mode)" = lease ] || bad "mode $(member mode)"
		epush --force --probe docker://$c
		want written
		if [ $c = runs ]; then
			warned "no codex was found there to judge it"
		else
			warned "that needs a shell"
		fi
	done
	say "status: who holds the same token, however it was looked at"
	erun status --json docker://{runs,stands,shellless}
	[ "$RC" = 0 ] || bad "exit $RC"
	[ "$(grep -cE '"shared_with":\["docker://[a-z]+","docker://[a-z]+"\]' \
	    "$T/out")" = 3 ] || bad "not all three"
	said '"target":"docker://runs".*"uses_file":true'
	said '"target":"docker://stands".*"uses_file":null'
	d create --network=none "${ULIMITS[@]}" --name keyed \
	    -e CODEX_API_KEY=sk-x localhost/box sleep 1 > /dev/null
	epush docker://keyed
	erun status --json docker://keyed
	[ "$RC" = 1 ] || bad "exit $RC"
	said '"uses_file":false,"why":\["CODEX_API_KEY'
}
