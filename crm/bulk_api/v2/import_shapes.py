"""How an import reads on the wire in v2."""

from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework import serializers

from crm.dialects.answer_shapes import Answer, Shape, argument, computed, if_none
from crm.dialects.v2.serializer_fields import DateTimeOut
from crm.imports.import_kinds import get_import_kind, name_kind
from crm.imports.queries.import_counts import count_rows
from crm.imports.queries.import_lists import RowLine
from crm.imports.queries.import_states import STATES, get_current_run, get_state, is_over
from crm.imports.uploads import FileColumn, build_columns
from crm.runs.models import ImportRow, ImportRun
from crm.runs.rates import estimate_seconds_left
from customers.api.v2.shared_schema import PageOut, WarningOut


class ColumnOut(Shape):
    name = serializers.CharField(help_text="As the header names it.")
    target = serializers.CharField(
        allow_null=True, help_text="What it means; null if it is not imported."
    )
    samples = serializers.ListField(child=serializers.CharField())

    @classmethod
    def build_all(cls, columns: Sequence[FileColumn]) -> list[Answer]:
        return [
            {"name": column.name, "target": column.target or None, "samples": [*column.samples]}
            for column in columns
        ]


class CountsOut(Shape):
    create = serializers.IntegerField()  # type: ignore[assignment]
    update = serializers.IntegerField()  # type: ignore[assignment]
    unchanged = serializers.IntegerField()
    skip = serializers.IntegerField()
    error = serializers.IntegerField()
    drifted = serializers.IntegerField(
        help_text="Rows that changed between the check and the import, and were not imported."
    )


class ProgressOut(Shape):
    done = serializers.IntegerField()
    total = serializers.IntegerField(help_text="During the check an estimate; 0 while unknown.")
    rate = serializers.FloatField(help_text="Rows a second; 0 when nothing is on its way.")
    secondsLeft = serializers.IntegerField(allow_null=True)


class StarterOut(Shape):
    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    type = serializers.CharField()


class OptionsOut(Shape):
    mode = serializers.CharField()
    rows = serializers.CharField(help_text="`valid` or `all`.")
    dates = serializers.CharField(help_text="`day` or `month`: what comes first.")
    numbers = serializers.CharField(
        allow_null=True, help_text="`point` or `comma`; null while nobody has said."
    )
    encoding = serializers.CharField(allow_blank=True)
    delimiter = serializers.CharField(allow_blank=True)
    hasHeader = serializers.BooleanField()
    autoConfirm = serializers.BooleanField()
    values = serializers.DictField(help_text="What holds for all rows, by the kind's options.")


def build_options(upload: ImportRun) -> Answer:
    mapping = upload.mapping
    comma = mapping.get("decimal_comma", False)
    kind = get_import_kind(upload.kind)
    return {
        "mode": upload.mode.lower(),
        "rows": "all" if upload.all_or_nothing else "valid",
        "dates": "day" if mapping.get("day_first", True) else "month",
        "numbers": None if comma is None else "comma" if comma else "point",
        "encoding": upload.encoding,
        "delimiter": upload.delimiter,
        "hasHeader": upload.has_header,
        "autoConfirm": upload.auto_confirm,
        "values": {
            option.name: mapping.get(option.name)
            for option in kind.options(upload.org)
            if option.name in mapping
        },
    }


def build_upload_columns(upload: ImportRun, samples: Sequence[Sequence[str]]) -> list[Answer]:
    targets = upload.mapping.get("targets", [])
    return ColumnOut.build_all(build_columns(upload.header, targets, samples))


def build_progress(upload: ImportRun) -> Answer:
    run = get_current_run(upload)
    if run is None:
        return {"done": 0, "total": 0, "rate": 0, "secondsLeft": None}
    over = run.finished_at is not None
    left = 0 if over else estimate_seconds_left(done=run.done, total=run.total, rate=run.rate)
    return {
        "done": run.done,
        "total": max(run.total, run.done),
        "rate": 0 if over else round(run.rate, 1),
        "secondsLeft": left,
    }


def get_reason(upload: ImportRun) -> str:
    """Return why the import stopped; blank while nothing is wrong."""
    run = get_current_run(upload)
    return run.failure if run is not None else ""


def get_finished_at(upload: ImportRun) -> Any:
    run = get_current_run(upload)
    return run.finished_at if run is not None and is_over(upload) else None


def get_kind_name(upload: ImportRun) -> str:
    return name_kind(upload.kind)


def get_mode(upload: ImportRun) -> str:
    return upload.mode.lower()


class ImportOut(Shape):
    id = serializers.IntegerField(source="pk")
    kind = computed(serializers.CharField(), get_kind_name)
    state = computed(serializers.ChoiceField(choices=STATES), get_state)
    mode = computed(serializers.CharField(), get_mode)
    fileName = serializers.CharField(source="file_name")
    fileHash = serializers.CharField(
        source="file_hash", allow_blank=True, help_text="SHA-256 of the file's bytes."
    )
    columns = computed(ColumnOut(many=True), build_upload_columns)
    options = computed(OptionsOut(), build_options)
    counts = computed(CountsOut(), count_rows)
    progress = computed(ProgressOut(), build_progress)
    startedBy = if_none(StarterOut(source="uploaded_by", allow_null=True), None)
    startedOn = DateTimeOut(source="uploaded_at")
    finishedOn = computed(DateTimeOut(allow_null=True), get_finished_at)
    reason = computed(
        serializers.CharField(
            allow_blank=True, help_text="Why it stopped, or what is to be answered."
        ),
        get_reason,
    )


class ImportDetailsOut(ImportOut):
    warnings = argument(WarningOut(many=True), "warnings")


class SeenBeforeOut(Shape):
    id = serializers.IntegerField(source="upload.pk", help_text="The earlier import.")
    importedOn = DateTimeOut(source="run.queued_at")


class UploadedOut(ImportDetailsOut):
    seenBefore = argument(
        serializers.BooleanField(help_text="Whether the same bytes were imported before."),
        "seen_before",
    )


class ImportsOut(serializers.Serializer):
    pagination = PageOut()
    data = ImportOut(many=True)  # type: ignore[assignment]
    warnings = WarningOut(many=True)


class CellRemarkOut(serializers.Serializer):
    column = serializers.CharField(allow_blank=True, help_text="Blank: it is about the row.")
    message = serializers.CharField()


class ChangeOut(serializers.Serializer):
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


def build_errors(row: RowLine) -> list[Answer]:
    return _build_remarks(row) if row.is_failed else []


def build_warnings(row: RowLine) -> list[Answer]:
    return [] if row.is_failed else _build_remarks(row)


def build_changes(row: RowLine) -> Answer:
    return {name: {"before": old, "after": new} for name, (old, new) in row.changes.items()}


def _build_remarks(row: RowLine) -> list[Answer]:
    return [{"column": column, "message": text} for column, text in row.remarks]


class ImportRowOut(Shape):
    row = serializers.IntegerField(
        source="number", help_text="As a spreadsheet counts; the header is 1."
    )
    outcome = serializers.ChoiceField(choices=ImportRow.Outcome.values)
    subjectId = serializers.IntegerField(
        source="subject_id", allow_null=True, help_text="Whom or what the row is about, or made."
    )
    cells = computed(
        serializers.DictField(child=serializers.CharField(allow_blank=True), source="cells"), dict
    )
    errors = computed(CellRemarkOut(many=True), build_errors)  # type: ignore[assignment]
    warnings = computed(CellRemarkOut(many=True), build_warnings)
    changes = computed(serializers.DictField(child=ChangeOut()), build_changes)


class ImportRowsOut(serializers.Serializer):
    pagination = PageOut()
    data = ImportRowOut(many=True)  # type: ignore[assignment]
    warnings = WarningOut(many=True)


class TargetOut(serializers.Serializer):
    target = serializers.CharField(help_text="What `mapping` names.")
    label = serializers.CharField()  # type: ignore[assignment]
    group = serializers.CharField()
    type = serializers.ChoiceField(choices=["text", "date", "number", "boolean", "choice"])
    isRequired = serializers.BooleanField()
    synonyms = serializers.ListField(child=serializers.CharField())


class ChoiceOut(serializers.Serializer):
    value = serializers.JSONField()
    label = serializers.CharField()  # type: ignore[assignment]


class KindOptionOut(serializers.Serializer):
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    choices = ChoiceOut(many=True)


class KindOut(serializers.Serializer):
    kind = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    columns = TargetOut(many=True)
    options = KindOptionOut(many=True)
    example = serializers.ListField(child=serializers.CharField(), help_text="A header.")


class ColumnsOut(serializers.Serializer):
    data = KindOut(many=True)  # type: ignore[assignment]
    warnings = WarningOut(many=True)


def build_page(query: Mapping[str, Any], total: int, data: list[Answer]) -> Answer:
    pagination = {"limit": query["limit"], "offset": query["offset"], "total": total}
    return {"pagination": pagination, "data": data}
