"""Notes about customers (v1.1, "Add Customer Notes", "Retrieve Customer Notes")."""

from collections.abc import Mapping, Sequence
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.refusals import RequestInvalid
from crm.dialects.v1_1.envelope import one_or_listed
from crm.dialects.v1_1.items import Item, as_list, check_total, text
from crm.dialects.v1_1.views import Done, Row, V11View
from crm.kernel.errors import DomainError, Notice
from crm.tenancy.models import Scope
from customers import errors, notices, service_errors
from customers.api.v1_1.heads import headings_of, named
from customers.api.v1_1.notes_schema import (
    NOTES,
    NOTES_WRITTEN,
    READ_EXAMPLE,
    WRITE_EXAMPLE,
    WRITE_NOTES,
    WRITTEN_EXAMPLE,
)
from customers.api.v1_1.whom import (
    WHOM,
    done_for,
    echo,
    find_asked,
    find_one,
    merged_notices,
)
from customers.operations.noting import Noted, write_notes
from customers.queries.headings import Heading, list_headings
from customers.queries.notes import NoteLine, list_notes_of
from customers.queries.whom import Whom
from customers.rules.notes import NoteIn
from customers.rules.times import parse_moment

NOT_WRITTEN = "-1"


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
            service_errors.NotesNone,
        ],
        "POST": [
            errors.IdentifierMissing,
            errors.IdentifierNotFound,
            errors.CustomerUnknown,
            service_errors.NotesNotWritten,
        ],
    }

    @extend_schema(
        summary="Retrieve notes about customers",
        tags=["v1.1 customer"],
        parameters=[
            *WHOM,
            OpenApiParameter("identifier", str, description="Any of these, whatever it is."),
            OpenApiParameter("associate_id", str, description="Notes of these only, by comma."),
        ],
        responses=NOTES,
        examples=[READ_EXAMPLE],
    )
    def get(self, request: Request) -> Response:
        """Tell what was noted about a customer, by date, the newest thousand at most.

        `added_on` is the date that whoever made the note gave it. Where there is none, also none
        of the associates named, the item is refused with 1028.
        """
        found = find_asked(self)
        headings = headings_of(self.org.pk, (whom for _, whom in found))
        notes = list_notes_of(
            org_id=self.org.pk, customer_ids=headings, associate_ids=self._associates()
        )
        rows = [
            self.refused(whom, asked.echo)
            if isinstance(whom, DomainError)
            else self._read(whom, headings[whom.customer_id], notes[whom.customer_id])
            for asked, whom in found
        ]
        return Response(one_or_listed("customers", "customer", rows))

    @extend_schema(
        summary="Add notes about customers",
        tags=["v1.1 customer"],
        request=WRITE_NOTES,
        responses=NOTES_WRITTEN,
        examples=[WRITE_EXAMPLE, WRITTEN_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        """Write notes about a customer, as an associate and with a date each.

        An `id` that one of the customer's notes has changes that note; any other is the caller's
        own number, and the note is added under a new one. Of several notes those that cannot be
        kept are left out, with `-1` for an id and the warnings 1036 and 1037; when none can, the
        item is refused with 1037. Several customers in one body are each done by
        themselves, with a hundred notes in all at most (1060).
        """
        items = self.items("customer")
        check_total(items, "notes", "note")
        rows = self.write_each(items, self._add, _echo)
        return Response(one_or_listed("customers", "customer", rows))

    # --- Reading ------------------------------------------------------------------------

    def _associates(self) -> set[str]:
        said = ",".join(self.request.query_params.getlist("associate_id")).split(",")
        return {one.strip() for one in said if one.strip()}

    def _read(self, whom: Whom, heading: Heading, notes: Sequence[NoteLine]) -> Row:
        answer = {**named(heading), "notes": {"note": [_shown(note) for note in notes]}}
        if not notes:
            return self.refused(service_errors.NotesNone(), answer)
        return self.done(done_for(whom, Done(answer, "done.notes.retrieved")))

    # --- Writing ------------------------------------------------------------------------

    def _add(self, item: Item) -> Done:
        whom = find_one(self, item)
        given = _notes_in(item)
        associate = text(item.get("associate_id")) or ""
        outcomes = write_notes(
            origin=self.origin,
            customer_id=whom.customer_id,
            notes=[
                NoteIn(
                    id=_number(note.get("id")),
                    associate_id=associate,
                    noted_at=parse_moment(text(note.get("date")), self.org.zone),
                    description=text(note.get("description")) or "",
                )
                for note in given
            ],
        )
        heading = list_headings(org_id=self.org.pk, customer_ids=[whom.customer_id])
        written = zip(given, outcomes, strict=True)
        return Done(
            {
                **named(heading[whom.customer_id]),
                "associate_id": associate,
                "notes": {"note": [self._written(note, outcome) for note, outcome in written]},
            },
            "done.notes.written",
            [*merged_notices(whom), *_left_out(outcomes)],
        )

    def _written(self, note: Mapping[str, Any], outcome: Noted) -> dict[str, Any]:
        return {
            "id": NOT_WRITTEN if outcome.note_id is None else str(outcome.note_id),
            "date": parse_moment(text(note.get("date")), self.org.zone) or text(note.get("date")),
            "description": text(note.get("description")),
        }


def _notes_in(item: Item) -> list[Mapping[str, Any]]:
    said = item.get("notes")
    notes = as_list(said.get("note")) if isinstance(said, Mapping) else []
    if not all(isinstance(note, Mapping) for note in notes):
        raise RequestInvalid(detail="Notes are passed as note with date and description.")
    return notes


def _number(said: Any) -> int | None:
    """A note's id; what is no number is the caller's own as well."""
    number = text(said) or ""
    return int(number) if number.isascii() and number.isdecimal() and len(number) <= 19 else None


def _left_out(outcomes: Sequence[Noted]) -> list[Notice]:
    refused = [outcome.refusal for outcome in outcomes if outcome.refusal is not None]
    if not refused:
        return []
    told = {refusal: Notice(refusal.code, **refusal.facts) for refusal in refused}
    return [Notice(notices.NOTES_PARTLY), *told.values()]


def _shown(note: NoteLine) -> dict[str, Any]:
    return {
        "id": str(note.id),
        "description": note.description,
        "added_on": note.noted_at,
        "associate_id": note.associate_id,
    }


def _echo(item: Item) -> Mapping[str, Any]:
    return {**echo(item), "associate_id": text(item.get("associate_id"))}
