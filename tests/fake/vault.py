#!/usr/bin/python3
"""vault.py - the encrypted store, a second time: written from the format in
store/vaultfmt.c and nothing else, on python3-nacl.

  vault.py open FILE PASSPHRASE     prints what is in it, as JSON
  vault.py make FILE PASSPHRASE [PASSES MEMORY]
                                    makes one of the JSON on standard input
  vault.py kat                      prints the known answer of the unit test

JSON: {"generation": N, "id": HEX, "next_serial": N, "entries": [{"name",
"serial", "added", "changed", "expires", "mode", "refreshable", "account",
"workspace", "user", "login", "email", "plan", "last_refresh",
"credential"}...]}; what is left out is 0 or empty.
"""
import hashlib, itertools, json, os, struct, sys
from nacl import bindings as sodium

MAGIC = b"cxpstore"
MODES = ["", "chatgpt", "lease", "apikey", "personal_access_token",
         "agent_identity", "bedrock"]
TEXTS = ["name", "account", "workspace", "user", "login", "email", "plan",
         "last_refresh"]
FIXED = struct.Struct("<QqqqIBBH32s")
ROOT = struct.Struct("<QQQ16s32s")
HEADER = struct.Struct("<8sIIIIQ16s")


def blake(*parts):
    return hashlib.blake2b(b"".join(parts), digest_size=32).digest()


class Key:
    """A passphrase's key, and what is sealed under it."""

    def __init__(self, header, passphrase, nonces):
        magic, version, kdf, cipher, passes, memory, salt = \
            HEADER.unpack(header)
        assert (magic, version, kdf, cipher) == (MAGIC, 1, 1, 1), "header"
        self.header, self.nonces = header, nonces
        self.master = sodium.crypto_pwhash_alg(
            32, passphrase, salt, passes, memory,
            sodium.crypto_pwhash_ALG_ARGON2ID13)

    def sub(self, number):      # crypto_kdf_derive_from_key
        return hashlib.blake2b(
            b"", digest_size=32, key=self.master, person=MAGIC,
            salt=struct.pack("<Q", number)).digest()

    def seal(self, number, plain, beside=b""):
        nonce = next(self.nonces)(24)
        return nonce + sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(
            plain, self.header + beside, nonce, self.sub(number))

    def open(self, number, box, beside=b""):
        return sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
            box[24:], self.header + beside, box[:24], self.sub(number))


def beside(entry):
    return struct.pack("<Qq", entry["serial"], entry["expires"]) + \
        entry["name"].encode()


def pad(plain):
    return plain + bytes(-len(plain) % 1024)


def file_len(n):
    if n <= 65536:
        return 65536
    step = (1 << (n.bit_length() - 1)) // 8
    return -(-n // step) * step


def make(store, passphrase, passes, memory, salt=None, nonces=None):
    nonces = nonces or itertools.repeat(os.urandom)
    header = HEADER.pack(MAGIC, 1, 1, 1, passes, memory,
                         salt or os.urandom(16))
    key = Key(header, passphrase, nonces)
    entries = [{**dict.fromkeys(TEXTS, ""), "serial": i, "added": 0,
                "changed": 0, "expires": 0, "refreshable": False, **e}
               for i, e in enumerate(store["entries"])]
    boxes = {e["name"]: key.seal(3, pad(e["credential"].encode()), beside(e))
             for e in sorted(entries, key=lambda e: e["serial"])}
    entries.sort(key=lambda e: e["name"].encode())
    index = struct.pack("<I", len(entries))
    for e in entries:
        cred = e["credential"].encode()
        index += FIXED.pack(e["serial"], e["added"], e["changed"],
                            e["expires"], len(cred), MODES.index(e["mode"]),
                            e["refreshable"], 0,
                            hashlib.sha256(cred).digest())
        for t in TEXTS:
            text = e[t].encode()
            index += struct.pack("<H", len(text)) + text
    body = index_box = key.seal(2, index)
    body += b"".join(boxes[e["name"]] for e in entries)
    want = file_len(192 + len(body) + 40)
    body += key.seal(4, bytes(want - 192 - len(body) - 40))
    root = key.seal(1, ROOT.pack(
        store.get("generation", 1), store.get("next_serial", len(entries)),
        len(index_box), bytes.fromhex(store.get("id", "00" * 16)),
        blake(body)))
    return header + root + blake(header, root, blake(body)) + body


def read(data, passphrase):
    front, body = data[:192], data[192:]
    assert front[160:] == blake(front[:160], blake(body)), "checksum"
    assert len(data) == file_len(len(data)), "length"
    key = Key(front[:48], passphrase, None)
    generation, next_serial, index_len, ident, digest = \
        ROOT.unpack(key.open(1, front[48:160]))
    assert digest == blake(body), "body"
    index, at = key.open(2, body[:index_len]), 4
    entries = []
    for _ in range(struct.unpack_from("<I", index)[0]):
        e = {}
        (e["serial"], e["added"], e["changed"], e["expires"], size, mode,
         e["refreshable"], zero, sha) = FIXED.unpack_from(index, at)
        at += FIXED.size
        for t in TEXTS:
            n, = struct.unpack_from("<H", index, at)
            e[t] = index[at + 2:at + 2 + n].decode()
            assert len(e[t].encode()) == n
            at += 2 + n
        e["mode"] = MODES[mode]
        e["refreshable"] = bool(e["refreshable"])
        box_len = len(pad(bytes(size))) + 40
        plain = key.open(3, body[index_len:index_len + box_len], beside(e))
        index_len += box_len
        assert zero == 0 and not any(plain[size:]), "padding"
        assert hashlib.sha256(plain[:size]).digest() == sha, "digest"
        e["credential"] = plain[:size].decode()
        entries.append(e)
    assert at == len(index), "list"
    assert not any(key.open(4, body[index_len:])), "fill"
    names = [e["name"].encode() for e in entries]
    assert names == sorted(set(names)), "order"
    return {"generation": generation, "id": ident.hex(),
            "next_serial": next_serial, "entries": entries}


def kat():
    """The store of test_known_answer in tests/unit/store_vaultfmt.c: its
    random bytes are byte i of draw k = 31 k + 7 i + 1."""
    def draw(k):
        return lambda n: bytes((31 * k + 7 * i + 1) & 255 for i in range(n))
    draws = (draw(k) for k in itertools.count())
    ident = next(draws)(16)
    store = {"id": ident.hex(), "generation": 7, "entries": [
        {"name": "work", "mode": "apikey", "added": 1700000000,
         "changed": 1700000000,
         "credential": '{"OPENAI_API_KEY":"sk-known-answer"}'},
        {"name": "home@x", "mode": "personal_access_token",
         "added": 1700000001, "changed": 1700000001,
         "credential": '{"personal_access_token":"at-known-answer"}'}]}
    return make(store, b"correct horse", 2, 65536, bytes(range(16)), draws)


def main(argv):
    if argv[1:] == ["kat"]:
        print(blake(kat()).hex())
    elif argv[1] == "open":
        with open(argv[2], "rb") as f:
            print(json.dumps(read(f.read(), argv[3].encode())))
    elif argv[1] == "make":
        passes, memory = map(int, argv[4:] or (1, 8192))
        data = make(json.load(sys.stdin), argv[3].encode(), passes, memory)
        with open(os.open(argv[2], os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
                          0o600), "wb") as f:
            f.write(data)


if __name__ == "__main__":
    main(sys.argv)
