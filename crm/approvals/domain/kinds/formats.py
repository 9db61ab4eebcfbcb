"""Format amounts and days for approvers."""

from datetime import datetime, tzinfo
from decimal import Decimal

from crm.kernel.staff_texts import StaffText, staff_text

NO_VALUE = staff_text("(none)")

# Templates without words: each language has its own marks.
AMOUNT, PERCENT = "{points:,f}", "{points:,f} %"
DAY, MINUTE = "{moment:%d %b %Y}", "{moment:%d %b %Y %H:%M}"
THOUSANDTH = Decimal("0.001")


def format_amount(points: Decimal) -> StaffText:
    """Format points, as 1,250 or 12.5, without trailing zeros."""
    return staff_text(AMOUNT, points=points.quantize(THOUSANDTH).normalize())


def format_percent(share: Decimal) -> StaffText:
    """Format a share, as 12.5 %."""
    return staff_text(PERCENT, points=share.quantize(THOUSANDTH).normalize())


def format_day(moment: datetime | None, zone: tzinfo) -> StaffText:
    """Format the moment as a day in the time zone; None is "Never"."""
    if moment is None:
        return staff_text("Never")
    return staff_text(DAY, moment=moment.astimezone(zone))


def format_minute(moment: datetime, zone: tzinfo) -> StaffText:
    """Format the moment to the minute, in the time zone."""
    return staff_text(MINUTE, moment=moment.astimezone(zone))
