"""The envelope of v1.1 answers: the status of the response and of each item."""

from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework import serializers

from crm.dialects.answer_shapes import Shape, argument, computed
from crm.dialects.catalogue_entry import Entry
from crm.dialects.v1_1.answer_fields import listed
from crm.dialects.v1_1.plain_values import format_bool

ALL, SOME, NONE = "true", "partial", "false"


class StatusOut(Shape):
    # Of a response: the overall status of its items.
    success = argument(serializers.ChoiceField([ALL, SOME, NONE]), "success")
    code = argument(
        serializers.IntegerField(help_text="200, 201 (some items failed), 500 (all failed)."),
        "code",
    )
    message = argument(serializers.CharField(), "message")
    total = computed(serializers.CharField(), str)
    success_count = argument(computed(serializers.CharField(source="*"), str), "success_count")


class WarningOut(Shape):
    # It reads a catalogue's entry.
    code = computed(serializers.CharField(source="code"), str)
    message = computed(serializers.CharField(), Entry.format_message)


class ItemStatusOut(Shape):
    # It reads a catalogue's entry.
    success = argument(
        computed(serializers.ChoiceField([ALL, NONE], source="*"), format_bool), "success"
    )
    code = computed(serializers.CharField(source="code", help_text="See the list of codes."), str)
    message = computed(serializers.CharField(), Entry.format_message)
    warnings = computed(
        listed("warning", WarningOut), lambda _, warnings: {"warning": list(warnings)}
    )


def build_status(total: int, success_count: int) -> dict[str, Any]:
    """Return the overall status of ``total`` items."""
    success, code, message = ALL, 200, "SUCCESS"
    if success_count < total:
        success, code, message = (
            (SOME, 201, "PARTIAL SUCCESS") if success_count else (NONE, 500, "FAILURE")
        )
    return StatusOut.build(
        total, success=success, code=code, message=message, success_count=success_count
    )


def build_response(rows: Sequence[Mapping[str, Any]], body: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``body`` with the overall status of its items. Each row needs an ``item_status``."""
    success_count = sum(row["item_status"]["success"] == format_bool(True) for row in rows)
    return {"response": {"status": build_status(len(rows), success_count), **body}}


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
    return ItemStatusOut.build(entry, facts=facts, success=success, warnings=warnings)


def build_warning(entry: Entry, facts: Mapping[str, Any]) -> dict[str, str]:
    """Return a warning of a successful item."""
    return WarningOut.build(entry, facts=facts)
