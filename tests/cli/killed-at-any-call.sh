#!/bin/bash
# plain build only: strace of instrumented code takes hours
# timeout: 500
# The program killed at its system calls, and the far shell at its own: the
# far file is old or new, and the next push leaves nothing else there.
. "$(dirname "$0")/lib.sh"
need strace
cred "$T/old" chatgpt acct_one 2026-01-01T00:00:00Z
cred "$T/new" chatgpt acct_one 2026-02-01T00:00:00Z 2000
cp "$T/new" "$HOME/.codex/auth.json"
account a /bin/sh
sshd_up

say "a trace of the whole push"
far a "$T/old"
strace -f -qq -o "$T/trace" "$CP" push a@web1 > "$T/out" 2>&1 < /dev/null ||
    bad "under strace: $?"
points "$T/trace" "${MAX:-4}" > "$T/points"
[ "$(wc -l < "$T/points")" -gt 50 ] || bad "a trace of $(wc -l < "$T/points")"
kills=0
while read -r call k; do
	say "killed at $call $k"
	far a "$T/old"
	RC=0
	{ strace -f -qq -o /dev/null -e "inject=$call:signal=KILL:when=$k" \
	    "$CP" push a@web1 > "$T/out" 2>&1 < /dev/null || RC=$?
	} 2> /dev/null		# the shell's word of the kill
	invariant a "$T/old" "$T/new"
	[ "$RC" != 0 ] || [ "$NOW" = new ] || bad "exit 0 but not written"
	[ "$RC" != 137 ] || kills=$((kills + 1))
done < "$T/points"
echo "program: $kills kills of $(wc -l < "$T/points")"
[ "$kills" -gt 50 ] || bad "only $kills kills"
push a@web1
[ "$RC" = 0 ] || bad "the next push: $STATE $CODE"
invariant a "$T/new" "$T/new"

# The far login shell, and what it starts, under strace.
cat > "$T/killshell" <<END
#!/bin/sh
if [ -s $T/inject ]; then
	exec strace -f -qq -o /dev/null -e "\$(cat $T/inject)" /bin/dash "\$@"
elif [ -e $T/fartrace ]; then
	exec strace -f -qq -o $T/fartrace /bin/dash "\$@"
fi
exec /bin/dash "\$@"
END
chmod 755 "$T/killshell"
account k "$T/killshell"
: > "$T/inject"
: > "$T/fartrace"
chmod 666 "$T/fartrace"
far k "$T/old"
push k@web1
want written
mv "$T/fartrace" "$T/trace"
points "$T/trace" "${MAX:-2}" > "$T/points"
while read -r call k; do
	say "far side killed at $call $k"
	far k "$T/old"
	echo "inject=$call:signal=KILL:when=$k" > "$T/inject"
	push k@web1
	: > "$T/inject"
	await 5 far_idle k || bad "$(pgrep -u "${UID_OF[k]}" -a)"
	NOW=$(is "${HOME_OF[k]}/.codex/auth.json" "$T/old" "$T/new")
	[ "$NOW" != other ] || bad "neither old nor new"
	truthful
	push k@web1
	[ "$RC" = 0 ] || bad "the next push: $STATE $CODE"
	invariant k "$T/new" "$T/new"
done < "$T/points"
echo "far side: $(wc -l < "$T/points") points"
