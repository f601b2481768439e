#!/usr/bin/env python3
"""codexsends.py CODEX HOME: runs `codex exec` with this Codex home against a
backend of our own and prints the token that its first request carries, "-"
for a request without one, "nothing" where it ended without a request. The
backend also knows whose a personal access token is: of acct_one."""
import http.server
import json
import os
import signal
import subprocess
import sys
import threading

WHO = {"email": "a@example.com", "chatgpt_user_id": "user-acct_one",
       "chatgpt_account_id": "acct_one", "chatgpt_plan_type": "pro",
       "chatgpt_account_is_fedramp": False}
asked = threading.Event()
first = []


class Backend(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        whoami = self.path.endswith("/whoami")
        if not whoami and not first:
            first.append(self.headers.get("authorization", "-"))
            asked.set()
        body = json.dumps(WHO if whoami else {}).encode()
        self.send_response(200 if whoami else 404)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Backend)
threading.Thread(target=server.serve_forever, daemon=True).start()
base = "http://127.0.0.1:%d" % server.server_port
env = dict(os.environ, CODEX_HOME=sys.argv[2], CODEX_AUTHAPI_BASE_URL=base)
p = subprocess.Popen(
    [sys.argv[1], "exec", "--skip-git-repo-check",
     "-c", 'model_provider="ours"',
     "-c", 'model_providers.ours={name="ours",base_url="%s/v1",'
     'wire_api="responses",requires_openai_auth=true}' % base, "hi"],
    env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
    stderr=subprocess.DEVNULL, start_new_session=True)
threading.Thread(target=lambda: (p.wait(), asked.set()), daemon=True).start()
asked.wait(90)
try:
    os.killpg(p.pid, signal.SIGKILL)
except ProcessLookupError:
    pass
p.wait()
print(first[0].replace("Bearer ", "") if first else "nothing", flush=True)
os._exit(0)  # a request may be half answered
