#!/usr/bin/env python3
"""backend.py LOG - what Codex works with: answers each POST of /responses
with one sentence, as the Responses API streams it. Prints its port; writes
the headers of each such request as a line of JSON."""
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MESSAGE = {"type": "message", "role": "assistant", "id": "m1", "content": [
    {"type": "output_text", "text": "fake backend speaking"}]}
EVENTS = [
    {"type": "response.created", "response": {"id": "r1"}},
    {"type": "response.output_item.done", "item": MESSAGE},
    {"type": "response.completed", "response": {"id": "r1", "usage": {
        "input_tokens": 1, "input_tokens_details": None, "output_tokens": 1,
        "output_tokens_details": None, "total_tokens": 2}}},
]


class Handler(BaseHTTPRequestHandler):
    def reply(self, status, kind, body):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.reply(404, "application/json", b"{}")

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if not self.path.endswith("/responses"):
            self.reply(404, "application/json", b"{}")
            return
        with open(sys.argv[1], "a") as log:
            heads = {k.lower(): v for k, v in self.headers.items()}
            log.write(json.dumps(heads) + "\n")
        self.reply(200, "text/event-stream", "".join(
            "event: %s\ndata: %s\n\n" % (e["type"], json.dumps(e))
            for e in EVENTS).encode())

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
