#include "page.h"

#include <stdio.h>
#include <string.h>

#include <sodium.h>

/*
 * The colours have a contrast of 7:1 or more in both schemes (WCAG 2.1, 1.4.6).
 * Without colour the sign and the heading tell success from failure.
 */
static const char style[] =
    ":root{color-scheme:light dark;"
	"--ground:#f3f3ef;--card:#fff;--ink:#17191e;--soft:#4a4f59;"
	"--line:#e0e0da;--good:#0b6b3a;--bad:#a3241a;--stray:#4a4f59;"
	"--shade:0 1px 2px #17191e0d,0 12px 32px #17191e12}"
    "@media(prefers-color-scheme:dark){:root{"
	"--ground:#0f1114;--card:#181b20;--ink:#f1f2f4;--soft:#b6bac3;"
	"--line:#2b2f37;--good:#5fd394;--bad:#ff9d90;--stray:#b6bac3;"
	"--shade:none}}"
    "*{box-sizing:border-box;margin:0}"
    "html{height:100%;-webkit-text-size-adjust:100%;text-size-adjust:100%}"
    "body{min-height:100%;display:grid;place-items:center;"
	"padding:1.25rem 1.25rem 12vh;"
	"background:var(--ground);color:var(--ink);"
	"font:1.0625rem/1.55 system-ui,-apple-system,'Segoe UI',Roboto,"
	"'Helvetica Neue','Noto Sans','DejaVu Sans',sans-serif}"
    "main{width:100%;max-width:28rem;padding:2.5rem 2.25rem 1.5rem;"
	"background:var(--card);border:1px solid var(--line);"
	"border-radius:1.125rem;box-shadow:var(--shade)}"
    "@media(max-width:24rem){main{padding:2rem 1.5rem 1.25rem}}"
    "svg{display:block;width:3.5rem;height:3.5rem;margin-bottom:1.5rem;"
	"fill:none;stroke:var(--card);stroke-width:3.5;"
	"stroke-linecap:round;stroke-linejoin:round}"
    "circle{fill:var(--sign);stroke:none}"
    ".good{--sign:var(--good)}.bad{--sign:var(--bad)}"
    ".stray{--sign:var(--stray)}"
    "h1{font-size:1.6875rem;line-height:1.2;font-weight:650;"
	"letter-spacing:-.015em;margin-bottom:.625rem;text-wrap:balance}"
    "p{color:var(--soft);text-wrap:pretty}"
    "p+p{margin-top:.75rem}"
    "p.note{margin-top:1.25rem;padding:.6875rem .9375rem;"
	"background:var(--ground);border-radius:.625rem;color:var(--ink);"
	"font-size:.9375rem;font-weight:500;overflow-wrap:anywhere}"
    "footer{margin-top:1.75rem;padding-top:1.125rem;"
	"border-top:1px solid var(--line);color:var(--soft);"
	"font-size:.875rem}"
    "@media(forced-colors:active){circle{fill:none;stroke:CanvasText}"
	"path{stroke:CanvasText}}";

struct form {
	const char	*name;		/* class of the sign's colour */
	const char	*sign;		/* inside a 48 by 48 SVG */
	const char	*heading;
	const char	*text;
};

static const struct form forms[PAGES] = {
	[PAGE_SUCCESS] = {
		.name = "good",
		.sign = "<circle cx=\"24\" cy=\"24\" r=\"24\"/>"
			"<path d=\"M14.5 25l6.5 6.5 13-14\"/>",
		.heading = "You\xe2\x80\x99re signed in",
		/* Where it goes, and whether it is there yet, differs. */
		.text = "<p>The login is complete. You can close this window "
			"and go back to the terminal.</p>",
	},
	[PAGE_FAILURE] = {
		.name = "bad",
		.sign = "<circle cx=\"24\" cy=\"24\" r=\"24\"/>"
			"<path d=\"M17 17l14 14M31 17L17 31\"/>",
		.heading = "The login did not finish",
		.text = "<p>The terminal says why. A login that was there "
			"before is still in place.</p>"
			"<p>You can close this window.</p>",
	},
	[PAGE_STRAY] = {
		.name = "stray",
		.sign = "<circle cx=\"24\" cy=\"24\" r=\"24\"/>"
			"<path d=\"M15 24h18\"/>",
		.heading = "Nothing here",
		.text = "<p>This address is part of a login that is under "
			"way, and this request is not. The login goes on.</p>",
	},
};

const struct page_header page_headers[] = {
	{ "Content-Type", "text/html; charset=utf-8" },
	{ "Cache-Control", "no-store" },
	{ "Referrer-Policy", "no-referrer" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "X-Frame-Options", "DENY" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	{ NULL, NULL },
};

static void
add_escaped(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++) {
		switch (*s) {
		case '&':
			buf_adds(b, "&amp;");
			break;
		case '<':
			buf_adds(b, "&lt;");
			break;
		case '>':
			buf_adds(b, "&gt;");
			break;
		case '"':
			buf_adds(b, "&quot;");
			break;
		default:
			buf_add(b, s, 1);
		}
	}
}

int
page_make(struct buf *b, enum page_kind kind, const char *note)
{
	const struct form *f = &forms[kind];

	buf_addf(b, "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">"
	    "\n<meta name=\"viewport\" content=\"width=device-width,"
	    "initial-scale=1\">\n<meta name=\"robots\" content=\"noindex\">\n"
	    "<title>%s \xc2\xb7 codex-provision</title>\n<style>%s</style>\n",
	    f->heading, style);
	buf_addf(b, "<main class=\"%s\">\n<svg viewBox=\"0 0 48 48\" "
	    "aria-hidden=\"true\">%s</svg>\n<h1>%s</h1>\n%s\n", f->name,
	    f->sign, f->heading, f->text);
	if (note != NULL && *note != '\0') {
		buf_adds(b, "<p class=\"note\">");
		add_escaped(b, note);
		buf_adds(b, "</p>\n");
	}
	buf_adds(b, "<footer>codex-provision"
	    "</footer>\n</main>\n</html>\n");
	return b->failed ? -1 : 0;
}

/* CSP level 2: the hash is of what stands between the tags. */
char *
page_policy(char dst[PAGE_POLICY])
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	char text[sodium_base64_ENCODED_LEN(sizeof(hash),
	    sodium_base64_VARIANT_ORIGINAL)];

	crypto_hash_sha256(hash, (const unsigned char *)style,
	    sizeof(style) - 1);
	sodium_bin2base64(text, sizeof(text), hash, sizeof(hash),
	    sodium_base64_VARIANT_ORIGINAL);
	(void)snprintf(dst, PAGE_POLICY, "default-src 'none'; style-src "
	    "'sha256-%s'; base-uri 'none'; form-action 'none'; "
	    "frame-ancestors 'none'", text);
	return dst;
}
