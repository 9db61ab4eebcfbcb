"""Applying requests one after another, where each is a journey of its own."""

from collections.abc import Callable, Sequence

from django.db import transaction

from crm.approvals.models import Request
from crm.kernel.errors import DomainError


def one_by_one(
    requests: Sequence[Request], apply: Callable[[Request], None]
) -> list[DomainError | None]:
    """Apply each in a savepoint: what a refused one began is undone, the others stay."""
    outcomes: list[DomainError | None] = []
    for request in requests:
        try:
            with transaction.atomic():
                apply(request)
        except DomainError as refusal:
            outcomes.append(refusal)
        else:
            outcomes.append(None)
    return outcomes
