"""The first page of an import: which file."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminFileFieldWidget

from crm.adminkit.recording import origin_of
from crm.kernel.transactions import unit_of_work
from crm.runs.operations.importing import keep_upload
from crm.runs.reading.sniffing import sniff
from crm.runs.reading.table import CannotRead, Layout

KIND = "customers"


class UploadForm(forms.Form):
    file = forms.FileField(
        label="File",
        max_length=200,
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.txt,.tsv,.xlsx,text/csv"}),
        error_messages={"required": "Choose a file first.", "empty": "The file is empty."},
    )
    layout: Layout

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
    if not desk.has_add_permission(request):
        raise PermissionDenied
    form = UploadForm()
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES)
        if form.is_valid():
            file = form.cleaned_data["file"]
            upload = unit_of_work(keep_upload)(
                origin=origin_of(request),
                kind=KIND,
                file=file,
                name=file.name,
                layout=form.layout,
            )
            return redirect("admin:runs_importrun_change", upload.pk)
    context = {
        **desk.admin_site.each_context(request),
        "opts": desk.opts,
        "title": "Import customers",
        "form": form,
        "list_url": reverse("admin:runs_importrun_changelist"),
    }
    return TemplateResponse(
        request, "console/import_upload.html", context, status=400 if form.errors else 200
    )
