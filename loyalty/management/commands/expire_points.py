"""manage.py expire_points: mature and expire the points that are due."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from crm.kernel.transactions import unit_of_work
from loyalty.operations.points.scheduled import expire_points, mature_points


class Command(BaseCommand):
    help = "Mature delayed points and expire points that are due, as the worker does."

    def handle(self, *args: Any, **options: Any) -> None:
        now, total = timezone.now(), 0
        for task in (mature_points, expire_points):
            while count := unit_of_work(task)(now=now):
                total += count
        self.stdout.write(f"{total} members settled.")
