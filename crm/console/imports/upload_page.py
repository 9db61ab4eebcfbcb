"""The first page of an import: the upload."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget

from crm.adminkit.change_log import get_origin
from crm.adminkit.event_descriptions import upper_first
from crm.adminkit.translated_texts import translate_stored_text, translate_text
from crm.console.imports.import_permissions import list_permitted_kinds
from crm.imports.files.layout_detection import detect_layout
from crm.imports.files.table import Layout, UnreadableFile
from crm.imports.import_kinds import ImportKind
from crm.imports.operations.import_runs import store_upload
from crm.kernel.transactions import unit_of_work


class UploadForm(forms.Form):
    kind = forms.ChoiceField(label=_("Import type"), required=False, widget=UnfoldAdminSelectWidget)
    file = forms.FileField(
        label=_("File"),
        max_length=200,
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.txt,.tsv,.xlsx,text/csv"}),
        error_messages={"required": _("Choose a file first."), "empty": _("The file is empty.")},
    )
    layout: Layout

    def __init__(self, *args: Any, kinds: Sequence[ImportKind], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(kind.key, upper_first(gettext(kind.plural))) for kind in kinds]
        self.fields["kind"].choices = choices  # type: ignore[attr-defined]

    def clean_kind(self) -> str:
        """Default to the first type, which is the one that a browser shows."""
        first: str = self.fields["kind"].choices[0][0]  # type: ignore[attr-defined]
        return self.cleaned_data["kind"] or first

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        try:
            self.layout = detect_layout(file, file.size)
        except UnreadableFile as problem:
            raise forms.ValidationError(translate_stored_text(str(problem))) from problem
        file.seek(0)
        return file


def _describe_kind(kind: ImportKind) -> dict[str, Any]:
    return {
        "plural": upper_first(gettext(kind.plural)),
        "hints": [translate_text(hint) for hint in kind.hints],
        "example": [translate_text(name) for name in kind.example],
    }


def upload_page(desk: Any, request: HttpRequest) -> HttpResponseBase:
    """Store the file and continue with the column mapping, or show what is wrong with the file."""
    kinds = list_permitted_kinds(request)
    if not kinds:
        raise PermissionDenied
    form = UploadForm(kinds=kinds)
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES, kinds=kinds)
        if form.is_valid():
            file = form.cleaned_data["file"]
            upload = unit_of_work(store_upload)(
                origin=get_origin(request),
                kind=form.cleaned_data["kind"],
                file=file,
                name=file.name,
                layout=form.layout,
            )
            return redirect("admin:runs_importrun_change", upload.pk)
    context = {
        **desk.admin_site.each_context(request),
        "opts": desk.opts,
        "title": gettext("Import a file"),
        "form": form,
        "kinds": [_describe_kind(kind) for kind in kinds],
        "list_url": reverse("admin:runs_importrun_changelist"),
    }
    return TemplateResponse(
        request, "console/import_upload.html", context, status=400 if form.errors else 200
    )
