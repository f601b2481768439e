"""tunnelterm.py PROGRAM CASE [ARG]

`PROGRAM tunnel u@far -- ...` on a terminal of its own. Says what went wrong
and ends with 1; every case ends with a look at the terminal: as it was.
"""
import contextlib, fcntl, os, pty, re, select, signal, struct, subprocess, sys, termios
import time

WAIT = 20
PROGRAM = sys.argv[1]


def fail(*what):
    print(*what)
    sys.exit(1)


class Terminal:
    def __init__(self, command, cols=100, rows=33):
        self.fd, self.slave = pty.openpty()
        self.seen = b""
        self.resize(cols, rows, None)
        self.before = termios.tcgetattr(self.slave)
        told, tell = os.pipe()
        self.shell = os.fork()
        if self.shell == 0:
            self.shell_main(command, tell)
        self.pid = int(os.read(told, 20))

    def shell_main(self, command, tell):
        """A session's leader, and the program as its foreground job."""
        os.setsid()
        fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
        for fd in (0, 1, 2):
            os.dup2(self.slave, fd)
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        job = os.fork()
        with contextlib.suppress(PermissionError):     # it has done so
            os.setpgid(job, 0)
        os.tcsetpgrp(0, job or os.getpid())
        if job == 0:
            signal.signal(signal.SIGTTOU, signal.SIG_DFL)
            signal.signal(signal.SIGHUP, signal.SIG_DFL)
            os.closerange(3, 100)
            os.execv(PROGRAM, [PROGRAM, "tunnel", "u@far", "--", command])
        os.write(tell, b"%d" % job)
        os._exit(os.waitstatus_to_exitcode(os.waitpid(job, 0)[1]) & 255)

    def resize(self, cols, rows, pid):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ,
            struct.pack("HHHH", rows, cols, 0, 0))
        if pid:
            os.kill(pid, signal.SIGWINCH)

    def type(self, what):
        os.write(self.fd, what)

    def await_(self, pattern):
        end = time.monotonic() + WAIT
        while not (m := re.search(pattern, self.seen)):
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                fail("not seen:", pattern, "but", self.seen)
            self.seen += os.read(self.fd, 4096)
        self.seen = self.seen[m.end():]

    def raw(self):
        return not termios.tcgetattr(self.slave)[3] & termios.ICANON

    def await_raw(self, raw):
        end = time.monotonic() + WAIT
        while self.raw() != raw:
            if time.monotonic() > end:
                fail("raw:", not raw)
            time.sleep(0.02)

    def ends(self, *status):
        """With one of these; the terminal is as it was."""
        end = time.monotonic() + WAIT
        while (done := os.waitpid(self.shell, os.WNOHANG))[0] == 0:
            if time.monotonic() > end:
                fail("does not end; shown:", self.seen)
            while select.select([self.fd], [], [], 0.02)[0]:
                self.seen += os.read(self.fd, 4096)
        got = os.waitstatus_to_exitcode(done[1])
        if got not in status:
            fail("exit", got, "not", status, "shown:", self.seen)
        if termios.tcgetattr(self.slave) != self.before:
            fail("the terminal is not as it was")


def size():
    t = Terminal("tty; stty size; trap 'stty size; exit 7' WINCH; "
        "echo ready; while :; do sleep 0.1; done")
    t.await_(rb"/dev/pts/\d+\r\n33 100\r\n")
    t.await_(rb"ready")
    t.resize(77, 22, t.pid)
    t.await_(rb"22 77\r\n")
    t.ends(7)


def keys():
    t = Terminal("trap 'echo got-int' INT; trap 'echo got-stop' TSTP; "
        "echo ready; while read x; do echo \"<$x>\"; done; echo eof; exit 3")
    t.await_(rb"ready")
    t.await_raw(True)
    t.type(b"\x03")
    t.await_(rb"got-int")
    t.type(b"word\r")
    t.await_(rb"<word>")
    t.type(b"\x1a")
    t.await_(rb"got-stop")
    t.type(b"more\r")
    t.await_(rb"<more>")
    t.type(b"\x04")
    t.await_(rb"eof")
    t.ends(3)


def escape():
    t = Terminal("while read x; do echo \"<$x>\"; done")
    t.await_raw(True)
    t.type(b"~~a\r")
    t.await_(rb"<~a>")
    t.type(b"b~.c\r")
    t.await_(rb"<b~.c>")
    t.type(b"~d\r")
    t.await_(rb"<~d>")
    t.type(b"~.")
    t.ends(130)


def stop():
    t = Terminal("trap 'stty size' WINCH; echo ready; "
        "while :; do sleep 0.1; done")
    t.await_(rb"ready")
    t.await_raw(True)
    os.kill(t.pid, signal.SIGTSTP)
    end = time.monotonic() + WAIT
    while open(f"/proc/{t.pid}/stat").read().rsplit(")", 1)[1].split()[0] != "T":
        if time.monotonic() > end:
            fail("not stopped")
        time.sleep(0.02)
    if t.raw():
        fail("stopped, and the terminal is raw")
    t.resize(50, 20, None)
    os.kill(t.pid, signal.SIGCONT)
    t.await_raw(True)
    t.await_(rb"20 50")
    os.kill(t.pid, signal.SIGTERM)
    t.ends(143)


def killed(name):
    sig = signal.Signals["SIG" + name]
    t = Terminal("echo ready; sleep 1000")
    t.await_(rb"ready")
    t.await_raw(True)
    os.kill(t.pid, sig)
    t.ends(128 + sig)


def server_dies():
    t = Terminal("echo ready $PPID; sleep 1000")
    t.await_(rb"ready \d+")
    t.await_raw(True)
    subprocess.run("pkill -KILL -f '^sshd: u@'", shell=True)
    t.await_(rb"was lost")
    t.ends(5)


def no_pty():
    t = Terminal("test -t 0 || echo none; read x; echo \"<$x>\"; exit 4")
    t.await_(rb"none")
    if t.raw():
        fail("raw, and nobody there who echoes")
    t.type(b"word\n")
    t.await_(rb"<word>")
    t.ends(4)


globals()[sys.argv[2]](*sys.argv[3:])
