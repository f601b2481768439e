#!/bin/bash
# plain build only: strace of instrumented code takes hours
# The power fails (an ext4 that is shut down, with what is in memory lost)
# after the program has said that it is done, and at each of its system calls:
# in the first case the new file is there, in the others the old or the new
# one, whole and 0600.
. "$(dirname "$0")/lib.sh"
need strace mkfs.ext4
PUT=$B/tests/fake/authput
D=$T/disk
F=$D/.codex/auth.json
cred "$T/old" chatgpt acct_one 2026-01-01T00:00:00Z
cred "$T/new" chatgpt acct_one 2026-02-01T00:00:00Z 2000
mkdir "$D"
truncate -s 16M "$T/image"

# before: a fresh disk with the old file on it; without the mercy that ext4
# has for programs that forget to sync.
before() {
	mkfs.ext4 -qF "$T/image" && mount -o loop,noauto_da_alloc "$T/image" \
	    "$D" || skip "no loop device to be had"
	mkdir -m 700 "$D/.codex"
	cp "$T/old" "$F"
	chmod 600 "$F"
	sync -f "$F"
}

# fails FLAG: EXT4_IOC_SHUTDOWN, 1: the log as far as it is goes to the disk,
# 2: it does not; then the disk comes back.
fails() {
	python3 - "$D" "$1" <<-'PY' || bad "no shutdown"
	import fcntl, os, struct, sys
	fd = os.open(sys.argv[1], os.O_RDONLY)
	fcntl.ioctl(fd, 0x8004587d, struct.pack("I", int(sys.argv[2])))
	PY
	umount "$D" && mount -o loop "$T/image" "$D" || bad "no disk"
	NOW=$(is "$F" "$T/old" "$T/new")
	[ "$NOW" != other ] || bad "neither old nor new: $(stat -c %s "$F")"
	[ "$(stat -c %a "$F")" = 600 ] || bad "mode $(stat -c %a "$F")"
	[ "$RC" != 0 ] || [ "$NOW" = new ] || bad "done, but $NOW"
	umount "$D"
}

say "after it was done"
for flag in 1 2; do
	before
	RC=0
	"$PUT" "$F" < "$T/new" > "$T/out" || RC=$?
	[ "$RC" = 0 ] || bad "exit $RC"
	fails $flag
done

say "the folder was made for it: its name is on the disk first"
before
rm -r "$D/.codex"
sync -f "$D"
RC=0
strace -qq -o "$T/trace" "$PUT" "$F" < "$T/new" > "$T/out" || RC=$?
fails 2
[ "$(sed -n 's/^\(mkdirat\|fsync\|renameat\)(.*/\1/p' "$T/trace" | xargs)" = \
    "mkdirat fsync fsync renameat fsync" ] || bad "in another order"

before
strace -qq -o "$T/trace" "$PUT" "$F" < "$T/new" > "$T/out" || bad "exit $?"
umount "$D"
# From where the folder is opened.
awk '/auth\.lock/ { on = 1 }
    { name = $1; sub(/\(.*/, "", name); n[name]++ }
    on && name ~ /^[a-z]/ && name !~ /^exit/ { print name, n[name] }' \
    "$T/trace" > "$T/points"
[ "$(wc -l < "$T/points")" -gt 25 ] || bad "$(wc -l < "$T/points") points"
seen=
while read -r call k; do
	for flag in 1 2; do
		say "at $call $k, $flag"
		before
		RC=0
		{ strace -qq -o /dev/null -e "inject=$call:signal=KILL:when=$k" \
		    "$PUT" "$F" < "$T/new" > "$T/out" 2>&1 || RC=$?
		} 2> /dev/null
		fails $flag
		seen="$seen $NOW"
	done
done < "$T/points"
[[ $seen == *old*new* ]] || bad "not both were seen"
echo "$(wc -l < "$T/points") calls, twice"
