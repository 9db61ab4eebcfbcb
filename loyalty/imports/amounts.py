"""Cells that say points or money."""

from decimal import Decimal
from typing import Any

from crm.importing.cells import NumberWidget
from loyalty.rules.amounts import read_amount


class AmountWidget(NumberWidget):
    """An exact number of at most three decimals, in the file's manner."""

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> Decimal:  # type: ignore[override]
        amount = read_amount(super().clean(value, row, **kwargs))
        if amount is None:
            raise ValueError("is no number of at most three decimals")
        return amount
