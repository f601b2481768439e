# shellcheck shell=bash
# memory.sh - what a run of the program leaves in its memory; after lib.sh.

SCAN=$B/tests/fake/memscan

# A secret as it is and in base64, at each of the three places in a triple.
coded() {
	local pad
	echo "$1"
	for pad in "" x xx; do
		printf '%s%s' "$pad" "$1" | base64 -w0 | sed -E 's/.{4}$//; s/^.{4}//'
		echo
	done
}

# scan [WORD...] -- ARG...: runs the program with ARG; at its end none of
# the words (CANARY always) is in it. Sets RC.
scan() {
	local words=()
	while [ "$1" != -- ]; do
		words+=("$1")
		shift
	done
	shift
	mapfile -t -O ${#words[@]} words < <(coded "$CANARY")
	RC=0
	"$SCAN" "$T/report" "${words[@]}" -- "$CP" "$@" \
	    > "$T/out" 2> "$T/err" < "${IN:-/dev/null}" || RC=$?
	found "$@"
}
# found [WHAT...]: complains of what the last search found.
found() {
	grep -q "^scanned $CP" "$T/report" || bad "nothing was scanned"
	grep ^FOUND "$T/report" > "$T/found"
	[ ! -s "$T/found" ] || bad "$*: $(wc -l < "$T/found") left:
$(cut -c1-150 "$T/found" | head -8)"
}
well() { [ "$RC" = 0 ] || bad "exit $RC"; }

