"""issuerkind.py - what a good issuer remembers and does; see issuer.py."""
import base64
import hashlib
import json
import os
import secrets
import threading
import time
from urllib.parse import urlencode

# A consent is posted: what a browser adds to the redirect then is another thing
# than after a link.
SIGN_IN = """<!DOCTYPE html><html><head><meta charset="utf-8">
<title>Sign in</title></head><body><h1>Fake issuer</h1>
<form method="post" action="%s"><button id="signin">Sign in</button></form>
</body></html>"""


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Answer:
    def __init__(self, status=200, body=None, headers=(), type_=None):
        self.status, self.headers = status, list(headers)
        self.type = type_ or "application/json"
        self.body = body if isinstance(body, bytes) else (
            b"" if body is None else json.dumps(body).encode())


def refusal(code, status=400, message=None, headers=()):
    return Answer(status, {"error": {
        "message": message or "fake refusal " + code,
        "type": "invalid_request_error", "param": None, "code": code}},
        headers)


class Issuer:
    """What a good issuer remembers, and does."""

    def __init__(self, o):
        self.o = o
        self.lock = threading.RLock()
        self.codes, self.refresh, self.devices = {}, {}, {}
        self.used = set()

    def make(self, kind):
        return "%s_%s%s" % (kind, self.o.mark, secrets.token_urlsafe(24))

    def jwt(self, seconds):
        o, now = self.o, int(time.time())
        claims = {"iss": self.o.issuer, "email": o.email, "iat": now,
                  "exp": now + seconds, "https://api.openai.com/auth": {
                      "chatgpt_account_id": o.account,
                      "chatgpt_plan_type": o.plan,
                      "chatgpt_user_id": o.user},
                  "jti": secrets.token_hex(8)}
        head = {"alg": "RS256", "typ": "JWT", "kid": "fake"}
        return ".".join([b64(json.dumps(head).encode()),
                         b64(json.dumps(claims).encode()),
                         b64(("%ssignature" % o.mark).encode())
                         + o.mark])

    def tokens(self):
        rt = self.make("rt")
        self.refresh[rt] = True
        return {"id_token": self.jwt(3600),
                "access_token": self.jwt(self.o.lifetime),
                "refresh_token": rt, "token_type": "Bearer",
                "expires_in": self.o.lifetime, "scope": "openid"}

    def code(self, challenge, redirect):
        c = self.make("ac")
        self.codes[c] = (challenge, redirect)
        return c

    def authorize(self, r, mode):
        q = dict(r["query"])
        if (q.get("response_type") != "code" or not q.get("state")
                or q.get("code_challenge_method") != "S256"
                or len(q.get("code_challenge", "")) != 43
                or not q.get("redirect_uri", "").startswith("http://")):
            return Answer(400, b"bad authorize request", type_="text/plain")
        if r["path"] == "/oauth/authorize" and mode != "auto":
            to = "/oauth/approve?" + urlencode(r["query"])
            return Answer(200, (SIGN_IN % to.replace("&", "&amp;")).encode(),
                          type_="text/html; charset=utf-8")
        if mode == "denied":
            back = [("error", "access_denied"),
                    ("error_description", "The user said no")]
        else:
            back = [("code", self.code(q["code_challenge"],
                                       q["redirect_uri"])),
                    ("scope", q.get("scope", ""))]
        back.append(("state", "wrong" if mode == "wrongstate"
                     else q["state"]))
        return Answer(302, headers=[
            ("Location", q["redirect_uri"] + "?" + urlencode(back))])

    def token(self, r, mode):
        q = dict(r["form"] or [])
        c = q.get("code")
        if c in self.used:
            r["reuse"] = True
            return refusal("invalid_grant", 400, "code was used already")
        challenge, redirect = self.codes.get(c, (None, None))
        if challenge is None or redirect != q.get("redirect_uri"):
            return refusal("invalid_grant", 400, "unknown code or redirect")
        self.used.add(c)
        if b64(hashlib.sha256(q.get("code_verifier", "").encode())
               .digest()) != challenge:
            return refusal("invalid_grant", 400, "wrong code_verifier")
        return Answer(200, self.tokens())

    def apikey(self, r, mode):
        if self.o.no_key:
            return refusal("invalid_subject_token", 401)
        return Answer(200, {"access_token": "sk-" + self.o.mark + b64(
            os.urandom(24)), "token_type": "Bearer"})

    def usercode(self, r, mode):
        d = self.make("deviceauth")
        self.devices[d] = self.o.user_code
        out = {"device_auth_id": d, self.o.code_name: self.o.user_code,
               "expires_at": "2099-01-01T00:00:00+00:00"}
        if self.o.expires_at:
            at = time.time() + int(self.o.date) + int(self.o.expires_at)
            out["expires_at"] = time.strftime("%Y-%m-%dT%H:%M:%S.500000+00:00",
                                              time.gmtime(at))
        if self.o.expires_in:
            out["expires_in"] = int(self.o.expires_in)
        if self.o.interval != "none":
            out["interval"] = json.loads(self.o.interval)
        return Answer(200, out)

    def poll(self, r, mode):
        q = r["json"] or {}
        if mode == "pending":
            return refusal("deviceauth_authorization_unknown", 403)
        if mode == "slow_down":
            return refusal("slow_down", 403)
        if mode == "denied":
            return refusal("access_denied", 403)
        if mode == "expired":
            return refusal("expired_token", 403)
        if self.devices.get(q.get("device_auth_id")) != q.get("user_code"):
            return refusal("deviceauth_authorization_unknown", 404)
        verifier = b64(os.urandom(64)) + self.o.mark
        challenge = b64(hashlib.sha256(verifier.encode()).digest())
        return Answer(200, {
            "authorization_code": self.code(
                challenge, self.o.issuer.rstrip("/") + "/deviceauth/callback"),
            "code_challenge": challenge, "code_verifier": verifier})

    def do_refresh(self, r, mode):
        rt = (r["json"] or {}).get("refresh_token")
        fresh = self.refresh.get(rt, self.o.any_refresh and bool(rt) or None)
        if fresh is None:
            return refusal("refresh_token_invalidated", 401)
        if not fresh:
            r["reuse"] = True
            return refusal("refresh_token_reused", 401)
        self.refresh[rt] = mode.isdigit()  # a status alone spends nothing
        return Answer(200, self.tokens())

    def whoami(self, r, mode):
        auth = dict((k.lower(), v) for k, v in r["headers"]).get(
            "authorization", "")
        if not auth.startswith("Bearer at-"):
            return refusal("invalid_token", 401)
        return Answer(200, {
            "chatgpt_user_id": self.o.user, "email": self.o.email,
            "chatgpt_account_id": self.o.account,
            "chatgpt_plan_type": self.o.plan,
            "chatgpt_account_is_fedramp": False})

    def revoke(self, r, mode):
        self.refresh.pop((r["json"] or {}).get("token"), None)
        return Answer(200, {})

    def other(self, r, mode):
        return Answer(404, {"detail": "Not Found"})


def endpoint_of(r):
    path, form, body = r["path"], dict(r["form"] or []), r["json"]
    if path == "/oauth/token":
        grant = form.get("grant_type") or (
            body.get("grant_type") if isinstance(body, dict) else None)
        return {"authorization_code": "token",
                "refresh_token": "refresh"}.get(grant, "apikey")
    return {"/oauth/authorize": "authorize", "/oauth/approve": "authorize",
            "/oauth/revoke": "revoke",
            "/api/accounts/deviceauth/usercode": "usercode",
            "/api/accounts/deviceauth/token": "poll",
            "/api/accounts/v1/user-auth-credential/whoami": "whoami",
            }.get(path, "other")
