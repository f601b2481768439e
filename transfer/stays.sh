#!/bin/sh
# What a remove leaves: recipe.sh evaluates this before it removes anything,
# and calls stays when the file is gone; by the same rules of quoting. Its
# words go into the result's warnings.
#
# Uses of recipe.sh: p d; running of running.sh.
# shellcheck shell=sh disable=SC2154

stays() {
	x=$(running);
	[ "$x" -gt 0 ] 2>/dev/null &&
	p "warn stays Codex runs there ($((x))), with the login that it has read";
	for x in "$d/config" /etc/codex/config /etc/codex/managed_config /etc/codex/requirements; do
		grep -Eq "^[[:blank:]]*cli_auth_credentials_store[[:blank:]]*=[[:blank:]]*.(keyring|auto)" "$x.toml" 2>/dev/null || continue;
		p "warn stays there may be a login in the keyring ($x.toml)";
		break;
	done;
};
