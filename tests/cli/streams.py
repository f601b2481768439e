"""streams.py serve PORT | CHECK [ARG...]

Two ends of a forward. `serve` listens on 127.0.0.1:PORT, over there; a
connection's first line says what it does. A CHECK connects to localhost
1455, here, prints what went wrong and ends with 1, or says nothing.
"""
import hashlib, os, socket, sys, threading, time

BLOCK = 1 << 16
PORT = 1455
WAIT = 60


def lines(s):
    line = b""
    while not line.endswith(b"\n"):
        c = s.recv(1)
        if not c:
            break
        line += c
    return line.split()


def pattern(n):
    """n bytes, always the same, not the same everywhere."""
    block = b"".join(hashlib.sha256(b"%d" % i).digest()
        for i in range(BLOCK // 32))
    while n > 0:
        yield block[:n]
        n -= BLOCK


def digest(blocks):
    h = hashlib.sha256()
    for b in blocks:
        h.update(b)
    return h.hexdigest().encode()


def received(s):
    while True:
        b = s.recv(BLOCK)
        if not b:
            return
        yield b


def handle(s):
    word, *args = lines(s) or [b""]
    try:
        if word == b"echo":
            for b in received(s):
                s.sendall(b)
            s.sendall(b"bye")           # after the other side's EOF
        elif word == b"up":
            s.sendall(digest(received(s)))
        elif word == b"down":
            for b in pattern(int(args[0])):
                s.sendall(b)
        elif word == b"flood":          # as much as anybody takes
            while True:
                s.sendall(b"x" * BLOCK)
        elif word == b"deaf":
            time.sleep(WAIT)
    except OSError:
        pass
    s.close()


def serve(port):
    listener = socket.create_server(("127.0.0.1", int(port)), backlog=500)
    while True:
        s, _ = listener.accept()
        threading.Thread(target=handle, args=(s,), daemon=True).start()


def dial(word, host="127.0.0.1"):
    s = socket.create_connection((host, PORT), timeout=WAIT)
    s.sendall(word + b"\n")
    return s


def want(what, got, expected):
    if got != expected:
        print(f"{what}: {got[:60]!r}, not {expected[:60]!r}")
        sys.exit(1)


def echo(host="127.0.0.1"):
    s = dial(b"echo", host)
    for n in (1, 100, 70000):
        s.sendall(b"a" * n)
        got = b""
        while len(got) < n:
            got += s.recv(BLOCK)
        want("echo", got, b"a" * n)
    s.shutdown(socket.SHUT_WR)
    want("after half-close", b"".join(received(s)), b"bye")


def up(n):
    s = dial(b"up")
    for b in pattern(int(n)):
        s.sendall(b)
    s.shutdown(socket.SHUT_WR)
    want("digest", b"".join(received(s)), digest(pattern(int(n))))


def down(n):
    s = dial(b"down " + n.encode())
    want("digest", digest(received(s)), digest(pattern(int(n))))


def many(count):
    """All open at once, then a word each, then a half-close each."""
    all_ = [dial(b"echo") for _ in range(int(count))]
    for i, s in enumerate(all_):
        s.sendall(b"%06d" % i)
    for i, s in enumerate(all_):
        got = b""
        while len(got) < 6:
            got += s.recv(6)
        want("echo", got, b"%06d" % i)
        s.shutdown(socket.SHUT_WR)
    for s in all_:
        want("after half-close", b"".join(received(s)), b"bye")


def memory(pid):
    with open(f"/proc/{pid}/status") as f:
        return int(f.read().split("VmRSS:")[1].split()[0])


def cpu(pid):
    f = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(f[11]) + int(f[12])) / os.sysconf("SC_CLK_TCK")


def stalled(pid, kb):
    """Readers that stop, here and there: kb once for each, and no time."""
    down("50000000")
    before = memory(pid)
    here = [dial(b"flood") for _ in range(4)]
    there = [dial(b"deaf") for _ in range(4)]
    for s in there:
        s.settimeout(5)
        try:
            while True:
                s.sendall(b"y" * BLOCK)
        except TimeoutError:
            pass
    # The floods are full when nothing moves any more.
    same, used = 0, -1
    while same < 3:
        same = same + 1 if used == (used := cpu(pid)) else 0
        time.sleep(0.5)
    full = memory(pid)
    echo()
    down("50000000")
    later = memory(pid)
    if full - before > int(kb) * len(here) or later - full > int(kb):
        print(f"memory grew from {before} to {full}, then {later} kB")
        sys.exit(1)
    used = cpu(pid)
    time.sleep(1)
    if cpu(pid) - used > 0.2:
        print(f"{cpu(pid) - used} s of CPU in a second with nothing to do")
        sys.exit(1)
    for s in here + there:
        s.close()
    echo()


def refused():
    """The forward takes the connection, and ends it."""
    s = socket.create_connection(("127.0.0.1", PORT), timeout=WAIT)
    try:
        got = s.recv(1)
    except ConnectionResetError:
        got = b""
    want("refused", got, b"")


globals()[sys.argv[1]](*sys.argv[2:])
