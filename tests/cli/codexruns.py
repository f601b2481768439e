#!/usr/bin/env python3
"""codexruns.py CODEX HOME [ENDED]: a whole `codex exec` with this Codex home
against a backend of our own, which answers 401 to the token ENDED and to none.
Prints the status of each answer on one line, then what Codex wrote; the exit
status is Codex's."""
import http.server
import json
import os
import subprocess
import sys
import threading

codex, home = sys.argv[1:3]
ended = ["", *sys.argv[3:]]
seen = []


def events():
    message = {"type": "message", "role": "assistant", "id": "m1",
               "content": [{"type": "output_text", "text": "fake says hello"}]}
    usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2,
             "input_tokens_details": None, "output_tokens_details": None}
    for kind, more in (
            ("response.created", {"response": {"id": "r1"}}),
            ("response.output_item.done", {"item": message}),
            ("response.completed", {"response": {"id": "r1",
                                                 "usage": usage}})):
        yield "event: %s\ndata: %s\n\n" % (
            kind, json.dumps(dict(more, type=kind)))


class Backend(http.server.BaseHTTPRequestHandler):
    def answer(self, status, body, kind="application/json"):
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        auth = self.headers.get("authorization", "").replace("Bearer ", "")
        if not self.path.endswith("/responses"):
            return self.answer(404, b"{}")
        seen.append("401" if auth in ended else "200")
        if auth in ended:
            return self.answer(401, b'{"error":{"message":"no",'
                                    b'"code":"token_expired"}}')
        return self.answer(200, "".join(events()).encode(),
                           "text/event-stream")

    def do_GET(self):
        self.answer(404, b"{}")

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Backend)
threading.Thread(target=server.serve_forever, daemon=True).start()
base = "http://127.0.0.1:%d" % server.server_port
p = subprocess.run(
    [codex, "exec", "--skip-git-repo-check", "-c", 'model_provider="ours"',
     "-c", 'model_providers.ours={name="ours",base_url="%s/v1",'
     'wire_api="responses",requires_openai_auth=true,'
     'request_max_retries=0,stream_max_retries=0,'
     'supports_websockets=false}' % base, "hi"],
    env=dict(os.environ, CODEX_HOME=home), stdin=subprocess.DEVNULL,
    capture_output=True, text=True, timeout=90)
print(" ".join(seen))
print((p.stdout + p.stderr)[-6000:])
sys.stdout.flush()
os._exit(p.returncode)
