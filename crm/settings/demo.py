"""For ./run: production's manners on one machine, without a certificate or an administrator."""

from crm.settings.base import *  # noqa: F403
from crm.settings.environment import env, kept_secret_key

SECRET_KEY = kept_secret_key()
# Who binds the demo to another address says so on purpose; the name it is then called by is
# not known in advance.
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"])
