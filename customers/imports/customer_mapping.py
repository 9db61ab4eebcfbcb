"""The column mapping of customer imports."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from crm.imports.column_mapping import (
    IGNORE,
    ColumnMapping,
    guess_day_first,
    guess_decimal_comma,
    guess_targets,
    strip_sample,
)
from customers.imports.customer_columns import IDENTIFIER, CustomerColumns
from customers.models import Customer
from customers.rules.registration import Standards

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_MOBILE = re.compile(r"\+?\d{10,15}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerMapping(ColumnMapping):
    """The column mapping and the options of a customer import.

    ``channels``: mobiles and emails are also stored as communication channels.
    """

    source_account_id: int | None = None
    loyalty_type: str = Customer.LoyaltyType.LOYALTY
    channels: bool = True


def guess_mapping(
    *,
    names: Sequence[str],
    sample: Sequence[Sequence[str]],
    standards: Standards,
    source_account_id: int | None = None,
) -> CustomerMapping:
    """Guess the column mapping; ``sample`` are the cells of the first rows."""
    columns = CustomerColumns(standards, day_first=True, decimal_comma=False).fields.values()
    texts = strip_sample(sample)
    return CustomerMapping(
        targets=guess_targets(names, texts, columns, _guess_target_by_cells),
        defaults=[""] * len(names),
        source_account_id=source_account_id,
        day_first=guess_day_first(texts, standards.default_country),
        decimal_comma=guess_decimal_comma(texts),
    )


def _guess_target_by_cells(cells: Sequence[str]) -> str:
    if cells and all(_EMAIL.fullmatch(cell) for cell in cells):
        return f"{IDENTIFIER}.email"
    if cells and all(_MOBILE.fullmatch(cell) for cell in cells):
        return f"{IDENTIFIER}.mobile"
    return IGNORE
