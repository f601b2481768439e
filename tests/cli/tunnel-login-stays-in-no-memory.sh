#!/bin/bash
# plain build only: sanitizers keep freed memory aside, unwiped
# When a far login is over, neither the code that the browser brought nor the
# login that came of it is in our memory, or in a file but the one it is for:
# over SSH, by hand, refused, interrupted, after a cut link, in a container.
. "$(dirname "$0")/lib.sh"
. tests/cli/engines.sh
. tests/cli/memory.sh
. tests/cli/farhost.sh
. tests/cli/issuer.sh
. tests/cli/farlogin.sh
far_issuer
far_codex h1
far_sshd h1

# scanning ARG...: as login_up; watched to its end.
mapfile -t WORDS < <(coded "$CANARY")
scanning() {
	rm -f "$T/url" "$T/report"
	: > "$T/out"
	: > "$T/err"
	env --default-signal=INT "$SCAN" "$T/report" "${WORDS[@]}" -- "$CP" \
	    tunnel --json -vv "$@" > "$T/out" 2> "$T/err" < /dev/null &
	LOGIN_PID=$!
}
ended() {	# RC [STATE]
	login_end
	[ -z "$ANSWER" ] || wait "$ANSWER"
	[ "$RC" = "$1" ] || bad "exit $RC"
	said "\"state\":\"${2:-written}\""
	found "$CASE"
}
us() { pgrep -x codex-provision; }

say "the search finds what is there"
RC=0
"$SCAN" "$T/report" "${WORDS[@]}" -- /bin/bash -c 'x=$0; exit 7' "c$CANARY" ||
    RC=$?
grep -q "^FOUND" "$T/report" || bad "it does not"

say "over SSH, beside an old login"
far_fake h1 good
old h1
scanning h1@h1
opened
answer
ended 0
cmp -s "${HOME_OF[h1]}/login" "${HOME_OF[h1]}/.codex/auth.json" || bad "file"

say "a login that is refused, and one that is none"
for mode in page garbage; do
	far_fake h1 $mode
	scanning h1@h1
	opened
	answer
	login_end
	wait "$ANSWER"
	case $mode.$RC in
	page.4|garbage.3) ;;
	*) bad "$mode: exit $RC" ;;
	esac
	found "$mode"
done

say "Ctrl-C while it exchanges"
far_fake h1 hang
scanning h1@h1
opened
answer
reaches exchanging
kill -INT "$(us)"
ended 130 failed

say "the link is cut while the code is there"
far_fake h1 good
old h1
scanning h1@h1
opened
sshd_down h1
cut_link
await 20 grep -q 'connecting again' "$T/err" || bad "it is not noticed"
answer
far_sshd h1
ended 0

say "by hand"
far_fake h1 good
cat > "$T/copy" <<END
#!/bin/sh
echo "http://127.0.0.1:1455/auth/callback?code=c$CANARY&state=$FAKE_STATE"
END
chmod 755 "$T/copy"
RC=0
python3 tests/cli/terminal.py "Paste the address=|$T/copy" -- sh -c \
    'out=$1; shift; exec "$@" > "$out"' - "$T/out" \
    "$SCAN" "$T/report" "${WORDS[@]}" -- "$CP" tunnel --json --paste h1@h1 \
    > "$T/err" || RC=$?
[ "$RC" = 0 ] || bad "exit $RC"
no_canary "$T/out" "$T/err"
found "by hand"
nothing_left h1

say "in a container, by its code"
dockerd_up e
images
mkdir "$T/there"
cat > "$T/there/codex" <<'END'
#!/bin/sh
echo "https://auth.openai.com/codex/device"
echo ABCD-1234
until [ -e ~/login ]; do sleep 1; done
cp ~/login "$CODEX_HOME/auth.json"
END
chmod -R 755 "$T/there"
box c1 1000 /home/app -u app -v "$T/there:/usr/local/bin:ro" -e HOME=/home/app
scanning -H "unix://${SOCK[e]}" --device-auth docker://c1
await 60 grep -q ABCD-1234 "$T/out" || bad "no code"
install -m 600 -o "${UID_OF[c1]}" "${HOME_OF[h1]}/login" "${HOME_OF[c1]}/login"
ANSWER=
ended 0

say "files: nothing but the login itself"
leaks=$(grep -rlI "$CANARY" /tmp /var/tmp /dev/shm /run "$HOME" \
    "${HOME_OF[h1]}" 2> /dev/null | grep -v -e "^$T/[a-z1.]*$" \
    -e '/\.codex/auth\.json$' -e '/login$' -e '/requests$' \
    -e '/issuer\.[a-z.]*$' -e '/cxp-run\.[^/]*/[^/]*\.log$')
[ -z "$leaks" ] || bad "a secret is in: $leaks"
