#!/bin/bash
# A target that has this machine's own auth.json (a shared home, a bind mount)
# is told from one with a copy: a move, a lease and a keeper leave it as it is,
# killed at any call.
. "$(dirname "$0")/lib.sh"

HERE=$HOME/.codex/auth.json
THERE=$T/there			# a Codex home of the same account
sshd_up
account bob
cp "$HOME/.ssh/id_ed25519.pub" "$T/keys/root"
NEW=$T/new
cred "$NEW" chatgpt acct_one 2026-02-01T00:00:00Z 2500
cred "$T/lease" lease acct_one 2026-02-01T00:00:00Z 2500
mkdir -m 700 "$THERE"

# stays: the last call has failed, and the login is whole.
stays() {
	[ "$(member state) $(member code) $RC" = "failed unsafe_target 7" ] ||
	    bad "is $(member state) $(member code) exit $RC"
	whole
	[ "$(stat -c %a "$HERE")" = 600 ] || bad "mode $(stat -c %a "$HERE")"
}
whole() { cmp -s "$HERE" "$NEW" || bad "the login is lost"; }
anew() { rm -f "$HERE"; install -m 600 "$NEW" "$HERE"; }

for args in "push --move" "push --move --force" "push --lease" \
    "push --lease --force" "pull --move" "pull --move --force" "keep --once"; do
	say "the same home: $args"
	anew
	# shellcheck disable=SC2086
	run $args --json root@web1
	stays
done

: > "$THERE/auth.json"
chmod 600 "$THERE/auth.json"
for args in "push --move" "push --lease" "pull --move"; do
	say "the file is mounted there: $args"
	anew
	mount --bind "$HERE" "$THERE/auth.json"
	# shellcheck disable=SC2086
	run $args --json --codex-home "$THERE" root@web1
	stays
	umount "$THERE/auth.json"
done

say "the file from there is mounted here"
install -m 600 "$NEW" "$THERE/auth.json"
anew
mount --bind "$THERE/auth.json" "$HERE"
run pull --move --json --codex-home "$THERE" root@web1
stays
umount "$HERE"
cmp -s "$THERE/auth.json" "$NEW" || bad "it is gone there"

sshd_up sftp "ListenAddress 127.0.0.1:2022" "ForceCommand internal-sftp"
sed 's/^\* /[127.0.0.1]:2022 /' "$HOME/.ssh/known_hosts" > "$T/hosts"
cat "$T/hosts" >> "$HOME/.ssh/known_hosts"
anew
for args in "push --move" "push --lease" "pull --move"; do
	say "the same home, by SFTP: $args"
	# shellcheck disable=SC2086
	run $args --json root@127.0.0.1:2022
	stays
done

say "a copy is no reason to refuse"
anew
far bob "$NEW"
push --lease bob@web1
want written
far bob "$NEW"
push --move bob@127.0.0.1:2022
want unchanged
[ ! -e "$HERE" ] || bad "still here"

say "a file system that shows no mark there: what was done is undone"
mkdir "$T/bin"
printf '#!/bin/sh\n/bin/ls "$@" | sed "s/^-rwx/-rw-/"\n' > "$T/bin/ls"
printf '#!/bin/sh\nPATH=%s:$PATH\nexec /bin/sh "$@"\n' "$T/bin" > "$T/bin/shell"
chmod 755 "$T/bin" "$T/bin/ls" "$T/bin/shell"
cp /etc/passwd "$T/passwd"
sed -i "s|^\(root:.*\):/bin/bash\$|\1:$T/bin/shell|" /etc/passwd
echo "$T/bin/shell" >> /etc/shells
for args in "push --move" "push --lease" "pull --move" "keep --once"; do
	say "no mark: $args"
	anew
	# shellcheck disable=SC2086
	run $args --json root@web1
	stays
done
cat "$T/passwd" > /etc/passwd

say "a lease that comes back does not replace the login it was made of"
anew
far bob "$T/lease"
run pull --json bob@web1
[ "$(member state) $(member code) $RC" = "refused newer_there 3" ] ||
    bad "is $(member state) $(member code) exit $RC"
whole
far bob "$NEW"
run push --json --from "$T/lease" bob@web1
[ "$(member code)" = newer_there ] || bad "is $(member state)"
cmp -s "${HOME_OF[bob]}/.codex/auth.json" "$NEW" || bad "replaced"

[[ $B != *san* ]] || exit 0	# strace of instrumented code takes hours
need strace
for args in "push --move" "push --lease" "pull --move"; do
	say "$args: a trace"
	anew
	# shellcheck disable=SC2086
	strace -f -qq -o "$T/trace" "$CP" $args root@web1 > "$T/out" \
	    2> "$T/err" < /dev/null
	points "$T/trace" "${MAX:-3}" | grep -E \
	    '^(connect|poll|read|write|sendto|recvfrom|openat|close|unlink|rename|fchmod|fsync|flock)' \
	    > "$T/points"
	[ "$(wc -l < "$T/points")" -gt 15 ] || bad "few points"
	while read -r call k; do
		say "$args: killed at $call $k"
		anew
		# shellcheck disable=SC2086
		{ strace -f -qq -o /dev/null \
		    -e "inject=$call:signal=KILL:when=$k" "$CP" $args root@web1 \
		    > "$T/out" 2>&1 < /dev/null
		} 2> /dev/null		# the shell's word of the kill
		whole
	done < "$T/points"
	echo "$args: $(wc -l < "$T/points") kills"
done
exit 0
