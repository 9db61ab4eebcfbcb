"""manage.py fill_demo: make the organization that the documents' requests work with."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from crm.demo.fill import fill_demo, is_empty, is_filled
from crm.demo.secrets import hash_secrets
from crm.kernel.transactions import unit_of_work


class Command(BaseCommand):
    help = "Fill an empty database with the demo; a second time does nothing. Needs CRM_DEMO=1."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.CRM_DEMO:
            raise CommandError("The demo's passwords are public: set CRM_DEMO=1 to have it here.")
        if is_filled():
            self.stdout.write("The demo is there already.")
            return
        if not is_empty():
            raise CommandError("The demo needs an empty database, and this one has organizations.")
        began = time.monotonic()
        customers = unit_of_work(fill_demo)(hashed=hash_secrets(), now=timezone.now())
        self.stdout.write(
            f"Filled the demo with {customers:,} customers in {time.monotonic() - began:.1f} s."
        )
