#include "login.h"

#include <time.h>

#include "authform.h"
#include "err.h"
#include "issuer.h"

struct secret *
login_authjson(const struct issuer *i, const struct tokens *t,
    const struct secret *api_key, struct err *e)
{
	struct authform_login login = {
		.id_token = t->id,
		.access_token = t->access,
		.refresh_token = t->refresh,
		.api_key = api_key,
		.issuer = issuer_given(i),
		.client_id = issuer_client_id(i),
	};

	(void)clock_gettime(CLOCK_REALTIME, &login.now);	/* can't fail */
	return authform_chatgpt(&login, e);
}
