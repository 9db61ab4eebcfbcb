"""What the columns of a file of customers mean, as far as only customers have it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from crm.importing.mapping import (
    IGNORE,
    FileReading,
    guess_targets,
    has_decimal_comma,
    is_day_first,
    texts_of,
)
from customers.imports.columns import IDENTIFIER, CustomerImport
from customers.models import Customer
from customers.rules.registration import Standards

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_MOBILE = re.compile(r"\+?\d{10,15}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading(FileReading):
    """What holds for all rows of customers.

    ``channels``: mobiles and emails are also addresses to be written to.
    """

    source_account_id: int | None = None
    loyalty_type: str = Customer.LoyaltyType.LOYALTY
    channels: bool = True


def guess(
    *,
    names: Sequence[str],
    sample: Sequence[Sequence[str]],
    standards: Standards,
    source_account_id: int | None = None,
) -> Reading:
    """The likeliest reading; ``sample`` are the first rows, cell by cell."""
    columns = CustomerImport(standards, day_first=True, decimal_comma=False).fields.values()
    texts = texts_of(sample)
    return Reading(
        targets=guess_targets(names, texts, columns, _target_by_looks),
        defaults=[""] * len(names),
        source_account_id=source_account_id,
        day_first=is_day_first(texts, standards.default_country),
        decimal_comma=has_decimal_comma(texts),
    )


def _target_by_looks(seen: Sequence[str]) -> str:
    if seen and all(_EMAIL.fullmatch(cell) for cell in seen):
        return f"{IDENTIFIER}.email"
    if seen and all(_MOBILE.fullmatch(cell) for cell in seen):
        return f"{IDENTIFIER}.mobile"
    return IGNORE
