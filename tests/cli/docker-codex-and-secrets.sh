#!/bin/bash
# The real Codex in the container takes what was pushed; and no byte of it is
# in the engine's events, in inspect, in its debug log or in any file of ours.
. "$(dirname "$0")/lib.sh"
. tests/cli/engines.sh
codex=$(find "$CXP_CACHE/node_modules/@openai" -path '*-musl/bin/codex' \
    -type f 2> /dev/null | head -1)
[ -x "$codex" ] || skip "no real codex (scripts/deps)"
cred "$T/old" chatgpt acct_one 2026-01-01T00:00:00Z
cred "$T/new" chatgpt acct_one 2026-02-01T00:00:00Z 2000
cp "$T/new" "$HOME/.codex/auth.json"
dockerd_up main -D
images

since=$(date +%s)
d events --since "$since" > "$T/events" 2>&1 &
events=$!
box aa 1000 /home/app -u app -v "$codex:/usr/bin/codex:ro"
box bb 1000 /home/app -u app -e CODEX_HOME=/srv/c -v "$codex:/usr/bin/codex:ro"
d create --network=none --name cc -u app localhost/box sleep 1000 > /dev/null

for kind in chatgpt apikey lease; do
	say "$kind: Codex takes it"
	cred "$T/$kind" $kind
	for c in aa bb; do
		epush --force --from "$T/$kind" docker://$c
		want written
		timeout 60 docker -H "unix://${SOCK[main]}" exec $c \
		    codex login status > "$T/status" 2>&1 < /dev/null
		grep -qE 'Logged in using|API key configured' "$T/status" ||
		    bad "$c: $(cat "$T/status")"
		cmp -s "$(find "${IN_OF[$c]}/home/app/.codex/auth.json" \
		    "${IN_OF[$c]}/srv/c/auth.json" 2> /dev/null | head -1)" \
		    "$T/$kind" || bad "$c: it changed it"
	done
done

say "it judges what was pushed, and an old file comes back"
config=${IN_OF[aa]}/home/app/.codex/config.toml
cp "${IN_OF[aa]}/home/app/.codex/auth.json" "$T/before"
echo 'forced_login_method = "api"' > "$config"
chmod 644 "$config"
SUITE_TIMEOUT=60 epush --probe --force --from "$T/new" docker://aa
want failed permission_denied 7
cmp -s "${IN_OF[aa]}/home/app/.codex/auth.json" "$T/before" || bad "it is new"
rm "$config"
SUITE_TIMEOUT=60 epush --probe --force --from "$T/new" docker://aa
want written
cmp -s "${IN_OF[aa]}/home/app/.codex/auth.json" "$T/new" || bad "it is old"

epush --force --from "$T/new" docker://cc
want written
run push -vvv --force -H "unix://${SOCK[main]}" docker://aa docker://bb
run push -vvv -H "unix://${SOCK[main]}" docker://nobody
run status -vvv --json -H "unix://${SOCK[main]}" docker://aa docker://cc
said '"target":"docker://aa".*"uses_file":true.*"version":"codex-cli'
said '"target":"docker://aa".*"shared_with":\["docker://cc"\]'
said '"target":"docker://cc".*"uses_file":null'

say "events, inspect, the engine's debug log"
await 5 grep -q exec_create "$T/events" || bad "no events were seen"
kill $events
d inspect aa bb cc > "$T/inspect"
no_canary "$T/events" "$T/inspect" "$T/eng/main.log"
grep -q 'exec' "$T/eng/main.log" || bad "the log saw nothing"

say "argument lists and environments, while it runs"
proxy_up -d 60 "$T/px" "${SOCK[main]}"
mkdir "$T/proc"
touch "$T/sampling"
sample &
sampler=$!
for i in $(seq 40); do
	far aa "$T/old"
	push -H "unix://$T/px" docker://aa
	want written
	[ "$i" -lt 3 ] || ! grep -q CXP1 "$T/proc/cmdline" || break
done
rm "$T/sampling"
wait $sampler
proxy_down
grep -q CXP1 "$T/proc/cmdline" || bad "the far script was not seen"
no_canary "$T/proc/cmdline" "$T/proc/environ"

say "files: nothing anywhere but source and target"
leaks=$(grep -rlI "$CANARY" /run "$T/eng" "$HOME" 2> /dev/null |
    grep -v -e '/\.codex/auth\.json$' -e '/srv/c/auth\.json$')
[ -z "$leaks" ] || bad "a secret is in: $leaks"
