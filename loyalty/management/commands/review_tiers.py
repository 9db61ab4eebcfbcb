"""manage.py review_tiers: renew or lower the tiers whose time is over."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from crm.kernel.transactions import unit_of_work
from loyalty.operations.sweeping import review_tiers


class Command(BaseCommand):
    help = "Renew or lower the tiers whose time is over, as the worker does."

    def handle(self, *args: Any, **options: Any) -> None:
        now, handled = timezone.now(), 0
        while some := unit_of_work(review_tiers)(now=now):
            handled += some
        self.stdout.write(f"{handled} tiers reviewed.")
