"""Settings for local development."""

from crm.settings.base import *  # noqa: F403
from crm.settings.environment import env, get_or_make_secret_key
from crm.settings.logs import logging_config

DEBUG = env.bool("DEBUG", default=True)
SECRET_KEY = get_or_make_secret_key()
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
LOGGING = logging_config(level="INFO", readable=True)
