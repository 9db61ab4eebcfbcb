"""The first page of an import: which file."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget

from crm.adminkit.recording import origin_of
from crm.console.imports.permissions import kinds_for
from crm.importing.kinds import ImportKind
from crm.kernel.transactions import unit_of_work
from crm.runs.operations.importing import keep_upload
from crm.runs.reading.sniffing import sniff
from crm.runs.reading.table import CannotRead, Layout


class UploadForm(forms.Form):
    kind = forms.ChoiceField(
        label="What is in the file?", required=False, widget=UnfoldAdminSelectWidget
    )
    file = forms.FileField(
        label="File",
        max_length=200,
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.txt,.tsv,.xlsx,text/csv"}),
        error_messages={"required": "Choose a file first.", "empty": "The file is empty."},
    )
    layout: Layout

    def __init__(self, *args: Any, kinds: Sequence[ImportKind], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(kind.key, kind.plural.capitalize()) for kind in kinds]
        self.fields["kind"].choices = choices  # type: ignore[attr-defined]

    def clean_kind(self) -> str:
        """Where nothing was chosen, the first, which is the one that a browser shows."""
        first: str = self.fields["kind"].choices[0][0]  # type: ignore[attr-defined]
        return self.cleaned_data["kind"] or first

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        try:
            self.layout = sniff(file, file.size)
        except CannotRead as problem:
            raise forms.ValidationError(str(problem)) from problem
        file.seek(0)
        return file


def upload_page(desk: Any, request: HttpRequest) -> HttpResponseBase:
    """Keep the file and go on to its columns; or say what is wrong with it."""
    kinds = kinds_for(request)
    if not kinds:
        raise PermissionDenied
    form = UploadForm(kinds=kinds)
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES, kinds=kinds)
        if form.is_valid():
            file = form.cleaned_data["file"]
            upload = unit_of_work(keep_upload)(
                origin=origin_of(request),
                kind=form.cleaned_data["kind"],
                file=file,
                name=file.name,
                layout=form.layout,
            )
            return redirect("admin:runs_importrun_change", upload.pk)
    context = {
        **desk.admin_site.each_context(request),
        "opts": desk.opts,
        "title": "Import a file",
        "form": form,
        "kinds": kinds,
        "list_url": reverse("admin:runs_importrun_changelist"),
    }
    return TemplateResponse(
        request, "console/import_upload.html", context, status=400 if form.errors else 200
    )
