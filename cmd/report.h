/*
 * report - a result as a line for people or as the contract's JSON object.
 */
#ifndef REPORT_H
#define REPORT_H

#include <stdint.h>

#include <cjson/cJSON.h>

struct buf;
struct codexuse;
struct cred;
struct fleet_count;
struct job;
struct result;
struct target_spec;
struct ui;

/* One target's verdict; width is that of the widest target's name. */
void	report_result(struct ui *ui, const struct job *job,
	    const struct target_spec *spec, const struct result *r,
	    int width);

/* What of it goes to standard error: why not, and the warnings. */
void	report_notes(struct ui *ui, const struct target_spec *spec,
	    const struct result *r);

/* How many there were, and of which state: members of o; "3 targets: ...". */
void	report_counts(cJSON *o, const struct fleet_count *n);
void	report_counted(struct buf *b, const struct fleet_count *n);

/* The last line of a run. */
void	report_summary(struct ui *ui, const struct fleet_count *n);

/* What a credential says: members mode, account, email, ... of o. */
void	report_claims(cJSON *o, const struct cred *c);

/* Permission bits as "0600"; nothing where they are unknown (-1). */
void	report_mode(cJSON *o, const char *name, int mode);

/* The member `codex`: whether Codex would use it. */
void	report_codex(cJSON *o, const struct codexuse *use);

/* Unix seconds as RFC 3339 ("2026-11-23T23:06:48Z"); "" where it can't be. */
#define REPORT_TIME_LEN 32
const char	*report_time(char out[REPORT_TIME_LEN], int64_t seconds);

#endif
