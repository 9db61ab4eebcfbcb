"""What is around every answer of v1.1: the status of the whole and of each item."""

from collections.abc import Mapping, Sequence
from typing import Any

from crm.dialects.entry import Entry
from crm.dialects.v1_1.plain import word

ALL, SOME, NONE = "true", "partial", "false"


def answered(rows: Sequence[Mapping[str, Any]], body: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``body`` under the status that its items come to; each has its ``item_status``."""
    done = sum(row["item_status"]["success"] == word(True) for row in rows)
    success, code, message = ALL, 200, "SUCCESS"
    if done < len(rows):
        success, code, message = (SOME, 201, "PARTIAL SUCCESS") if done else (NONE, 500, "FAILURE")
    status = {
        "success": success,
        "code": code,
        "message": message,
        "total": str(len(rows)),
        "success_count": str(done),
    }
    return {"response": {"status": status, **body}}


def listed(parent: str, child: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return items under their plural, always as a list: ``customers`` of ``customer``."""
    return answered(rows, {parent: {child: list(rows)}})


def one_or_listed(parent: str, child: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the only item as an object, as some operations do, and several as a list."""
    if len(rows) == 1:
        return answered(rows, {child: rows[0]})
    return listed(parent, child, rows)


def failed(entry: Entry, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of a request that the transport refuses."""
    return failure(entry.code, entry.say(facts))


def failure(code: int, message: str) -> dict[str, Any]:
    status = {"success": NONE, "code": code, "message": message}
    return {"response": {"status": status}}


def item_status(
    entry: Entry,
    facts: Mapping[str, Any],
    *,
    success: bool,
    warnings: Sequence[Mapping[str, str]] = (),
) -> dict[str, Any]:
    """Return what became of one item."""
    return {
        "success": word(success),
        "code": str(entry.code),
        "message": entry.say(facts),
        "warnings": {"warning": list(warnings)},
    }


def warning(entry: Entry, facts: Mapping[str, Any]) -> dict[str, str]:
    """Return what an item's caller should know although it was done."""
    return {"code": str(entry.code), "message": entry.say(facts)}
