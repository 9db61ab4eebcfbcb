"""A door of one small operation, to knock at the base of all v2 views."""

from django.urls import path
from rest_framework import serializers
from rest_framework.response import Response

import crm.dialects.path_converters  # noqa: F401  registers <id:...>
from crm.audit.operations.events import NewEvent, record_events
from crm.dialects.token_view import GenerateToken
from crm.dialects.v2.pagination import Paging
from crm.dialects.v2.serializer_fields import CommaSeparatedList
from crm.dialects.v2.views import V2View
from crm.kernel.errors import Notice
from crm.tenancy.models import Scope
from customers import notices
from customers.errors import CustomerMerged, IdentifierRegistered


class Page(Paging):
    embed = CommaSeparatedList(required=False)


class Line(serializers.Serializer):
    value = serializers.CharField()
    count = serializers.IntegerField(min_value=1)


class WriteIn(serializers.Serializer):
    name = serializers.CharField(max_length=20)
    lines = Line(many=True, required=False)
    refuse = serializers.BooleanField(default=False)
    break_down = serializers.BooleanField(default=False)


class Notes(V2View):
    """GET /v2/notes, POST /v2/notes"""

    operation = "notes"
    scopes = {"GET": Scope.CUSTOMERS_READ, "POST": Scope.CUSTOMERS_WRITE}

    def get(self, request):
        return Response({"asked": self.read_query(Page), "by": self.caller.entity.code})

    def post(self, request):
        body = self.read_body(WriteIn)
        write_note(self.origin, body["name"])
        if body["refuse"]:
            raise IdentifierRegistered(kind="mobile")
        if body["break_down"]:
            raise ZeroDivisionError
        warnings = self.warnings([Notice(notices.COMBINED)])
        return Response(
            {"name": body["name"], "at": self.origin.at, "warnings": warnings}, status=201
        )


class Merged(V2View):
    """PUT /v2/notes/{id}"""

    operation = "notes.merged"
    scopes = {"PUT": Scope.CUSTOMERS_WRITE}

    def put(self, request, note_id):
        raise CustomerMerged(survivor_id=note_id)


class Batch(V2View):
    """POST /v2/notes/bulk"""

    operation = "notes.bulk"
    scopes = {"POST": Scope.CUSTOMERS_WRITE}
    batch = True
    crash_after: int | None = None

    def post(self, request):
        answers = []
        for item, name in enumerate(request.data["names"]):
            answers.append(self.receipts.run_once(item, lambda name=name: self.write_item(name)))
            if self.crash_after == item:
                raise ZeroDivisionError
        return Response({"done": answers})

    def write_item(self, name):
        write_note(self.origin, name)
        return {"name": name}


def write_note(origin, name):
    record_events(
        origin=origin,
        events=[NewEvent(kind="note", subject_type="note", subject_id=1, after={"name": name})],
    )


urlpatterns = [
    path("v3/oauth/token/generate", GenerateToken.as_view()),
    path("v2/notes", Notes.as_view()),
    path("v2/notes/bulk", Batch.as_view()),
    path("v2/notes/<id:note_id>", Merged.as_view()),
]

handler404 = "crm.ops.error_answers.not_found"
handler500 = "crm.ops.error_answers.server_error"
