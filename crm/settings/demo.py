"""Settings for ./run: like production, but on one machine without HTTPS."""

from crm.settings.base import *  # noqa: F403
from crm.settings.environment import env, get_or_make_secret_key

SECRET_KEY = get_or_make_secret_key()
# If the demo is bound to another address, its host name is not known, so all are allowed. On the
# loopback address, an unknown host name is an attack on the local browser.
_away = env.str("BIND", default="127.0.0.1") not in ("127.0.0.1", "::1", "localhost")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"] if _away else ALLOWED_HOSTS)  # noqa: F405
