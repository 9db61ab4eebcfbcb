"""Expected parts that v1.1 answers share."""

from typing import Any


def build_status(
    code: int = 200, total: int = 1, success_count: int | None = None
) -> dict[str, Any]:
    """Return the expected status of a response in JSON."""
    success = {200: "true", 201: "partial", 500: "false"}[code]
    message = {200: "SUCCESS", 201: "PARTIAL SUCCESS", 500: "FAILURE"}[code]
    success_count = (
        success_count if success_count is not None else {200: total, 500: 0}.get(code, total - 1)
    )
    return {
        "success": success,
        "code": code,
        "message": message,
        "total": str(total),
        "success_count": str(success_count),
    }


def build_item_status(message: str, code: str = "1000", warnings: Any = ()) -> dict[str, Any]:
    """Return the expected status of a successful item."""
    return {
        "success": "true",
        "code": code,
        "message": message,
        "warnings": {"warning": list(warnings)},
    }


def list_item_codes(rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return success and code of each item."""
    return [(row["item_status"]["success"], row["item_status"]["code"]) for row in rows]
