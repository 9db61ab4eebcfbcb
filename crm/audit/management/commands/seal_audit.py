"""manage.py seal_audit: put every unsealed event under a seal, now."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from crm.audit.operations.sealing import seal_events
from crm.kernel.transactions import unit_of_work


class Command(BaseCommand):
    help = "Seal all committed events; the worker does this by itself every minute."

    def handle(self, *args: Any, **options: Any) -> None:
        sealed = 0
        while batch := unit_of_work(seal_events)(now=timezone.now(), everything=True):
            sealed += batch
        self.stdout.write(f"{sealed} events sealed.")
