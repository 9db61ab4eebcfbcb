"""The second page of an import: what its columns mean."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from crm.adminkit.recording import origin_of
from crm.importing.columns import Column
from crm.importing.kinds import ImportKind, Option, import_kind
from crm.importing.mapping import IGNORE, REASON, FileReading, behind_reason, remembered
from crm.kernel.transactions import unit_of_work
from crm.runs.models import ImportRun
from crm.runs.operations.importing import WrongStep, read_otherwise, start_dry_run
from crm.runs.queries.imports import find_mapping
from crm.runs.reading.opening import layout_of, open_file
from crm.runs.reading.sniffing import first_rows, reread
from crm.runs.reading.table import CannotRead, Row

SAMPLE_ROWS = 100  # looked at to guess
SHOWN_ROWS = 3
ENCODINGS = [("utf-8", "UTF-8"), ("cp1252", "Windows / Latin-1")]
DELIMITERS = [(",", "Comma"), (";", "Semicolon"), ("\t", "Tab"), ("|", "Bar")]
DATES = [("day", "31/12/2025 (day first)"), ("month", "12/31/2025 (month first)")]
NUMBERS = [("point", "1,234.50"), ("comma", "1.234,50")]


class ReadingForm(forms.Form):
    """A choice and a default for each column, and what holds for all rows."""

    dates = forms.ChoiceField(
        label="Dates look like", choices=DATES, widget=UnfoldAdminSelectWidget
    )
    numbers = forms.ChoiceField(
        label="Numbers look like", choices=NUMBERS, widget=UnfoldAdminSelectWidget
    )

    def __init__(
        self,
        *args: Any,
        kind: ImportKind,
        names: Sequence[str],
        samples: Sequence[Row],
        columns: Mapping[str, Column],
        options: Sequence[Option],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._kind, self._names, self._samples = kind, names, samples
        self._options = [option.name for option in options]
        self._ticks = [option.name for option in options if not option.choices]
        for option in options:
            self.fields[option.name] = _option_field(option)
        for place, name in enumerate(names):
            label = {"aria-label": f"Meaning of {name}"}
            self.fields[f"target_{place}"] = forms.ChoiceField(
                choices=_choices(columns),
                required=False,
                widget=UnfoldAdminSelectWidget(attrs=label),
            )
            self.fields[f"default_{place}"] = forms.CharField(
                max_length=200,
                required=False,
                widget=UnfoldAdminTextInputWidget(attrs={"aria-label": f"Default of {name}"}),
            )

    def choices(self) -> list[forms.BoundField]:
        """What holds for all rows and is chosen from a few."""
        chosen = [name for name in self._options if name not in self._ticks]
        return [self[name] for name in [*chosen, "dates", "numbers"]]

    def ticks(self) -> list[forms.BoundField]:
        """What holds for all rows or does not."""
        return [self[name] for name in self._ticks]

    def columns(self) -> Iterator[dict[str, Any]]:
        """One line for each column of the file: its name, first cells, and what it means."""
        for place, name in enumerate(self._names):
            cells = [row.cells[place] for row in self._samples if place < len(row.cells)]
            yield {
                "name": name,
                "cells": [cell[:60] for cell in cells if cell.strip()][:SHOWN_ROWS],
                "target": self[f"target_{place}"],
                "default": self[f"default_{place}"],
            }

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        targets = self._list(given, "target")
        for place, target in enumerate(targets):
            repeats = target != IGNORE and target.partition(".")[0] not in self._kind.repeatable
            if repeats and target in targets[:place]:
                self.add_error(f"target_{place}", "Another column means this already.")
        # What could not be read as a choice has its own complaint, and leaves the rest unjudged.
        if all(name in given for name in self._options):
            for name, sentence in self._kind.faults(self._reading(given)):
                self.add_error(name or None, sentence)
        return given

    def reading(self) -> FileReading:
        return self._reading(self.cleaned_data)

    def _reading(self, given: dict[str, Any]) -> FileReading:
        return self._kind.reading(
            targets=self._list(given, "target"),
            defaults=[text.strip() for text in self._list(given, "default")],
            day_first=given.get("dates") == "day",
            decimal_comma=given.get("numbers") == "comma",
            **{name: given[name] for name in self._options},
        )

    def _list(self, given: dict[str, Any], what: str) -> list[str]:
        return [given.get(f"{what}_{place}", "") for place in range(len(self._names))]


class LayoutForm(forms.Form):
    """How the file is written, for when the guess is wrong."""

    encoding = forms.ChoiceField(
        label="Letters", choices=ENCODINGS, required=False, widget=UnfoldAdminSelectWidget
    )
    delimiter = forms.ChoiceField(
        label="Cells end at", choices=DELIMITERS, required=False, widget=UnfoldAdminSelectWidget
    )
    has_header = forms.ChoiceField(label="The first row holds", widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, kind: ImportKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        headers = [("yes", "names of columns"), ("no", f"the first {kind.singular}")]
        self.fields["has_header"].choices = headers  # type: ignore[attr-defined]


def reading_page(desk: Any, request: HttpRequest, upload: ImportRun) -> HttpResponseBase:
    """Show the columns as they were guessed or remembered; a valid form starts the dry run."""
    again: HttpResponseBase = redirect("admin:runs_importrun_change", upload.pk)
    with open_file(upload) as file:
        samples = first_rows(file, layout_of(upload), upload.file_size, SAMPLE_ROWS)
        if request.method == "POST" and "layout" in request.POST:
            _read_otherwise(desk, request, upload, file)
            return again
    form = _form(request, upload, samples)
    if request.method == "POST" and form.is_valid():
        try:
            unit_of_work(start_dry_run)(
                origin=origin_of(request), import_id=upload.pk, mapping=form.reading().as_json()
            )
        except WrongStep as refusal:
            desk.message_user(request, str(refusal), messages.WARNING)
        return again
    context = {
        **desk.admin_site.each_context(request),
        "opts": desk.opts,
        "title": f"Columns of {upload.file_name}",
        "upload": upload,
        "form": form,
        "columns": list(form.columns()),
        "layout_form": LayoutForm(initial=_layout(upload), kind=import_kind(upload.kind)),
        "is_text": upload.format == ImportRun.Format.CSV,
        "list_url": reverse("admin:runs_importrun_changelist"),
    }
    return TemplateResponse(
        request, "console/import_reading.html", context, status=400 if form.errors else 200
    )


def _form(request: HttpRequest, upload: ImportRun, samples: Sequence[Row]) -> ReadingForm:
    kind, org = import_kind(upload.kind), upload.org
    reading = kind.guess(org, upload.header, [row.cells for row in samples])
    columns = kind.columns(org, reading)
    last_time = _last_time(upload)
    if last_time is not None:
        reading = remembered(last_time, guessed=reading, known=columns)
    options = kind.options(org)
    return ReadingForm(
        request.POST if request.method == "POST" else None,
        initial=_initial(reading, options),
        kind=kind,
        names=upload.header,
        samples=samples,
        columns=columns,
        options=options,
    )


def _option_field(option: Option) -> forms.Field:
    if not option.choices:
        return forms.BooleanField(label=option.label, required=False)
    blank = [("", option.blank)] if option.blank else []
    return forms.TypedChoiceField(
        label=option.label,
        choices=[*blank, *option.choices],
        coerce=type(option.choices[0][0]),
        empty_value=None,
        required=not option.blank,
        widget=UnfoldAdminSelectWidget,
    )


def _last_time(upload: ImportRun) -> Mapping[str, Any] | None:
    """What such columns meant; a file of failed rows has those of the file that it is from."""
    find = partial(find_mapping, org_id=upload.org_id, kind=upload.kind)
    found = find(header=upload.header)
    if found is None and upload.header[:1] == [REASON]:
        found = find(header=upload.header[1:])
        return found and behind_reason(found)
    return found


def _read_otherwise(desk: Any, request: HttpRequest, upload: ImportRun, file: Any) -> None:
    form = LayoutForm(request.POST, kind=import_kind(upload.kind))
    if not form.is_valid():
        desk.message_user(request, "Choose how the file is written.", messages.ERROR)
        return
    told = form.cleaned_data
    try:
        layout = reread(
            file,
            layout_of(upload),
            upload.file_size,
            encoding=told["encoding"] or upload.encoding,
            delimiter=told["delimiter"] or upload.delimiter,
            has_header=told["has_header"] == "yes",
        )
        unit_of_work(read_otherwise)(origin=origin_of(request), import_id=upload.pk, layout=layout)
    except (CannotRead, WrongStep) as problem:
        desk.message_user(request, str(problem), messages.ERROR)


def _layout(upload: ImportRun) -> dict[str, Any]:
    return {
        "encoding": upload.encoding,
        "delimiter": upload.delimiter,
        "has_header": "yes" if upload.has_header else "no",
    }


def _initial(reading: FileReading, options: Sequence[Option]) -> dict[str, Any]:
    initial: dict[str, Any] = {
        **{option.name: getattr(reading, option.name) for option in options},
        "dates": "day" if reading.day_first else "month",
        "numbers": "comma" if reading.decimal_comma else "point",
    }
    for place, (target, default) in enumerate(zip(reading.targets, reading.defaults, strict=True)):
        initial |= {f"target_{place}": target, f"default_{place}": default}
    return initial


def _choices(columns: Mapping[str, Column]) -> list[tuple[str, Any]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for column in columns.values():
        groups.setdefault(column.group, []).append((column.target, column.label))
    return [(IGNORE, "Ignore this column"), *groups.items()]
