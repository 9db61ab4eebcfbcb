"""Numbers and times as the language of the member of staff writes them."""

from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.formats import date_format, get_format


def format_count(number: int | float) -> str:
    """Format a whole number in groups of three digits."""
    return localize_digits(f"{number:,.0f}")


def localize_digits(text: str) -> str:
    """Rewrite a number that Python wrote, such as 1,250.5, with the marks of the language."""
    marks = {",": get_format("THOUSAND_SEPARATOR"), ".": get_format("DECIMAL_SEPARATOR")}
    return text.translate(str.maketrans(marks))


def format_number(value: Decimal, spec: str) -> str:
    """Format a number by a format specification of Python, with the marks of the language."""
    return localize_digits(format(value, spec))


def format_day(day: date) -> str:
    """Format a day for a column, with all its digits."""
    return date_format(day, "COLUMN_DATE_FORMAT")


def format_minute(moment: datetime) -> str:
    """Format a moment for a column, in the current time zone."""
    return date_format(timezone.localtime(moment), "COLUMN_DATETIME_FORMAT")


def format_second(moment: datetime) -> str:
    """Format a moment to the second for a column, in the current time zone."""
    return date_format(timezone.localtime(moment), "COLUMN_SECONDS_FORMAT")
