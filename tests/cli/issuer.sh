# shellcheck shell=bash
# issuer.sh - a fake issuer for a test; read after lib.sh.
#
# What it can be told is in the head of tests/fake/issuer.py. Everything that
# it gives is marked with this run's CANARY, and everything it was sent is in
# its log, one JSON object a line.

need python3 openssl curl

# issuer_up NAME [OPTION | ENDPOINT=MODE]...: starts one. Sets ISSUER (its
# URL), ISSUER_PORT, ISSUER_PROXY (port, 0 without --proxy) and ISSUER_PID.
# Its log is $T/issuer.NAME.log; what a test asks of it later is by NAME too.
# The real codex reaches it by HTTPS_PROXY (--proxy) or with "--port 443 --cert
# ... --issuer https://auth.openai.com" and a line in the private /etc/hosts;
# both with CODEX_CA_CERTIFICATE=FOLDER/ca.pem of issuer_ca.
issuer_up() {
	local f=$T/issuer.$1
	shift
	: > "$f.log"
	: > "$f.ready"
	python3 tests/fake/issuer.py --mark "$CANARY" --log "$f.log" "$@" \
	    > "$f.ready" 2> "$f.err" &
	ISSUER_PID=$!
	echo "$ISSUER_PID" > "$f.pid"
	await 20 test -s "$f.ready" || bad "no issuer: $(tail -3 "$f.err")"
	# shellcheck disable=SC2034	# ISSUER_PROXY is the test's
	read -r ISSUER_PORT ISSUER_PROXY < "$f.ready"
	ISSUER=http://127.0.0.1:$ISSUER_PORT
	[[ " $* " != *" --cert "* ]] || ISSUER=https://127.0.0.1:$ISSUER_PORT
	echo "$ISSUER" > "$f.url"
}

issuer_down() {
	local pid
	pid=$(cat "$T/issuer.$1.pid")
	kill "$pid" 2> /dev/null
	wait "$pid" 2> /dev/null
	return 0
}

# issuer_set NAME ENDPOINT=MODE[,MODE...]: from the next request on.
issuer_set() {
	curl -gsSk --noproxy '*' "$(cat "$T/issuer.$1.url")/_fake/set" \
	    -G --data-urlencode "$2" || bad "the fake issuer cannot be set"
}

# issuer_count NAME [ENDPOINT]: how many requests there were.
issuer_count() {
	curl -gsSk --noproxy '*' \
	    "$(cat "$T/issuer.$1.url")/_fake/count?${2:-all}"
}

# issuer_counts NAME ENDPOINT N: for await.
issuer_counts() { [ "$(issuer_count "$1" "$2")" -ge "$3" ]; }

# issuer_ca FOLDER: a CA, FOLDER/ca.pem; and certificates that it signs,
# FOLDER/NAME.pem and .key: good (auth.openai.com, localhost, 127.0.0.1),
# name (another name), old (over since 2021), new (from 2090 on); self is
# signed by nobody, other by another CA.
issuer_ca() {
	local d=$1 names=DNS:auth.openai.com,DNS:localhost,IP:127.0.0.1
	mkdir -p "$d"
	python3 - "$d" "$names" <<-'PY' || bad "no certificates"
	import subprocess, sys
	d, names = sys.argv[1:]
	leaves = ["", "good", "name", "old", "new", "other"]

	def run(*a):
	    subprocess.run(["openssl", *a], check=True, cwd=d,
	                   stderr=subprocess.DEVNULL)

	def ca(name):
	    run("req", "-x509", "-newkey", "ec", "-pkeyopt",
	        "ec_paramgen_curve:P-256", "-nodes", "-keyout", name + ".key",
	        "-out", name + ".pem", "-subj", "/CN=CA of a test", "-days", "9")

	def leaf(name, by="ca", san=names, start=None, end=None):
	    run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
	        "-nodes", "-keyout", name + ".key", "-out", name + ".csr",
	        "-subj", "/CN=" + name)
	    with open(d + "/ext", "w") as f:
	        f.write("subjectAltName=%s\n" % san)
	    with open(d + "/cnf", "w") as f:
	        f.write("[ca]\ndefault_ca=c\n[c]\nnew_certs_dir=.\n"
	                "database=db\nserial=serial\ndefault_md=sha256\n"
	                "policy=p\nunique_subject=no\n[p]\ncommonName=supplied\n")
	    open(d + "/db", "w").close()
	    with open(d + "/serial", "w") as f:
	        f.write("%04x\n" % leaves.index(name))
	    run("ca", "-batch", "-config", "cnf", "-notext", "-in",
	        name + ".csr", "-out", name + ".pem", "-cert", by + ".pem",
	        "-keyfile", by + ".key", "-extfile", "ext",
	        *(["-startdate", start] if start else []),
	        *(["-enddate", end] if end else ["-days", "8"]))

	ca("ca")
	ca("otherca")
	leaf("good")
	leaf("name", san="DNS:elsewhere.example")
	leaf("old", start="20200101000000Z", end="20210101000000Z")
	leaf("new", start="20900101000000Z", end="20910101000000Z")
	leaf("other", by="otherca")
	run("req", "-x509", "-newkey", "ec", "-pkeyopt",
	    "ec_paramgen_curve:P-256", "-nodes", "-keyout", "self.key", "-out",
	    "self.pem", "-subj", "/CN=self", "-days", "9", "-addext",
	    "subjectAltName=" + names)
	PY
}
