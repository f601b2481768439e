"""docker.py - how fast a push into containers is, beside what people type.

Started by scripts/bench on a machine of its own, with a dockerd of its own.
The peers are the docker command's: the recipe of three (exec mkdir, cp, exec
chown and chmod), which is what ends with the right owner and mode, alone and
16 at a time; `docker cp` alone, which does not; and one `docker exec -i`.
Every one starts from nothing. Runs alternate between the tools; medians. How
long the engine needs until an exec says its first word is shown too: a client
that cost nothing at all would be faster by so much, and no more.
"""
import http.client, json, os, resource, socket, statistics, subprocess, sys
import threading, time

T, B, SOCK = os.environ["CXP_T"], os.environ["B"], os.environ["SOCKET"]
CP = B + "/codex-provision"
SOURCE = os.environ["HOME"] + "/.codex/auth.json"
DOCKER = f"docker -H unix://{SOCK}"
FOLDER = "/home/app/.codex"

RECIPE = (f"{DOCKER} exec -u app @ mkdir -p -m 700 {FOLDER} && "
    f"{DOCKER} cp {SOURCE} @:{FOLDER}/auth.json && "
    f"{DOCKER} exec -u 0 @ sh -c 'chown app:app {FOLDER}/auth.json && "
    f"chmod 600 {FOLDER}/auth.json'")
COPY = f"{DOCKER} cp {SOURCE} @:/home/app/auth.json"
EXEC = (f"{DOCKER} exec -i -u app @ sh -c 'umask 077; mkdir -p {FOLDER}; "
    f"cat > {FOLDER}/auth.json' < {SOURCE}")
OURS, THREE = "codex-provision", "recipe of three"
# name: the line for each container, how many at a time, where it ends
PEERS = {
    THREE: (RECIPE, 1, FOLDER),
    "recipe of three, -P 16": (RECIPE, 16, FOLDER),
    "docker cp, -P 16": (COPY, 16, "/home/app"),
    "docker exec -i, -P 16": (EXEC, 16, FOLDER),
}
ROOTS, FAILED = {}, []


def sh(cmd):
    return subprocess.run(cmd, shell=True, check=True, text=True,
        stdout=subprocess.PIPE).stdout


def boxes(n):
    """Containers b0 to bn-1, those that are not there yet."""
    for i in range(len(ROOTS), n):
        sh(f"{DOCKER} run -d --network=none -u app --name b{i} "
            "localhost/box sleep 100000")
        pid = sh(f"{DOCKER} inspect -f '{{{{.State.Pid}}}}' b{i}").strip()
        ROOTS[f"b{i}"] = f"/proc/{pid}/root"
    return [f"b{i}" for i in range(n)]


def empty(names):
    for n in names:
        sh(f"rm -rf {ROOTS[n]}{FOLDER} {ROOTS[n]}/home/app/auth.json")


def arrived(names, where):
    want, count = open(SOURCE, "rb").read(), 0
    for n in names:
        f = f"{ROOTS[n]}{where}/auth.json"
        try:
            right = where != FOLDER or os.stat(f).st_uid == 1000 and \
                os.stat(f).st_mode & 0o777 == 0o600
            count += right and open(f, "rb").read() == want
        except OSError:
            pass
    return count


def line(tool, names):
    if tool == OURS:
        return f"{CP} docker -q -H unix://{SOCK} {' '.join(names)}"
    text, parallel, _ = PEERS[tool]
    with open(T + "/each", "w") as f:
        f.write("#!/bin/sh\n" + text.replace("@", '"$1"') + "\n")
    os.chmod(T + "/each", 0o755)
    if len(names) == 1:
        return f"{T}/each {names[0]}"
    return f"printf '%s\\n' {' '.join(names)} | xargs -P {parallel} -n 1 " \
        f"{T}/each"


def run(cmd):
    """Seconds and CPU seconds of the client's side."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    subprocess.run(cmd, shell=True, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - \
        before.ru_stime


class Unix(http.client.HTTPConnection):
    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(SOCK)


def call(c, method, path, body=None):
    c.request(method, path, body and json.dumps(body),
        {"Content-Type": "application/json"})
    return c.getresponse().read()


def bare_exec(name):
    """An exec that only says one word, attached as ours: what no client can
    save."""
    c = Unix("d")
    made = json.loads(call(c, "POST", f"/containers/{name}/exec",
        {"AttachStdin": True, "AttachStdout": True, "AttachStderr": True,
         "User": "app", "Cmd": ["sh", "-c", "echo; read x"]}))
    body = b'{"Detach":false,"Tty":false}'
    s = socket.socket(socket.AF_UNIX)
    s.connect(SOCK)
    s.sendall(b"POST /exec/%s/start HTTP/1.1\r\nHost: d\r\nConnection: Upgrade"
        b"\r\nUpgrade: tcp\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n%s" %
        (made["Id"].encode(), len(body), body))
    got = b""
    while not got.endswith(b"\0\1\n"):
        more = s.recv(4096)
        if not more:
            break
        got += more
    s.close()


def engines_own(names):
    threads = [threading.Thread(target=bare_exec, args=(n,)) for n in names]
    start = time.monotonic()
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return time.monotonic() - start


def goal(text, value, limit, most):
    print(f"{'ok  ' if value >= limit else 'MISS'} {text}: {value:.2f} "
        f"(goal: at least {limit}; the engine's exec alone: {most:.2f})",
        flush=True)


def compare(n):
    names = boxes(n)
    times = 9 if n == 1 else 5 if n <= 10 else 3
    tools = [OURS] + [t for t in PEERS if n > 1 or PEERS[t][1] == 1 or
        not t.startswith(THREE)]
    got, own = {t: [] for t in tools}, []
    for _ in range(times):
        own.append(engines_own(names))
        for t in tools:
            empty(names)
            got[t].append(run(line(t, names)))
            lost = n - arrived(names, FOLDER if t == OURS else PEERS[t][2])
            if lost:
                FAILED.append(f"{t}: {lost} of {n} lost")
    what = f"{n} container{'s' * (n > 1)}"
    wall = {t: statistics.median(w for w, _ in got[t]) for t in tools}
    for t in tools:
        cpu = statistics.median(c for _, c in got[t]) / n
        name = t.removesuffix(", -P 16") if n == 1 else t
        print(f"{what:16}{name:26}{wall[t]:9.3f} s {cpu * 1000:8.2f} ms"
            f"{wall[t] / wall[OURS]:8.2f} x", flush=True)
    exec_ = statistics.median(own)
    print(f"{what:16}{'an exec of the engine':26}{exec_:9.3f} s"
        f"{'':12}{exec_ / wall[OURS]:8.2f} x", flush=True)
    if n == 1:
        goal("one container, times faster than the recipe of three",
            wall[THREE] / wall[OURS], 4, wall[THREE] / exec_)
    if n == 50:
        goal("50 containers, times faster than the recipe of three",
            wall[THREE] / wall[OURS], 9, wall[THREE] / exec_)


def main():
    print(f"{'':16}{'':26}{'wall':>11} {'CPU each':>11}{'ours = 1':>10}")
    run(line(OURS, boxes(1)))	# warm
    for n in [int(a) for a in sys.argv[1:]] or [1, 10, 50]:
        compare(n)
    for f in sorted(set(FAILED)):
        print("lost:", f)


main()
