#!/bin/bash
# status TARGET: whether the Codex there will use the file, and the real Codex
# there then does so; who else holds the same refresh token.
. tests/cli/lib.sh
codex=$(find "$CXP_CACHE/node_modules/@openai" -path '*-musl/bin/codex' \
    -type f | head -1)
[ -x "$codex" ] || skip "no real codex (scripts/deps)"
sshd_up
mkdir -p /etc/codex "$T/codex"
mount --bind "${codex%/*}" "$T/codex"
: > /etc/resolv.conf	# Codex's doctor asks for names: no answer at once

# one NAME KIND: an account with a login of that kind and a Codex of its own.
one() {
	account "$1"
	cred "$T/$1.json" "$2" "${3:-acct_one}"
	far "$1" "$T/$1.json"
	mkdir -p "${HOME_OF[$1]}/.local/bin"
	ln -s "$T/codex/codex" "${HOME_OF[$1]}/.local/bin/codex"
	chown -hR "$1:" "${HOME_OF[$1]}"
}
config() { cat > "${HOME_OF[$1]}/.codex/config.toml"; }
as() {	# ACCOUNT COMMAND...: as a log-in of that account would run it
	local a=$1
	shift
	setpriv --reuid "${UID_OF[$a]}" --regid "${UID_OF[$a]}" --clear-groups \
	    env -i HOME="${HOME_OF[$a]}" PATH=/usr/bin:/bin \
	    sh -c "cd; $*" 2>&1
}

# of TARGET NAME: a member of that target's line.
of() {
	python3 - "$T/out" "$1" "$2" <<-'PY'
	import json, sys
	for line in open(sys.argv[1]):
	    o = json.loads(line)
	    if o.get("target") == sys.argv[2]:
	        for name in sys.argv[3].split("."):
	            o = o.get(name) if isinstance(o, dict) else None
	        print(json.dumps(o) if not isinstance(o, str) else o)
	PY
}
# uses TARGET true|false|null [REASON]
uses() {
	local is why
	is=$(of "$1" codex.uses_file) why=$(of "$1" codex.why)
	[ "$is" = "$2" ] || bad "$1: uses_file $is, not $2 ($why)"
	[[ $why == *"${3:-}"* ]] || bad "$1: why is $why"
}
warns() {
	[[ $(of "$1" warnings) == *"$2"* ]] || bad "$1: no warning: $2"
}

say "what is there"
one fine chatgpt
one key apikey acct_key
one lease lease acct_lease
one pat pat acct_pat
account none
run status --json fine@web1 key@web1 lease@web1 pat@web1 none@web1
[ "$RC" = 1 ] || bad "exit $RC"
uses fine@web1 true
uses key@web1 true
uses lease@web1 true
uses pat@web1 true
uses none@web1 false "no auth.json"
[ "$(of fine@web1 codex.version)" = "codex-cli 0.169.0" ] ||
    bad "version $(of fine@web1 codex.version)"
[ "$(of fine@web1 email)" = acct_one@example.com ] || bad "email"
[ "$(of fine@web1 expires)" = 2100-01-01T00:00:00Z ] || bad "expires"
[ "$(of key@web1 shared_with)" = null ] || bad "a key has no refresh token"
[ "$(of fine@web1 shared_with)" = "[]" ] || bad "shared with nobody"
warns none@web1 "no codex was found"
[[ $(as fine .local/bin/codex login status) == *ChatGPT* ]] || bad "codex: fine"
[[ $(as key .local/bin/codex login status) == *"API key"* ]] || bad "codex: key"

say "the same refresh token in several places"
one two chatgpt
cp "$T/fine.json" "${HOME_OF[two]}/.codex/auth.json"
one other chatgpt acct_two
run status --json fine@web1 two@web1 other@web1
[ "$(of fine@web1 shared_with)" = '["two@web1"]' ] || bad "fine: $(of fine@web1 shared_with)"
[ "$(of two@web1 shared_with)" = '["fine@web1"]' ] || bad "two"
[ "$(of other@web1 shared_with)" = '[]' ] || bad "other"
run status fine@web1 two@web1 other@web1
said "the same refresh token as two@web1"
grep -q "^TARGET *LOGIN *WHO *PLAN *EXPIRES *CODEX$" "$T/out" || bad "no table"

for i in {10..29}; do
	echo "127.0.1.1 many$i" >> /etc/hosts
done
run status fine@many{10..29}
[ "$(grep -c "the same refresh token as .* and 11 more: " "$T/out")" = 20 ] ||
    bad "a shared fleet"

say "where Codex keeps its login elsewhere"
one keyring chatgpt
echo 'cli_auth_credentials_store = "keyring"' | config keyring
one memory chatgpt
printf 'model = "x"\n# a comment\ncli_auth_credentials_store = "ephemeral"\n[t]\n' |
    config memory
run status --json keyring@web1 memory@web1
uses keyring@web1 false keyring
uses memory@web1 false ephemeral
for a in keyring memory; do
	[[ $(as $a .local/bin/codex login status) != *"Logged in"* ]] ||
	    bad "codex uses it: $a"
done

say "where Codex would delete it"
one forced chatgpt
echo 'forced_login_method = "api"' | config forced
one workspace chatgpt
echo 'forced_chatgpt_workspace_id = ["acct_nine"]' | config workspace
run status --json forced@web1 workspace@web1
uses forced@web1 false "would delete it"
uses workspace@web1 false "would delete it"
for a in forced workspace; do
	as $a "timeout 60 .local/bin/codex exec --skip-git-repo-check hi </dev/null" > "$T/exec"
	[ ! -e "${HOME_OF[$a]}/.codex/auth.json" ] || bad "codex kept it: $a"
done

say "where Codex does not start, and what the machine's owner forces"
one broken chatgpt
echo 'cli_auth_credentials_store = "cupboard"' | config broken
run status --json broken@web1
uses broken@web1 false "does not start"
[[ $(as broken .local/bin/codex login status) == *"Error loading"* ]] || bad "it starts"
echo 'cli_auth_credentials_store = "keyring"' > /etc/codex/managed_config.toml
run status --json fine@web1
uses fine@web1 false keyring
rm /etc/codex/managed_config.toml

say "what beats the file: a variable that only a log-in has"
one profile chatgpt
echo 'export CODEX_API_KEY=sk-x' > "${HOME_OF[profile]}/.profile"
sed -i "s|^\(profile:.*\):/bin/sh\$|\1:/bin/bash|" /etc/passwd
run status --json profile@web1
uses profile@web1 false CODEX_API_KEY

say "and one that only shells for people have: a doubt"
printf '#CODEX_API_KEY=sk-x\nexport CODEX_API_KEY=\n' > "${HOME_OF[two]}/.bashrc"
echo 'case $- in *i*) export CODEX_ACCESS_TOKEN=at-x;; esac' \
    > "${HOME_OF[other]}/.zshrc"
run status --json two@web1 other@web1
uses two@web1 true
uses other@web1 null "zshrc sets CODEX_ACCESS_TOKEN"

say "a Codex home that only a log-in has"
one moved chatgpt
mkdir -m 700 "${HOME_OF[moved]}/other"
chown moved: "${HOME_OF[moved]}/other"
sed -i "s|^\(moved:.*\):/bin/sh\$|\1:/bin/bash|" /etc/passwd
echo 'export CODEX_HOME=$HOME/other' > "${HOME_OF[moved]}/.profile"
run status --json moved@web1
uses moved@web1 false "CODEX_HOME is '${HOME_OF[moved]}/other'"
[[ $(as moved ". ./.profile; .local/bin/codex login status") == *"Not logged in"* ]] ||
    bad "codex uses it"
run status --json --codex-home "${HOME_OF[moved]}/.codex" moved@web1
uses moved@web1 true
echo 'export CODEX_HOME=$HOME/./.codex/' > "${HOME_OF[moved]}/.profile"
run status --json moved@web1
uses moved@web1 true

say "a keyring that only a log-in has, a codex that runs by what lies beside it"
echo 'export DBUS_SESSION_BUS_ADDRESS=unix:path=/x PATH=$PATH:$HOME/nvm' \
    > "${HOME_OF[moved]}/.profile"
rm "${HOME_OF[moved]}/.local/bin/codex"
mkdir "${HOME_OF[moved]}/nvm"
ln -s /bin/sh "${HOME_OF[moved]}/nvm/cxnode"
printf '#!/usr/bin/env cxnode\n[ "$1" = doctor ] || echo codex-cli 0.1\n' \
    > "${HOME_OF[moved]}/nvm/codex"
chmod 755 "${HOME_OF[moved]}/nvm/codex"
echo 'cli_auth_credentials_store = "auto"' | config moved
run status --json moved@web1
uses moved@web1 null "keyring"
[ "$(of moved@web1 codex.version)" = "codex-cli 0.1" ] ||
    bad "version $(of moved@web1 codex.version)"

say "a log-in that leaves something running, and one that does not end"
echo '(sleep 300) &' > "${HOME_OF[profile]}/.profile"
run status --json --timeout 60 profile@web1
uses profile@web1 true
pkill -u "${UID_OF[profile]}" -x sleep
echo 'trap "" TERM; while :; do sleep 1; done' > "${HOME_OF[profile]}/.profile"
run status --json --timeout 8 profile@web1
uses profile@web1 null
warns profile@web1 "longer than 8 s"
pkill -KILL -u "${UID_OF[profile]}"

say "what will go wrong at the next refresh"
one closed chatgpt
chmod 500 "${HOME_OF[closed]}/.codex"
one mounted chatgpt
mount --bind "$T/mounted.json" "${HOME_OF[mounted]}/.codex/auth.json"
chown mounted: "$T/mounted.json"
one wide chatgpt
chmod 644 "${HOME_OF[wide]}/.codex/auth.json"
one roots chatgpt
chmod 644 "${HOME_OF[roots]}/.codex/auth.json"
chown root: "${HOME_OF[roots]}/.codex/auth.json"
one linked chatgpt
mkdir "${HOME_OF[linked]}/dot"
mv "${HOME_OF[linked]}/.codex/auth.json" "${HOME_OF[linked]}/dot/a"
ln -s ../dot/a "${HOME_OF[linked]}/.codex/auth.json"
chown -hR linked: "${HOME_OF[linked]}"
chmod 500 "${HOME_OF[linked]}/dot"
run status --json closed@web1 mounted@web1 wide@web1 fine@web1 linked@web1 \
    roots@web1
warns closed@web1 "cannot write in its home"
warns mounted@web1 "mount of its own"
warns wide@web1 "mode 0644"
warns linked@web1 "cannot write in its home"
warns roots@web1 "belongs to uid 0"
[[ $(of wide@web1 warnings) != *"belongs to"* ]] || bad "wide is its own"
warns fine@web1 "lies in memory"	# all tests lie in a tmpfs
[[ $(of fine@web1 warnings) != *"mount of its own"* ]] || bad "fine is no mount"
umount "${HOME_OF[mounted]}/.codex/auth.json"
blank="${HOME_OF[mounted]}/a codex  home"
mv "${HOME_OF[mounted]}/.codex" "$blank"
mount --bind "$T/mounted.json" "$blank/auth.json"
run status --json --codex-home "$blank" mounted@web1
warns mounted@web1 "mount of its own"
umount "$blank/auth.json"

say "an expired login is not refreshed by being looked at"
one stale chatgpt
python3 -c '
import base64, json, sys
o = json.load(sys.stdin)
for k in "id_token", "access_token":
    h, c, s = o["tokens"][k].split(".")
    d = json.loads(base64.urlsafe_b64decode(c + "=="))
    d["exp"] = 1600000000
    c = base64.urlsafe_b64encode(json.dumps(d).encode()).decode().rstrip("=")
    o["tokens"][k] = ".".join((h, c, s))
json.dump(o, sys.stdout)' < "$T/stale.json" > "$T/expired.json"
cat "$T/expired.json" > "${HOME_OF[stale]}/.codex/auth.json"
sshd_down
sshd_up issuer "SetEnv CODEX_REFRESH_TOKEN_URL_OVERRIDE=http://127.0.0.1:7777/t"
python3 - "$T/asked" <<-'PY' &
	import select, socket, sys
	at = [socket.create_server(("127.0.0.1", p)) for p in (9, 7777)]
	out = open(sys.argv[1], "ab", 0)
	out.write(b"ready\n")
	while True:
	    for s in select.select(at, [], [])[0]:
	        c = s.accept()[0]
	        c.settimeout(2)
	        try:
	            out.write(c.recv(4096) + b"\n")
	        except OSError:
	            pass
	        c.close()
PY
listener=$!
await 10 grep -q ready "$T/asked"
run status --json --timeout 60 stale@web1
kill "$listener"
[ "$(of stale@web1 expires)" = 2020-09-13T12:26:40Z ] || bad "not expired"
uses stale@web1 true
grep -q "^CONNECT 127.0.0.1:9 " "$T/asked" || bad "doctor asked nobody"
no_canary "$T/asked"
! grep -q POST "$T/asked" || bad "the issuer was asked"
cmp -s "$T/expired.json" "${HOME_OF[stale]}/.codex/auth.json" || bad "changed"

say "for people, its end is over"
run status stale@web1
said " 2020-09-13T12:26:40Z (over) "

say "a Codex that runs there"
mkfifo "$T/quiet"
exec 8<> "$T/quiet"
as fine "mkdir ran; CODEX_HOME=~/ran exec .local/bin/codex app-server" \
    < "$T/quiet" > "$T/server" &
# shellcheck disable=SC2317	# by await
running_there() { [ "$(as fine "ls /proc/*/comm" | xargs grep -lx codex 2> /dev/null | wc -l)" -gt 0 ]; }
await 30 running_there || bad "no codex runs"
# One that has ended, and whose parent does not care (a container's first
# process), runs no more.
as two "mkdir dead; cp /bin/true dead/codex; exec python3 -c '
import os, subprocess, sys
p = subprocess.Popen([\"dead/codex\"])
os.waitid(os.P_PID, p.pid, os.WEXITED | os.WNOWAIT)
print(\"dead\", flush=True)
sys.stdin.read()'" < "$T/quiet" > "$T/ended" &
await 30 grep -q dead "$T/ended" || bad "none has ended"
printf '#!/bin/sh\nexit 1\n' > "$T/pgrep"	# as a container has it
chmod 755 "$T/pgrep"
mount --bind "$T/pgrep" /usr/bin/pgrep
run status --json fine@web1 two@web1
umount /usr/bin/pgrep
[ "$(of fine@web1 codex.running)" = 1 ] || bad "running $(of fine@web1 codex.running)"
[ "$(of two@web1 codex.running)" = 0 ] || bad "running $(of two@web1 codex.running)"
warns fine@web1 "has to be restarted"

say "what a remove leaves"
one gone chatgpt
echo 'cli_auth_credentials_store = "auto"' | config gone
run remove --json fine@web1 gone@web1
[ "$(of fine@web1 state)" = removed ] || bad "fine: $(of fine@web1 state)"
warns fine@web1 "Codex runs there (1)"
warns gone@web1 "keyring"
say "also where there is no file: a keyring has it then"
run remove --json fine@web1 gone@web1 none@web1
[ "$RC" = 0 ] || bad "exit $RC"
for a in fine gone none; do
	[ "$(of $a@web1 state)" = absent ] || bad "$a: $(of $a@web1 state)"
done
warns fine@web1 "Codex runs there (1)"
warns gone@web1 "keyring"
[ "$(of none@web1 warnings)" = null ] || bad "none: $(of none@web1 warnings)"
echo "cli_auth_credentials_store = 'keyring'" > /etc/codex/managed_config.toml
run remove --json none@web1
warns none@web1 "keyring (/etc/codex/managed_config.toml)"
rm /etc/codex/managed_config.toml
[ ! -e "${HOME_OF[none]}/.codex" ] || bad "a folder was made"
cp "$T/fine.json" "${HOME_OF[fine]}/.codex/auth.json"
chown fine: "${HOME_OF[fine]}/.codex/auth.json"
exec 8>&-
pkill -u "${UID_OF[fine]}" -x codex

say "a clock that is off"
command -v faketime > /dev/null || skip "no faketime (scripts/deps)"
if [[ $B != *san* ]]; then	# two libraries cannot both be loaded first
	faketime -f -2h "$CP" status --json fine@web1 > "$T/out" 2> "$T/err" \
	    < /dev/null
	warns fine@web1 "s ahead"
fi

say "no byte of a secret, and nothing left there"
no_canary "$T/out" "$T/err"
[ "$(as fine "ls -A .codex | grep -v -e '^auth.json' -e '^auth.lock' -e '^tmp$' -e '^log$' -e sqlite")" = "" ] ||
    bad "left: $(as fine ls -A .codex)"
exit 0
