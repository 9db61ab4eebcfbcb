"""manage.py work: do background tasks and chores until told to stop.

It stands in crm.ops because it serves runs, audit and tenancy alike, which do not know each other.
On SQLite one worker is enough; on PostgreSQL start as many as you like, on any machine.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from crm.ops.working import work


class Command(BaseCommand):
    help = "Do background work: imports and other runs, sealing the audit log, tidying up."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="Return as soon as no task is ready."
        )

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        work(once=once)
