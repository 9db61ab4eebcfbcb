"""The import of interactions: messages, surveys and social network activity."""

import hashlib
import json
from collections.abc import Mapping, Sequence

from crm.imports.columns import (
    IDENTIFIER,
    ChoiceColumn,
    Column,
    ColumnOf,
    DateTimeColumn,
    DegreesColumn,
    WholeNumberColumn,
)
from crm.imports.customer_columns import build_customer_columns, find_customers
from crm.imports.file_import import CREATE, ERROR, UNCHANGED
from crm.imports.operations.staged_rows import Key, Remark
from crm.imports.parsed_rows import ParsedRow, RowEffect
from crm.imports.queries.undo_rows import UndoRow
from crm.imports.readings import CellFormats
from crm.imports.refusals import build_remark
from crm.imports.row_import import REPEATED_ROW, RowImport
from crm.imports.undo_context import UndoContext
from crm.kernel.errors import DomainError
from crm.kernel.staff_texts import StaffText, staff_text
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from customers.errors import InteractionInvalid, InteractionReferenceTaken
from customers.models import Interaction
from customers.operations.interactions import (
    InteractionResult,
    record_interactions,
    remove_interactions,
)
from customers.rules.interactions import NewInteraction

TYPE, NETWORK, DATE, TIMES, REFERENCE = "type", "network", "happened_at", "times", "reference"
# The reference of a row without one: this prefix and a digest of the row.
_DIGEST_PREFIX = "row:"
_FIELD_ERRORS: Mapping[str, str] = {
    NETWORK: staff_text("Give the network."),
    TYPE: staff_text("This network has no such type."),
    DATE: staff_text("The date is in the future."),
    TIMES: staff_text("The count must be from 1 to 1,000,000."),
    "survey_name": staff_text("Surveys need a name; other types must not have one."),
    "nps_score": staff_text("Surveys have a score from 0 to 10; other types must not have one."),
    "response_url": staff_text("This is not a valid web address of survey answers."),
    "latitude": staff_text("Give both latitude and longitude of a check-in, in degrees."),
    "longitude": staff_text("Give both latitude and longitude of a check-in, in degrees."),
}


class InteractionImport(RowImport):
    """Records interactions; the same reference is imported once, in any file."""

    key = "interactions"
    singular = "interaction"
    plural = "interactions"
    permission = "customers.import_interactions"
    subject = "customers.interaction"
    example = ["Mobile", "Network", "Type", "Date", "How often", "Sender", "Receiver", "Subject"]
    hints = [
        staff_text(
            "Each row is one interaction of a customer: a check-in, a tweet, a message or a survey "
            "with its NPS score."
        ),
        staff_text(
            "A row that was imported before is skipped. Use your own "
            "reference to tell identical rows "
            "apart."
        ),
    ]
    required_columns = [
        (IDENTIFIER, staff_text("Map a column to a customer identifier.")),
        (TYPE, staff_text("Map a column to the type: a tweet, an SMS, a survey.")),
        (DATE, staff_text("Map a column to the date.")),
    ]
    required_cells = [
        (IDENTIFIER, staff_text("The row names no customer.")),
        (TYPE, staff_text("Give the type.")),
        (DATE, staff_text("Give the date.")),
    ]

    @classmethod
    def column_groups(
        cls, org: Organization, formats: CellFormats
    ) -> Mapping[str, Sequence[Column]]:
        return {
            staff_text("Customer"): build_customer_columns(),
            staff_text("Interaction"): [
                ChoiceColumn(
                    NETWORK, staff_text("Network"), Interaction.Network.choices, "socialnetwork"
                ),
                ChoiceColumn(
                    TYPE,
                    staff_text("Type"),
                    Interaction.Type.choices,
                    "interaction interactiontype what",
                ),
                DateTimeColumn(
                    DATE,
                    staff_text("Date"),
                    formats,
                    "time when happenedon happenedat sentat senttime senton",
                ),
                WholeNumberColumn(TIMES, staff_text("How often"), formats, "count times number"),
                Column(
                    REFERENCE, staff_text("Reference"), "referenceid ref messageid interactionid"
                ),
            ],
            staff_text("Check-in"): [
                DegreesColumn("latitude", staff_text("Latitude"), formats, "lat"),
                DegreesColumn("longitude", staff_text("Longitude"), formats, "long lng lon"),
            ],
            staff_text("Message"): [
                Column("sender", staff_text("Sender"), "from"),
                Column("receiver", staff_text("Receiver"), "to recipient"),
                Column("subject", staff_text("Subject"), "title"),
                DateTimeColumn(
                    "delivered_at",
                    staff_text("Delivered"),
                    formats,
                    "deliveredtime deliveredon deliveredat",
                ),
                Column("delivery_status", staff_text("Delivery status"), "status messagestatus"),
            ],
            staff_text("Survey"): [
                Column("survey_name", staff_text("Survey"), "surveyname"),
                WholeNumberColumn(
                    "nps_score", staff_text("NPS score"), formats, "nps score npsscore"
                ),
                Column("sent_by", staff_text("Sent by"), "sentby associate"),
                Column("response_url", staff_text("Answers"), "responseurl answersurl link url"),
                DateTimeColumn(
                    "completed_at",
                    staff_text("Completed"),
                    formats,
                    "completiontime completedon completedat",
                ),
            ],
        }

    def check(self, parsed: ParsedRow) -> list[Remark]:
        parsed.values.setdefault(REFERENCE, _build_reference(parsed))
        return []

    def list_keys(self, origin: Origin, parsed: ParsedRow) -> Sequence[Key]:
        return [(REFERENCE, parsed.values[REFERENCE])]

    def describe_repeat(self, kind: str, number: int) -> Remark:
        column = self.column_of(REFERENCE)
        return column, REPEATED_ROW(name="reference" if column else "interaction", number=number)

    def undo_rows(self, *, context: UndoContext, rows: Sequence[UndoRow]) -> dict[int, StaffText]:
        """Remove the interactions: nothing else points at them, and nobody can change them."""
        remove_interactions(
            origin=context.origin, interaction_ids=[row.subject_id or 0 for row in rows]
        )
        return {}

    def act(self, origin: Origin, rows: Sequence[ParsedRow]) -> list[RowEffect]:
        """Record the interactions of a chunk."""
        customers = find_customers(origin.org.pk, rows, self.column_of)
        interactions = [
            NewInteraction(customer_id=customer, **row.values)
            for row, customer in zip(rows, customers, strict=True)
            if isinstance(customer, int)
        ]
        recorded = iter(record_interactions(origin=origin, interactions=interactions))
        return [
            _build_effect(row, customer, next(recorded), self.column_of)
            if isinstance(customer, int)
            # A row that names no customer was refused when it was read.
            else RowEffect(ERROR, remarks=[customer] if customer else [])
            for row, customer in zip(rows, customers, strict=True)
        ]


def _build_reference(parsed: ParsedRow) -> str:
    """Build a reference from the content, so that the same row is imported once."""
    digest_source = [
        list(parsed.lookup),
        {name: str(parsed.values[name]) for name in sorted(parsed.values)},
    ]
    return _DIGEST_PREFIX + hashlib.sha256(json.dumps(digest_source).encode()).hexdigest()[:40]


def _build_effect(
    row: ParsedRow, customer: int, outcome: InteractionResult, column_of: ColumnOf
) -> RowEffect:
    if outcome.refusal is not None:
        return RowEffect(ERROR, remarks=[_build_remark(outcome.refusal, column_of)])
    if outcome.is_repeat:
        remark = column_of(REFERENCE), staff_text("This interaction was recorded before.")
        return RowEffect(UNCHANGED, outcome.interaction_id, remarks=[remark])
    after = {
        "customer": customer,
        "type": row.values[TYPE],
        "date": row.values[DATE].isoformat(),
    }
    return RowEffect(CREATE, outcome.interaction_id, None, after)


def _build_remark(refusal: DomainError, column_of: ColumnOf) -> Remark:
    if isinstance(refusal, InteractionInvalid):
        field_name = str(refusal.facts["field"])
        sentence = _FIELD_ERRORS.get(
            field_name, staff_text("This is too long, or not allowed for this type.")
        )
        return column_of(field_name), sentence
    return build_remark(refusal, {InteractionReferenceTaken: REFERENCE}, column_of)
