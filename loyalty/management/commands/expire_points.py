"""manage.py expire_points: let points mature and expire that are due."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from crm.kernel.transactions import unit_of_work
from loyalty.operations.sweeping import expire_points, mature_points


class Command(BaseCommand):
    help = "Make delayed points spendable and take away expired ones, as the worker does."

    def handle(self, *args: Any, **options: Any) -> None:
        now, handled = timezone.now(), 0
        for sweep in (mature_points, expire_points):
            while some := unit_of_work(sweep)(now=now):
                handled += some
        self.stdout.write(f"{handled} members settled.")
