"""Settings of a worker that finds the files of the test that started it."""

import os

from crm.settings.test import *  # noqa: F403

MEDIA_ROOT = os.environ["MEDIA_OF_TEST"]
