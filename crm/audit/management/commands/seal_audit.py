"""manage.py seal_audit: seal all unsealed events now."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from crm.audit.operations.seals import seal_events
from crm.kernel.transactions import unit_of_work


class Command(BaseCommand):
    help = "Seal all committed events. The worker does this every minute."

    def handle(self, *args: Any, **options: Any) -> None:
        sealed = 0
        while batch := unit_of_work(seal_events)(now=timezone.now(), everything=True):
            sealed += batch
        self.stdout.write(f"{sealed} events sealed.")
