#!/bin/bash
# What an issuer has given is not lost where it can't be stored; and a login
# that does not come to its end leaves the old file and nothing else.
. "$(dirname "$0")/lib.sh"
. tests/cli/issuer.sh
. tests/cli/web.sh
issuer_up main --interval '"1"' authorize=auto
f=~/.codex/auth.json
export XDG_DATA_HOME=$T/data
cred "$T/old"

old_there() {
	chattr -i ~/.codex 2> /dev/null
	rm -rf ~/.codex "$XDG_DATA_HOME"
	mkdir -m 700 ~/.codex
	cp "$T/old" $f
	chmod 600 $f
}

# begin [ARG]...: a login that waits for the user. Sets PID.
begin() {
	issuer_set main poll=pending
	local n
	n=$(issuer_count main poll)
	timeout 100 "$CP" login --device-auth --issuer "$ISSUER" "$@" \
	    > "$T/out" 2> "$T/err" < /dev/null &
	PID=$!
	await 30 issuer_counts main poll $((n + 1)) || bad "it never asks"
}

# end EXIT: lets the user confirm.
end() {
	issuer_set main poll=ok
	wait $PID
	RC=$?
	[ "$RC" = "$1" ] || bad "exit $RC, not $1"
	no_canary "$T/out" "$T/err"
}

# rescued FOLDER [WHEN]: the login is in a file there that the text names.
rescued() {
	local r
	r=$(find "$1" -maxdepth 1 -name 'rescued-auth-*.json')
	if [ -z "$r" ]; then
		bad "nothing is rescued"
		return
	fi
	said "the login is not lost: it is in '$r'"
	said "hint: ${2:-when that is mended}: mv '$r' '$f'"
	[ "$(stat -c %a "$r")" = 600 ] || bad "mode $(stat -c %a "$r")"
	mv "$r" "$T/rescued.json"
	grep -q 'acct_fake' "$T/rescued.json" || bad "not this login"
	grep -q "rt_$CANARY" "$T/rescued.json" || bad "no refresh token"
}

say "a hard link that came in between"
old_there
begin
ln $f "$T/home/link"
end 7
rescued "$XDG_DATA_HOME/codex-provision"
cmp -s "$T/old" $f || bad "the old file is gone"
rm "$T/home/link"

say "a folder in its place"
old_there
begin --json
rm $f
mkdir $f
end 7
rescued "$XDG_DATA_HOME/codex-provision"
grep -q '"error":{"code":"unsafe_target"' "$T/out" || bad "no error object"

say "a full disk"
old_there
mount -t tmpfs -o size=64k,mode=700 none ~/.codex
cp "$T/old" $f
chmod 600 $f
begin
head -c 100000 /dev/zero > ~/.codex/filler 2> /dev/null
end 7
rescued "$XDG_DATA_HOME/codex-provision"
cmp -s "$T/old" $f || bad "the old file is gone"
umount ~/.codex

say "no data folder either: into the home"
old_there
begin
: > "$XDG_DATA_HOME"
rm $f
mkdir $f
end 7
rescued ~

# One disk for all that is ours, and it is full.
say "a full disk, and the home is on it"
old_there
mkdir -p "$T/small" "$T/run"
chmod 700 "$T/run"
mount -t tmpfs -o size=128k,mode=700 none "$T/small"
mkdir -m 700 "$T/small/.codex"
f=$T/small/.codex/auth.json
cp "$T/old" "$f"
for where in XDG_RUNTIME_DIR TMPDIR; do
	export XDG_RUNTIME_DIR=/nowhere TMPDIR=$T/small $where="$T/run"
	HOME=$T/small XDG_DATA_HOME="" begin
	head -c 1000000 /dev/zero > "$T/small/filler" 2> /dev/null
	end 7
	d=$(find "$T/run" -maxdepth 1 -name 'codex-provision-*')
	rescued "${d:-/nowhere}"
	[ "$(stat -c '%a %u' "$d")" = "700 0" ] || bad "$(stat "$d")"
	rmdir "$d" || bad "more than that is there"
	cmp -s "$T/old" "$f" || bad "the old file is gone"
	[ -z "$(find "$T/small" -name 'codex-provision-*')" ] ||
	    bad "an empty folder is left"
	rm "$T/small/filler"
done
umount "$T/small"
export TMPDIR=$T/tmp
unset XDG_RUNTIME_DIR
f=~/.codex/auth.json

say "somebody holds Codex's lock all along"
old_there
begin
exec 8> ~/.codex/auth.lock
flock 8
end 8
rescued "$XDG_DATA_HOME/codex-provision"
n=$(issuer_count main usercode)
run login --device-auth --issuer "$ISSUER"
[ "$RC" = 8 ] || bad "exit $RC"
[ "$n" = "$(issuer_count main usercode)" ] || bad "asked for a login"
exec 8>&-

say "SIGTERM while it waits for that lock"
old_there
begin
pid=$(pgrep -P $PID -x codex-provision)
exec 8> ~/.codex/auth.lock
flock 8
issuer_set main poll=ok
waits() { find "/proc/$1/fd" -lname '*/auth.lock' | grep -q .; }
await 20 waits "$pid" || bad "it does not wait"
kill -TERM "$pid"
end 143
rescued "$XDG_DATA_HOME/codex-provision" 'to use it'
cmp -s "$T/old" $f || bad "the old file is gone"
exec 8>&-

for signal in INT TERM; do
	say "SIG$signal after the tokens, before the API key"
	old_there
	issuer_set main apikey=hang
	n=$(issuer_count main apikey)
	login_up --no-browser
	curl -gsL -o "$T/answer" --max-time 20 "$(callback)" &
	browser=$!
	await 20 issuer_counts main apikey $((n + 1)) || bad "no key is asked for"
	kill -$signal "$LOGIN_PID"
	login_down
	[ "$RC" = $((128 + $(kill -l $signal))) ] || bad "exit $RC"
	wait "$browser"
	grep -q 'The login did not finish' "$T/answer" || bad "the page"
	cmp -s "$T/old" $f || bad "the old file is gone"
	rescued "$XDG_DATA_HOME/codex-provision" 'to use it'
	issuer_set main apikey=ok
done

for signal in INT TERM HUP QUIT; do
	say "SIG$signal"
	old_there
	begin
	kill -$signal "$(pgrep -P $PID -x codex-provision)"
	wait $PID
	RC=$?
	[ "$RC" = $((128 + $(kill -l $signal))) ] || bad "exit $RC"
	cmp -s "$T/old" $f || bad "the old file is gone"
	[ "$(ls -A ~/.codex)" = "$(printf 'auth.json\nauth.json.lock\nauth.lock')" ] ||
	    bad "left: $(ls -A ~/.codex)"
	[ ! -e "$XDG_DATA_HOME" ] || bad "rescued"
done

say "where there is no Codex home"
old_there
rm -rf ~/.codex
issuer_set main poll=ok
run login --device-auth --issuer "$ISSUER"
[ "$RC" = 0 ] || bad "exit $RC"
[ "$(stat -c %a ~/.codex $f | xargs)" = "700 600" ] || bad "modes"
n=$(issuer_count main usercode)
CODEX_HOME=$T/nowhere run login --device-auth --issuer "$ISSUER"
[ "$RC" != 0 ] || bad "a CODEX_HOME that is not there"
[ "$n" = "$(issuer_count main usercode)" ] || bad "asked for a login"

# unasked WANT_RC TEXT: nobody is asked for what could not be stored.
unasked() {
	n=$(issuer_count main usercode)
	run login --device-auth --issuer "$ISSUER"
	[ "$RC" = "$1" ] || bad "exit $RC"
	said "$2"
	[ "$n" = "$(issuer_count main usercode)" ] || bad "asked for a login"
	cmp -s "$T/old" $f || bad "the old file is gone"
}

say "what can't be stored is not asked for"
old_there
ln $f "$T/home/link"
unasked 7 link
rm "$T/home/link"
chmod 400 $f
unasked 7 "cannot"
chmod 600 $f
mount -t tmpfs -o size=64k,mode=700 none ~/.codex
cp "$T/old" $f
chmod 600 $f
: > ~/.codex/auth.lock
: > ~/.codex/auth.json.lock
head -c 100000 /dev/zero > ~/.codex/filler 2> /dev/null
unasked 7 'no space left on device'
[ -z "$(find ~/.codex -name '.cxp*')" ] || bad "something is left"
umount ~/.codex

say "a link is kept"
old_there
mkdir -m 700 "$T/client/else"
mv $f "$T/client/else/there.json"
ln -s "$T/client/else/there.json" $f
run login --device-auth --issuer "$ISSUER"
[ "$RC" = 0 ] || bad "exit $RC"
[ -L $f ] && grep -q acct_fake "$T/client/else/there.json" || bad "not there"

say "into the store, and nowhere else"
old_there
echo "pass $CANARY" > "$T/pass"
chmod 600 "$T/pass"
store() { run "$@" --passphrase-file "$T/pass"; }
store login --device-auth --issuer "$ISSUER" --to store:work
[ "$RC" = 0 ] || bad "exit $RC"
cmp -s "$T/old" $f || bad "auth.json was changed"
store store show work --json
grep -q '"account":"acct_fake"' "$T/out" || bad "not in the store"
login_up --no-browser --to store:web --passphrase-file "$T/pass"
browse
login_down
[ "$RC $BROWSED" = "0 200" ] || bad "exit $RC, browser $BROWSED"
cmp -s "$T/old" $f || bad "auth.json was changed"
grep -q 'The login is complete' "$T/answer" || bad "the page"
! grep -q 'Codex has' "$T/answer" || bad "the page says more than is true"
issuer_up other --interval '"1"' --account acct_other
store login --device-auth --issuer "$ISSUER" --to store:work
[ "$RC" = 3 ] || bad "another account's: exit $RC"
r=$(find "$XDG_DATA_HOME/codex-provision" -name 'rescued-auth-*.json')
grep -q acct_other "$r" || bad "lost"
said "hint: codex-provision store add NAME --from '$r'"
store store add other --from "$r"
[ "$RC" = 0 ] || bad "the hint does not work: exit $RC"
n=$(issuer_count other usercode)
echo wrong > "$T/pass"
store login --device-auth --issuer "$ISSUER" --to store:work
[ "$RC" = 8 ] || bad "a wrong passphrase: exit $RC"
for to in file - store: 'store:a b'; do
	store login --device-auth --issuer "$ISSUER" --to "$to"
	[ "$RC" = 2 ] || bad "--to $to: exit $RC"
done
echo "sk-$CANARY" > "$T/in"
"$CP" login --with-api-key --to store:x --passphrase-file - < "$T/in" \
    > "$T/out" 2> "$T/err"
[ $? = 2 ] || bad "two things on standard input"
[ "$n" = "$(issuer_count other usercode)" ] || bad "asked for a login"
ISSUER=$(cat "$T/issuer.main.url")

say "the page and the code on a terminal"
old_there
issuer_set main poll=pending,ok
TERM=xterm LC_ALL=C.UTF-8 on_tty -- login --device-auth --issuer "$ISSUER"
[ "$RC" = 0 ] || bad "exit $RC"
grep -q 'waiting for the browser: 1[45]:[0-5][0-9] left' "$T/tty" ||
    bad "no countdown"
grep -q '▀' "$T/tty" || bad "no QR code"
if command -v zbarimg > /dev/null; then
	for color in always never; do
		TERM=xterm LC_ALL=C.UTF-8 on_tty -- login --device-auth \
		    --issuer "$ISSUER" --color $color
		python3 - "$T/tty" "$T/qr.pgm" <<-'PY'
		import re, sys
		rows = []
		for line in open(sys.argv[1], encoding="utf-8"):
		    coloured = "\x1b[30;107m" in line
		    line = re.sub(r"\x1b\[[0-9;]*[mK]", "", line)[4:].rstrip("\n")
		    if len(line) < 29 or set(line) - set(" ▀▄█"):
		        continue
		    for half in ("▀█", "▄█"):
		        rows.append([(c in half) != coloured for c in line])
		rows = [r for r in rows for _ in range(4)]
		width = 4 * len(rows[0])
		with open(sys.argv[2], "wb") as f:
		    f.write(b"P5 %d %d 255\n" % (width, len(rows)))
		    for r in rows:
		        f.write(b"".join((b"\xff" if on else b"\0") * 4
		                         for on in r))
		PY
		[ "$(zbarimg -q --nodbus --raw "$T/qr.pgm")" = "$ISSUER/codex/device" ] ||
		    bad "the QR code ($color) cannot be read"
	done
fi
LC_ALL=C TERM=xterm on_tty -- login --device-auth --issuer "$ISSUER"
! grep -q '▀' "$T/tty" || bad "blocks where there is no UTF-8"
