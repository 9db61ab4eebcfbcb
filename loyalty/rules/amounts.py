"""Points and money as callers write them, read into exact decimals."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

ZERO = Decimal(0)
# Far beyond any bill; what a member can gather in a lifetime still fits its column.
MOST = Decimal(1_000_000_000)
THOUSANDTH = Decimal("0.001")
HUNDREDTH = Decimal("0.01")

_LONGEST = 40


def read_amount(raw: object) -> Decimal | None:
    """Read a number of at most three decimals, at most a billion either way; None when it is none.

    A float counts as its shortest spelling, which is what the caller wrote.
    """
    if isinstance(raw, bool) or not isinstance(raw, (int, float, str, Decimal)):
        return None
    if isinstance(raw, int) and abs(raw) > MOST:
        return None
    text = str(raw).strip()
    if len(text) > _LONGEST or "_" in text:
        return None
    try:
        amount = Decimal(text)
        # The size first: a huge exponent would make the second look expensive.
        if not amount.is_finite() or abs(amount) > MOST:
            return None
        kept = amount.quantize(THOUSANDTH)
    except InvalidOperation:
        return None
    return kept if kept == amount else None


def half_up(amount: Decimal) -> Decimal:
    """Round to two places, halves away from nothing: once, where points are awarded."""
    return amount.quantize(HUNDREDTH, ROUND_HALF_UP)
