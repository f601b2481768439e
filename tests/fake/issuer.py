#!/usr/bin/env python3
"""issuer.py - an OpenAI-like issuer for tests, as honest or hostile as asked.

  issuer.py [OPTION...] [ENDPOINT=MODE[,MODE...]...]

Speaks plain http, or https with --cert and --key, on loopback. When it is
ready it prints one line, "PORT PROXY_PORT" (0: no proxy), and serves until it
is killed. tests/cli/issuer.sh starts it and makes the certificates.

  --port N            where to listen (0: any)          --host ADDRESS
  --cert F --key F    https
  --proxy             also a CONNECT proxy: a tunnel to any name that --as
                      gives (auth.openai.com) ends here, others are refused
  --proxy-status N    what CONNECT is answered (200)    --proxy-auth USER:PW
  --log FILE          one JSON object a line for each request: n, conn, at
                      (seconds since start), method, path, query, headers,
                      body, form (pairs in order) or json, raw (all bytes,
                      latin-1), endpoint, mode, status, and reuse where a
                      refresh token or code comes a second time; CONNECT
                      gives {"connect": "host:port", "authorization": ...}
  --issuer URL        what it calls itself (for redirect_uri of the device
                      flow); its own URL where not given
  --account A --email E --plan P --user U    the claims of what it gives
  --mark TEXT         stands in every token, code and key (a canary)
  --lifetime S        of access tokens (864000)
  --interval JSON     of the usercode answer ("5"); none: left out
  --expires-at S      of that answer, by its own clock (2099); --expires-in N
  --user-code C       (ABCD-1234)   --code-name user_code|usercode
  --date S            added to the Date header; none: no such header
  --no-key            the API-key exchange is refused
  --any-refresh       a refresh token it never gave is good, once

Endpoints: authorize token apikey usercode poll refresh whoami revoke other,
and all. "token" is the code exchange; the three grants share /oauth/token.

A list of modes is used one a request; the last one stays. MODE*N stands for
N of them. They can be set while it runs, and its counters read:
  GET /_fake/set?ENDPOINT=MODE,...     GET /_fake/count?ENDPOINT

Modes of every endpoint:
  ok                  what a good issuer does
  N  N:R              status N with OpenAI's form of error; R: Retry-After
  error:CODE[:N]      {"error": {"code": CODE, ...}} with status N (400)
  oauth:CODE[:N]      {"error": CODE, "error_description": ...}
  json:BYTES          200 with these bytes, percent-decoded, as the body
  html[:N]            a Cloudflare-like page with status N (403)
  malformed empty types dups escapes[:N] echo nul
  redirect:N:URL      Location: URL (the default: http://127.0.0.1:9/)
  slow:S hang         the answer after S seconds, or never
  huge headers bomb   endless body; 60 headers of 8 KB; gzip of 100 MB
  drip                a byte every 0.2 s
  cut:N close rst     N bytes of the answer, then the end; none; a reset
Of authorize: denied (the page's link leads to error=access_denied), auto
(no page), wrongstate. Of poll: pending slow_down denied expired.
"""
import argparse
import base64
import gzip
import json
import socket
import ssl
import struct
import sys
import threading
import time
from email.utils import formatdate
from urllib.parse import parse_qsl, unquote

sys.dont_write_bytecode = True
from issuerkind import Answer, Issuer, endpoint_of, refusal  # noqa: E402

ESCAPES = ("\x1b[31mred\x1b]52;c;ZXZpbA==\x07\x1b]0;title\x07\r\n\x7f"
           "\u009b31m\u202eback\u2066\u200b\ufeff" + "long " * 200)
PAGE = """<!DOCTYPE html><html><head><title>Just a moment...</title></head>
<body><h1>Checking your browser</h1><p>Enable JavaScript and cookies to
continue</p><p>Ray ID: 1234 - Cloudflare</p></body></html>"""


def bent(r, good, kind, args):
    """The answer that a mode makes of a good one; None: not of this kind."""
    n = int(args[0]) if args and args[0].isdigit() else 0
    if kind.isdigit():
        more = [("Retry-After", args[0])] if args else []
        return refusal("fake_%s" % kind, int(kind), headers=more) if (
            kind != "204") else Answer(204, headers=more)
    if kind in ("error", "oauth"):
        status = int(args[1]) if len(args) > 1 else 400
        return refusal(args[0], status) if kind == "error" else Answer(
            status, {"error": args[0],
                     "error_description": "fake refusal " + args[0]})
    if kind == "html":
        return Answer(n or 403, PAGE.encode(), type_="text/html")
    if kind == "redirect":
        return Answer(int(args[0]), headers=[(
            "Location", ":".join(args[1:]) or "http://127.0.0.1:9/")])
    if kind == "escapes":
        status = n or 400
        text = ESCAPES if status >= 300 else None
        return Answer(status, {"error": text, "error_description": ESCAPES,
                               "user_code": ESCAPES, "usercode": ESCAPES,
                               "device_auth_id": "x", "interval": "5",
                               "message": ESCAPES, "email": ESCAPES,
                               "chatgpt_user_id": ESCAPES,
                               "chatgpt_account_id": ESCAPES,
                               "chatgpt_plan_type": ESCAPES,
                               "chatgpt_account_is_fedramp": False,
                               "id_token": ESCAPES, "access_token": ESCAPES,
                               "refresh_token": ESCAPES})
    if kind == "echo":
        sent = r["body"] or json.dumps(r["headers"])
        return Answer(400, {"error": {"code": "bad", "message":
                                      "you sent " + unquote(sent)[-140:]}})
    if kind == "types":
        return Answer(200, dict.fromkeys(json.loads(good.body or b"{}"), [7]))
    body = {"json": unquote(":".join(args)).encode(), "empty": b"",
            "malformed": good.body[:-max(2, len(good.body) // 2)] or b"{",
            "dups": b"{" + good.body.strip()[1:-1] + b","
                    + good.body.strip()[1:],
            "nul": good.body.replace(b'"}', b'\\u0000"}')}.get(kind)
    return None if body is None else Answer(200, body)


class Server:
    def __init__(self, o):
        self.o, self.issuer = o, Issuer(o)
        self.modes, self.counts, self.n, self.conns = {}, {}, 0, 0
        self.lock = threading.Lock()
        self.began = time.monotonic()
        self.tls = None
        if o.cert:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(o.cert, o.key)
        for m in o.modes:
            self.set(*m.split("=", 1))

    def set(self, endpoint, modes):
        out = []
        for m in modes.split(","):
            name, _, times = m.partition("*")
            out += [name] * int(times or 1)
        self.modes[endpoint] = out

    def mode(self, endpoint):
        left = self.modes.get(endpoint) or self.modes.get("all") or ["ok"]
        return left.pop(0) if len(left) > 1 else left[0]

    def log(self, entry):
        if self.o.log:
            with self.lock, open(self.o.log, "a") as f:
                f.write(json.dumps(entry) + "\n")

    def control(self, r):
        if r["path"] == "/_fake/set":
            for k, v in r["query"]:
                self.set(k, v)
            return Answer(200, b"")
        name = r["query"][0][0] if r["query"] else "all"
        return Answer(200, str(self.counts.get(name, 0)).encode())

    def read(self, s, raw):
        """One request; None at the end of the connection."""
        while b"\r\n\r\n" not in raw:
            more = s.recv(65536)
            if not more:
                return None
            raw += more
        head, _, body = raw.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = [tuple(x.split(": ", 1)) for x in lines[1:] if ": " in x]
        length = int(dict((k.lower(), v) for k, v in headers).get(
            "content-length", 0))
        while len(body) < length:
            more = s.recv(65536)
            if not more:
                return None
            body += more
        method, target, _ = (lines[0] + "  ").split(" ", 2)
        path, _, query = target.partition("?")
        text = body[:length].decode("latin-1")
        r = {"method": method, "path": path, "headers": headers,
             "query": parse_qsl(query, True), "body": text,
             "raw": (head + b"\r\n\r\n").decode("latin-1") + text,
             "form": None, "json": None, "reuse": False}
        try:
            r["json"] = json.loads(text)
        except ValueError:
            r["form"] = parse_qsl(text, True)
        return r

    def answer(self, r):
        """The answer and how to send it."""
        endpoint = r["endpoint"] = endpoint_of(r)
        with self.issuer.lock:
            self.counts[endpoint] = self.counts.get(endpoint, 0) + 1
            self.counts["all"] = self.counts.get("all", 0) + 1
            r["mode"] = mode = self.mode(endpoint)
            name, *args = mode.split(":")
            do = getattr(self.issuer, "do_refresh" if endpoint == "refresh"
                         else endpoint)
            good = do(r, name)
        return bent(r, good, name, args) or good, name, args

    def bytes_of(self, a):
        head = ["HTTP/1.1 %d Fake" % a.status]
        if self.o.date != "none":
            head.append("Date: " + formatdate(
                time.time() + int(self.o.date), usegmt=True))
        if a.body or a.status != 204:
            head += ["Content-Type: " + a.type,
                     "Content-Length: %d" % len(a.body)]
        head += ["%s: %s" % h for h in a.headers]
        return "\r\n".join(head + ["", ""]).encode() + a.body

    def send(self, s, a, name, args):
        """False: nothing more on this connection."""
        data = self.bytes_of(a)
        if name == "slow":
            time.sleep(float(args[0]))
        elif name == "hang":
            while s.recv(65536):
                pass
            return False
        elif name == "close":
            return False
        elif name == "rst":
            raw = s
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                           struct.pack("ii", 1, 0))
            return False
        elif name == "cut":
            s.sendall(data[:int(args[0])])
            return False
        elif name == "drip":
            for i in range(len(data)):
                s.sendall(data[i:i + 1])
                time.sleep(0.2)
        elif name == "headers":
            s.sendall(b"HTTP/1.1 200 Fake\r\n" + b"".join(
                b"X-%d: %s\r\n" % (i, b"x" * 8000) for i in range(60))
                + b"Content-Length: 2\r\n\r\n{}")
            return False
        elif name == "huge":
            s.sendall(b"HTTP/1.1 200 Fake\r\nTransfer-Encoding: chunked\r\n"
                      b"Content-Type: application/json\r\n\r\n")
            for _ in range(6400):
                s.sendall(b"4000\r\n" + b" " * 0x4000 + b"\r\n")
            return False
        elif name == "bomb":
            data = gzip.compress(b" " * 100_000_000)
            s.sendall(b"HTTP/1.1 200 Fake\r\nContent-Encoding: gzip\r\n"
                      b"Content-Type: application/json\r\n"
                      b"Content-Length: %d\r\n\r\n" % len(data) + data)
            return False
        s.sendall(data)
        return True

    def serve(self, s):
        with self.lock:
            self.conns += 1
            conn = self.conns
        try:
            if self.tls:
                s = self.tls.wrap_socket(s, server_side=True)
            while True:
                r = self.read(s, b"")
                if r is None:
                    break
                if r["path"].startswith("/_fake/"):
                    s.sendall(self.bytes_of(self.control(r)))
                    continue
                a, name, args = self.answer(r)
                with self.lock:
                    self.n += 1
                    n = self.n
                self.log({"n": n, "conn": conn, "status": a.status,
                          "at": round(time.monotonic() - self.began, 3), **r})
                if not self.send(s, a, name, args):
                    break
        except (OSError, ValueError) as e:
            self.log({"conn": conn, "broken": str(e)})
        finally:
            s.close()

    def tunnel(self, s, port):
        """CONNECT, then bytes both ways to our own listener."""
        head = b""
        while b"\r\n\r\n" not in head:
            more = s.recv(65536)
            if not more:
                return s.close()
            head += more
        lines = head.decode("latin-1").split("\r\n")
        to = lines[0].split(" ")[1]
        auth = [x.split(": ", 1)[1] for x in lines
                if x.lower().startswith("proxy-authorization: ")]
        status = self.o.proxy_status
        want = base64.b64encode(self.o.proxy_auth.encode()).decode()
        if self.o.proxy_auth and auth != ["Basic " + want]:
            status = 407
        elif to.rsplit(":", 1)[0] not in self.o.as_:
            status = 502
        self.log({"connect": to, "authorization": auth and auth[0],
                  "status": status, "raw": head.decode("latin-1")})
        s.sendall(b"HTTP/1.1 %d Fake\r\n\r\n" % status)
        if status != 200:
            return s.close()
        t = socket.create_connection((self.o.host, port))
        threading.Thread(target=pump, args=(t, s), daemon=True).start()
        return pump(s, t)


def pump(a, b):
    try:
        while data := a.recv(65536):
            b.sendall(data)
    except OSError:
        pass
    for s in (a, b):
        try:
            s.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def listen(host, port, serve):
    six = ":" in host
    s = socket.socket(socket.AF_INET6 if six else socket.AF_INET)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((host, port))
    s.listen(128)

    def loop():
        while True:
            c, _ = s.accept()
            threading.Thread(target=serve, args=(c,), daemon=True).start()
    threading.Thread(target=loop, daemon=True).start()
    return s.getsockname()[1]


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name, default in (
            ("host", "127.0.0.1"), ("cert", None), ("key", None),
            ("log", None), ("issuer", None), ("account", "acct_fake"),
            ("email", "fake@example.com"), ("plan", "pro"),
            ("user", "user_fake"), ("mark", ""), ("interval", '"5"'),
            ("user-code", "ABCD-1234"), ("code-name", "user_code"),
            ("date", "0"), ("proxy-auth", ""), ("expires-at", ""),
            ("expires-in", "")):
        p.add_argument("--" + name, default=default)
    for name, default in (("port", 0), ("lifetime", 864000),
                          ("proxy-status", 200)):
        p.add_argument("--" + name, type=int, default=default)
    p.add_argument("--proxy", action="store_true")
    p.add_argument("--no-key", action="store_true")
    p.add_argument("--any-refresh", action="store_true")
    p.add_argument("--as", dest="as_", action="append",
                   default=["auth.openai.com"])
    p.add_argument("modes", nargs="*")
    o = p.parse_args()
    server = Server(o)
    port = listen(o.host, o.port, server.serve)
    o.issuer = o.issuer or "%s://%s:%d" % (
        "https" if o.cert else "http", o.host, port)
    proxy = listen(o.host, 0, lambda s: server.tunnel(s, port)) \
        if o.proxy else 0
    print(port, proxy, flush=True)
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
