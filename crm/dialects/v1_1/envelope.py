"""The envelope of v1.1 answers: the status of the response and of each item."""

from collections.abc import Mapping, Sequence
from typing import Any

from crm.dialects.catalogue_entry import Entry
from crm.dialects.v1_1.plain_values import format_bool

ALL, SOME, NONE = "true", "partial", "false"


def build_response(rows: Sequence[Mapping[str, Any]], body: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``body`` with the overall status of its items. Each row needs an ``item_status``."""
    success_count = sum(row["item_status"]["success"] == format_bool(True) for row in rows)
    success, code, message = ALL, 200, "SUCCESS"
    if success_count < len(rows):
        success, code, message = (
            (SOME, 201, "PARTIAL SUCCESS") if success_count else (NONE, 500, "FAILURE")
        )
    status = {
        "success": success,
        "code": code,
        "message": message,
        "total": str(len(rows)),
        "success_count": str(success_count),
    }
    return {"response": {"status": status, **body}}


def build_list_response(
    parent: str, child: str, rows: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return a response with the rows as a list: ``customers`` of ``customer``."""
    return build_response(rows, {parent: {child: list(rows)}})


def build_one_or_list_response(
    parent: str, child: str, rows: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return a response with a single row as an object, or several as a list."""
    if len(rows) == 1:
        return build_response(rows, {child: rows[0]})
    return build_list_response(parent, child, rows)


def build_refusal_response(entry: Entry, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of a refused request."""
    return build_failure_response(entry.code, entry.format_message(facts))


def build_failure_response(code: int, message: str) -> dict[str, Any]:
    status = {"success": NONE, "code": code, "message": message}
    return {"response": {"status": status}}


def build_item_status(
    entry: Entry,
    facts: Mapping[str, Any],
    *,
    success: bool,
    warnings: Sequence[Mapping[str, str]] = (),
) -> dict[str, Any]:
    """Return the status of one item."""
    return {
        "success": format_bool(success),
        "code": str(entry.code),
        "message": entry.format_message(facts),
        "warnings": {"warning": list(warnings)},
    }


def build_warning(entry: Entry, facts: Mapping[str, Any]) -> dict[str, str]:
    """Return a warning of a successful item."""
    return {"code": str(entry.code), "message": entry.format_message(facts)}
