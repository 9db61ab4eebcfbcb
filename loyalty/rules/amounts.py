"""Read points and amounts of money into exact decimals."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

ZERO = Decimal(0)
# Larger than any transaction. The sum over a lifetime still fits its column.
MAX_AMOUNT = Decimal(1_000_000_000)
THOUSANDTH = Decimal("0.001")
HUNDREDTH = Decimal("0.01")

_MAX_TEXT_LENGTH = 40


def read_amount(raw: object) -> Decimal | None:
    """Return a number of at most three decimals, at most a billion either way; None if it is not.

    A float is read as its shortest decimal text, which is what the caller wrote.
    """
    if isinstance(raw, bool) or not isinstance(raw, (int, float, str, Decimal)):
        return None
    if isinstance(raw, int) and abs(raw) > MAX_AMOUNT:
        return None
    text = str(raw).strip()
    if len(text) > _MAX_TEXT_LENGTH or "_" in text:
        return None
    try:
        amount = Decimal(text)
        # Check the size first: quantizing a number with a huge exponent is expensive.
        if not amount.is_finite() or amount.copy_abs() > MAX_AMOUNT:
            return None
        rounded = amount.quantize(THOUSANDTH)
    except InvalidOperation:
        return None
    return rounded if rounded == amount else None


def round_half_up(amount: Decimal) -> Decimal:
    """Round half up (away from zero) to two places. Used once, where points are awarded."""
    return amount.quantize(HUNDREDTH, ROUND_HALF_UP)
