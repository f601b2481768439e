#!/bin/bash
# timeout: 400
# What `status` says of this machine's file is what the real Codex does with
# it: the token that `codex exec` sends is the file's or not, and the file that
# is said to be deleted is deleted.
. "$(dirname "$0")/lib.sh"
codex=$CXP_CACHE/node_modules/.bin/codex
[ -x "$codex" ] || skip "no real codex (scripts/deps)"
need strace
D=$HOME/.codex
F=$D/auth.json
mkdir -p /etc/codex
unset CODEX_HOME

# token FILE: the one that has to be sent.
token() {
	python3 - "$1" <<-'PY'
	import json, sys
	d = json.load(open(sys.argv[1]))
	print(d.get("OPENAI_API_KEY") or d.get("personal_access_token")
	      or d["tokens"]["access_token"])
	PY
}

# place KIND TEXT...: a login of that kind, and configuration: "user:TEXT",
# "system:TEXT", "managed:TEXT", "required:TEXT", "env:NAME=VALUE".
place() {
	local kind=$1 f
	shift
	rm -rf "$D" /etc/codex/*
	mkdir -m 700 "$D"
	cred "$F" "$kind"
	chmod 600 "$F"
	envs=()
	for f; do
		case $f in
		user:*) printf '%b\n' "${f#*:}" > "$D/config.toml" ;;
		system:*) printf '%b\n' "${f#*:}" > /etc/codex/config.toml ;;
		managed:*) printf '%b\n' "${f#*:}" > \
		    /etc/codex/managed_config.toml ;;
		required:*) printf '%b\n' "${f#*:}" > \
		    /etc/codex/requirements.toml ;;
		env:*) envs+=("${f#*:}") ;;
		esac
	done
}

# ours: the program's word, true, false or null, and RC.
ours() {
	RC=0
	env "${envs[@]}" "$CP" status --json > "$T/out" 2> "$T/err" \
	    < /dev/null || RC=$?
	no_canary "$T/out" "$T/err"
	uses=$(sed -n 's/.*"uses_file":\([a-z]*\).*/\1/p' "$T/out")
	case $uses.$RC in
	true.0|null.0|false.1) ;;
	*) bad "uses_file $uses, exit $RC" ;;
	esac
}

# row WANT KIND TEXT...: WANT is true, false, or deleted.
row() {
	local want=$1 sent wanted uses envs
	shift
	say "$*"
	place "$@"
	if [ -n "${CHANGE:-}" ]; then
		sed -i "$CHANGE" "$F"
	fi
	wanted=$(token "$F")
	ours
	[ "$uses" = "${want/deleted/false}" ] || bad "says $uses: want $want"
	grep -q 'would delete it' "$T/out" && [ "$want" != deleted ] &&
	    bad "says it would be deleted"
	sent=$(env "${envs[@]}" python3 tests/cli/codexsends.py "$codex" "$D")
	case $want in
	true) [ "$sent" = "$wanted" ] || bad "Codex sent ${sent:0:20}" ;;
	*) [ "$sent" != "$wanted" ] || bad "Codex uses it" ;;
	esac
	if [ "$want" = deleted ]; then
		[ ! -e "$F" ] || bad "Codex did not delete it"
	else
		[ -e "$F" ] || bad "Codex deleted it"
	fi
}

store=cli_auth_credentials_store
login=forced_login_method
ids=forced_chatgpt_workspace_id

for kind in chatgpt apikey pat lease; do
	row true $kind
done
CHANGE='s/^  },$/  }/;/last_refresh/d'
row false chatgpt
row false lease
CHANGE=

row false chatgpt "user:$store='ephemeral'"
row false apikey "user:$store=\"\"\"\\\\nephemeral\"\"\" # x"
row false chatgpt "user:$store='keyring'"
row true chatgpt "user:$store='auto'"
row true chatgpt "user:#$store='ephemeral'"
row true chatgpt "user:x='''\n$store='ephemeral'\n'''"
row false chatgpt "system:$store='ephemeral'"
row true chatgpt "system:$store='ephemeral'" "user:$store='file'"
row false chatgpt "user:$store='file'" "managed:$store='ephemeral'"
row true chatgpt "user:$store='ephemeral'" "required:$store='file'"
row false chatgpt "managed:$store='file'" "required:$store='ephemeral'"
row false chatgpt "user:$store='File'"
row false chatgpt "user:$store='file'\n$store='file'"
row false chatgpt "user:profile='x'"

row deleted chatgpt "user:$login='api'"
row deleted lease "managed:$login='api'"
row deleted pat "system:$login='api'"
row true apikey "user:$login='api'"
row deleted apikey "user:$login='chatgpt'"
row true chatgpt "user:$login='chatgpt'"
row true pat "user:$login='chatgpt'"
row true chatgpt "required:$login='api'"

row true chatgpt "user:$ids='acct_one'"
row true lease "user:$ids=['x', ' acct_one ']"
row true chatgpt "user:$ids=[]"
row deleted chatgpt "user:$ids='other'"
row deleted lease "managed:$ids=['other']"
row true apikey "user:$ids='other'"
row false chatgpt "user:$ids='other,acct_one'"
# The token says whose it is; what stands beside it has to be allowed as well.
CHANGE='s/"account_id": "acct_one"/"account_id": "other"/'
row true chatgpt "user:$ids=['other', 'acct_one']"
row false chatgpt "user:$ids='acct_one'"
row deleted chatgpt "user:$ids='other'"
CHANGE='s/"account_id": "acct_one"/"account_id": null/'
row true chatgpt "user:$ids='acct_one'"
CHANGE=

row false chatgpt env:CODEX_API_KEY=sk-other
row true chatgpt env:CODEX_API_KEY=
row false apikey env:CODEX_ACCESS_TOKEN=at-other
row true chatgpt env:CODEX_ACCESS_TOKEN=
row true chatgpt env:OPENAI_API_KEY=sk-other

say "what can't be told is null"
for text in 'x' "$store='auto'"; do
	place chatgpt "user:$text" env:DBUS_SESSION_BUS_ADDRESS=unix:path=/x
	ours
	[ "$uses" = null ] || bad "says $uses"
done
place pat "user:$ids='other'"
ours
[ "$uses" = null ] || bad "says $uses"

say "for people"
place chatgpt "user:$store='keyring'\n$login='api'"
chmod 644 "$F"
run status
[ "$RC" = 1 ] || bad "exit $RC"
for want in 'email *acct_one@example.com' 'workspace *acct_one' 'plan *pro' \
    'store *keyring' 'file mode *0644 (others' 'expires *2100-01-01' \
    'last_refresh *2026-01-02' "codex *would not use it: the credential store" \
    "codex *would not use it: forced_login_method"; do
	said "^$want"
done

say "nobody is asked and nothing is changed, with a token that is over too"
place chatgpt
python3 - "$F" <<-'PY'
	import base64, json, sys
	d = json.load(open(sys.argv[1]))
	over = base64.urlsafe_b64encode(b'{"exp":1000000000}').decode()
	d["tokens"]["access_token"] = "e30." + over.rstrip("=") + ".c2ln"
	json.dump(d, open(sys.argv[1], "w"))
	PY
before=$(find "$HOME" -printf '%p %m %T@ %C@\n' | sort)
# The leak sanitizer cannot work under ptrace.
ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 strace -f -qq -e trace=%network \
    -o "$T/trace" "$CP" status > "$T/out" 2> "$T/err" < /dev/null ||
    bad "exit $?"
said '^expires *2001-09-09.* (over)$'
[ ! -s "$T/trace" ] || bad "network: $(head -3 "$T/trace")"
[ "$before" = "$(find "$HOME" -printf '%p %m %T@ %C@\n' | sort)" ] ||
    bad "something was changed"

say "nothing there, and something that is no login"
place chatgpt "user:$store='keyring'"
rm "$F"
run status
[ "$RC" = 3 ] || bad "exit $RC"
said "hint: Codex's credential store is 'keyring': its login is not in a file"
rm "$D/config.toml"
run status --json
[ "$RC" = 3 ] || bad "exit $RC"
said '"code":"no_credential"'
said "codex-provision login"
echo '{' > "$F"
run status
[ "$RC" = 3 ] || bad "exit $RC"
