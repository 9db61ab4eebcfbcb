"""manage.py verify_ledger: check that balances are the sums of the ledger entries."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from loyalty.queries.ledger_check import find_ledger_violations


class Command(BaseCommand):
    help = "Check that the balances, lots and entries of all enrollments agree."

    def handle(self, *args: Any, **options: Any) -> None:
        if violations := find_ledger_violations():
            raise CommandError(
                "\n".join(
                    f"{violation.row}: not true that {violation.rule}" for violation in violations
                )
            )
        self.stdout.write(self.style.SUCCESS("Every balance is the sum of its entries."))
