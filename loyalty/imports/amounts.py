"""Cells with points or money."""

from decimal import Decimal
from typing import Any

from crm.imports.cells import NumberWidget
from loyalty.rules.amounts import read_amount


class AmountWidget(NumberWidget):
    """An exact number with at most three decimals, in the number format of the file."""

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> Decimal:  # type: ignore[override]
        amount = read_amount(super().clean(value, row, **kwargs))
        if amount is None:
            raise ValueError("is not a number with at most three decimals")
        return amount
