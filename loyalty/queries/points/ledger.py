"""The points ledger of a customer, as tills read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q

from crm.tenancy.models import OrgEntity
from loyalty.models import Enrollment, PointsEntry

CATEGORIES = ("REGULAR_POINTS", "PROMISED_POINTS")
# For ``select_related``: what the two functions on reversals read.
REVERSAL_LINKS = ("redemption", "reversal__redemption__entry")


@dataclass(frozen=True, slots=True)
class ClosingBalance:
    """What an enrollment has of one category: points to spend, or points that mature later."""

    program_id: int
    program_name: str
    category: str
    points: Decimal


@dataclass(frozen=True, slots=True)
class LedgerPart:
    """The change of one category by an entry; ``points`` is signed."""

    category: str
    points: Decimal
    program_id: int
    program_name: str


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """An entry of the ledger, with where it was entered."""

    id: int
    kind: str
    happened_at: datetime
    parts: tuple[LedgerPart, ...]
    entity: OrgEntity | None

    @property
    def net_points(self) -> Decimal:
        return sum((part.points for part in self.parts), Decimal(0))

    @property
    def store(self) -> OrgEntity | None:
        """The store of the till, or the store itself."""
        if self.entity is None:
            return None
        return self.entity.parent if self.entity.type == OrgEntity.Type.TILL else self.entity


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """A page of the ledger, newest first, with the count of all entries that match."""

    total: int
    lines: Sequence[LedgerLine]


def list_closing_balances(*, customer_id: int) -> list[ClosingBalance]:
    """Return the balances of each of the customer's programs, oldest enrollment first; one query.

    The caller makes sure that the customer belongs to the organization.
    """
    rows = (
        Enrollment.objects.filter(customer_id=customer_id)
        .order_by("pk")
        .values_list("program_id", "program__name", "points", "delayed")
    )
    return [
        ClosingBalance(program_id, name, category, points)
        for program_id, name, *balances in rows
        for category, points in zip(CATEGORIES, balances, strict=True)
    ]


def get_ledger_page(
    *,
    customer_id: int,
    limit: int,
    offset: int,
    since: datetime | None = None,
    until: datetime | None = None,
    program_id: int | None = None,
) -> LedgerPage:
    """Return entries that moved points, newest first; two queries."""
    conditions = {
        "happened_at__gte": since,
        "happened_at__lt": until,
        "enrollment__program_id": program_id,
    }
    entries = PointsEntry.objects.filter(
        ~Q(points=0, delayed=0),
        enrollment__customer_id=customer_id,
        **{name: value for name, value in conditions.items() if value is not None},
    )
    rows = entries.select_related("enrollment__program", "entered_by__parent").order_by("-pk")
    return LedgerPage(entries.count(), [_build_line(row) for row in rows[offset : offset + limit]])


def get_reversed_points(entry: PointsEntry) -> Decimal:
    """Return how many points of this redemption were reversed; 0 for other entries."""
    redemption = getattr(entry, "redemption", None)
    return redemption.reversed_points if redemption else Decimal(0)


def get_reversed_moment(entry: PointsEntry) -> datetime | None:
    """Return when the points were redeemed that this entry gives back; None for other entries."""
    reversal = getattr(entry, "reversal", None)
    return reversal.redemption.entry.happened_at if reversal else None


def _build_line(row: PointsEntry) -> LedgerLine:
    program = row.enrollment.program
    parts = zip(CATEGORIES, (row.points, row.delayed), strict=True)
    return LedgerLine(
        id=row.pk,
        kind=row.kind,
        happened_at=row.happened_at,
        parts=tuple(
            LedgerPart(category, points, program.pk, program.name)
            for category, points in parts
            if points
        ),
        entity=row.entered_by,
    )
