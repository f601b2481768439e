#!/bin/sh
# What a remove leaves: evaluated by recipe.sh when the file is gone, by the
# same rules of quoting. Its words go into the result's warnings.
#
# Uses of recipe.sh: p d me.
# shellcheck shell=sh disable=SC2154

x=$(pgrep -u "$me" -x codex 2>/dev/null | wc -l);
[ "$x" -gt 0 ] 2>/dev/null &&
p "warn stays Codex runs there ($((x))), with the login that it has read";
grep -Eq "^[[:blank:]]*cli_auth_credentials_store[[:blank:]]*=[[:blank:]]*.(keyring|auto)" "$d/config.toml" 2>/dev/null &&
p "warn stays there may be a login in the keyring too (config.toml)";
