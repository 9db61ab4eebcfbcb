"""Format values for both formats of v1.1."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from django.utils.functional import Promise


def format_leaf(value: Any, zone: ZoneInfo | None) -> Any:
    """Return a value that both formats can represent.

    Datetimes become ``YYYY-MM-DD HH:MM:SS`` in ``zone``, decimals numbers without trailing zeros.
    """
    match value:
        case datetime():
            if zone is not None and value.tzinfo is not None:
                value = value.astimezone(zone)
            return value.replace(microsecond=0, tzinfo=None).isoformat(" ")
        case date() | time():
            return value.isoformat()
        case Decimal():
            whole = value.to_integral_value()
            return int(whole) if whole == value else float(value)
        case Promise():
            return str(value)
    raise TypeError(f"{type(value).__name__} has no form in v1.1")


def write_json(data: Any, zone: ZoneInfo | None = None) -> bytes:
    """Return ``data`` as JSON."""
    return orjson.dumps(
        data,
        default=lambda value: format_leaf(value, zone),
        option=orjson.OPT_PASSTHROUGH_DATETIME,
    )


def format_bool(value: bool) -> str:
    """Return ``true`` or ``false``, as the reference writes booleans in both formats."""
    return "true" if value else "false"


def format_amount(value: Decimal) -> str:
    """Return points or money as text, without trailing zeros."""
    return f"{value.normalize():f}" if value else "0"
