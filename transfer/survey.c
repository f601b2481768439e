#include "survey.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "secret.h"
#include "text.h"

#define FILE_MAX_BYTES	 (64 * 1024)
#define DOCTOR_MAX_BYTES (128 * 1024)
#define SHARED_MAX_BYTES (1024 * 1024)
#define PROCESSES_MAX	 100000

static const char running[] =
#include "running.inc"
    ;
static const char script[] =
#include "survey.inc"
    ;

struct survey *
survey_new(void)
{
	struct survey *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	for (size_t i = 0; i < CODEXCONFIG_FILES; i++)
		s->file[i].text = (struct buf)BUF_INIT(FILE_MAX_BYTES);
	s->doctor = (struct buf)BUF_INIT(DOCTOR_MAX_BYTES);
	s->shared = (struct buf)BUF_INIT(SHARED_MAX_BYTES);
	s->running = -1;
	return s;
}

void
survey_free(struct survey *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < CODEXCONFIG_FILES; i++)
		buf_clear(&s->file[i].text);
	buf_clear(&s->doctor);
	buf_clear(&s->shared);
	free(s);
}

int
survey_script(struct buf *b, const unsigned char key[SURVEY_KEY_LEN])
{
	char hex[2 * SURVEY_KEY_LEN + 1];

	text_hex(hex, key, SURVEY_KEY_LEN);
	return buf_addf(b, " key=%s;given=$5;%s%ssurvey;exit 0;\n", hex,
	    running, script);
}

int
survey_probe(struct buf *b)
{
	static const char probe[] =
#include "probe.inc"
	    ;

	return buf_addf(b, " key=;given=$5;%s%s%s\n", running, script, probe);
}

int
survey_sync(struct buf *b)
{
	return buf_adds(b, " flush \"./$b\" && flush . || unsure;"
	    "p synced;");
}

int
survey_stays(struct buf *b, bool absent)
{
	static const char stays[] =
#include "stays.inc"
	    ;

	return buf_addf(b, " %s%s%s\n", running, stays,
	    absent ? "stays;p surveyed;exit 0;" : "");
}

/* A line of a text; the sign in front keeps its own blanks apart. */
static bool
add_line(struct buf *b, const char *line)
{
	if (*line != '=')
		return false;
	(void)buf_adds(b, line + 1);
	(void)buf_adds(b, "\n");
	return !b->failed;
}

static bool
add_file(struct survey_file *f, const char *rest)
{
	f->there = true;
	if (strcmp(rest, "unreadable") != 0)
		return add_line(&f->text, rest);
	f->unreadable = true;
	return true;
}

static bool
take_word(char out[SURVEY_WORD_MAX], const char *word)
{
	/* The first answer counts; a later one was only tried as well. */
	if (*out == '\0')
		(void)text_safes(out, SURVEY_WORD_MAX, word);
	return true;
}

static bool
take_mount(struct survey *s, const char *rest)
{
	size_t len = strcspn(rest, " ");

	if (rest[len] == '\0' || len >= sizeof(s->fs))
		return false;
	(void)text_safe(s->fs, sizeof(s->fs), rest, len);
	(void)text_safes(s->mount, sizeof(s->mount), rest + len + 1);
	return true;
}

static bool
take_env(struct survey *s, const char *name)
{
	if (strcmp(name, "CODEX_API_KEY") == 0)
		s->env_api_key = true;
	else if (strcmp(name, "CODEX_ACCESS_TOKEN") == 0)
		s->env_access_token = true;
	else
		return false;
	return true;
}

static bool
take_number(int64_t *out, const char *digits, int64_t max)
{
	return text_number(digits, 0, max, out) == 0;
}

bool
survey_fact(struct survey *s, const char *fact, int64_t now)
{
	size_t len = strcspn(fact, " ");
	const char *rest = fact[len] == ' ' ? fact + len + 1 : "";
	int64_t n;

#define IS(word) (len == sizeof(word) - 1 && memcmp(fact, word, len) == 0)
	if (IS("time")) {
		/* A far date(1) without %s says something else: no fact. */
		if ((s->timed = take_number(&n, rest, INT64_MAX / 2)))
			s->ahead = n - now;
		return true;
	}
	if (IS("env"))
		return take_env(s, rest);
	if (IS("system"))
		return add_file(&s->file[CODEXCONFIG_SYSTEM], rest);
	if (IS("config"))
		return add_file(&s->file[CODEXCONFIG_USER], rest);
	if (IS("managed"))
		return add_file(&s->file[CODEXCONFIG_MANAGED], rest);
	if (IS("required"))
		return add_file(&s->file[CODEXCONFIG_REQUIRED], rest);
	if (IS("doctor"))
		return add_line(&s->doctor, rest);
	if (IS("mount"))
		return take_mount(s, rest);
	if (IS("home"))
		return take_word(s->home, rest);
	if (IS("rc"))
		return take_word(s->aside, rest);
	if (IS("codex"))
		return take_word(s->codex, rest);
	if (IS("version"))
		return take_word(s->version, rest);
	if (IS("closed"))
		return s->closed = true;
	if (IS("foreign"))
		return s->foreign = true;
	if (IS("bus"))
		return s->bus = true;
	if (IS("running")) {
		if (!take_number(&n, rest, PROCESSES_MAX))
			return false;
		s->running = (int)n;
		return true;
	}
	if (IS("token"))
		return s->has_token = text_unhex(s->token, SURVEY_TOKEN_LEN,
		    rest) == 0;
#undef IS
	return false;
}

/* SHA-256 of the key in hex, then text, then the newline that echo adds. */
static void
digest(unsigned char out[SURVEY_TOKEN_LEN], const char *hex, const void *text,
    size_t len)
{
	crypto_hash_sha256_state h;

	(void)crypto_hash_sha256_init(&h);	/* these cannot fail */
	(void)crypto_hash_sha256_update(&h, (const unsigned char *)hex,
	    strlen(hex));
	(void)crypto_hash_sha256_update(&h, text, len);
	(void)crypto_hash_sha256_update(&h, (const unsigned char *)"\n", 1);
	(void)crypto_hash_sha256_final(&h, out);
	sodium_memzero(&h, sizeof(h));
}

void
survey_token(unsigned char out[SURVEY_TOKEN_LEN],
    const unsigned char key[SURVEY_KEY_LEN], const struct secret *token)
{
	char hex[2 * SURVEY_KEY_LEN + 1], inner[2 * SURVEY_TOKEN_LEN + 1];
	size_t len;
	const unsigned char *p = secret_expose(token, &len);

	text_hex(hex, key, SURVEY_KEY_LEN);
	digest(out, hex, p, len);
	text_hex(inner, out, SURVEY_TOKEN_LEN);
	digest(out, hex, inner, strlen(inner));
}
