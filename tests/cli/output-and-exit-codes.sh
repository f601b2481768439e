#!/bin/bash
# Every line of --json is whole and complete, every verdict has its exit code.
. "$(dirname "$0")/lib.sh"
cred "$T/old" chatgpt acct_one 2026-01-01T00:00:00Z
cred "$T/new" chatgpt acct_one 2026-02-01T00:00:00Z
cred "$T/other" chatgpt acct_two
cp "$T/new" "$HOME/.codex/auth.json"
for a in a b c d; do account $a /bin/bash; done
far c "$T/other"
sshd_up
printf '127.0.2.1 \033]0;evil\n' >> /etc/hosts
echo '127.0.3.1 changed' >> /etc/hosts
ssh-keygen -qt ed25519 -N '' -f "$T/hostkeys/wrong"
sed -i "1i changed $(cut -d' ' -f1,2 "$T/hostkeys/wrong.pub")" \
    "$HOME/.ssh/known_hosts"
sed -i 's/^\*/web?,changed/' "$HOME/.ssh/known_hosts"
sed -i '1!s/,changed//' "$HOME/.ssh/known_hosts"

check() {
	python3 - "$T/out" "$@" <<'PY' || bad "json: $*"
import json, re, sys
want = int(sys.argv[2])
lines = [json.loads(l) for l in open(sys.argv[1], encoding="utf-8")]
summary = lines.pop()["summary"]
states = "written unchanged would_write refused failed unknown removed " \
    "absent present".split()
assert len(lines) == want == summary["targets"], (len(lines), summary)
for l in lines:
    assert l["state"] in states and l["kind"] == "ssh", l
    assert isinstance(l["seconds"], (int, float)), l
    if l["state"] in ("failed", "refused", "unknown"):
        e = l["error"]
        assert re.fullmatch("[a-z_]+", e["code"]), e
        assert len(e["message"].encode()) <= 300 and "\n" not in e["message"]
        assert not re.search("[\x00-\x1f\x7f-\x9f]", e["message"]), e
        assert e["hint"], l
    else:
        assert "error" not in l, l
    if l["state"] in ("written", "unchanged"):
        assert l["mode"] == "0600" and l["owner"] >= 40000, l
        assert l["path"].endswith("/.codex/auth.json"), l
        assert l["account"] == "acct_one", l
for s in states:
    n = sum(l["state"] == s for l in lines)
    assert summary.get(s, 0) == n, (s, n, summary)
PY
}

say "several verdicts in one call"
run push --json --timeout 3 a@web1 b@web2 c@web3 nosuch@web1 d@changed \
    d@nowhere.invalid d@web1:1
[ "$RC" = 1 ] || bad "exit $RC"
check 7
say "no target line is printed twice or lost; stderr has no line of json"
run push --json a@web1 b@web1
[ "$RC" = 0 ] || bad "exit $RC"
check 2
if grep -q '"target"' "$T/err"; then bad "json on stderr"; fi

say "one target: the exit code of its error"
push c@web1; want refused other_account 3
push a@nowhere.invalid; want failed unreachable 5
push a@web1:1; want failed unreachable 5
push nosuch@web1; want failed auth_failed 6
push a@changed; want failed hostkey_changed 6
push a@127.0.2.2; want failed hostkey_unknown 6
check 1
push -n a@web1; want unchanged

say "human output"
run push a@web1 c@web1
[ "$RC" = 1 ] || bad "exit $RC"
[ "$(grep -c web1 "$T/out")" = 2 ] || bad "not one line a target"
said 'hint: '
run push -q a@web1
[ "$RC" = 0 ] && [ ! -s "$T/err" ] || bad "-q is not quiet"
run --color always push a@web1
grep -q $'\033\\[' "$T/out" || bad "no colour with --color always"
run push a@web1
if grep -q $'\033' "$T/out" "$T/err"; then bad "colour without terminal"; fi

say "the refresh token warning: once a call, with its three options"
far a "$T/old"; far b "$T/old"
run push a@web1 b@web1
for o in --move --fresh --lease; do
	[ "$(grep -c -- "$o" "$T/err")" = 1 ] || bad "$o is not named once"
done
cred "$T/key" apikey
run push --force --from "$T/key" a@web1 b@web1
[ "$RC" = 0 ] || bad "exit $RC"
if grep -q -- --lease "$T/err"; then bad "a key does not rotate"; fi

say "standard streams closed or broken"
far a "$T/old"
"$CP" push a@web1 <&- >&- 2>&-
invariant a "$T/old" "$T/new"
[ "$NOW" = new ] || bad "not written with closed descriptors"
far a "$T/old"; far b "$T/old"
"$CP" push a@web1 b@web1 2>&1 < /dev/null | true
await 5 gone_all || bad "still running"
invariant a "$T/old" "$T/new"
[ "$NOW" = new ] || bad "a broken pipe stopped the work"
far a "$T/old"
"$CP" push --json a@web1 > /dev/full 2> "$T/err" < /dev/null &&
    bad "a full standard output is no success"

say "help and version"
for o in -h --help help; do
	run $o
	[ "$RC" = 0 ] && grep -q push "$T/out" || bad "$o: exit $RC"
done
run push --help
[ "$RC" = 0 ] && grep -q -- --backup "$T/out" || bad "push --help: $RC"
for o in -V --version version; do
	run $o
	[ "$RC" = 0 ] && grep -qE '[0-9]\.[0-9]' "$T/out" || bad "$o: $RC"
done
