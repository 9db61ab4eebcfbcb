"""For ./run: production's manners on one machine, without a certificate or an administrator."""

from crm.settings.base import *  # noqa: F403
from crm.settings.environment import env, kept_secret_key

SECRET_KEY = kept_secret_key()
# Who binds the demo to another address says so on purpose, and the name it is then called by
# is not known. On the loopback a foreign name is an attack on the browser at this machine.
_away = env.str("BIND", default="127.0.0.1") not in ("127.0.0.1", "::1", "localhost")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"] if _away else ALLOWED_HOSTS)  # noqa: F405
