#!/bin/bash
# plain build only: sanitizers keep freed memory aside, unwiped
# The same as no-secret-stays-in-memory.sh, for containers: from inside, put
# by the engine, and refused by it.
. "$(dirname "$0")/lib.sh"
. tests/cli/engines.sh
. tests/cli/memory.sh
cred "$T/old" chatgpt acct_one 2026-01-01T00:00:00Z
cred "$T/new" chatgpt acct_one 2026-02-01T00:00:00Z 2000
cp "$T/new" "$HOME/.codex/auth.json"
dockerd_up main
images
box aa 1000 /home/app -u app
d create --network=none --name cc -u app localhost/box sleep 1000 > /dev/null

for c in aa cc; do
	say "push to $c, and look there"
	scan -- push -H "unix://${SOCK[main]}" docker://$c
	well
	scan -- status -H "unix://${SOCK[main]}" docker://$c
	well
done
say "no such container"
scan -- push -H "unix://${SOCK[main]}" docker://nobody
[ "$RC" = 7 ] || bad "exit $RC"
