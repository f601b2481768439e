#!/bin/bash
# The URL is always printed; a browser is opened where there is one, with
# nothing of ours but the URL, and is not waited for; and where the port
# cannot be reached the address is pasted (threats L5, O-1, O-7, F66).
. "$(dirname "$0")/lib.sh"
. tests/cli/issuer.sh
. tests/cli/web.sh
issuer_up a authorize=auto
bin=$T/bin
mkdir "$bin"
# Programs that the opener may not find: only these are in PATH.
for c in sh env cat readlink ls sleep ps tr sed touch; do
	ln -s "$(command -v $c)" "$bin/$c"
done

# opener NAME [LINE]: a program that notes what it was given in $T/NAME.*.
opener() {
	cat > "$bin/$1" <<-END
	#!/bin/sh
	f=$T/$1
	for a; do echo "\$a"; done > "\$f.argv"
	tr '\\0' '\\n' < /proc/self/environ > "\$f.environ"
	ls -l /proc/\$\$/fd > "\$f.fds"
	ps -o pid=,ppid=,sid=,pgid= -p \$\$ > "\$f.ps"
	# By the shell itself: around a fork it blocks signals of its own.
	while read -r a b; do
		case \$a in SigIgn:|SigBlk:) echo "\$b" ;; esac
	done < /proc/\$\$/status > "\$f.signals"
	touch "\$f.there"
	${2:-:}
	END
	chmod +x "$bin/$1"
	rm -f "$T/$1".*
}

# with [NAME=VALUE]... -- [OPTION]...: login_up with this environment.
with() {
	local vars=()
	while [ "$1" != -- ]; do
		vars+=("$1")
		shift
	done
	shift
	: > "$T/out"
	: > "$T/err"
	exec 7< "$T/canary"	# a descriptor that it must not get
	env --default-signal=INT PATH="$bin" "${vars[@]}" \
	    OPENAI_API_KEY="sk-$CANARY" CODEX_ACCESS_TOKEN="at-$CANARY" \
	    "$CP" login --issuer "$ISSUER" "$@" > "$T/out" 2> "$T/err" \
	    < "$T/canary" &
	LOGIN_PID=$!
	exec 7<&-
	await 20 grep -q '^http.*/oauth/authorize' "$T/err" ||
	    bad "no URL: $(cat "$T/err")"
	URL=$(grep -m1 '^http.*/oauth/authorize' "$T/err")
	said "^Log in at $ISSUER in a browser"
}
echo "$CANARY" > "$T/canary"

done_well() {
	browse
	[ "$BROWSED" = 200 ] || bad "browser: $BROWSED"
	login_down
	[ "$RC" = 0 ] || bad "exit $RC"
}

opened() { await 10 test -e "$T/$1.there" || bad "$1 was not started"; }
untouched() { [ ! -e "$T/$1.there" ] || bad "$1 was started"; }

say "what the opener is given"
opener mine
with BROWSER=mine DISPLAY=:7 VSCODE_IPC_HOOK_CLI=/run/vscode.sock -- \
    --timeout 60
opened mine
[ "$(cat "$T/mine.argv")" = "$URL" ] || bad "argv: $(cat "$T/mine.argv")"
no_canary "$T/mine.environ"
grep -q '^DISPLAY=:7$' "$T/mine.environ" || bad "no DISPLAY"
# The opener of an editor's terminal reaches the editor by this.
grep -q '^VSCODE_IPC_HOOK_CLI=/run/vscode.sock$' "$T/mine.environ" ||
    bad "no VSCODE_IPC_HOOK_CLI"
grep -qE '^(OPENAI|CODEX)' "$T/mine.environ" && bad "too much environment"
# What the script itself has open is not of ours.
others=$(sed -n 's/.* -> //p' "$T/mine.fds" |
    grep -vxF -e /dev/null -e "$T/mine.fds" -e "$bin/mine")
[ -z "$others" ] || bad "it was given $others"
read -r pid _ sid pgid < "$T/mine.ps"
[ "$sid" = "$pgid" ] && [ "$sid" != "$(ps -o sid= -p $$ | tr -d ' ')" ] ||
    bad "no session of its own: $(cat "$T/mine.ps")"
[ "$pid" != "$sid" ] || bad "it could take a terminal"
# 32 and 33 are the C library's: whoever started us may have had it ignore
# them, and no program can change that.
while read -r set; do
	[ $((0x$set & ~0x180000000)) = 0 ] || bad "signals: $set"
done < "$T/mine.signals"
[ "$(wc -l < "$T/mine.signals")" = 2 ] || bad "no signals"
done_well
verifier=$(sed -n 's/.*\["code_verifier", "\([^"]*\)"\].*/\1/p' "$T/issuer.a.log")
[ ${#verifier} = 86 ] || bad "verifier: $verifier"
grep -lF -e "$verifier" "$T/out" "$T/err" "$T"/mine.* && bad "the verifier"

say "an opener that hangs is not waited for, nor ended with us"
opener mine 'exec sleep 1000'
with BROWSER=mine --
opened mine
read -r pid _ < "$T/mine.ps"
done_well
gone "$pid" && bad "the browser went with us"
kill "$pid"

say "nothing is left of one that ends at once"
opener mine 'exit 1'
with BROWSER=mine --
opened mine
read -r pid _ < "$T/mine.ps"
await 10 gone "$pid" || bad "it stays"
[ -z "$(ps --ppid "$LOGIN_PID" -o pid=)" ] ||
    bad "$(ps --ppid "$LOGIN_PID" -o pid,stat,args)"
done_well

say "a list, and a place for the URL"
opener second
with BROWSER="$bin/absent:second --new %s --end:mine" --
opened second
[ "$(cat "$T/second.argv")" = "$(printf '%s\n' --new "$URL" --end)" ] ||
    bad "argv: $(cat "$T/second.argv")"
done_well

# shellcheck disable=SC2016	# as a shell would expand it
say "no shell reads BROWSER"
opener mine
with BROWSER='mine $(touch /tmp/pwned) ; mine' --
opened mine
[ "$(sed -n 1p "$T/mine.argv")" = '$(touch' ] || bad "$(cat "$T/mine.argv")"
done_well

say "the usual openers"
for c in xdg-open wslview open; do
	opener "$c"
	with DISPLAY=:7 --
	opened "$c"
	[ "$(cat "$T/$c.argv")" = "$URL" ] || bad "$c: $(cat "$T/$c.argv")"
	done_well
	rm -f "$T/$c.there"
	with --	# without a screen
	done_well
	[ "$c" = wslview ] && opened "$c"
	[ "$c" = wslview ] || untouched "$c"
	rm "$bin/$c"
done

say "none is no error"
with DISPLAY=:7 --
said 'With no browser on this machine'
done_well
with BROWSER=/absent --
said 'With no browser on this machine'
done_well

say "--no-browser"
opener mine
opener xdg-open
with BROWSER=mine DISPLAY=:7 -- --no-browser
done_well
untouched mine
untouched xdg-open

say "--quiet prints it too"
with -- --quiet --no-browser
done_well
[ ! -s "$T/out" ] || bad "not quiet"

say "--json has the URL as well"
with -- --json --no-browser
done_well
head -1 "$T/out" | grep -qF "{\"browser\":{\"url\":\"$URL\",\"seconds\":900}}" ||
    bad "no object"
sed -n 2p "$T/out" | grep -q '"state":"written"' || bad "no verdict"

# ---- by hand ----------------------------------------------------------------

# What the user copies out of the browser: program that reads the screen.
cat > "$T/copy" <<'END'
#!/bin/sh
url=$(sed -n '/^http.*oauth.authorize/{p;q;}')
curl -gs -o /dev/null -w '%{redirect_url}' "$url"
END
chmod +x "$T/copy"

say "--paste"
on_tty "Paste.*=nonsense" "Paste.*=http://127.0.0.1:1455/auth/callback?error" \
    "Paste.*=|$T/copy" -- login --paste --issuer "$ISSUER"
[ "$RC" = 0 ] || bad "exit $RC: $(cat "$T/tty")"
[ "$(grep -c 'not the address this login ends at' "$T/tty")" = 2 ] ||
    bad "$(cat "$T/tty")"
grep -q refresh_token "$AUTH" || bad "no login"
ports_free || bad "a port"

say "--paste while the port is taken, which does not matter"
python3 -c 'import socket, time
s = socket.create_server(("127.0.0.1", 1455)); print("there", flush=True)
time.sleep(100)' > "$T/holder" &
holder=$!
await 10 test -s "$T/holder"
on_tty "Paste.*=|$T/copy" -- login --paste --issuer "$ISSUER"
[ "$RC" = 0 ] || bad "exit $RC: $(cat "$T/tty")"
kill "$holder"

say "--paste, and then not"
cp "$AUTH" "$T/old"
on_tty "Paste.*=^C" -- login --paste --issuer "$ISSUER"
[ "$RC" = 130 ] || bad "exit $RC: $(cat "$T/tty")"
cmp -s "$AUTH" "$T/old" || bad "the old login is gone"
on_tty -- login --paste --timeout 1 --issuer "$ISSUER"
[ "$RC" = 5 ] || bad "exit $RC: $(cat "$T/tty")"
grep -q 'nobody logged in within 1 s' "$T/tty" || bad "$(cat "$T/tty")"
cmp -s "$AUTH" "$T/old" || bad "the old login is gone"
run login --paste --issuer "$ISSUER"
[ "$RC" = 2 ] || bad "exit $RC"
said '--paste needs a terminal'
run login --paste --no-input --issuer "$ISSUER"
[ "$RC" = 2 ] || bad "exit $RC"
run login --device-auth --workspace x --issuer "$ISSUER"
[ "$RC" = 2 ] || bad "exit $RC"
run login --redirect-host evil.example
[ "$RC" = 2 ] || bad "exit $RC"
