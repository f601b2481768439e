#!/bin/bash
# Start-up files that print, read, exit, sleep or start another shell: the
# push works or says why, never hangs, and never hands the file to them.
. "$(dirname "$0")/lib.sh"
cred "$T/old" chatgpt acct_one 2026-01-01T00:00:00Z
cred "$T/new"
cp "$T/new" "$HOME/.codex/auth.json"
SUITE_TIMEOUT=15
sshd_up

# rc ACCOUNT SHELL LINES: the account's shell runs LINES first.
rc() {
	local h
	[ -n "${HOME_OF[$1]:-}" ] || account "$1" "$2"
	h=${HOME_OF[$1]}
	mkdir -p "$h/.config/fish"
	for f in .bashrc .zshenv .tcshrc .config/fish/config.fish; do
		printf '%s\n' "$3" > "$h/$f"
	done
	chown -R "$1:" "$h"
	far "$1" "$T/old"
}

# Prints, also what looks like ours, also to standard error: still works.
for s in bash zsh tcsh fish; do
	say "$s prints"
	rc "n$s" "/bin/$s" 'echo hello; echo CXP1 0 done; printf "\033]0;x\007"
echo CXP1 ready; echo noise >&2'
	push "n$s@web1"
	want written
	invariant "n$s" "$T/old" "$T/new"
done

say "bash prints a lot"
rc nbash /bin/bash 'head -c 200000 /dev/zero | tr "\0" x; echo'
push nbash@web1
invariant nbash "$T/old" "$T/new"
truthful

say "floods"
rc f /bin/bash 'yes'
start=$(ms)
SUITE_TIMEOUT=3 push f@web1
took=$(($(ms) - start))
in_time $took 5500
invariant f "$T/old" "$T/new"
truthful

# From here on without SFTP, which needs no start-up file.
sshd_down
SFTP="none /bin/false"
sshd_up

# Whatever they do to standard input, they get nothing of the file.
for s in bash zsh; do
	say "$s reads its standard input"
	rc "r$s" "/bin/$s" 'cat > ~/eaten'
	start=$(ms)
	SUITE_TIMEOUT=3 push "r$s@web1"
	took=$(($(ms) - start))
	invariant "r$s" "$T/old" "$T/new"
	[ "$STATE $NOW" = "failed old" ] || bad "$STATE $CODE, $NOW"
	in_time $took 5500
	no_canary "${HOME_OF[r$s]}/eaten"
	said hint
done

say "reads one line"
rc r1 /bin/bash 'read -rt 1 x; echo "$x" > ~/eaten'
push r1@web1
invariant r1 "$T/old" "$T/new"
truthful
no_canary "${HOME_OF[r1]}/eaten"

say "exits"
for s in bash zsh; do
	rc "x$s" "/bin/$s" 'exit 0'
	push "x$s@web1"
	want failed interference 7
	invariant "x$s" "$T/old" "$T/new"
done

say "sleeps for ever: what sleeps there is not ours to end"
rc s /bin/bash 'sleep 300'
start=$(ms)
SUITE_TIMEOUT=3 push s@web1
took=$(($(ms) - start))
BUSY=1 invariant s "$T/old" "$T/new"
[ "$STATE $NOW" = "failed old" ] || bad "$STATE $CODE, $NOW"
in_time $took 5500
say "and when it wakes up, nothing happens"
pkill -u "${UID_OF[s]}" -x sleep
invariant s "$T/old" "$T/new"
[ "$NOW" = old ] || bad "written after the verdict"

say "becomes another shell"
rc e /bin/bash '[ "$X" ] || X=1 exec zsh'
push e@web1
invariant e "$T/old" "$T/new"
truthful

say "nologin"
account nol /usr/sbin/nologin
push nol@web1
want failed no_shell 7

say "no home"
account nohome /bin/sh "$T/home/not/there"
rm -r "$T/home/not"
push nohome@web1
[ "$STATE $RC" = "failed 7" ] || bad "want failed 7: $STATE $CODE $RC"
