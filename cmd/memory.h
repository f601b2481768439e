/*
 * memory - whether secrets can be kept out of swap, said once a call.
 *
 * libsodium takes memory that the limit forbids it to lock without a word
 * (1.0.18; threat L7); secret.c asks and remembers.
 */
#ifndef MEMORY_H
#define MEMORY_H

struct ui;

/* Before the first secret: whether as much as a login takes can be locked. */
void	memory_try(struct ui *ui);

/* After the last: whether every one of them was, unless it was said before. */
void	memory_check(struct ui *ui);

#endif
