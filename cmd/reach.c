#include "reach.h"

#include <stddef.h>
#include <unistd.h>

#include "args.h"
#include "env.h"
#include "signals.h"

static struct sshopts
sshopts_of(const struct args *a, const char *home)
{
	return (struct sshopts){
		.config = a->ssh_config,
		.jump = a->ssh_jump,
		.user = a->ssh_user,
		.port = a->ssh_port,
		.identities = a->ssh_identities.v,
		.options = a->ssh_options.v,
		.accept_new = a->accept_new,
		.home = home,
		.agent = env_get("SSH_AUTH_SOCK"),
		.envp = environ,
	};
}

static struct dockopts
dockopts_of(const struct args *a, const char *home)
{
	return (struct dockopts){
		.host = a->dock_host,
		.context = a->dock_context,
		.user = a->dock_user,
		.env_host = env_get("DOCKER_HOST"),
		.env_context = env_get("DOCKER_CONTEXT"),
		.env_config = env_get("DOCKER_CONFIG"),
		.env_certs = env_get("DOCKER_CERT_PATH"),
		.env_tls = env_get("DOCKER_TLS") != NULL,
		.env_verify = env_get("DOCKER_TLS_VERIFY") != NULL,
		.home = home,
		.runtime = env_get("XDG_RUNTIME_DIR"),
	};
}

int
reach_open(struct reach *r, struct ui *ui, const struct args *a,
    const char *home, struct err *e)
{
	if (signals_open(e) == -1)
		return -1;
	r->ssh = sshopts_of(a, home);
	r->docker = dockopts_of(a, home);
	r->signal_fd = signals_fd();
	prompt_open(&r->prompt, ui, a->no_input);
	return 0;
}

void
reach_close(struct reach *r)
{
	prompt_close(&r->prompt);
}
