"""One transaction with its line items, its returns, and what became of its points."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Q, Sum

from crm.kernel.ids import read_id
from loyalty import errors
from loyalty.models import LineItem, PointsAllocation, PointsEntry, PointsLot, Transaction
from loyalty.rules.amounts import ZERO


@dataclass(frozen=True, slots=True)
class LineDetails:
    """A line item, and the lines of returns that brought it back."""

    row: LineItem
    type: str
    returns: tuple[LineItem, ...] = ()


@dataclass(slots=True)
class PointsOfBill:
    """The points of a bill in one program, by what became of them."""

    program_id: int
    issued: Decimal = ZERO
    promised: Decimal = ZERO
    promotional: Decimal = ZERO
    available: Decimal = ZERO
    redeemed: Decimal = ZERO
    expired: Decimal = ZERO
    returned: Decimal = ZERO


@dataclass(slots=True)
class TransactionDetails:
    """A transaction as a page or an answer shows it."""

    row: Transaction
    lines: list[LineDetails] = field(default_factory=list)
    returns: list[Transaction] = field(default_factory=list)
    parts: list[Transaction] = field(default_factory=list)
    points: list[PointsOfBill] = field(default_factory=list)

    @property
    def is_cancelled(self) -> bool:
        return any(row.return_type == "CANCELLED" for row in self.returns)

    @property
    def basket_size(self) -> Decimal:
        return sum((line.row.quantity for line in self.lines), ZERO)

    @property
    def returned_amount(self) -> Decimal:
        return sum((row.amount for row in self.returns), ZERO)


def get_transaction(
    *, org_id: int, transaction_id: int, with_points: bool = False
) -> TransactionDetails:
    """Return a transaction of the organization; four queries, and three more for its points.

    Raises:
        TransactionUnknown: the organization has no such transaction.
    """
    row = (
        Transaction.objects.filter(org_id=org_id, pk=read_id(transaction_id) or 0)
        .select_related("store", "till", "entered_by", "source_account", "returned", "customer")
        .first()
    )
    if row is None:
        raise errors.TransactionUnknown(number=transaction_id)
    related = list(
        Transaction.objects.filter(Q(returned_id=row.pk) | Q(part_of_id=row.pk), org_id=org_id)
        .select_related("store", "till", "entered_by")
        .order_by("pk")
    )
    details = TransactionDetails(
        row,
        returns=[other for other in related if other.returned_id == row.pk],
        parts=[other for other in related if other.part_of_id == row.pk],
    )
    details.lines = _list_lines(row, details.parts)
    if with_points:
        details.points = _list_points(row)
    return details


def find_transaction_id(*, org_id: int, number: str, till_code: str = "") -> int:
    """Return the newest transaction with this number, of this till if one is named; one query.

    Raises:
        TransactionUnknown: there is none.
    """
    rows = Transaction.objects.filter(org_id=org_id, number=number).exclude(
        type__in=("RETURN", "NOT_INTERESTED_RETURN")
    )
    if till_code:
        rows = rows.filter(till__code__iexact=till_code)
    found: int | None = rows.order_by("-pk").values_list("pk", flat=True).first()
    if found is None:
        raise errors.TransactionUnknown(number=number)
    return found


def _list_lines(row: Transaction, parts: Collection[Transaction]) -> list[LineDetails]:
    """Return the lines of the transaction, then those that it brought back."""
    types = {row.pk: row.type, **{part.pk: part.type for part in parts}}
    lines = list(
        LineItem.objects.filter(transaction_id__in=types).order_by("transaction_id", "position")
    )
    returns: dict[int, list[LineItem]] = defaultdict(list)
    for line in LineItem.objects.filter(returned_id__in=[line.pk for line in lines]).order_by("pk"):
        returns[line.returned_id or 0].append(line)
    lines.sort(key=lambda line: (line.transaction_id != row.pk, line.transaction_id, line.position))
    return [
        LineDetails(line, types[line.transaction_id], tuple(returns[line.pk])) for line in lines
    ]


def _list_points(row: Transaction) -> list[PointsOfBill]:
    points: dict[int, PointsOfBill] = {}
    lots = {}
    for pk, program_id, kind, awarded, remaining, is_delayed in PointsLot.objects.filter(
        transaction_id=row.pk
    ).values_list("pk", "enrollment__program_id", "kind", "awarded", "remaining", "is_delayed"):
        lots[pk] = of_program = points.setdefault(program_id, PointsOfBill(program_id))
        if kind == PointsLot.Kind.PROMOTIONAL:
            of_program.promotional += awarded
        else:
            of_program.issued += awarded
        if is_delayed:
            of_program.promised += remaining
        else:
            of_program.available += remaining
    for lot_id, kind, taken in (
        PointsAllocation.objects.filter(lot_id__in=lots)
        .values_list("lot_id", "entry__kind")
        .annotate(Sum("points"))
        .order_by()
    ):
        if kind in (PointsEntry.Kind.REDEEM, PointsEntry.Kind.REVERSE):
            lots[lot_id].redeemed += taken
        elif kind == PointsEntry.Kind.EXPIRE:
            lots[lot_id].expired += taken
        elif kind == PointsEntry.Kind.RETURN:
            lots[lot_id].returned += taken
    return list(points.values())
