"""Columns with points or money."""

from decimal import Decimal

from crm.imports.columns import FormattedColumn
from crm.imports.numbers import read_number
from loyalty.rules.amounts import read_amount


class AmountColumn(FormattedColumn):
    """An exact number with at most three decimals."""

    def clean(self, text: str) -> Decimal:
        amount = read_amount(read_number(text, self.formats))
        if amount is None:
            raise ValueError("is not a number with at most three decimals")
        return amount
