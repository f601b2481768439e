#!/usr/bin/env python3
"""farcodex.py - a codex whose `login` is as hostile as its home says.

Installed as `codex` for an account. It does what the real one does towards
its callback, and logs every byte that it was sent to ~/requests. ~/mode says
what else:
  good       a login comes of it (~/login is the file it writes)
  evil       the callback is answered with a redirect to an address of its own
  page       the callback is answered with a page and a cookie, no login
  huge       the callback is answered without end
  hang       the callback is not answered
  refused    it ends after the callback, with escapes in what it says
  URL ...    it prints that address
  garbage    what it writes is no login
  mute       as good, but answers nothing before the callback
  stubborn   as good, but ends neither by itself nor by SIGTERM
"""
import os
import signal
import socket
import sys
import time

home = os.environ["HOME"]
there = os.environ["CODEX_HOME"]
mode = open(home + "/mode").read().strip() or "good"
log = open(home + "/requests", "ab", buffering=0)
url = ("https://auth.openai.com/oauth/authorize?response_type=code"
       "&client_id=app_EMoamEEZ73f0CkXaXp7hrann&redirect_uri=http%3A%2F%2F"
       "127.0.0.1%3A1455%2Fauth%2Fcallback&code_challenge=" + "c" * 43 +
       "&code_challenge_method=S256&state=" + "s" * 43)
if mode.startswith("URL "):
    url = mode[4:]


def write(text):
    with open(os.open(there + "/auth.json", os.O_WRONLY | os.O_CREAT, 0o600),
              "wb") as f:
        f.write(text)


def callback():
    if mode in ("good", "mute", "stubborn"):
        write(open(home + "/login", "rb").read())
        return (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1455"
                b"/success?id_token=x\r\n\r\n")
    if mode == "garbage":
        write(b'{"tokens":{}}')
        return (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1455"
                b"/success\r\n\r\n")
    if mode == "evil":
        return (b"HTTP/1.1 302 Found\r\nLocation: https://auth.openai.com"
                b"/oauth/authorize?evil=1\r\nSet-Cookie: evil=1\r\n\r\n")
    if mode == "refused":
        sys.stderr.write("Error logging in: \x1b]0;evil\x07no \x1b[31mway\n")
        sys.stderr.flush()
        os._exit(1)
    if mode == "hang":
        time.sleep(1000)
    if mode == "huge":
        return b"HTTP/1.1 200 OK\r\n" + b"X-Evil: 1\r\n" * 100000
    return (b"HTTP/1.1 200 OK\r\nSet-Cookie: evil=1\r\n\r\n"
            b"<script>evil()</script>")


if mode == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", 1455))
s.listen(16)
sys.stderr.write("Starting local login server on http://localhost:1455.\n"
                 "If your browser did not open, navigate to this URL to "
                 "authenticate:\n\n%s\n\n" % url)
sys.stderr.flush()
while True:
    c, _ = s.accept()
    data = b""
    while b"\r\n\r\n" not in data:
        more = c.recv(65536)
        if not more:
            break
        data += more
    log.write(data)
    path = data.split(b" ")[1] if data.count(b" ") > 1 else b""
    if path.startswith(b"/auth/callback"):
        answer = callback()
    elif path.startswith(b"/success"):
        answer = b"HTTP/1.1 200 OK\r\n\r\nok"
    elif mode == "mute":
        time.sleep(1000)
    else:
        answer = b"HTTP/1.1 404 Not Found\r\n\r\nNot Found"
    try:
        c.sendall(answer)
    except OSError:
        pass
    c.close()
    if path.startswith(b"/success") and mode != "stubborn":
        sys.stderr.write("Successfully logged in\n")
        sys.exit(0)
