"""store.py [N...] - the encrypted store: what `list` of N entries costs on top
of the one Argon2id that opens it, in one run.

The stores are made by the second implementation, once at the real cost and
once with as little Argon2id as there can be: that run, less the start of the
program, is what comes on top. "key" is libsodium's own crypto_pwhash with the
real parameters, between the runs. CPU time counts: on a loaded machine the
wall clock tells of others.
"""
import os, resource, statistics, subprocess, sys, time
from nacl import bindings as sodium

sys.path.insert(0, "tests/fake")
import vault

CP = os.environ["CP"]
HOME = os.environ["HOME"]
DATA = HOME + "/.local/share/codex-provision"
PASS = "correct horse battery staple"
PASSES, MEMORY = 3, 256 << 20
ROUNDS = 7


def cpu(who, f):
    """Wall and CPU seconds of f()."""
    a, t = resource.getrusage(who), time.monotonic()
    f()
    b = resource.getrusage(who)
    return time.monotonic() - t, \
        b.ru_utime + b.ru_stime - a.ru_utime - a.ru_stime


def key():
    sodium.crypto_pwhash_alg(32, PASS.encode(), bytes(16), PASSES, MEMORY,
                             sodium.crypto_pwhash_ALG_ARGON2ID13)


def list_all():
    subprocess.run([CP, "store", "list", "--json", "--passphrase-file",
                    HOME + "/pass"], check=True, stdout=subprocess.PIPE)


def start():
    subprocess.run([CP, "version"], check=True, stdout=subprocess.PIPE)


def store(n, credential):
    return {"entries": [
        {"name": "login%04d" % i, "serial": i, "mode": "chatgpt",
         "account": "acct_%032d" % i, "user": "user-%032d" % i,
         "email": "somebody.%d@example.com" % i, "plan": "pro",
         "login": "l" * 43, "expires": 4102444800, "refreshable": True,
         "last_refresh": "2026-01-02T03:04:05.678901234Z",
         "credential": credential} for i in range(n)]}


def put(n, credential, passes, memory):
    """A store of n; its size."""
    data = vault.make(store(n, credential), PASS.encode(), passes, memory)
    with open(os.open(DATA + "/store", os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
                      0o600), "wb") as f:
        f.write(data)
    list_all()                          # notes what was seen, once
    return len(data)


def main(counts):
    os.makedirs(DATA, mode=0o700)
    with open(HOME + "/.codex/auth.json") as f:
        credential = f.read()
    with open(os.open(HOME + "/pass", os.O_WRONLY | os.O_CREAT, 0o600),
              "w") as f:
        f.write(PASS + "\n")
    print("%-8s %10s %10s %10s %10s %10s" % (
        "entries", "file, KB", "list, ms", "key, CPU", "rest, CPU", "on top"))
    for n in counts:
        runs = []
        put(n, credential, 1, 8192)
        for _ in range(ROUNDS):
            runs.append((cpu(resource.RUSAGE_CHILDREN, list_all),
                         cpu(resource.RUSAGE_CHILDREN, start),
                         cpu(resource.RUSAGE_SELF, key)))
        size = put(n, credential, PASSES, MEMORY)
        wall = statistics.median(
            cpu(resource.RUSAGE_CHILDREN, list_all)[0] for _ in range(3))
        # the least disturbed of each
        rest, begin, keys = (min(r[i][1] for r in runs) for i in range(3))
        print("%-8d %10d %10.0f %10.0f %10.0f %9.1f%%" % (
            n, size // 1024, 1000 * wall, 1000 * keys,
            1000 * (rest - begin), 100 * (rest - begin) / keys))


main([int(a) for a in sys.argv[1:]] or [1, 100, 1000])
