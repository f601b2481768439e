/*
 * harden - makes the process fit to hold a credential, before it has one.
 *
 *  1. Descriptors 0 to 2 MUST be open, or the next file opened becomes the
 *     standard output; inherited ones MUST NOT reach the programs we run.
 *  2. No file MUST ever be made with more than 0600.
 *  3. Other processes MUST NOT read our memory: no core, no ptrace.
 *  4. We MUST NOT run with more rights than our caller.
 *  5. The environment MUST NOT make a library log what it encrypts.
 *  6. A closed pipe or a full disk MUST be an error, not a death.
 */
#ifndef HARDEN_H
#define HARDEN_H

struct err;

/* In the order above, then libsodium and cJSON. 0, or -1: do not go on. */
int	harden(struct err *e);

#endif
