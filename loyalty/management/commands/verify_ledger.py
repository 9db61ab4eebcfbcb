"""manage.py verify_ledger: prove that balances are what the ledger adds up to."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from loyalty.queries.verifying import find_breaks


class Command(BaseCommand):
    help = "Compare balances, lots and entries of all members with each other."

    def handle(self, *args: Any, **options: Any) -> None:
        if breaks := find_breaks():
            raise CommandError(
                "\n".join(f"{found.row}: not true that {found.rule}" for found in breaks)
            )
        self.stdout.write(self.style.SUCCESS("Every balance is the sum of its entries."))
