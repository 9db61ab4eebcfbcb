"""What a request says about a file (contract, section 12)."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from crm.dialects.json_input import read_json
from crm.dialects.v2.pagination import Paging
from crm.dialects.v2.serializer_fields import QueryIn
from crm.imports.import_kinds import list_import_kinds
from crm.imports.queries.import_states import STATES
from crm.imports.upload_options import UploadOptions
from crm.runs.models import ImportRow, ImportRun

DEFAULT_KIND = "customers"
KIND_HELP = (
    "What its rows are: `customers`, `identifiers`, `subscriptions`, `transactions`, `points`, "
    "`cards`, `coupons`, `interactions`, `tickets`, `notes`, `requests`, `hierarchies`, ... "
    "`GET /v2/imports/columns` lists all."
)


class JsonObject(serializers.CharField):
    """A JSON object as text."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            return data
        value = read_json(super().to_internal_value(data).encode())
        if not isinstance(value, dict):
            raise serializers.ValidationError("must be a JSON object.")
        return value


class TargetsField(JsonObject):
    """A JSON object from headers to targets."""

    def to_internal_value(self, data: Any) -> Any:
        targets = super().to_internal_value(data)
        if not all(target is None or isinstance(target, str) for target in targets.values()):
            raise serializers.ValidationError("must map each header to a target or to null.")
        return targets


class ReadingQuery(QueryIn):
    dates = serializers.ChoiceField(
        required=False,
        choices=["day", "month"],
        help_text="Which comes first in a date such as 1/12/2026.",
    )
    numbers = serializers.ChoiceField(
        required=False,
        choices=["point", "comma"],
        help_text="The decimal mark.",
    )

    @staticmethod
    def read_formats(query: Mapping[str, Any]) -> dict[str, bool | None]:
        """Return the formats under the domain's names; None is what nobody has said."""
        dates, numbers = query.get("dates"), query.get("numbers")
        return {
            "day_first": None if dates is None else dates == "day",
            "decimal_comma": None if numbers is None else numbers == "comma",
        }


class UploadQuery(ReadingQuery):
    kind = serializers.CharField(default=DEFAULT_KIND, max_length=30, help_text=KIND_HELP)
    fileName = serializers.CharField(
        required=False, max_length=200, help_text="The file's name, if it is the body."
    )
    mode = serializers.ChoiceField(
        choices=[mode.lower() for mode in ImportRun.Mode.values],
        default=ImportRun.Mode.UPSERT.lower(),
        help_text="Which rows are imported: new ones, known ones or both; others are skipped.",
    )
    rows = serializers.ChoiceField(
        choices=["valid", "all"],
        default="valid",
        help_text="`all`: nothing is imported unless every row can be.",
    )
    mapping = TargetsField(
        required=False,
        max_length=20_000,
        help_text="A JSON object: header to target, or to null for a column that is not imported. "
        "Columns that are not named are guessed. A target may be given by its label, too.",
    )
    encoding = serializers.CharField(
        required=False, max_length=40, help_text="`utf-8` or `windows-1252`; found out if missing."
    )
    delimiter = serializers.CharField(
        required=False,
        max_length=12,
        trim_whitespace=False,
        help_text="`comma`, `semicolon`, `tab`, `|` or the character; found out if missing.",
    )
    options = JsonObject(
        required=False,
        max_length=5_000,
        help_text="A JSON object: what holds for all rows, such as `source_account_id` or "
        "`program_id`; `GET /v2/imports/columns` lists the options of each kind.",
    )
    autoConfirm = serializers.BooleanField(
        default=False, help_text="The import starts by itself when the check is done."
    )


class ContinueQuery(ReadingQuery):
    pass


class ListQuery(Paging):
    kind = serializers.CharField(required=False, max_length=30, help_text=KIND_HELP)
    state = serializers.ChoiceField(required=False, choices=STATES)


class ColumnsQuery(QueryIn):
    kind = serializers.CharField(required=False, max_length=30, help_text=KIND_HELP)


class RowsQuery(Paging):
    outcome = serializers.ChoiceField(required=False, choices=ImportRow.Outcome.values)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(outcome := data.get("outcome"), str):
            data = {**data, "outcome": outcome.upper()}
        return super().to_internal_value(data)


def build_upload_options(query: Mapping[str, Any]) -> UploadOptions:
    """Return what a request says about its file."""
    return UploadOptions(
        targets=query.get("mapping", {}),
        values=query.get("options", {}),
        encoding=query.get("encoding", ""),
        delimiter=query.get("delimiter", ""),
        mode=query["mode"].upper(),
        all_or_nothing=query["rows"] == "all",
        auto_confirm=query["autoConfirm"],
        **ReadingQuery.read_formats(query),
    )


def list_keys_of_kind(name: str | None) -> list[str]:
    """Return the key of an import type for a list; none for all of them."""
    if not name:
        return []
    return [kind.key for kind in list_import_kinds() if name in (kind.key, kind.short_name)] or [
        name
    ]
