"""Columns with points or money."""

from decimal import Decimal

from crm.imports.columns import FormattedColumn
from crm.imports.numbers import read_number
from crm.kernel.errors import mark_sentence as _
from loyalty.rules.amounts import read_amount


class AmountColumn(FormattedColumn):
    """An exact number with at most three decimals."""

    def clean(self, text: str) -> Decimal:
        amount = read_amount(read_number(text, self.formats))
        if amount is None:
            raise ValueError(_("is not a number with at most three decimals"))
        return amount
