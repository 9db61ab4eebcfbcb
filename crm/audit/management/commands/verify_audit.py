"""manage.py verify_audit: prove that no event was changed or taken away."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crm.audit.queries import verify_log


class Command(BaseCommand):
    help = "Hash the audit log again and compare it with its seals."

    def handle(self, *args: Any, **options: Any) -> None:
        verdict = verify_log()
        self.stdout.write(
            f"{verdict.sealed} events under {verdict.seals} seals, "
            f"{verdict.unsealed} not sealed yet."
        )
        if verdict.breaks:
            raise CommandError("\n".join(verdict.breaks))
        self.stdout.write(self.style.SUCCESS(f"Every seal holds, up to {verdict.last_digest}."))
