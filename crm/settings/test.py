"""Settings for tests: nothing is shared between runs."""

import tempfile
from pathlib import Path

from crm.settings.base import *  # noqa: F403
from crm.settings.logs import logging_config

SECRET_KEY = "only-for-tests-and-long-enough-to-satisfy-every-check-there-is"
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
CRM_DEMO = True

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Each process, so also each xdist worker, writes to a directory of its own.
_scratch = Path(tempfile.mkdtemp(prefix="crm-test-"))
MEDIA_ROOT = _scratch / "media"
STATIC_ROOT = _scratch
FILE_UPLOAD_TEMP_DIR = _scratch

# Passwords are hashed thousands of times in tests; the real hasher has a test of its own.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Log-in by username through the test client carries no request, which axes refuses.
AXES_ENABLED = False
LOGGING = logging_config(level="ERROR", readable=True)
