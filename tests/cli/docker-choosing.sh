#!/bin/bash
# Which containers: names, ids, prefixes, --filter, --all; status, remove,
# --dry-run; every one its line, one's failure no other's.
. "$(dirname "$0")/lib.sh"
. tests/cli/engines.sh
cred "$T/new"
cp "$T/new" "$HOME/.codex/auth.json"
dockerd_up main
images
export DOCKER_HOST=unix://${SOCK[main]}
H="-H $DOCKER_HOST"
unset DOCKER_HOST

for i in 1 2 3; do
	box web$i 1000 /home/app -u app \
	    --label com.docker.compose.project=shop \
	    --label com.docker.compose.service=s$i
done
box other 0 /root
d create --network=none --name idle --label com.docker.compose.project=shop \
    localhost/box sleep 1 > /dev/null

# states: "target state" of the last run's lines, sorted.
states() { sed -n 's/^{"target":"\([^"]*\)".*"state":"\([a-z_]*\)".*/\1 \2/p' \
    "$T/out" | sort | tr '\n' ';'; }
are() { [ "$(states)" = "$1" ] || bad "want $1 are $(states)"; }
none() {
	local n
	for n in web1 web2 web3 other; do rm -rf "${HOME_OF[$n]}/.codex"; done
}
has() {	# NAME...: these and no other have the file
	local n
	for n in web1 web2 web3 other; do
		if [[ " $* " == *" $n "* ]]; then
			cmp -s "${HOME_OF[$n]}/.codex/auth.json" "$T/new" ||
			    bad "$n has it not"
		else
			[ ! -e "${HOME_OF[$n]}/.codex/auth.json" ] ||
			    bad "$n has it"
		fi
	done
}
# shellcheck disable=SC2086
go() { run "$@" --json $H; }

say "the docker command, by names"
go docker web1 other
[ "$RC" = 0 ] || bad "exit $RC"
[ "$(grep -c '"state":"written"' "$T/out")" = 2 ] || bad "two lines"
has web1 other
none

say "by id, by a prefix of it, mixed with push"
id=$(d inspect -f '{{.Id}}' web2)
go push "docker://$id"
[ "$RC" = 0 ] || bad "exit $RC"
has web2
none
go docker "${id:0:12}"
[ "$RC" = 0 ] || bad "exit $RC"
has web2
none

say "ambiguous"
a=$(d ps -aq --no-trunc | cut -c1 | sort | uniq -d | head -1)
while [ -z "$a" ]; do
	d create --network=none localhost/box true > /dev/null
	a=$(d ps -aq --no-trunc | cut -c1 | sort | uniq -d | head -1)
done
go docker "$a"
[ "$RC" = 7 ] || bad "exit $RC"
said ambiguous_container
has

say "absent, and one's failure is no other's"
go docker web1 nobody web2
[ "$RC" = 1 ] || bad "exit $RC"
said no_container
has web1 web2
none

say "names that would be another path of the API"
for n in ../images/json 'a/../b' 'web1?x' 'web1#x' 'web 1' '%2e%2e' '' '-x' \
    $'web1\r\nHost: evil' "$(head -c 5000 /dev/zero | tr '\0' a)"; do
	go docker -- "$n"
	[ "$RC" = 2 ] || [ "$RC" = 7 ] || bad "'${n:0:20}': exit $RC"
	has
done

say "--filter, --all: running ones alone"
go docker --filter label=com.docker.compose.project=shop
[ "$RC" = 0 ] || bad "exit $RC"
[ "$(grep -c '"state":"written"' "$T/out")" = 3 ] || bad "not three"
has web1 web2 web3
none
go docker --filter label=com.docker.compose.project=shop \
    --filter label=com.docker.compose.service=s2
[ "$RC" = 0 ] || bad "exit $RC"
has web2
none
go docker --filter name=web1
has web1
none
# As long a list as a thousand containers make.
for i in {1..12}; do
	echo "l$i=$(head -c 60000 /dev/zero | tr '\0' x)"
done > "$T/labels"
for i in 1 2; do box heavy$i 0 /root --label-file "$T/labels"; done
[ "$(ask /containers/json | wc -c)" -gt 1200000 ] || bad "the list is short"
go push --all
[ "$RC" = 0 ] || bad "exit $RC"
has web1 web2 web3 other
none
say "a filter that nothing fits is no success"
go docker --filter label=nothing
[ "$RC" != 0 ] || bad "exit $RC"
go docker --filter 'no such=x'
[ "$RC" != 0 ] || bad "exit $RC"
go docker
[ "$RC" = 2 ] || bad "nothing asked for: exit $RC"

say "--dry-run says what it would do"
go docker -n web1 idle
[ "$RC" = 0 ] || bad "exit $RC"
[ "$(grep -c '"state":"would_write"' "$T/out")" = 2 ] || bad "not two"
said '"path":"/home/app/.codex/auth.json"'
[ "$(grep -c '"owner":1000' "$T/out")" = 1 ] || bad "the account"
said "dry run: by exec, as user 'app'"
said "put from outside by the engine, for uid 0"
has

say "status and remove"
go docker web1 web2
go status docker://web1 docker://web3
[ "$(grep -c '"state":"present"' "$T/out") $(grep -c '"state":"absent"' \
    "$T/out")" = "1 1" ] || bad "states"
go remove docker://web1 docker://web2 docker://web3
[ "$RC" = 0 ] || bad "exit $RC"
[ "$(grep -c '"state":"removed"' "$T/out") $(grep -c '"state":"absent"' \
    "$T/out")" = "2 1" ] || bad "states"
has

say "pull takes one, of those that are chosen too"
go docker web1 web2
rm "$HOME/.codex/auth.json"
go pull --move --all
[ "$RC" = 2 ] || bad "exit $RC"
has web1 web2
[ ! -e "$HOME/.codex/auth.json" ] || bad "something is here"
go pull --filter name=web1
[ "$RC" = 0 ] || bad "exit $RC"
cmp -s "$HOME/.codex/auth.json" "$T/new" || bad "it is not here"
cp "$T/new" "$HOME/.codex/auth.json"
none

say "--hosts, and the same one once"
printf '%s\n' docker://web1 '# no' docker://web2 docker://web1 > "$T/hosts"
go push --hosts "$T/hosts"
[ "$(grep -c '"state":"written"' "$T/out")" = 2 ] || bad "not two"
has web1 web2
none

say "fifty at once, one connection reused"
for i in $(seq 50); do
	d create --network=none --name "many$i" -u app localhost/box sleep 9 > /dev/null
done
d ps -aqf name=many | sed 's|^|docker://|' > "$T/many"
# Two connections each at most: of one more not a byte would come back.
proxy_up -x s:0:stall -s 100 "$T/px" "${SOCK[main]}"
run push --json -H "unix://$T/px" --hosts "$T/many"
proxy_down
[ "$RC" = 0 ] || bad "exit $RC"
[ "$(grep -c '"state":"written"' "$T/out")" = 50 ] || bad "not fifty"
