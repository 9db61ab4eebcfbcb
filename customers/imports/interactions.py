"""Interactions by the row: messages, surveys, and what people do in social networks."""

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from crm.importing.cells import ChoiceWidget, MomentWidget, NumberWidget, TextWidget
from crm.importing.columns import Column, ColumnOf
from crm.importing.mapping import FileReading
from crm.importing.rehearsing import CREATE, ERROR, SKIP, Effect, perform_rows, rehearse_rows
from crm.importing.row_cells import CellReader, Unreadable
from crm.importing.whom import IDENTIFIER, Owners, Whom, columns_of_customers, read_whom
from crm.kernel.errors import DomainError
from crm.runs.operations.staging import Key, Remark
from crm.runs.reading.table import Row
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from customers import errors
from customers.interaction_errors import InteractionInvalid, InteractionReferenceTaken
from customers.models import Interaction
from customers.operations.interacting import Recorded, record_interactions
from customers.rules.interactions import NewInteraction

TYPE, NETWORK, DATE, TIMES, REFERENCE = "type", "network", "happened_at", "times", "reference"
# What a row is recognised by that has no reference of its own.
_PREFIX = "row:"
_WRONG: Mapping[str, str] = {
    NETWORK: "Say in which network it happened.",
    TYPE: "There is no such type in this network.",
    DATE: "The date lies in the future.",
    TIMES: "It happens from once to a million times.",
    "survey_name": "A survey needs a name; nothing else has one.",
    "nps_score": "A survey is scored from 0 to 10; nothing else is.",
    "response_url": "This is no web address of a survey's answers.",
    "latitude": "Give both latitude and longitude of a check-in, in degrees.",
    "longitude": "Give both latitude and longitude of a check-in, in degrees.",
}


@dataclass(slots=True)
class InteractionMeaning:
    """What a row says; under ``reference`` it counts once, in any file."""

    whom: Whom = field(default_factory=Whom)
    identifiers: list[tuple[str, str]] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def keys(self) -> Sequence[Key]:
        return [(REFERENCE, self.values[REFERENCE])]


class WholeWidget(NumberWidget):
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


def interaction_columns(org: Organization, reading: FileReading) -> Mapping[str, Column]:
    """All columns by target, in the order in which they are offered."""
    text = TextWidget()
    moment = MomentWidget(org.zone, day_first=reading.day_first)
    whole = WholeWidget(decimal_comma=reading.decimal_comma)
    degrees = DegreesWidget(decimal_comma=reading.decimal_comma)
    networks = ChoiceWidget({value: str(label) for value, label in Interaction.Network.choices})
    types = ChoiceWidget({value: str(label) for value, label in Interaction.Type.choices})
    groups: dict[str, list[tuple[str, str, Any, str]]] = {
        "Interaction": [
            (NETWORK, "Network", networks, "socialnetwork"),
            (TYPE, "Type", types, "interaction interactiontype what"),
            (DATE, "Date", moment, "time when happenedon happenedat sentat senttime senton"),
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
            ("delivered_at", "Delivered", moment, "deliveredtime deliveredon deliveredat"),
            ("delivery_status", "Delivery status", text, "status messagestatus"),
        ],
        "Survey": [
            ("survey_name", "Survey", text, "surveyname"),
            ("nps_score", "NPS score", whole, "nps score npsscore"),
            ("sent_by", "Sent by", text, "sentby associate"),
            ("response_url", "Answers", text, "responseurl answersurl link url"),
            ("completed_at", "Completed", moment, "completiontime completedon completedat"),
        ],
    }
    columns = columns_of_customers("Customer")
    for group, offered in groups.items():
        columns += [
            Column(target, label, widget, group=group, synonyms=synonyms)
            for target, label, widget, synonyms in offered
        ]
    return {column.target: column for column in columns}


class InteractionReader:
    """Reads the rows of one file."""

    def __init__(self, org: Organization, names: Sequence[str], reading: FileReading) -> None:
        self._org = org
        self._cells: CellReader[InteractionMeaning] = CellReader(
            names=names,
            reading=reading,
            columns=interaction_columns(org, reading),
            keeper=_keeper,
        )
        self.column_of = self._cells.column_of

    def read(self, row: Row) -> InteractionMeaning:
        """Say what the row means.

        Raises:
            Unreadable: with a remark for each cell that makes no sense.
        """
        said = InteractionMeaning()
        remarks = self._cells.read(row, said)
        if not said.identifiers:
            remarks.append(("", "The row names no customer."))
        for target, sentence in ((TYPE, "Say what it was."), (DATE, "Say when it was.")):
            if target not in said.values and not remarks:
                remarks.append((self.column_of(target), sentence))
        if remarks:
            raise Unreadable(remarks)
        said.whom = read_whom(self._org, said.identifiers, self.column_of)
        said.values.setdefault(REFERENCE, _digest(said))
        return said

    def repeated(self, kind: str, number: int) -> Remark:
        column = self.column_of(REFERENCE)
        return column, f"Same {'reference' if column else 'interaction'} as row {number}."


def _digest(said: InteractionMeaning) -> str:
    """The same row of another file, or of the same file again, comes to the same words."""
    told = [list(said.whom.keys), {name: str(said.values[name]) for name in sorted(said.values)}]
    return _PREFIX + hashlib.sha256(json.dumps(told).encode()).hexdigest()[:40]


def _keeper(column: Column) -> Callable[[InteractionMeaning, Any], None]:
    """Where a clean cell of this column goes."""
    kind, key = column.kind, column.key
    if kind == IDENTIFIER:
        return lambda said, value: said.identifiers.append((key, value))
    return lambda said, value: said.values.__setitem__(kind, value)


def write_down(
    origin: Origin, reader: InteractionReader, said: Sequence[InteractionMeaning]
) -> list[Effect]:
    """Write down the interactions of a chunk; one effect for each row, in order."""
    owners = Owners(origin.org.pk, [one.whom for one in said])
    found = [owners.of(one.whom, reader.column_of) for one in said]
    told = [
        NewInteraction(customer_id=customer, **one.values)
        for one, customer in zip(said, found, strict=True)
        if isinstance(customer, int)
    ]
    recorded = iter(record_interactions(origin=origin, interactions=told))
    effects = []
    for one, customer in zip(said, found, strict=True):
        if isinstance(customer, int):
            effects.append(_effect(one, customer, next(recorded), reader.column_of))
        else:
            # A row that names nobody was not let in by the reader.
            effects.append(Effect(ERROR, remarks=[customer] if customer else []))
    return effects


def _effect(said: InteractionMeaning, customer: int, done: Recorded, column_of: ColumnOf) -> Effect:
    if done.refusal is not None:
        return Effect(ERROR, remarks=[_refused(done.refusal, column_of)])
    if done.is_repeat:
        remark = column_of(REFERENCE), "This was written down before."
        return Effect(SKIP, done.interaction_id, remarks=[remark])
    after = {
        "customer": customer,
        "type": said.values[TYPE],
        "date": said.values[DATE].isoformat(),
    }
    return Effect(CREATE, done.interaction_id, None, after)


def _refused(refusal: DomainError, column_of: ColumnOf) -> Remark:
    if isinstance(refusal, InteractionInvalid):
        wrong = str(refusal.facts["field"])
        sentence = _WRONG.get(wrong, "This is too long, or not told of interactions of this type.")
        return column_of(wrong), sentence
    target, sentence = {
        InteractionReferenceTaken: (
            REFERENCE,
            "This reference stands for another interaction.",
        ),
        errors.CustomerMerged: ("", "The customer was merged into another one just now."),
    }.get(type(refusal), ("", f"Refused: {refusal.code}."))
    return column_of(target), sentence


plan_interactions = partial(rehearse_rows, act=write_down)
apply_interactions = partial(perform_rows, act=write_down)
