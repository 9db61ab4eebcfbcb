"""manage.py review_tiers: renew or lower the tiers that have expired."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from crm.kernel.transactions import unit_of_work
from loyalty.operations.points.scheduled import review_tiers


class Command(BaseCommand):
    help = "Renew or lower the tiers that have expired, as the worker does."

    def handle(self, *args: Any, **options: Any) -> None:
        now, total = timezone.now(), 0
        while count := unit_of_work(review_tiers)(now=now):
            total += count
        self.stdout.write(f"{total} tiers reviewed.")
