# shellcheck shell=bash
# vault.sh - for the tests of the encrypted store: read after lib.sh.
# shellcheck disable=SC2034	# by whoever reads this

/usr/bin/python3 -c 'import nacl' 2>/dev/null ||
    skip "no python3-nacl (scripts/deps)"
VAULT=tests/fake/vault.py	# the second implementation
DATA=$HOME/.local/share/codex-provision
STATE_DIR=$HOME/.local/state/codex-provision
AUTH=$HOME/.codex/auth.json
PASS="correct $CANARY battery staple"
echo "$PASS" > "$T/pass"
chmod 600 "$T/pass"

# store WORD ARG...: sets RC.
store() { run store "$@" --passphrase-file "$T/pass"; }

rc() { [ "$RC" = "$1" ] || bad "exit $RC, not $1"; }

# cheap: a store of the entries on standard input, or none, that the second
# implementation makes with as little Argon2id as there can be.
cheap() {
	mkdir -p "$DATA"
	chmod 700 "$DATA"
	"$VAULT" make "$DATA/store" "$PASS" || bad "vault.py make"
}
NOTHING='{"entries": []}'
