"""What the page of an import says about undoing it."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext

from crm.adminkit.localized import format_minute
from crm.console.imports.import_permissions import may_decide_undo, may_import
from crm.imports.queries.import_states import can_undo_import
from crm.imports.queries.undo_rows import find_waiting_undo
from crm.runs.models import ImportRun


def describe_undo(request: HttpRequest, upload: ImportRun) -> dict[str, Any]:
    """Return whether it can be undone, and who has asked for it and waits for an approver."""
    if not can_undo_import(upload):
        return {"can_undo": False, "undo_waits": ""}
    waiting = find_waiting_undo(import_id=upload.pk)
    sentence = ""
    if waiting is not None:
        sentence = gettext("{person} asked on {moment} to undo this import.").format(
            person=str(waiting.asked_by or gettext("the system")),
            moment=format_minute(waiting.asked_at),
        )
    return {
        "can_undo": waiting is None and may_import(request, upload.kind),
        "undo_url": reverse("admin:runs_importrun_undo", args=[upload.pk]),
        "undo_waits": sentence,
        "may_decide_undo": may_decide_undo(request),
        "decide_url": reverse("admin:runs_importrun_decide", args=[upload.pk]),
    }
