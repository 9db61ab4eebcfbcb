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
from crm.kernel.transactions import unit_of_work
from crm.runs.models import ImportRun
from crm.runs.operations.importing import WrongStep, read_otherwise, start_dry_run
from crm.runs.queries.imports import find_mapping
from crm.runs.reading.opening import layout_of, open_file
from crm.runs.reading.sniffing import first_rows, reread
from crm.runs.reading.table import CannotRead, Row
from customers.imports.columns import IDENTIFIER, REPEATABLE, SOURCE, CustomerImport
from customers.imports.mapping import IGNORE, REASON, Reading, behind_reason, guess, remembered
from customers.models import Customer
from customers.queries.source_accounts import get_source_accounts
from customers.queries.standards import get_standards

SAMPLE_ROWS = 100  # looked at to guess
SHOWN_ROWS = 3
ENCODINGS = [("utf-8", "UTF-8"), ("cp1252", "Windows / Latin-1")]
DELIMITERS = [(",", "Comma"), (";", "Semicolon"), ("\t", "Tab"), ("|", "Bar")]
HEADERS = [("yes", "names of columns"), ("no", "the first customer")]
DATES = [("day", "31/12/2025 (day first)"), ("month", "12/31/2025 (month first)")]
NUMBERS = [("point", "1,234.50"), ("comma", "1.234,50")]
INSTORE = "INSTORE"


class ReadingForm(forms.Form):
    """A choice and a default for each column, and what holds for all rows."""

    source_account_id = forms.TypedChoiceField(
        label="Source of rows that name none",
        coerce=int,
        empty_value=None,
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    loyalty_type = forms.ChoiceField(
        label="Type of new customers",
        choices=Customer.LoyaltyType.choices,
        widget=UnfoldAdminSelectWidget,
    )
    dates = forms.ChoiceField(
        label="Dates look like", choices=DATES, widget=UnfoldAdminSelectWidget
    )
    numbers = forms.ChoiceField(
        label="Numbers look like", choices=NUMBERS, widget=UnfoldAdminSelectWidget
    )
    channels = forms.BooleanField(
        label="Mobiles and emails are also addresses to write to", required=False
    )

    def __init__(
        self,
        *args: Any,
        names: Sequence[str],
        samples: Sequence[Row],
        columns: CustomerImport,
        accounts: Sequence[tuple[int, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._names, self._samples = names, samples
        self.fields["source_account_id"].choices = [("", "None"), *accounts]  # type: ignore[attr-defined]
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
        if not any(target.startswith(f"{IDENTIFIER}.") for target in targets):
            self.add_error(
                None, "Choose at least one identifier: a mobile, an email or another id."
            )
        for place, target in enumerate(targets):
            repeats = target != IGNORE and target.partition(".")[0] not in REPEATABLE
            if repeats and target in targets[:place]:
                self.add_error(f"target_{place}", "Another column means this already.")
        if given.get("source_account_id") is None and SOURCE not in targets:
            self.add_error("source_account_id", "Choose a source, as no column names one.")
        return given

    def reading(self) -> Reading:
        given = self.cleaned_data
        return Reading(
            targets=self._list(given, "target"),
            defaults=[text.strip() for text in self._list(given, "default")],
            source_account_id=given["source_account_id"],
            loyalty_type=given["loyalty_type"],
            day_first=given["dates"] == "day",
            decimal_comma=given["numbers"] == "comma",
            channels=given["channels"],
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
    has_header = forms.ChoiceField(
        label="The first row holds", choices=HEADERS, widget=UnfoldAdminSelectWidget
    )


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
        "layout_form": LayoutForm(initial=_layout(upload)),
        "is_text": upload.format == ImportRun.Format.CSV,
        "list_url": reverse("admin:runs_importrun_changelist"),
    }
    return TemplateResponse(
        request, "console/import_reading.html", context, status=400 if form.errors else 200
    )


def _form(request: HttpRequest, upload: ImportRun, samples: Sequence[Row]) -> ReadingForm:
    org = upload.org
    standards = get_standards(org)
    accounts = [one for one in get_source_accounts(org_id=org.pk) if one.is_active]
    reading = guess(
        names=upload.header,
        sample=[row.cells for row in samples],
        standards=standards,
        source_account_id=next((one.id for one in accounts if one.source == INSTORE), None),
    )
    columns = CustomerImport(
        standards, day_first=reading.day_first, decimal_comma=reading.decimal_comma
    )
    last_time = _last_time(upload)
    if last_time is not None:
        reading = remembered(last_time, guessed=reading, known=columns)
    return ReadingForm(
        request.POST if request.method == "POST" else None,
        initial=_initial(reading),
        names=upload.header,
        samples=samples,
        columns=columns,
        accounts=[(one.id, f"{one.source} {one.account_id}".strip()) for one in accounts],
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
    form = LayoutForm(request.POST)
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


def _initial(reading: Reading) -> dict[str, Any]:
    initial: dict[str, Any] = {
        "source_account_id": reading.source_account_id,
        "loyalty_type": reading.loyalty_type,
        "dates": "day" if reading.day_first else "month",
        "numbers": "comma" if reading.decimal_comma else "point",
        "channels": reading.channels,
    }
    for place, (target, default) in enumerate(zip(reading.targets, reading.defaults, strict=True)):
        initial |= {f"target_{place}": target, f"default_{place}": default}
    return initial


def _choices(columns: CustomerImport) -> list[tuple[str, Any]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for column in columns.fields.values():
        groups.setdefault(column.group, []).append((column.target, column.label))
    return [(IGNORE, "Ignore this column"), *groups.items()]
