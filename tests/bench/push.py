"""push.py - how fast a push is, beside the tools that people use for it.

Started by scripts/bench on a machine of its own (tests/cli/machine.sh).
A fleet on loopback: one sshd, 127.0.1.1 and up are its hosts, each with a
home of its own (the login shell picks it by the address that was dialled).
Every tool does the same work over there: umask 077, make ~/.codex, write
~/.codex/auth.json, from nothing. Runs alternate between the tools; medians.
"""
import glob, os, shutil, statistics, subprocess, sys, threading, time

T, B = os.environ["CXP_T"], os.environ["B"]
HOME = os.environ["HOME"]
CP = B + "/codex-provision"
SOURCE = HOME + "/.codex/auth.json"
ONE = "umask 077; mkdir -p .codex; cat > .codex/auth.json"
XARGS = f"xargs -P %d -I@ sh -c 'ssh -o BatchMode=yes @ \"{ONE}\" < {SOURCE}'"
DELAYED, SILENT = 2200, 2299

TOOLS = {
    "codex-provision": f"{CP} push -q --hosts %(hosts)s",
    "xargs -P 16 ssh": XARGS % 16 + " < %(hosts)s",
    "xargs -P 64 ssh": XARGS % 64 + " < %(hosts)s",
    "parallel-ssh": f"parallel-ssh -h %(hosts)s -I -t 0 '{ONE}' < {SOURCE}",
    "clush": f"clush -S --hostfile=%(hosts)s '{ONE}' < {SOURCE}",
}
FAILED = []


def sh(cmd):
    return subprocess.run(cmd, shell=True, check=True, text=True,
        stdout=subprocess.PIPE).stdout


def host(i):
    return f"127.0.{1 + i // 250}.{1 + i % 250}"


def fleet():
    shell = T + "/fleetsh"
    with open(shell, "w") as f:
        f.write("#!/bin/dash\nc=${SSH_CONNECTION% *}\n"
            f"export HOME={T}/fleet/${{c##* }}\ncd\n"
            'exec /bin/dash "$@"\n')
    os.chmod(shell, 0o755)
    sh(f"""
        echo 'fleet:x:40000:40000::{T}/fleet:{shell}' >> /etc/passwd
        echo 'fleet:*:19000:0:99999:7:::' >> /etc/shadow
        mkdir -p {T}/fleet; cp {HOME}/.ssh/id_ed25519.pub {T}/keys/fleet
        printf '%s\\n' 'HostKey {T}/hostkeys/ed25519' 'UsePAM no' \\
            'StrictModes no' 'AuthorizedKeysFile {T}/keys/%u' \\
            'PidFile {T}/sshd.pid' 'MaxStartups 4000' > {T}/sshd.conf
        /usr/sbin/sshd -f {T}/sshd.conf -E {T}/sshd.log
        {B}/tests/fake/proxy -d 25 {DELAYED} 22
        {B}/tests/fake/proxy -x s:0:stall {SILENT} 22
        bash -c 'B={B}; . tests/cli/lib.sh; trap - EXIT
            cred {SOURCE} chatgpt acct_one 2026-01-02T03:04:05Z 2400'""")


def ssh_config(port, tuned):
    with open(HOME + "/.ssh/config", "w") as f:
        f.write("Host silent*\n\tHostName 127.0.9.9\n"
            f"\tPort {SILENT}\n\tUser fleet\n\tConnectTimeout 5\n"
            f"Host *\n\tUser fleet\n\tPort {port}\n")
        if tuned:
            f.write("\tKexAlgorithms curve25519-sha256\n")


def empty(n):
    """Every host as new: an empty home, no .codex."""
    for i in range(n):
        home = f"{T}/fleet/{host(i)}"
        shutil.rmtree(home + "/.codex", ignore_errors=True)
        if not os.path.isdir(home):
            os.mkdir(home)
            os.chown(home, 40000, 40000)


def arrived(n):
    want = open(SOURCE, "rb").read()
    count = 0
    for i in range(n):
        try:
            with open(f"{T}/fleet/{host(i)}/.codex/auth.json", "rb") as f:
                count += f.read() == want
        except OSError:
            pass
    return count


def hosts_file(n, more=()):
    name = T + "/hosts"
    with open(name, "w") as f:
        f.write("".join(h + "\n" for h in [host(i) for i in range(n)] +
            list(more)))
    return name


def tree_rss(root):
    """Bytes resident in root and all that descends from it."""
    parent, rss = {}, {}
    for stat in glob.glob("/proc/[0-9]*/stat"):
        try:
            f = open(stat).read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        pid = int(stat.split("/")[2])
        parent[pid], rss[pid] = int(f[1]), int(f[21]) * 4096
    total = 0
    for pid in rss:
        p = pid
        while p and p != root:
            p = parent.get(p, 0)
        total += rss[pid] if p == root else 0
    return total


def run(cmd, sample=False):
    """Seconds, CPU seconds, sampled peak of the sum of RSS, of a command."""
    peak = [0]
    start = time.monotonic()
    p = subprocess.Popen("exec " + cmd if "|" not in cmd else cmd, shell=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    done = threading.Event()

    def watch():
        while True:
            peak[0] = max(peak[0], tree_rss(p.pid))
            if done.wait(0.02):
                break
    t = threading.Thread(target=watch)
    if sample:
        t.start()
    _, _, usage = os.wait4(p.pid, 0)
    p.returncode = 0
    wall = time.monotonic() - start
    done.set()
    if sample:
        t.join()
    # Not ru_maxrss: that begins with what Python was before the exec.
    return wall, usage.ru_utime + usage.ru_stime, peak[0]


def measure(name, n, times, tools, port, tuned):
    """Rows of {tool: (wall, cpu a host, peak)}."""
    ssh_config(port, tuned)
    got = {t: [] for t in tools}
    hosts = hosts_file(n)
    for _ in range(times):
        for t in tools:
            empty(n)
            got[t].append(run(TOOLS[t] % {"hosts": hosts})[:2])
            if arrived(n) != n:
                FAILED.append(f"{t}, {name}: {n - arrived(n)} of {n} lost")
    rows = {}
    for t in tools:
        empty(n)
        peak = run(TOOLS[t] % {"hosts": hosts}, sample=True)[2]
        rows[t] = (statistics.median(w for w, _ in got[t]),
            statistics.median(c for _, c in got[t]) / n, peak)
    for t, (wall, cpu, peak) in rows.items():
        print(f"{name:34} {t + (' (tuned)' if tuned else ''):26}"
            f"{wall:9.3f} s {cpu * 1000:8.2f} ms {peak / 2**20:8.1f} MiB",
            flush=True)
    return rows


def goal(text, value, limit, more):
    ok = value >= limit if more else value <= limit
    print(f"{'ok  ' if ok else 'MISS'} {text}: {value:.2f} "
        f"(goal: at {'least' if more else 'most'} {limit})", flush=True)


def best(rows):
    return min(r[0] for t, r in rows.items() if t != "codex-provision")


def compare(n):
    times = 11 if n == 1 else 5 if n <= 10 else 3 if n <= 100 else 1
    one = ["codex-provision", "xargs -P 16 ssh"]
    all_ = one if n == 1 else list(TOOLS)
    ours = "codex-provision"
    for port, where in ((22, ""), (DELAYED, " +50 ms")):
        name = f"{n} host{'s' * (n > 1)}{where}"
        plain = measure(name, n, times, all_, port, False)
        tuned = measure(name, n, times, all_[1:], port, True)
        wall, cpu, peak = plain[ours]
        by = best(plain) / wall
        print(f"     {name}: {by:.2f} times faster than the best peer, "
            f"{best(tuned) / wall:.2f} than the best tuned one")
        if n == 1:
            goal(f"{name}, times faster than the one-liner", by,
                1.5 if where else 4, True)
        if n == 100 and not where:
            goal("100 hosts, times faster than the best peer", by, 4.5, True)
            goal("100 hosts, than the best tuned one", best(tuned) / wall,
                1.3, True)
            goal("100 hosts, client CPU a host, ms", cpu * 1000, 1.5, False)
            goal("100 hosts, peak memory, MiB", peak / 2**20, 12, False)


def thousand():
    """1,000 hosts, and what a host in flight costs in memory."""
    rss = {}
    ssh_config(DELAYED, False)
    hosts = hosts_file(1000)
    for j in (64, 512):
        empty(1000)
        wall, cpu, rss[j] = run(f"{CP} push -q --timeout 60 -j {j} "
            f"--hosts {hosts}", sample=True)
        print(f"1000 hosts +50 ms, -j {j}: {wall:.2f} s, "
            f"{cpu:.2f} ms CPU a host, {rss[j] / 2**20:.1f} MiB, "
            f"{arrived(1000)} arrived", flush=True)
    goal("kB more for each further host in flight",
        (rss[512] - rss[64]) / 448 / 1000, 60, False)


def silent():
    """5 of 100 never answer; each may cost its timeout, once."""
    ssh_config(22, False)
    hosts = hosts_file(95, [f"silent{i}" for i in range(5)])
    empty(95)
    wall = run(f"{CP} push -q --timeout 5 --hosts {hosts}")[0]
    print(f"100 hosts, 5 silent, --timeout 5: {wall:.2f} s, "
        f"{arrived(95)} of 95 arrived")
    goal("seconds with 5 silent hosts", wall, 5.5, False)
    empty(95)
    wall = run(TOOLS["xargs -P 16 ssh"] % {"hosts": hosts})[0]
    print(f"  the one-liner, -P 16, ConnectTimeout 5: {wall:.2f} s, "
        f"{arrived(95)} of 95 arrived", flush=True)


def main():
    fleet()
    print(f"{'':34} {'':26}{'wall':>11} {'CPU a host':>11} {'peak RSS':>12}")
    empty(1)
    ssh_config(22, False)
    run(TOOLS["codex-provision"] % {"hosts": hosts_file(1)})	# warm
    sizes = [int(a) for a in sys.argv[1:]] or [1, 10, 100]
    for n in sizes:
        if n >= 1000:
            thousand()
        else:
            compare(n)
    if len(sys.argv) == 1:
        thousand()
        silent()
    for f in FAILED:
        print("lost:", f)


main()
