/*
 * lines - a small file that people write: one thing a line, # comments, blank
 * lines.
 */
#ifndef LINES_H
#define LINES_H

struct err;

/* What is done with a line, trimmed and never empty. 0, or -1 with e set. */
struct lines_take {
	int	(*line)(void *ctx, const char *line, struct err *e);
	void	*ctx;
};

/*
 * Reads the file ("-": standard input), 1 MiB at most. 0, or -1 with ERR_USAGE
 * or what `line` said, after the file's name and the line's number.
 */
int	lines_read(const char *file, const struct lines_take *take,
	    struct err *e);

#endif
