"""The page that shows what undoing an import would do, and starts it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from crm.adminkit.change_log import get_origin
from crm.adminkit.localized import format_count
from crm.adminkit.translated_texts import translate_text
from crm.imports.operations.import_runs import WrongImportStep
from crm.imports.operations.undo import decide_undo, undo_import
from crm.imports.queries.import_states import can_undo_import
from crm.imports.undo_work import rehearse_undo
from crm.kernel.transactions import unit_of_work
from crm.runs.models import ImportRun

MOST_SHOWN = 100


def undo_page(desk: Any, request: HttpRequest, upload: ImportRun) -> HttpResponseBase:
    """Show the preview of an undo; a POST starts it, or asks an approver."""
    back_to_import: HttpResponseBase = redirect("admin:runs_importrun_change", upload.pk)
    if not can_undo_import(upload):
        desk.message_user(
            request, gettext("This import has nothing that can be undone."), messages.WARNING
        )
        return back_to_import
    if request.method == "POST":
        try:
            undo = unit_of_work(undo_import)(origin=get_origin(request), import_id=upload.pk)
        except WrongImportStep as refusal:
            desk.message_user(request, gettext(str(refusal)), messages.WARNING)
            return back_to_import
        if undo.needs_approval:
            desk.message_user(request, gettext("An approver must agree before it is undone."))
        return back_to_import
    preview = unit_of_work(rehearse_undo)(origin=get_origin(request), import_id=upload.pk)
    context = {
        **desk.admin_site.each_context(request),
        "opts": desk.opts,
        "title": gettext("Undo {file_name}").format(file_name=upload.file_name),
        "upload": upload,
        "total": format_count(preview.total),
        "tried": format_count(preview.tried) if preview.tried < preview.total else "",
        "undoable": format_count(preview.undoable),
        "blocked": format_count(len(preview.obstacles)),
        "obstacles": [
            (number, translate_text(text)) for number, text in preview.obstacles[:MOST_SHOWN]
        ],
        "has_more": len(preview.obstacles) > MOST_SHOWN,
        "can_start": preview.undoable > 0 or preview.tried < preview.total,
        "button": ngettext("Undo {count} row", "Undo {count} rows", preview.total).format(
            count=format_count(preview.total)
        ),
        "back_url": reverse("admin:runs_importrun_change", args=[upload.pk]),
    }
    return TemplateResponse(request, "console/import_undo.html", context)


def decide_page(desk: Any, request: HttpRequest, upload: ImportRun) -> HttpResponseBase:
    """Approve or refuse the undo that waits."""
    verdict = request.POST.get("verdict")
    if verdict not in ("approve", "refuse"):
        raise BadRequest("Approve or refuse")
    try:
        unit_of_work(decide_undo)(
            origin=get_origin(request), import_id=upload.pk, approve=verdict == "approve"
        )
    except WrongImportStep as refusal:
        desk.message_user(request, gettext(str(refusal)), messages.WARNING)
    return redirect("admin:runs_importrun_change", upload.pk)
