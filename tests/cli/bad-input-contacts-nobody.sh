#!/bin/bash
# A bad credential, option or target line: the contract's code, a hint, and
# not one packet to any host.
. "$(dirname "$0")/lib.sh"
account a /bin/bash
sshd_up
cred "$T/good"
good=$T/good
F=$HOME/.codex/auth.json

# refused EXIT ARG...: that exit code; nobody was contacted.
refused() {
	local want=$1
	shift
	CASE="$*"
	: > "$T/sshd.default.log"
	run "$@"
	[ "$RC" = "$want" ] || bad "exit $RC, want $want"
	[ "$RC" = 2 ] || grep -q 'hint' "$T/out" "$T/err" || bad "no hint"
	[ -s "$T/err" ] || bad "says nothing"
	[ ! -s "$T/sshd.default.log" ] || bad "a host was contacted"
}

refused 3 push a@web1				# no credential
for c in '' '{' '[]' '{}' 'null' '"x"' '{"auth_mode":"nonsense"}' \
    '{"auth_mode":"apikey"}' '{"auth_mode":"apikey","OPENAI_API_KEY":""}' \
    '{"OPENAI_API_KEY":"sk-CAN","OPENAI_API_KEY":"sk-CAN"}' \
    '{"tokens":{"id_token":"CAN","access_token":"a","refresh_token":"r"}}'; do
	printf '%s' "${c//CAN/$CANARY}" > "$F"
	refused 3 push a@web1
	refused 3 push --json a@web1
done
head -c 500 "$good" > "$F"
refused 3 push a@web1
{ printf '\xef\xbb\xbf'; cat "$good"; } > "$F"
refused 3 push a@web1
{ cat "$good"; echo x; } > "$F"
refused 3 push a@web1
cred "$F" chatgpt acct_one 2026-01-01T00:00:00Z 70000	# over 64 KiB
refused 3 push a@web1
rm "$F"
mkfifo "$F"
refused 3 push a@web1
rm "$F"
mkdir "$F"
refused 3 push a@web1
rmdir "$F"
cp "$good" "$F"
refused 3 push --from /nonexistent a@web1
refused 3 push --from - a@web1			# standard input is empty

refused 2
refused 2 frobnicate
refused 2 push
refused 2 push --nonsense a@web1
refused 2 push --timeout a@web1
for v in 0 -1 x 1025 99999999999999999999 1.5 ''; do
	refused 2 push -j "$v" a@web1
done
for v in 0 -1 x 99999999999999999999 ''; do
	refused 2 push --timeout "$v" a@web1
done
for t in '' -oProxyCommand=x 'a@-oProxyCommand=x' 'a b@web1' 'a@web1:0' \
    'a@web1:65536' 'a@web1:x' '@web1' 'a@' 'x;id@web1' 'a@$(id)' 'a@`id`' \
    'ssh://' 'ftp://web1' '[::1' $'a@we\nb1' \
    'ssh://a:pw@web1'; do
	refused 2 push -- a@web1 "$t"
done
printf 'a@web1\n\n# c\nb@web1:x\n' > "$T/hosts"
refused 2 push --hosts "$T/hosts"
said hosts:4
refused 2 push --hosts /nonexistent
refused 2 push --codex-home relative a@web1
refused 2 push --codex-home $'/a\nb' a@web1
refused 2 push -o nonsense a@web1
