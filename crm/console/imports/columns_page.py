"""The second page of an import: the column mapping."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from crm.adminkit.change_log import get_origin
from crm.adminkit.translated_texts import translate_stored_text, translate_text
from crm.console.imports.result_pages import describe_earlier_import
from crm.imports.column_mapping import ColumnMapping
from crm.imports.columns import Column
from crm.imports.file_import import ImportOption
from crm.imports.files.layout_detection import change_layout, read_first_rows
from crm.imports.files.open_table import get_layout, open_file
from crm.imports.files.table import Row, UnreadableFile
from crm.imports.header_names import IGNORE
from crm.imports.import_kinds import ImportKind, get_import_kind
from crm.imports.mapping_proposals import propose_mapping
from crm.imports.operations.import_runs import save_layout, start_dry_run
from crm.imports.readings import About, CellFormats
from crm.kernel.transactions import unit_of_work
from crm.runs.errors import WrongImportStep
from crm.runs.models import ImportRun

SAMPLE_ROWS = 100  # looked at to guess
SHOWN_ROWS = 3
ENCODINGS = [("utf-8", "UTF-8"), ("cp1252", _("Windows / Latin-1"))]
DELIMITERS = [(",", _("Comma")), (";", _("Semicolon")), ("\t", _("Tab")), ("|", _("Vertical bar"))]
DATE_FORMATS = [("day", _("31/12/2025 (day first)")), ("month", _("12/31/2025 (month first)"))]
OPEN_NUMBERS = _(
    "Numbers such as 1.234 or 1,234 can be read in two ways, and this file does not say which."
)
# Which rows are imported: the rows of a file that has errors, or none of it.
ROW_CHOICES = [("valid", _("Import the valid rows")), ("all", _("Import all rows or none"))]
NUMBER_FORMATS = [("point", "1,234.50"), ("comma", "1.234,50")]


class MappingForm(forms.Form):
    """A target and a default for each column, and the options for all rows."""

    dates = forms.ChoiceField(
        label=_("Date format"), choices=DATE_FORMATS, widget=UnfoldAdminSelectWidget
    )
    numbers = forms.ChoiceField(
        label=_("Number format"), choices=NUMBER_FORMATS, widget=UnfoldAdminSelectWidget
    )

    mode = forms.ChoiceField(
        label=_("Mode"),
        choices=ImportRun.Mode.choices,
        widget=UnfoldAdminSelectWidget,
        required=False,
    )
    rows = forms.ChoiceField(
        label=_("Rows with errors"),
        choices=ROW_CHOICES,
        widget=UnfoldAdminSelectWidget,
        required=False,
    )

    def __init__(
        self,
        *args: Any,
        kind: ImportKind,
        names: Sequence[str],
        samples: Sequence[Row],
        groups: Mapping[str, Sequence[Column]],
        options: Sequence[ImportOption],
        proposal: ColumnMapping,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._proposal = proposal
        if proposal.decimal_comma is None:
            numbers = self.fields["numbers"]
            numbers.choices = [("", _("Choose one")), *NUMBER_FORMATS]  # type: ignore[attr-defined]
            numbers.help_text = OPEN_NUMBERS
            numbers.error_messages["required"] = _(
                "Choose how the numbers of this file are written."
            )
        self._kind, self._names, self._samples = kind, names, samples
        self._options = [option.name for option in options]
        self._switches = [option.name for option in options if not option.choices]
        for option in options:
            self.fields[option.name] = _build_option_field(option)
        for index, name in enumerate(names):
            label = {"aria-label": gettext("Target of {name}").format(name=name)}
            self.fields[f"target_{index}"] = forms.ChoiceField(
                choices=_build_target_choices(groups),
                required=False,
                widget=UnfoldAdminSelectWidget(attrs=label),
            )
            self.fields[f"default_{index}"] = forms.CharField(
                max_length=200,
                required=False,
                widget=UnfoldAdminTextInputWidget(
                    attrs={"aria-label": gettext("Default of {name}").format(name=name)}
                ),
            )

    def choices(self) -> list[forms.BoundField]:
        """The options that are chosen from a list."""
        chosen = [name for name in self._options if name not in self._switches]
        return [self[name] for name in [*chosen, "dates", "numbers", "mode", "rows"]]

    def switches(self) -> list[forms.BoundField]:
        """The options that are switched on or off."""
        return [self[name] for name in self._switches]

    def columns(self) -> Iterator[dict[str, Any]]:
        """Yield one line for each column of the file: name, first cells, target and default."""
        for index, name in enumerate(self._names):
            cells = [row.cells[index] for row in self._samples if index < len(row.cells)]
            yield {
                "name": name,
                "cells": [cell[:60] for cell in cells if cell.strip()][:SHOWN_ROWS],
                "target": self[f"target_{index}"],
                "default": self[f"default_{index}"],
            }

    def clean(self) -> dict[str, Any]:
        cleaned_data = super().clean() or {}
        targets = self._list_values(cleaned_data, "target")
        for index, target in enumerate(targets):
            repeats = target != IGNORE and target.partition(".")[0] not in self._kind.repeatable
            if repeats and target in targets[:index]:
                self.add_error(
                    f"target_{index}", gettext("Another column is already mapped to this.")
                )
        # An invalid option has its own error; then the mapping cannot be validated.
        if all(name in cleaned_data for name in self._options):
            for name, sentence in self._kind.faults(self._build_mapping(cleaned_data)):
                self.add_error(name or None, translate_text(sentence))
        return cleaned_data

    def mapping(self) -> ColumnMapping:
        return self._build_mapping(self.cleaned_data)

    def modes(self) -> dict[str, Any]:
        """Return which rows are imported, as the dry run takes it."""
        return {
            "mode": self.cleaned_data["mode"] or ImportRun.Mode.UPSERT,
            "all_or_nothing": self.cleaned_data["rows"] == "all",
        }

    def _build_mapping(self, cleaned_data: dict[str, Any]) -> ColumnMapping:
        return self._kind.mapping_class(
            targets=self._list_values(cleaned_data, "target"),
            defaults=[text.strip() for text in self._list_values(cleaned_data, "default")],
            day_first=cleaned_data.get("dates") == "day",
            decimal_comma=cleaned_data.get("numbers") == "comma",
            settled=self._list_settled(cleaned_data),
            **{name: cleaned_data[name] for name in self._options},
        )

    def _list_settled(self, cleaned_data: dict[str, Any]) -> list[About]:
        """Keep what was settled for the first file of these rows, unless another is chosen now."""
        chosen: dict[About, bool] = {
            "dates": self._proposal.day_first == (cleaned_data.get("dates") == "day"),
            "numbers": self._proposal.decimal_comma == (cleaned_data.get("numbers") == "comma"),
        }
        return [about for about in self._proposal.settled if chosen[about]]

    def _list_values(self, cleaned_data: dict[str, Any], prefix: str) -> list[str]:
        return [cleaned_data.get(f"{prefix}_{index}", "") for index in range(len(self._names))]


class LayoutForm(forms.Form):
    """The layout of the file, for when it was detected wrongly."""

    encoding = forms.ChoiceField(
        label=_("Encoding"), choices=ENCODINGS, required=False, widget=UnfoldAdminSelectWidget
    )
    delimiter = forms.ChoiceField(
        label=_("Delimiter"), choices=DELIMITERS, required=False, widget=UnfoldAdminSelectWidget
    )
    has_header = forms.ChoiceField(label=_("First row"), widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, kind: ImportKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        headers = [
            ("yes", gettext("column names")),
            ("no", gettext("the first {singular}").format(singular=gettext(kind.singular))),
        ]
        self.fields["has_header"].choices = headers  # type: ignore[attr-defined]


def mapping_page(desk: Any, request: HttpRequest, upload: ImportRun) -> HttpResponseBase:
    """Show the guessed or remembered column mapping; a valid form starts the dry run."""
    back_to_import: HttpResponseBase = redirect("admin:runs_importrun_change", upload.pk)
    with open_file(upload) as file:
        samples = read_first_rows(file, get_layout(upload), upload.file_size, SAMPLE_ROWS)
        if request.method == "POST" and "layout" in request.POST:
            _change_layout(desk, request, upload, file)
            return back_to_import
    form = _build_form(request, upload, samples)
    if request.method == "POST" and form.is_valid():
        try:
            unit_of_work(start_dry_run)(
                origin=get_origin(request),
                import_id=upload.pk,
                mapping=form.mapping().as_json(),
                **form.modes(),
            )
        except WrongImportStep as refusal:
            desk.message_user(request, gettext(str(refusal)), messages.WARNING)
        return back_to_import
    context = {
        **desk.admin_site.each_context(request),
        "opts": desk.opts,
        "title": gettext("Columns of {file_name}").format(file_name=upload.file_name),
        "upload": upload,
        "seen_before": describe_earlier_import(upload),
        "form": form,
        "columns": list(form.columns()),
        "layout_form": LayoutForm(
            initial=_build_layout_initial(upload), kind=get_import_kind(upload.kind)
        ),
        "is_text": upload.format == ImportRun.Format.CSV,
        "list_url": reverse("admin:runs_importrun_changelist"),
    }
    return TemplateResponse(
        request, "console/import_reading.html", context, status=400 if form.errors else 200
    )


def _build_form(request: HttpRequest, upload: ImportRun, samples: Sequence[Row]) -> MappingForm:
    kind, org = get_import_kind(upload.kind), upload.org
    mapping = propose_mapping(upload, [row.cells for row in samples])
    groups = kind.column_groups(org, CellFormats(org.zone))
    options = kind.options(org)
    return MappingForm(
        request.POST if request.method == "POST" else None,
        initial={
            **_build_initial(mapping, options),
            "mode": upload.mode,
            "rows": "all" if upload.all_or_nothing else "valid",
        },
        kind=kind,
        names=upload.header,
        samples=samples,
        groups=groups,
        options=options,
        proposal=mapping,
    )


def _build_option_field(option: ImportOption) -> forms.Field:
    if not option.choices:
        return forms.BooleanField(label=translate_text(option.label), required=False)
    blank = [("", translate_text(option.blank))] if option.blank else []
    return forms.TypedChoiceField(
        label=translate_text(option.label),
        choices=[*blank, *((key, translate_text(name)) for key, name in option.choices)],
        coerce=type(option.choices[0][0]),
        empty_value=None,
        required=not option.blank,
        widget=UnfoldAdminSelectWidget,
    )


def _change_layout(desk: Any, request: HttpRequest, upload: ImportRun, file: Any) -> None:
    form = LayoutForm(request.POST, kind=get_import_kind(upload.kind))
    if not form.is_valid():
        desk.message_user(
            request,
            gettext("Choose an encoding, a delimiter and what the first row holds."),
            messages.ERROR,
        )
        return
    cleaned_data = form.cleaned_data
    try:
        layout = change_layout(
            file,
            get_layout(upload),
            upload.file_size,
            encoding=cleaned_data["encoding"] or upload.encoding,
            delimiter=cleaned_data["delimiter"] or upload.delimiter,
            has_header=cleaned_data["has_header"] == "yes",
        )
        unit_of_work(save_layout)(origin=get_origin(request), import_id=upload.pk, layout=layout)
    except (UnreadableFile, WrongImportStep) as error:
        desk.message_user(request, translate_stored_text(str(error)), messages.ERROR)


def _build_layout_initial(upload: ImportRun) -> dict[str, Any]:
    return {
        "encoding": upload.encoding,
        "delimiter": upload.delimiter,
        "has_header": "yes" if upload.has_header else "no",
    }


def _build_initial(mapping: ColumnMapping, options: Sequence[ImportOption]) -> dict[str, Any]:
    initial: dict[str, Any] = {
        **{option.name: getattr(mapping, option.name) for option in options},
        "dates": "day" if mapping.day_first else "month",
        "numbers": {None: "", True: "comma", False: "point"}[mapping.decimal_comma],
    }
    for index, (target, default) in enumerate(zip(mapping.targets, mapping.defaults, strict=True)):
        initial |= {f"target_{index}": target, f"default_{index}": default}
    return initial


def _build_target_choices(groups: Mapping[str, Sequence[Column]]) -> list[tuple[str, Any]]:
    return [
        (IGNORE, gettext("Ignore this column")),
        *(
            (
                translate_text(title),
                [(column.target, translate_text(column.label)) for column in columns],
            )
            for title, columns in groups.items()
            if columns
        ),
    ]
