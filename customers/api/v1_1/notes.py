"""Notes about customers (v1.1, "Add Customer Notes", "Retrieve Customer Notes")."""

from collections.abc import Mapping, Sequence
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.api_page.examples import load_examples
from crm.dialects.v1_1.batch_items import Item, check_total, read_text
from crm.dialects.v1_1.envelope import build_one_or_list_response
from crm.dialects.v1_1.views import ItemResult, V11View
from crm.kernel.errors import Notice
from crm.tenancy.models import Scope
from customers import errors, notices
from customers.api.v1_1.customer_lookup import (
    LOOKUP_PARAMETERS,
    build_merge_notices,
    build_rows,
    echo_identifiers,
    find_item_customer,
    find_requested_customers,
    list_match_headings,
)
from customers.api.v1_1.notes_shapes import (
    NOTES_RESPONSE,
    WRITE_NOTES_REQUEST,
    WRITE_NOTES_RESPONSE,
    CustomerNotesIn,
    NoteItemIn,
    NotesOut,
    WrittenNoteOut,
    WrittenNotesOut,
)
from customers.operations.notes import NoteResult, write_notes
from customers.queries.customers.headings import Heading, list_headings
from customers.queries.notes import NoteLine, list_notes_by_customer
from customers.rules.notes import NoteIn


class Notes(V11View):
    """GET, POST /v1.1/customer/notes"""

    operation = {"GET": "v1.customer.notes", "POST": "v1.customer.addNotes"}
    scopes = {"GET": Scope.CUSTOMERS_READ, "POST": Scope.CUSTOMERS_WRITE}
    examples = {"GET": {"identifier": "44700900999", "associate_id": "234"}}
    refusals = {
        "GET": [
            errors.IdentifierMissing,
            errors.IdentifierNotFound,
            errors.CustomerUnknown,
            errors.NotesNone,
        ],
        "POST": [
            errors.IdentifierMissing,
            errors.IdentifierNotFound,
            errors.CustomerUnknown,
            errors.NotesNotWritten,
        ],
    }

    @extend_schema(
        summary="Retrieve notes about customers",
        tags=["v1.1 customer"],
        parameters=[
            *LOOKUP_PARAMETERS,
            OpenApiParameter(
                "identifier", str, description="An identifier of any kind but `loyalty_id`."
            ),
            OpenApiParameter(
                "associate_id", str, description="Ids of associates, separated by commas."
            ),
        ],
        responses=NOTES_RESPONSE,
        examples=load_examples(__file__, "notes"),
    )
    def get(self, request: Request) -> Response:
        """List the notes about a customer by date, at most the newest thousand.

        `added_on` is the date that was passed with the note. Without matching notes the item
        fails with 1028.
        """
        matches = find_requested_customers(self)
        headings = list_match_headings(self.org.pk, matches)
        notes = list_notes_by_customer(
            org_id=self.org.pk, customer_ids=headings, associate_ids=self._read_associate_ids()
        )
        rows = build_rows(
            self,
            matches,
            lambda match: _build_result(headings[match.customer_id], notes[match.customer_id]),
        )
        return Response(build_one_or_list_response("customers", "customer", rows))

    @extend_schema(
        summary="Add notes about customers",
        tags=["v1.1 customer"],
        request=WRITE_NOTES_REQUEST,
        responses=WRITE_NOTES_RESPONSE,
        examples=load_examples(__file__, "write_notes"),
    )
    def post(self, request: Request) -> Response:
        """Add or change notes about a customer. Each note has an associate and a date.

        An `id` of an existing note of the customer changes that note; any other `id` is the
        caller's own number, and the note is added with a new id. Invalid notes are skipped, with
        `-1` as id and the warnings 1036 and 1037; if all are invalid, the item fails with 1037.
        Several customers can be passed; their items succeed or fail separately. A body holds at
        most a hundred notes (1060).
        """
        items = self.items("customer")
        check_total(items, "notes", "note")
        rows = self.write_each(items, self._write_notes, _echo_item)
        return Response(build_one_or_list_response("customers", "customer", rows))

    # --- Reading ------------------------------------------------------------------------

    def _read_associate_ids(self) -> set[str]:
        raw_ids = ",".join(self.request.query_params.getlist("associate_id")).split(",")
        return {raw_id.strip() for raw_id in raw_ids if raw_id.strip()}

    # --- Writing ------------------------------------------------------------------------

    def _write_notes(self, item: Item) -> ItemResult:
        customer = find_item_customer(self, item)
        values = CustomerNotesIn.read(item)
        associate_id, note_items = values["associate_id"], values["notes"]
        notes = [
            NoteIn(associate_id=associate_id, **NoteItemIn.read(note, zone=self.org.zone))
            for note in note_items
        ]
        outcomes = write_notes(origin=self.origin, customer_id=customer.customer_id, notes=notes)
        headings = list_headings(org_id=self.org.pk, customer_ids=[customer.customer_id])
        written_notes = [
            WrittenNoteOut.build(
                outcome,
                date=note.noted_at or read_text(raw.get("date")),
                description=read_text(raw.get("description")),
            )
            for raw, note, outcome in zip(note_items, notes, outcomes, strict=True)
        ]
        return ItemResult(
            WrittenNotesOut.build(
                headings[customer.customer_id],
                associate_id=associate_id,
                notes={"note": written_notes},
            ),
            "done.notes.written",
            [*build_merge_notices(customer), *_build_notices(outcomes)],
        )


def _build_result(heading: Heading, notes: Sequence[NoteLine]) -> ItemResult:
    return ItemResult(
        NotesOut.build(heading, notes=notes),
        "done.notes.retrieved",
        failure=None if notes else errors.NotesNone(),
    )


def _build_notices(outcomes: Sequence[NoteResult]) -> list[Notice]:
    refusals = [outcome.refusal for outcome in outcomes if outcome.refusal is not None]
    if not refusals:
        return []
    notice_by_refusal = {refusal: Notice(refusal.code, **refusal.facts) for refusal in refusals}
    return [Notice(notices.NOTES_PARTLY), *notice_by_refusal.values()]


def _echo_item(item: Item) -> Mapping[str, Any]:
    return {**echo_identifiers(item), "associate_id": read_text(item.get("associate_id"))}
