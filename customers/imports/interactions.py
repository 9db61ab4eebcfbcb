"""The import of interactions: messages, surveys and social network activity."""

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from crm.imports.cell_reader import CellReader, UnreadableRow
from crm.imports.cells import ChoiceWidget, DateTimeWidget, NumberWidget, TextWidget
from crm.imports.column_mapping import ColumnMapping
from crm.imports.columns import Column, ColumnOf
from crm.imports.customer_columns import (
    IDENTIFIER,
    CustomerLookup,
    IdentifierOwners,
    build_customer_columns,
    read_customer_lookup,
)
from crm.imports.dry_run import CREATE, ERROR, SKIP, RowEffect, apply_staged_rows, dry_run_rows
from crm.imports.files.table import Row
from crm.imports.operations.staged_rows import Key, Remark
from crm.kernel.errors import DomainError
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from customers import errors
from customers.interaction_errors import InteractionInvalid, InteractionReferenceTaken
from customers.models import Interaction
from customers.operations.interactions import Recorded, record_interactions
from customers.rules.interactions import NewInteraction

TYPE, NETWORK, DATE, TIMES, REFERENCE = "type", "network", "happened_at", "times", "reference"
# The reference of a row without one: this prefix and a digest of the row.
_DIGEST_PREFIX = "row:"
_FIELD_ERRORS: Mapping[str, str] = {
    NETWORK: "Give the network.",
    TYPE: "This network has no such type.",
    DATE: "The date is in the future.",
    TIMES: "The count must be from 1 to 1,000,000.",
    "survey_name": "Surveys need a name; other types must not have one.",
    "nps_score": "Surveys have a score from 0 to 10; other types must not have one.",
    "response_url": "This is not a valid web address of survey answers.",
    "latitude": "Give both latitude and longitude of a check-in, in degrees.",
    "longitude": "Give both latitude and longitude of a check-in, in degrees.",
}


@dataclass(slots=True)
class InteractionRow:
    """One parsed row; the same ``reference`` is imported once, in any file."""

    lookup: CustomerLookup = field(default_factory=CustomerLookup)
    identifiers: list[tuple[str, str]] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def keys(self) -> Sequence[Key]:
        return [(REFERENCE, self.values[REFERENCE])]


class WholeNumberWidget(NumberWidget):
    """A whole number."""

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> int:  # type: ignore[override]
        text = super().clean(value, row, **kwargs)
        if not (text.isascii() and text.isdecimal() and len(text) <= 9):
            raise ValueError("is no whole number")
        return int(text)


class DegreesWidget(NumberWidget):
    """A latitude or longitude."""

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> float:  # type: ignore[override]
        try:
            degrees = float(super().clean(value, row, **kwargs))
        except ValueError:
            degrees = math.nan
        if not math.isfinite(degrees):
            raise ValueError("is no number of degrees")
        return degrees


def build_interaction_columns(org: Organization, mapping: ColumnMapping) -> Mapping[str, Column]:
    """Return all columns by target, in display order."""
    text = TextWidget()
    date_time = DateTimeWidget(org.zone, day_first=mapping.day_first)
    whole = WholeNumberWidget(decimal_comma=mapping.decimal_comma)
    degrees = DegreesWidget(decimal_comma=mapping.decimal_comma)
    networks = ChoiceWidget({value: str(label) for value, label in Interaction.Network.choices})
    types = ChoiceWidget({value: str(label) for value, label in Interaction.Type.choices})
    groups: dict[str, list[tuple[str, str, Any, str]]] = {
        "Interaction": [
            (NETWORK, "Network", networks, "socialnetwork"),
            (TYPE, "Type", types, "interaction interactiontype what"),
            (DATE, "Date", date_time, "time when happenedon happenedat sentat senttime senton"),
            (TIMES, "How often", whole, "count times number"),
            (REFERENCE, "Reference", text, "referenceid ref messageid interactionid"),
        ],
        "Check-in": [
            ("latitude", "Latitude", degrees, "lat"),
            ("longitude", "Longitude", degrees, "long lng lon"),
        ],
        "Message": [
            ("sender", "Sender", text, "from"),
            ("receiver", "Receiver", text, "to recipient"),
            ("subject", "Subject", text, "title"),
            ("delivered_at", "Delivered", date_time, "deliveredtime deliveredon deliveredat"),
            ("delivery_status", "Delivery status", text, "status messagestatus"),
        ],
        "Survey": [
            ("survey_name", "Survey", text, "surveyname"),
            ("nps_score", "NPS score", whole, "nps score npsscore"),
            ("sent_by", "Sent by", text, "sentby associate"),
            ("response_url", "Answers", text, "responseurl answersurl link url"),
            ("completed_at", "Completed", date_time, "completiontime completedon completedat"),
        ],
    }
    columns = build_customer_columns("Customer")
    for group, group_columns in groups.items():
        columns += [
            Column(target, label, widget, group=group, synonyms=synonyms)
            for target, label, widget, synonyms in group_columns
        ]
    return {column.target: column for column in columns}


class InteractionReader:
    """Reads the rows of one file."""

    def __init__(self, org: Organization, names: Sequence[str], mapping: ColumnMapping) -> None:
        self._org = org
        self._cells: CellReader[InteractionRow] = CellReader(
            names=names,
            mapping=mapping,
            columns=build_interaction_columns(org, mapping),
            get_setter=_get_setter,
        )
        self.column_of = self._cells.column_of

    def read(self, row: Row) -> InteractionRow:
        """Parse a row.

        Raises:
            UnreadableRow: with a remark for each invalid cell.
        """
        parsed = InteractionRow()
        remarks = self._cells.read(row, parsed)
        if not parsed.identifiers:
            remarks.append(("", "The row names no customer."))
        for target, sentence in ((TYPE, "Give the type."), (DATE, "Give the date.")):
            if target not in parsed.values and not remarks:
                remarks.append((self.column_of(target), sentence))
        if remarks:
            raise UnreadableRow(remarks)
        parsed.lookup = read_customer_lookup(self._org, parsed.identifiers, self.column_of)
        parsed.values.setdefault(REFERENCE, _build_reference(parsed))
        return parsed

    def repeated(self, kind: str, number: int) -> Remark:
        column = self.column_of(REFERENCE)
        return column, f"Same {'reference' if column else 'interaction'} as row {number}."


def _build_reference(parsed: InteractionRow) -> str:
    """Build a reference from the content, so that the same row is imported once."""
    digest_source = [
        list(parsed.lookup.keys),
        {name: str(parsed.values[name]) for name in sorted(parsed.values)},
    ]
    return _DIGEST_PREFIX + hashlib.sha256(json.dumps(digest_source).encode()).hexdigest()[:40]


def _get_setter(column: Column) -> Callable[[InteractionRow, Any], None]:
    """Return the function that stores a clean cell of this column."""
    kind, key = column.kind, column.key
    if kind == IDENTIFIER:
        return lambda parsed, value: parsed.identifiers.append((key, value))
    return lambda parsed, value: parsed.values.__setitem__(kind, value)


def record_rows(
    origin: Origin, reader: InteractionReader, rows: Sequence[InteractionRow]
) -> list[RowEffect]:
    """Record the interactions of a chunk; one effect for each row, in order."""
    owners = IdentifierOwners(origin.org.pk, [row.lookup for row in rows])
    customers = [owners.find_customer(row.lookup, reader.column_of) for row in rows]
    interactions = [
        NewInteraction(customer_id=customer, **row.values)
        for row, customer in zip(rows, customers, strict=True)
        if isinstance(customer, int)
    ]
    recorded = iter(record_interactions(origin=origin, interactions=interactions))
    effects = []
    for row, customer in zip(rows, customers, strict=True):
        if isinstance(customer, int):
            effects.append(_build_effect(row, customer, next(recorded), reader.column_of))
        else:
            # The reader has refused rows that name no customer.
            effects.append(RowEffect(ERROR, remarks=[customer] if customer else []))
    return effects


def _build_effect(
    row: InteractionRow, customer: int, outcome: Recorded, column_of: ColumnOf
) -> RowEffect:
    if outcome.refusal is not None:
        return RowEffect(ERROR, remarks=[_build_remark(outcome.refusal, column_of)])
    if outcome.is_repeat:
        remark = column_of(REFERENCE), "This interaction was recorded before."
        return RowEffect(SKIP, outcome.interaction_id, remarks=[remark])
    after = {
        "customer": customer,
        "type": row.values[TYPE],
        "date": row.values[DATE].isoformat(),
    }
    return RowEffect(CREATE, outcome.interaction_id, None, after)


def _build_remark(refusal: DomainError, column_of: ColumnOf) -> Remark:
    if isinstance(refusal, InteractionInvalid):
        field_name = str(refusal.facts["field"])
        sentence = _FIELD_ERRORS.get(field_name, "This is too long, or not allowed for this type.")
        return column_of(field_name), sentence
    target, sentence = {
        InteractionReferenceTaken: (
            REFERENCE,
            "This reference belongs to another interaction.",
        ),
        errors.CustomerMerged: ("", "The customer was merged into another customer."),
    }.get(type(refusal), ("", f"Refused: {refusal.code}."))
    return column_of(target), sentence


plan_interactions = partial(dry_run_rows, operation=record_rows)
apply_interactions = partial(apply_staged_rows, operation=record_rows)
