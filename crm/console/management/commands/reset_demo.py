"""manage.py reset_demo: the demo as it was on its first day, also under a running server."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from crm.demo.reset import reset_demo
from crm.demo.secrets import hash_secrets
from crm.kernel.transactions import unit_of_work


class Command(BaseCommand):
    help = "Empty the database, all organizations of it, and fill the demo. Needs CRM_DEMO=1."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.CRM_DEMO:
            raise CommandError("This deletes every row: set CRM_DEMO=1 if it is a demo.")
        began = time.monotonic()
        # With its checks on, SQLite would look for orphans at each of a million rows it deletes.
        with connection.constraint_checks_disabled():
            customers = unit_of_work(reset_demo)(hashed=hash_secrets(), now=timezone.now())
        self.stdout.write(
            f"Reset the demo to {customers:,} customers in {time.monotonic() - began:.1f} s."
        )
