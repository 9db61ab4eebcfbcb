"""manage.py work: run background tasks and chores until stopped.

It is in crm.ops because it serves runs, audit and tenancy, which do not depend on each other. On
SQLite one worker is enough; on PostgreSQL start as many as you like, on any machine.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from crm.ops.worker import run_worker


class Command(BaseCommand):
    help = "Run background work: imports and other runs, audit seals, clean-up."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="Return as soon as no task is ready."
        )

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        run_worker(once=once)
