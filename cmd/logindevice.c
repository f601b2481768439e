#include "logindevice.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "devicelogin.h"
#include "env.h"
#include "loginrun.h"
#include "loginshow.h"
#include "ui.h"

#define NAME_BYTES  256

struct device {
	struct loginrun	*run;
	struct devicelogin *login;
	bool		 shown;
};

static void
show(void *ctx, const char *url, const char *code, int seconds)
{
	struct device *d = ctx;
	const struct loginrun *r = d->run;
	char host[NAME_BYTES] = "", whose[LOGINRUN_WHOSE];

	(void)gethostname(host, sizeof(host) - 1);	/* "" will do */
	loginshow_code(r->ui, &(struct loginshow){ .url = url, .code = code,
	    .whose = loginrun_whose(r, whose), .target = r->target,
	    .who = r->target != NULL ? r->target : host,
	    .seconds = seconds });
	d->shown = true;
}

static void
countdown(void *ctx)
{
	const struct device *d = ctx;

	if (d->shown)
		loginrun_left(d->run, devicelogin_due(d->login));
}

static void
device_ended(void *ctx, struct secret *authjson_take, const struct err *why)
{
	loginrun_ended(((struct device *)ctx)->run, authjson_take, why);
}

struct secret *
logindevice(struct loginrun *r, struct err *e)
{
	struct device d = { .run = r };
	struct secret *done;

	r->each_second = countdown;
	r->ctx = &d;
	d.login = devicelogin_new(r->loop, &(struct devicelogin_ask){
	    .issuer = r->issuer, .seconds = r->seconds, .show = show,
	    .ended = device_ended, .ctx = &d }, e);
	if (d.login == NULL)
		return NULL;
	done = loginrun_wait(r, e);
	r->each_second = NULL;
	devicelogin_free(d.login);
	return done;
}
