"""Apply requests one after another, each in its own savepoint."""

from collections.abc import Callable, Sequence

from django.db import transaction

from crm.approvals.models import Request
from crm.kernel.errors import DomainError


def apply_each(
    requests: Sequence[Request], apply: Callable[[Request], None]
) -> list[DomainError | None]:
    """Apply each request in a savepoint; a refused one is rolled back, the others stay."""
    outcomes: list[DomainError | None] = []
    for request in requests:
        try:
            with transaction.atomic():
                apply(request)
        except DomainError as refusal:
            outcomes.append(refusal.detached())
        else:
            outcomes.append(None)
    return outcomes
