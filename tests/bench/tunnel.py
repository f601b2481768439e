"""tunnel.py - tunnel -N beside ssh -N -L, in one run.

Started by scripts/bench on a machine of its own; the far host is a network
namespace joined to it by a veth pair (tests/cli/farhost.sh), on the same two
cores: read the ratios and the client's CPU. Runs alternate; medians, of
latencies the best tenth, as others may want the processor too.
`tunnel.py serve` is the far service.
"""
import os, socket, statistics, subprocess, sys, threading, time

PORT = 1455
BLOCK = 1 << 18
GB = 1 << 30
RUNS = 5
TUNED = "-o KexAlgorithms=curve25519-sha256"
TOOLS = {
    "codex-provision": f"{os.environ['B']}/codex-provision tunnel -qN u@far",
    "ssh -N -L": "ssh -N -L 1455:127.0.0.1:1455 u@far",
    "ssh -N -L, curve25519": f"ssh {TUNED} -N -L 1455:127.0.0.1:1455 u@far",
}
OURS = "codex-provision"


def handle(s):
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    room = bytearray(BLOCK)
    word = s.recv(1)
    try:
        if word == b"e":                # echo
            while n := s.recv_into(room):
                s.sendall(memoryview(room)[:n])
        elif word == b"d":              # down: 1 GB
            for _ in range(GB // BLOCK):
                s.sendall(room)
        elif word == b"u":              # up: until EOF
            while s.recv_into(room):
                pass
            s.sendall(b"x")
        elif word == b"f":              # flood
            while True:
                s.sendall(room)
    except OSError:
        pass
    s.close()


def serve():
    listener = socket.create_server(("127.0.0.1", PORT), backlog=500)
    while True:
        s, _ = listener.accept()
        threading.Thread(target=handle, args=(s,), daemon=True).start()


def dial(word):
    s = socket.create_connection(("127.0.0.1", PORT))
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    s.sendall(word)
    return s


def cpu(pid):
    f = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(f[11]) + int(f[12])) / os.sysconf("SC_CLK_TCK")


def rss(pid):
    with open(f"/proc/{pid}/status") as f:
        return int(f.read().split("VmRSS:")[1].split()[0]) / 1024


def ping(s):
    s.sendall(b"x")
    assert s.recv(1) == b"x"


def start(tool):
    """The process and the seconds to the first byte that came back."""
    began = time.monotonic()
    p = subprocess.Popen(TOOLS[tool].split(), stdin=subprocess.DEVNULL)
    while True:
        try:
            s = dial(b"e")
            break
        except ConnectionRefusedError:
            time.sleep(0.0005)
    ping(s)
    took = time.monotonic() - began
    s.close()
    return p, took


def latency():
    times = []
    for _ in range(300):
        t = time.monotonic()
        s = dial(b"e")
        ping(s)
        times.append(time.monotonic() - t)
        s.close()
    return statistics.quantiles(times, n=10)[0]


def pings():
    s = dial(b"e")
    times = []
    for _ in range(1000):
        t = time.monotonic()
        ping(s)
        times.append(time.monotonic() - t)
    s.close()
    return statistics.quantiles(times, n=10)[0]


def down():
    s, room, got = dial(b"d"), bytearray(BLOCK), 0
    while n := s.recv_into(room):
        got += n
    assert got == GB


def up():
    s, room = dial(b"u"), bytes(BLOCK)
    for _ in range(GB // BLOCK):
        s.sendall(room)
    s.shutdown(socket.SHUT_WR)
    assert s.recv(1) == b"x"


def many():
    """200 connections at once, 20 pings on each, all of them waiting."""
    t = time.monotonic()
    all_ = [dial(b"e") for _ in range(200)]
    for _ in range(20):
        for s in all_:
            s.sendall(b"x")
        for s in all_:
            assert s.recv(1) == b"x"
    for s in all_:
        s.close()
    return time.monotonic() - t


def stalled(pid):
    """MiB for each of 4 readers that stop."""
    before = rss(pid)
    all_ = [dial(b"f") for _ in range(4)]
    used = -1
    while used != (used := cpu(pid)):
        time.sleep(0.5)
    grown = rss(pid) - before
    for s in all_:
        s.close()
    return grown / 4


ROWS = (    # name, unit, whether more is better
    ("start to first byte", "ms", False),
    ("connect and echo", "us", False),
    ("echo", "us", False),
    ("200 connections x 20", "ms", False),
    ("1 GiB down", "MB/s", True),
    ("1 GiB up", "MB/s", True),
    ("CPU a GiB down", "s", False),
    ("CPU a GiB up", "s", False),
    ("idle memory", "MiB", False),
    ("a stalled reader", "MiB", False),
)


def once(tool):
    p, first = start(tool)
    idle = rss(p.pid)
    row = {"start to first byte": first * 1e3, "idle memory": idle}
    row["connect and echo"] = latency() * 1e6
    row["echo"] = pings() * 1e6
    row["200 connections x 20"] = min(many() for _ in range(3)) * 1e3
    for name, fn in (("down", down), ("up", up)):
        used, t = cpu(p.pid), time.monotonic()
        fn()
        row[f"1 GiB {name}"] = GB / 1e6 / (time.monotonic() - t)
        row[f"CPU a GiB {name}"] = cpu(p.pid) - used
    row["a stalled reader"] = stalled(p.pid)
    p.terminate()
    p.wait()
    return row


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    got = {tool: [] for tool in TOOLS}
    for _ in range(runs):
        for tool in TOOLS:
            got[tool].append(once(tool))
    print(f"{'':24}" + "".join(f"{tool:>24}" for tool in TOOLS))
    missed = 0
    for name, unit, more in ROWS:
        v = [statistics.median(r[name] for r in got[t]) for t in TOOLS]
        best = max(v[1:]) if more else min(v[1:])
        # Ssh as it comes is the peer; 5 % is noise.
        ok = v[0] >= v[1] * 0.95 if more else v[0] <= v[1] * 1.05
        missed += not ok
        print(f"{name:24}" + "".join(f"{x:>18.2f} {unit:5}" for x in v) +
            f"  {'ok' if ok else 'MISS'}"
            f"{'' if best == v[1] else ' (tuned: %.2f)' % best}", flush=True)
    print(f"{'ok  ' if not missed else 'MISS'} no row worse than ssh's: "
        f"{missed} (goal: 0)")


serve() if sys.argv[1:] == ["serve"] else main()
