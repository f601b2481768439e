#!/bin/bash
# tunnel --device-auth: the far codex's code is shown here, nothing is
# forwarded, and what it wrote is installed as any login is.
. "$(dirname "$0")/lib.sh"
. tests/cli/farhost.sh
. tests/cli/issuer.sh
. tests/cli/farlogin.sh
far_issuer --interval '"1"' 'poll=pending*2,ok'
far_codex h1
far_sshd h1 "AllowTcpForwarding no"

say "the code is shown, and the login is installed"
old h1
login_up --json --device-auth h1@h1
await 30 grep -q '"user_code":"ABCD-1234"' "$T/out" || bad "no code"
cmp -s "$T/old.h1" "${HOME_OF[h1]}/.codex/auth.json" || bad "the old is gone"
login_end
[ "$RC" = 0 ] || bad "exit $RC"
said '"url":"https://auth.openai.com/codex/device"'
said 'ABCD-1234'
said "It lets 'h1@h1' use your account"
said '"state":"written"'
grep -q '"account_id": "acct_fake"' "${HOME_OF[h1]}/.codex/auth.json" ||
    bad "another file is there"
[ ! -e "$T/url" ] || bad "a browser was opened"
[ "$(issuer_count far revoke)" = 0 ] || bad "a token was revoked"
nothing_left h1

say "on a terminal: a QR code beside the code, and what it waits for"
issuer_set far "poll=pending*3,500"
export TERM=xterm LC_ALL=C.UTF-8
on_tty -- tunnel --device-auth h1@h1
grep -q 'ABCD-1234' "$T/tty" || bad "no code"
grep -q '▀' "$T/tty" || bad "no QR code"
grep -q 'waiting for the browser: [0-9]*:[0-9][0-9] left' "$T/tty" ||
    bad "it is not shown what it waits for"
unset TERM LC_ALL

say "no device codes at the issuer: codex's own words"
issuer_set far usercode=404
old h1
login_up --json --device-auth h1@h1
login_end
[ "$RC" = 4 ] || bad "exit $RC"
said 'device code login is not enabled'
untouched h1
nothing_left h1

say "forwarding is forbidden: said before the browser opens, with what to do"
login_up --json h1@h1
login_end
[ "$RC" = 7 ] || bad "exit $RC"
said '"code":"permission_denied"'
said 'AllowTcpForwarding'
said 'device-auth'
[ ! -e "$T/url" ] || bad "a browser was opened"
untouched h1
nothing_left h1
