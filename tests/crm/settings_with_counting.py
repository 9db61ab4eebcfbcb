"""Settings of a worker that can count: its database is the one that a test names."""

from crm.settings.logs import logging_config
from crm.settings.test import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "tests.crm.counting_app.CountingConfig"]  # noqa: F405
LOGGING = logging_config(level="INFO", readable=False)
