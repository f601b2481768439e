#!/bin/bash
# The encrypted store: what goes in comes out, under its name, for whoever has
# the passphrase; a second implementation opens what we write and writes what
# we open; and what is shown is never a secret.
. "$(dirname "$0")/lib.sh"
. tests/cli/vault.sh
P=(--passphrase-file "$T/pass")

mode() { stat -c '%a' "$1"; }

say "no store yet"
store list
rc 3
said 'store add NAME'
[ ! -e "$DATA" ] || bad "looking made a folder"

say "the first add makes it, with the full cost"
cred "$T/work" chatgpt acct_work
cred "$T/key" apikey one
store add work --from "$T/work"
rc 0
[ "$(mode "$DATA/store") $(mode "$DATA")" = "600 700" ] || bad "modes"
"$VAULT" open "$DATA/store" "$PASS" > "$T/json" ||
    bad "the second implementation can't open it"
python3 - "$T/json" "$T/work" "$DATA/store" <<'PY' || bad "what is in it"
import json, struct, sys
s = json.load(open(sys.argv[1]))
e, = s["entries"]
assert e["credential"] == open(sys.argv[2]).read()
assert (e["name"], e["mode"], e["account"]) == ("work", "chatgpt", "acct_work")
assert e["email"] == "acct_work@example.com" and e["plan"] == "pro"
assert e["user"] == "user-acct_work" and e["expires"] == 4102444800
assert e["last_refresh"].startswith("2026-01-02") and e["refreshable"]
assert s["generation"] == 1 and len(bytes.fromhex(s["id"])) == 16
assert struct.unpack("<IQ", open(sys.argv[3], "rb").read(32)[20:]) == \
    (3, 256 << 20)
PY
grep -aqE 'work|acct|example|pro' "$DATA/store" && bad "a name is readable"

say "what the second implementation writes, we open"
python3 - "$T/work" "$T/key" > "$T/spec" <<'PY'
import json, sys
work, key = (open(f).read() for f in sys.argv[1:])
print(json.dumps({"generation": 7, "id": "ab" * 16, "next_serial": 9,
  "entries": [
    {"name": "work", "serial": 4, "added": 1700000000, "changed": 1700000009,
     "mode": "chatgpt", "account": "acct_work", "email": "w@example.com",
     "plan": "pro", "expires": 4102444800, "refreshable": True,
     "user": "user-acct_work", "last_refresh": "2026-01-02T03:04:05Z",
     "credential": work},
    {"name": "a.key", "serial": 8, "mode": "apikey", "credential": key}]}))
PY
cheap < "$T/spec"
store list
rc 0
[ "$(awk 'NR > 1 { print $1 }' "$T/out" | tr '\n' ' ')" = "a.key work " ] ||
    bad "names"
store show work --json
rc 0
python3 - "$T/out" <<'PY' || bad "show"
import json, sys
o = json.loads(open(sys.argv[1]).read())
assert o["target"] == "store:work" and o["kind"] == "store"
assert o["state"] == "present" and o["email"] == "w@example.com"
assert o["added"] == "2023-11-14T22:13:20Z" and o["mode"] == "chatgpt"
assert o["codex"]["uses_file"] is None
PY
[ "$(python3 -c 'import json, sys
print(*(json.loads(l)["target"] for l in open(sys.argv[1])))' \
    <(run store list --json "${P[@]}"; cat "$T/out"))" = \
    "store:a.key store:work" ] || bad "list --json"

say "known answers are those of the second implementation"
grep -o '[0-9a-f]\{32\}' tests/unit/store_vaultfmt.c | tr -d '\n' |
    grep -q "$("$VAULT" kat)" || bad "tests/unit/store_vaultfmt.c is stale"

say "add follows the rules of a push"
store add work --from "$T/work"
rc 0
said unchanged
cred "$T/newer" chatgpt acct_work 2026-03-01T00:00:00Z
cred "$T/other" chatgpt acct_other
store add work --from "$T/other"
rc 3
said 'another account'
store add work --from "$T/newer"
rc 0
store add work --from "$T/work"
rc 3
said 'is newer'
store add work --from "$T/work" --force
rc 0
cred "$T/lease" lease acct_work 2026-01-02T03:04:05.678901234Z
store add work --from "$T/lease"
rc 3
said 'holds a refresh token'
store add 'a b' --from "$T/work"
rc 2
store add x --from "$T/nothing"
rc 3
store add x --from store:work
rc 2

say "from standard input, and this machine's own"
store add piped --from - < /dev/null
rc 3
RC=0
"$CP" store add piped --from - "${P[@]}" < "$T/key" > "$T/out" 2>&1 || RC=$?
rc 0
cp "$T/other" "$HOME/.codex/auth.json"
store add mine
rc 0

say "rename and remove"
store rename mine work
rc 2
store rename mine other
rc 0
store remove piped
rc 0
store remove piped
rc 3
store list
[ "$(awk 'NR > 1 { print $1 }' "$T/out" | tr '\n' ' ')" = \
    "a.key other work " ] || bad "names after that"

say "a wrong passphrase says just that"
echo wrong > "$T/wrong"
chmod 600 "$T/wrong"
run store list --passphrase-file "$T/wrong"
rc 8
[ "$(cat "$T/err")" = "codex-provision: wrong passphrase" ] || bad "said more"
run store list --json --passphrase-file "$T/wrong"
[ "$(member code)" = bad_passphrase ] || bad "code $(member code)"
said '"bad_passphrase"'

say "damage says that, whichever passphrase"
cp "$DATA/store" "$T/good"
printf 'x' | dd of="$DATA/store" bs=1 seek=3000 conv=notrunc status=none
for f in pass wrong; do
	run store list --passphrase-file "$T/$f"
	rc 3
	said 'it is damaged'
done
cp "$T/good" "$DATA/store"

say "an older file put back is noticed, until something is saved"
store add later --from "$T/key"
rc 0
cp "$T/good" "$DATA/store"
store list
rc 0
said 'older than when it was last used'
run store list --json -q "${P[@]}"
grep -q '"warnings":\["[^]]*older' "$T/out" || bad "not in the json"
store add again --from "$T/key"
said 'older than when it was last used'
store list
grep -q older "$T/err" && bad "still said"
[ "$(find "$STATE_DIR" -name 'seen-*' | wc -l)" -ge 1 ] || bad "nothing noted"

say "that nothing of it can be noted is said, once"
chmod 777 "$STATE_DIR"
store list
rc 0
[ "$(grep -c "would not be noticed: cannot use '$STATE_DIR'" "$T/err")" = 1 ] ||
    bad "not once"
store rename again once --json
rc 0
[ "$(grep -o 'would not be noticed' "$T/out" | wc -l)" = 1 ] || bad "in the json"
chmod 700 "$STATE_DIR"
store rename once again
grep -q noticed "$T/err" && bad "still said"

say "what others can reach is refused"
chmod 640 "$DATA/store"
store list
rc 7
said 'others can get at it'
chmod 600 "$DATA/store"

say "a new passphrase"
echo 'five quite random words here' > "$T/next"
chmod 600 "$T/next"
store passphrase --new-passphrase-file "$T/next"
rc 0
store list
rc 8
cp "$T/next" "$T/pass"
store show work
rc 0

say "the passphrase from standard input, or from a command"
RC=0
"$CP" store list --passphrase-file - < "$T/next" > "$T/out" 2>&1 || RC=$?
rc 0
run store add x --from - --passphrase-file -
rc 2
export CODEX_PROVISION_PASSPHRASE_COMMAND="printf '%s\n' \"\$(cat $T/next)\" more"
run store list
rc 0
export CODEX_PROVISION_PASSPHRASE_COMMAND="read x; cat $T/next"
RC=0
"$CP" store add cmd --from - < "$T/key" > "$T/out" 2>&1 || RC=$?
rc 0			# it did not eat the credential
for c in 'exit 3' true "cat $T/next; kill \$\$" 'yes'; do
	export CODEX_PROVISION_PASSPHRASE_COMMAND=$c
	run store list
	rc 8
done
export CODEX_PROVISION_PASSPHRASE_COMMAND=false
store list
rc 0			# the file comes first
unset CODEX_PROVISION_PASSPHRASE_COMMAND
run store list
rc 8
said 'no terminal'

say "interrupted while nobody writes to a pipe it is to read"
mkfifo "$T/pipe"
for args in "list --passphrase-file $T/pipe" \
    "add y --from $T/pipe --passphrase-file $T/pass"; do
	# shellcheck disable=SC2086
	"$CP" store $args > "$T/out" 2> "$T/err" < /dev/null &
	await 20 grep -q wait_for_partner "/proc/$!/wchan" || bad "never came to it"
	kill -TERM $!
	RC=0
	wait $! || RC=$?
	rc 143
done

say "push --from store:NAME"
account a
sshd_up
push --from store:work "${P[@]}" a@web1
want written
far_is=${HOME_OF[a]}/.codex/auth.json
cmp -s "$far_is" "$T/work" || bad "other bytes there"
push --from store:nobody "${P[@]}" a@web1
rc 3

say "usage"
for w in frob "list x" "show" "rename a" "list --force" "use a b" \
    "show a --from x" "add a --new-passphrase-file $T/next"; do
	# shellcheck disable=SC2086
	store $w
	rc 2
done
no_canary "$DATA/store" "$STATE_DIR"/*
