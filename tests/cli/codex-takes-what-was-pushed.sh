#!/bin/bash
# The real Codex uses every kind of file that was pushed, whose bytes are the
# source's own, and leaves it as it is.
. "$(dirname "$0")/lib.sh"
codex=$CXP_CACHE/node_modules/.bin/codex
[ -x "$codex" ] || skip "no real codex (scripts/deps)"
sshd_up

# The shape that Codex 0.169 itself writes, and more than it knows.
as_codex_writes() {
	cred "$1" chatgpt acct_one 2026-11-23T23:06:48.065866242Z 3000
	python3 - "$1" <<-'PY'
	import json, sys
	d = json.load(open(sys.argv[1]))
	d["tokens"]["oauth_provenance"] = {"issuer": "https://auth.openai.com",
	    "client_id": "app_EMoamEEZ73f0CkXaXp7hrann"}
	d["tokens"]["login_owner_id"] = "x" * 43
	d["unknown"] = [1, 2.50, "\u00e9"]
	open(sys.argv[1], "w").write(json.dumps(d, indent=2))
	PY
}

ask_codex() {	# KIND: what it says, in $T/KIND.status and .doctor
	export HOME=${HOME_OF[$1]} CODEX_HOME=${HOME_OF[$1]}/.codex
	timeout 60 "$codex" login status > "$T/$1.status" 2>&1
	echo "exit $?" >> "$T/$1.status"
	timeout 60 "$codex" doctor --json > "$T/$1.doctor" 2> /dev/null
}

for kind in chatgpt apikey pat lease own; do
	say "$kind arrives"
	account $kind /bin/bash
	if [ $kind = own ]; then
		as_codex_writes "$T/$kind"
	else
		cred "$T/$kind" $kind
	fi
	push --from "$T/$kind" $kind@web1
	want written
	push --from "$T/$kind" $kind@web1
	want unchanged
	invariant $kind - "$T/$kind"
	run status --json $kind@web1
	[ "$RC" = 0 ] || bad "status: exit $RC"
	ask_codex $kind < /dev/null &	# its doctor waits for a network
done
wait

says() {	# KIND STATUS MODE
	say "Codex takes $1"
	grep -q "$2" "$T/$1.status" || bad "$(cat "$T/$1.status")"
	python3 - "$T/$1.doctor" "$3" <<-'PY' || bad "doctor"
	import json, sys
	c = json.load(open(sys.argv[1]))["checks"]["auth.credentials"]
	assert c["status"] == "ok", c
	assert c["details"]["stored auth mode"] == sys.argv[2], c
	PY
	cmp -s "$T/$1" "${HOME_OF[$1]}/.codex/auth.json" || bad "it changed it"
}
says chatgpt 'Logged in using ChatGPT' chatgpt
says own 'Logged in using ChatGPT' chatgpt
says lease 'Logged in using ChatGPT' '<redacted>'
says apikey 'API key configured' api_key
# Its status asks the network who that is.
says pat 'personal access token' '<redacted>'
