#!/bin/bash
# plain build only: strace of instrumented code takes hours
# A login through a browser killed or interrupted at its system calls: the old
# auth.json or the whole new one is there, 0600, the port is free, and the next
# login is as any other; nor is one asked for without room to store it.
. "$(dirname "$0")/lib.sh"
. tests/cli/issuer.sh
. tests/cli/web.sh
need strace
issuer_up a authorize=auto
cred "$T/old" apikey

# The user's browser, and the user.
cat > "$T/browser" <<'END'
#!/bin/sh
ulimit -n 512
exec curl -gsL -o /dev/null --max-time 10 "$1"
END
chmod +x "$T/browser"
export BROWSER=$T/browser

# traced OPTION...: a whole login under strace, but for its browser.
traced() {
	RC=0
	{ timeout 60 strace -qq "$@" "$CP" login --timeout 20 \
	    --issuer "$ISSUER" > "$T/out" 2>&1 < /dev/null || RC=$?
	} 2> /dev/null		# the shell's word of the kill
}

whole() {
	await 5 ports_free || bad "still listened on: $(listeners)"
	[ "$(stat -c %a "$AUTH")" = 600 ] || bad "mode"
	if cmp -s "$AUTH" "$T/old"; then
		NOW=old
	elif python3 -c 'import json, sys
t = json.load(open(sys.argv[1]))["tokens"]
assert t["refresh_token"] and t["id_token"] and t["account_id"]' "$AUTH"; then
		NOW=new
	else
		bad "neither old nor new"
	fi
}

say "a trace of the whole login"
cp "$T/old" "$AUTH"
traced -o "$T/trace"
whole
[ "$RC $NOW" = "0 new" ] || bad "exit $RC, the file is $NOW"
sed 's/^/1 /' "$T/trace" > "$T/trace.main"	# as -f would have it
points "$T/trace.main" "${MAX:-1000}" |
    awk -v step="${STEP:-1}" 'NR % step == 0' > "$T/points"
[ "$(wc -l < "$T/points")" -gt 30 ] || bad "only $(wc -l < "$T/points") points"
kills=0 news=0
while read -r call k; do
	say "killed at $call $k"
	cp "$T/old" "$AUTH"
	traced -o /dev/null -e "inject=$call:signal=KILL:when=$k"
	whole
	[ "$RC" != 0 ] || [ "$NOW" = new ] || bad "exit 0 but not written"
	[ "$RC" != 137 ] || kills=$((kills + 1))
	[ "$NOW" != new ] || news=$((news + 1))
done < "$T/points"
echo "$kills kills of $(wc -l < "$T/points"), $news after the rename"
[ "$kills" -gt 30 ] || bad "only $kills kills"

# Ctrl-C: what is said to be interrupted has replaced nothing; a login that was
# given by then is put aside.
cuts=0 aside=0
while read -r call k; do
	say "interrupted at $call $k"
	cp "$T/old" "$AUTH"
	traced -o /dev/null -e "inject=$call:signal=INT:when=$k"
	whole
	case $RC.$NOW in
	0.new) ;;
	130.old) cuts=$((cuts + 1)) ;;
	*) bad "exit $RC, the file is $NOW" ;;
	esac
	if [ -e "$HOME/.local/share" ]; then
		aside=$((aside + 1))
		[ "$RC" = 130 ] || bad "put aside, exit $RC"
		rm -rf "$HOME/.local"
	fi
done < <(awk 'NR % 12 == 0' "$T/points")
echo "$cuts interruptions, $aside logins put aside"
[ "$cuts" -gt 20 ] && [ "$aside" -gt 0 ] || bad "too few"

say "the next one"
find "$HOME/.codex" -name '.cxp-*' -exec touch -d '2 minutes ago' {} +
traced -o /dev/null
whole
[ "$RC $NOW" = "0 new" ] || bad "exit $RC, the file is $NOW"
left=$(find "$HOME/.codex" -mindepth 1 ! -name auth.json ! -name '*.lock')
[ -z "$left" ] || bad "left: $left"

say "too few descriptors: none is asked for a login that could not be stored"
new=0
for n in $(seq 3 40); do
	cp "$T/old" "$AUTH"
	RC=0
	asked=$(issuer_count a token)
	prlimit --nofile="$n" "$CP" login --timeout 1 --issuer "$ISSUER" \
	    > "$T/out" 2> "$T/err" < /dev/null || RC=$?
	whole
	[ "$RC" -lt 128 ] || bad "$n: exit $RC"
	[ "$RC" != 0 ] || [ "$NOW" = new ] || bad "$n: exit 0 but not written"
	[ "$NOW" = new ] || [ "$asked" = "$(issuer_count a token)" ] ||
	    bad "$n: the issuer was asked for nothing"
	! grep -q 'hint: install' "$T/err" || bad "$n: a library is missing?"
	[ "$NOW" = old ] || new=$((new + 1))
done
[ "$new" -gt 9 ] || bad "only $new logins"
[ ! -e "$HOME/.local/share" ] || bad "rescued"
