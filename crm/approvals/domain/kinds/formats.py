"""Format amounts and days for approvers."""

from datetime import datetime, tzinfo
from decimal import Decimal

NO_VALUE = "(none)"


def format_amount(points: Decimal) -> str:
    """Format points, as 1,250 or 12.5, without trailing zeros."""
    return f"{points:,.3f}".rstrip("0").rstrip(".")


def format_day(moment: datetime | None, zone: tzinfo) -> str:
    """Format the moment as a day in the time zone; None is "Never"."""
    return "Never" if moment is None else f"{moment.astimezone(zone):%d %b %Y}"


def format_minute(moment: datetime, zone: tzinfo) -> str:
    """Format the moment to the minute, in the time zone."""
    return f"{moment.astimezone(zone):%d %b %Y %H:%M}"
