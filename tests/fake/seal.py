#!/usr/bin/python3
"""seal.py - the sealed text a second time, from the description in
store/seal.c, store/armor.c and store/recipient.c alone; on PyNaCl's
primitives, hashlib and base64.

    seal.py key                        a new private key's line
    seal.py recipient KEYFILE          its public word
    seal.py seal EXPIRES TO...         standard input sealed for these
    seal.py open KEYFILE               standard input opened; expiry on stderr
    seal.py vector                     the text of the unit tests' vector

KEYFILE is a private line or an OpenSSH key in the clear; TO a public word or
an ssh-ed25519 line.
"""
import base64
import hashlib
import os
import struct
import sys

from nacl import bindings as b

ZERO = bytes(b.crypto_aead_xchacha20poly1305_ietf_NPUBBYTES)


def url64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unurl64(text):
    return base64.b64decode(text + "=" * (-len(text) % 4), "-_", True)


def blake(data, size=32):
    return hashlib.blake2b(data, digest_size=size).digest()


def word(prefix, key):
    return prefix + url64(key + blake(prefix.encode() + key)[:4])


def unword(prefix, text):
    assert text.startswith(prefix) and len(text) == len(prefix) + 48, text
    body = unurl64(text[len(prefix):])
    assert word(prefix, body[:32]) == text, "check"
    return body[:32]


def public(text):
    if text.startswith("ssh-ed25519 "):
        blob = base64.b64decode(text.split()[1])
        assert blob[:19] == b"\0\0\0\x0bssh-ed25519\0\0\0\x20"
        return b.crypto_sign_ed25519_pk_to_curve25519(blob[19:])
    return unword("cxp1", text)


def private(path):
    text = open(path).read()
    if "OPENSSH PRIVATE KEY" not in text:
        return unword("cxp-private1-", text.rstrip("\n"))
    blob = base64.b64decode("".join(text.splitlines()[1:-1]))
    at = blob.rindex(b"\0\0\0\x40") + 4     # the 64 bytes of the pair
    return b.crypto_sign_ed25519_sk_to_curve25519(blob[at:at + 64])


def tx_key(mine, theirs, client, server):
    shared = b.crypto_scalarmult(mine, theirs)
    return blake(shared + client + server, 64)[32:]


def encrypt(what, data, key):
    return b.crypto_aead_xchacha20poly1305_ietf_encrypt(what, data, ZERO, key)


def decrypt(what, data, key):
    return b.crypto_aead_xchacha20poly1305_ietf_decrypt(what, data, ZERO, key)


def close(what, expires, to, random=os.urandom):
    ident, e, k = random(16), random(32), random(32)
    point = b.crypto_scalarmult_base(e)
    head = b"CXPSEAL\x01\x01" + bytes([len(to)]) + ident
    head += struct.pack(">q", expires) + point
    boxes = b"".join(encrypt(k, head, tx_key(e, r, point, r)) for r in to)
    return head + boxes + encrypt(what, head + boxes, k)


def opened(sealed, key):
    assert sealed[:9] == b"CXPSEAL\x01\x01", "magic"
    head, n = sealed[:66], sealed[9]
    me = b.crypto_scalarmult_base(key)
    tx = tx_key(key, head[34:], head[34:], me)
    body = 66 + 48 * n
    for at in range(66, body, 48):
        try:
            k = decrypt(sealed[at:at + 48], head, tx)
        except Exception:
            continue
        what = decrypt(sealed[body:], sealed[:body], k)
        return what, struct.unpack(">q", head[26:34])[0]
    raise SystemExit("not for this key")


def check(place, last, chars):
    data = struct.pack(">IB", place, last) + chars.encode()
    return base64.b64encode(blake(data)[:3]).decode()


def armor(data):
    lines = ["-----BEGIN SEALED CODEX LOGIN-----"]
    for place, at in enumerate(range(0, len(data), 42), 1):
        chars = base64.b64encode(data[at:at + 42]).decode().rstrip("=")
        lines.append(chars + "=" + check(place, at + 42 >= len(data), chars))
    return "\n".join(lines + ["-----END SEALED CODEX LOGIN-----", ""])


def unarmor(text):
    lines = text.splitlines()
    assert lines[0] == "-----BEGIN SEALED CODEX LOGIN-----"
    assert lines[-1] == "-----END SEALED CODEX LOGIN-----"
    data = b""
    for place, line in enumerate(lines[1:-1], 1):
        chars, told = line.split("=")
        assert len(line) <= 61
        assert told == check(place, place == len(lines) - 2, chars), line
        data += base64.b64decode(chars + "=" * (-len(chars) % 4), None, True)
    return data


def vector():
    fixed = iter((b"\x11" * 16, b"\x22" * 32, b"\x33" * 32))
    to = [b.crypto_scalarmult_base(bytes([x]) * 32) for x in (0x44, 0x55)]
    what = b"".join(bytes([x]) for x in range(100))
    return close(what, 1800000000, to, lambda n: next(fixed))


def main(verb, *args):
    if verb == "key":
        print(word("cxp-private1-", os.urandom(32)))
    elif verb == "recipient":
        key = private(args[0])
        print(word("cxp1", b.crypto_scalarmult_base(key)))
    elif verb == "seal":
        what = sys.stdin.buffer.read()
        to = [public(t) for t in args[1:]]
        sys.stdout.write(armor(close(what, int(args[0]), to)))
    elif verb == "open":
        what, expires = opened(unarmor(sys.stdin.read()), private(args[0]))
        sys.stdout.buffer.write(what)
        print(expires, file=sys.stderr)
    elif verb == "vector":
        sys.stdout.write(armor(vector()))
        print(word("cxp1", b.crypto_scalarmult_base(b"\x44" * 32)))
        print(word("cxp-private1-", b"\x44" * 32))
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main(*(sys.argv[1:] or ["help"]))
