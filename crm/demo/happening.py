"""What happens to members of a program, as it is told of the people of the documents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from crm.demo.people import INSTORE

# A moment in ISO 8601, or how many days before the demo is filled.
Moment = str | int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Happening:
    """``who`` is the customer, ``till`` where it happens."""

    at: Moment
    who: int
    till: str = "store.server"


@dataclass(frozen=True, slots=True, kw_only=True)
class Joins(_Happening):
    program: int
    earns_bonus: bool = False
    # Partner's program, number there, tier there, and until when the tier holds.
    partners: Sequence[tuple[int, str, int | None, str | None]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Buys(_Happening):
    """``lines``: item code, description, quantity and rate of each."""

    number: str
    lines: Sequence[tuple[str, str, int, str]]
    type: str = "REGULAR"
    program: int | None = None
    discount: Decimal = Decimal(0)
    notes: str = ""
    payments: Sequence[Mapping[str, Any]] = ()
    custom_fields: Mapping[str, Any] = field(default_factory=dict)
    extended_fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BringsBack(_Happening):
    number: str
    bill: str
    amount: Decimal
    program: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves(_Happening):
    """Points come or go; ``days`` is how long what comes can be spent."""

    kind: str
    points: str
    program: int | None = None
    number: str = ""
    notes: str = ""
    store: str | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gives(_Happening):
    """Points go to another member."""

    to: int
    points: str
    notes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GetsCard(_Happening):
    series: int
    number: str
    external_id: str | None = None
    place: tuple[str, str] = INSTORE
    label: str = "ACTIVE"
    custom_fields: Mapping[str, Any] = field(default_factory=dict)
    extended_fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class GetsCoupon(_Happening):
    series: int
    code: str
    number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RedeemsCoupon(_Happening):
    code: str
    number: str
    bill: Decimal


Happening = Joins | Buys | BringsBack | Moves | Gives | GetsCard | GetsCoupon | RedeemsCoupon


def moment(at: Moment, *, now: datetime) -> datetime:
    """When it happened."""
    return now - timedelta(days=at) if isinstance(at, int) else datetime.fromisoformat(at)
