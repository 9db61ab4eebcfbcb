"""manage.py verify_audit: verify that no event was changed or deleted."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crm.audit.queries import verify_log


class Command(BaseCommand):
    help = "Hash the audit log again and compare it with its seals."

    def handle(self, *args: Any, **options: Any) -> None:
        check = verify_log()
        self.stdout.write(
            f"{check.sealed} events under {check.seals} seals, {check.unsealed} not sealed yet."
        )
        if check.breaks:
            raise CommandError("\n".join(check.breaks))
        self.stdout.write(self.style.SUCCESS(f"All seals are valid, up to {check.last_digest}."))
