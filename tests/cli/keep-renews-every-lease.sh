#!/bin/bash
# keep hands the login on to every target: one that is down is tried again
# and had once it is up, one that holds something newer is left alone and
# said, none of them holds up the others; and a Codex here that refreshes at
# the same moment is no harm.
. "$(dirname "$0")/lib.sh"
. tests/cli/issuer.sh
. tests/cli/keeping.sh
sshd_up
account bob
account eve
issuer_up i --interval '"1"'
login_here i
due() { sed -i 's/"last_refresh": "2/"last_refresh": "1/' "$KEPT"; }
holds() { [ "$(token "${HOME_OF[$1]}/.codex/auth.json" access_token)" = \
    "$(token "$KEPT" access_token)" ]; }

say "a target that is down is tried again, and has it once it is up"
printf 'bob@web1\n\neve@127.0.0.1:2022 # down\n' > "$T/hosts"
keep_up --json --hosts "$T/hosts" --accept-new
await 60 kept_rounds 3 '"eve@127.0.0.1:2022",.*"failed".*"unreachable"' ||
    bad "not tried again"
holds bob || bad "the other was held up"
[ "$(grep -c '"bob@web1"' "$T/keep.out")" = 1 ] || bad "asked for no reason"
await 10 kept_rounds 3 '{"round":{.*"failed":1' || bad "no rounds"
sshd_up late "ListenAddress 127.0.0.1:2022"
await 60 holds eve || bad "not handed on"
await 20 kept_rounds 1 '"eve@127.0.0.1:2022",.*"written"' || bad "not said"
keep_down
[ "$RC" = 143 ] || bad "exit $RC"

say "one that holds a newer login keeps it, which is said; once has its status"
cred "$T/newer" chatgpt acct_fake 2099-01-01T00:00:00Z
sed -i s/user-acct_fake/user_fake/ "$T/newer"
far bob "$T/newer"
cred "$T/another" chatgpt acct_other 2020-01-01T00:00:00Z
far eve "$T/another"
run keep --once bob@web1
[ "$RC" = 3 ] || bad "exit $RC"
run keep --once --json bob@web1 eve@web1
[ "$RC" = 1 ] || bad "exit $RC"
said '"bob@web1",.*"refused".*"newer_there\|other_account"'
said '"eve@web1",.*"refused".*"other_account"'
cmp -s "${HOME_OF[bob]}/.codex/auth.json" "$T/newer" || bad "replaced"
cmp -s "${HOME_OF[eve]}/.codex/auth.json" "$T/another" || bad "replaced"
run keep --once nobody@web1
[ "$RC" = 6 ] || bad "exit $RC"
[ "$(issuer_count i refresh)" = 0 ] || bad "refreshed before it was due"

say "a Codex here was faster: its login is the one that is handed on"
far bob -
due
issuer_set i refresh=ok,slow:1,ok
token "$KEPT" refresh_token > "$T/rt"
python3 - "$KEPT" "$ISSUER" "$T/rt" <<'PY' &
import fcntl, json, os, sys, time, urllib.request
kept, url, rt = sys.argv[1:]
urllib.request.install_opener(urllib.request.build_opener(
    urllib.request.ProxyHandler({})))


def count():
    return int(urllib.request.urlopen(url + "/_fake/count?refresh").read())


body = {"client_id": "x", "grant_type": "refresh_token",
        "refresh_token": open(rt).read().strip()}
new = json.load(urllib.request.urlopen(urllib.request.Request(
    url + "/oauth/token", json.dumps(body).encode(),
    {"content-type": "application/json"})))
while count() < 2:
    time.sleep(0.02)
d = json.load(open(kept))
for k in ("id_token", "access_token", "refresh_token"):
    d["tokens"][k] = new[k]
d["last_refresh"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
with open(os.path.dirname(kept) + "/auth.lock", "a") as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    with open(kept + ".new", "w") as f:
        json.dump(d, f)
    os.rename(kept + ".new", kept)
PY
await 20 issuer_counts i refresh 1
run keep --once bob@web1
[ "$RC" = 0 ] || bad "exit $RC"
said "^2.*fresh, .*1 written"
wait $!
holds bob || bad "not handed on"
newest i
exit 0
