"""Reading what callers put in headers."""

from typing import Any

from crm.dialects.transport_errors import RequestInvalid


def get_header(request: Any, name: str) -> str | None:
    """Return a header's text, or None; dashes and underscores in its name mean the same.

    Servers hand headers over as Latin-1. Text that reads as UTF-8 was meant as that.
    """
    value = request.META.get("HTTP_" + name.upper().replace("-", "_"))
    if value is None:
        return None
    try:
        return str(value).encode("latin-1").decode("utf-8")
    except UnicodeError:
        return str(value)


def read_flag(request: Any, name: str, default: bool) -> bool:
    """Return a header that says true or false.

    Raises:
        RequestInvalid: it says something else.
    """
    value = get_header(request, name)
    if value is None or not value.strip():
        return default
    match value.strip().lower():
        case "true" | "1":
            return True
        case "false" | "0":
            return False
    raise RequestInvalid(detail=f"{name} must be true or false.")
