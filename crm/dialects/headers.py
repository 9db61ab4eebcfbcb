"""Read request headers."""

from typing import Any

from crm.dialects.transport_errors import RequestInvalid


def get_header(request: Any, name: str) -> str | None:
    """Return a header's text, or None. Dashes and underscores in its name are equivalent.

    Servers decode headers as Latin-1. Text that is valid UTF-8 is decoded as UTF-8.
    """
    value = request.META.get("HTTP_" + name.upper().replace("-", "_"))
    if value is None:
        return None
    try:
        return str(value).encode("latin-1").decode("utf-8")
    except UnicodeError:
        return str(value)


def read_flag(request: Any, name: str, default: bool) -> bool:
    """Return a boolean header.

    Raises:
        RequestInvalid: the value is neither true nor false.
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
