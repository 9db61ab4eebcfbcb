"""What customers bought, as v1.1 lists it: many customers at once."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum, Window
from django.db.models.functions import RowNumber

from crm.tenancy.models import OrgEntity
from loyalty.models import CouponRedemption, LineItem, PointsEntry, Transaction
from loyalty.rules.amounts import ZERO

ORDERS = {"date": ("billed_at", "id"), "id": ("id",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which transactions; what is None or blank tells none apart. Times are half-open."""

    since: datetime | None = None
    until: datetime | None = None
    id: int | None = None
    first_id: int | None = None
    last_id: int | None = None
    number: str = ""
    amount: Decimal | None = None
    till_id: int | None = None
    till_code: str = ""
    till_name: str = ""
    store_id: int | None = None
    store_code: str = ""
    store_name: str = ""


@dataclass(slots=True)
class Purchase:
    """A transaction; ``issued`` and ``redeemed`` are its points, ``returns`` what came back."""

    id: int
    customer_id: int
    number: str
    type: str
    amount: Decimal
    gross_amount: Decimal
    discount: Decimal
    notes: str
    billed_at: datetime
    recorded_at: datetime
    store: OrgEntity | None
    till: OrgEntity | None
    custom_fields: dict[str, Any]
    issued: Decimal = ZERO
    redeemed: Decimal = ZERO
    basket_size: Decimal = ZERO
    coupons: list[tuple[int, str]] = field(default_factory=list)
    returns: list["CreditNote"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CreditNote:
    """Goods that came back, and what was given for them."""

    id: int
    number: str
    amount: Decimal
    notes: str
    given_at: datetime


@dataclass(slots=True)
class Purchases:
    """Some of a customer's transactions; ``total`` counts all that were wanted."""

    total: int = 0
    lines: list[Purchase] = field(default_factory=list)


def list_purchases(
    *,
    org_id: int,
    customer_ids: Collection[int],
    wanted: Wanted,
    limit: int,
    order: str = "date",
    ascending: bool = False,
) -> dict[int, Purchases]:
    """The transactions of each customer, so many of each at most, by ``date`` or ``id``.

    Seven queries, for one customer and for a hundred. Returns are transactions of their own; what
    came back of a bill stands with it as well.
    """
    found = {pk: Purchases() for pk in customer_ids}
    if not found:
        return found
    rows = _wanted(org_id, found, wanted)
    for pk, total in rows.values_list("customer_id").annotate(Count("id")):
        found[pk].total = total
    sorting = [F(name).asc() if ascending else F(name).desc() for name in ORDERS[order]]
    lines = [
        _line(row)
        for row in newest_of_each(rows, by="customer_id", order=sorting, limit=limit)
        .select_related("store", "till")
        .order_by(*sorting)
    ]
    _tell(org_id, lines)
    for line in lines:
        found[line.customer_id].lines.append(line)
    return found


def list_recent(*, org_id: int, customer_ids: Collection[int], limit: int) -> dict[int, list[Any]]:
    """The latest transactions of each customer with their till, and nothing more; one query."""
    found: dict[int, list[Any]] = {pk: [] for pk in customer_ids}
    rows = Transaction.objects.filter(org_id=org_id, customer_id__in=found)
    sorting = [F(name).desc() for name in ORDERS["date"]]
    latest = newest_of_each(rows, by="customer_id", order=sorting, limit=limit)
    for row in latest.select_related("till", "store").order_by(*sorting):
        found[row.customer_id].append(row)
    return found


def newest_of_each(
    rows: QuerySet[Any], *, by: str, order: Sequence[Any], limit: int
) -> QuerySet[Any]:
    """The first so many rows of each group, in this order."""
    place = Window(RowNumber(), partition_by=F(by), order_by=list(order))
    return rows.annotate(place=place).filter(place__lte=limit)


def _wanted(org_id: int, customers: Iterable[int], wanted: Wanted) -> QuerySet[Transaction]:
    conditions = {
        "billed_at__gte": wanted.since,
        "billed_at__lt": wanted.until,
        "pk": wanted.id,
        "pk__gte": wanted.first_id,
        "pk__lte": wanted.last_id,
        "number": wanted.number or None,
        "amount": wanted.amount,
        "till_id": wanted.till_id,
        "till__code": wanted.till_code or None,
        "till__name": wanted.till_name or None,
        "store_id": wanted.store_id,
        "store__code": wanted.store_code or None,
        "store__name": wanted.store_name or None,
    }
    said = {name: value for name, value in conditions.items() if value is not None}
    return Transaction.objects.filter(org_id=org_id, customer_id__in=list(customers), **said)


def _line(row: Transaction) -> Purchase:
    return Purchase(
        id=row.pk,
        customer_id=row.customer_id or 0,
        number=row.number,
        type=row.type,
        amount=row.amount,
        gross_amount=row.gross_amount,
        discount=row.discount,
        notes=row.notes,
        billed_at=row.billed_at,
        recorded_at=row.recorded_at,
        store=row.store,
        till=row.till,
        custom_fields=row.custom_fields,
    )


def _tell(org_id: int, lines: Collection[Purchase]) -> None:
    """Add points, coupons, baskets and returns."""
    by_id = {line.id: line for line in lines}
    by_bill: dict[tuple[int, str], list[Purchase]] = defaultdict(list)
    for line in lines:
        by_bill[line.customer_id, line.number].append(line)
    entries = PointsEntry.objects.filter(transaction_id__in=by_id, kind=PointsEntry.Kind.AWARD)
    for pk, points, delayed in entries.values_list("transaction_id", "points", "delayed"):
        by_id[pk].issued += points + delayed
    people = {line.customer_id for line in lines}
    numbers = {line.number for line in lines}
    # Redeeming names the bill by its number: it may be entered later, or never.
    spent = PointsEntry.objects.filter(
        kind=PointsEntry.Kind.REDEEM,
        enrollment__customer_id__in=people,
        transaction_number__in=numbers,
    )
    for customer_id, number, points in spent.values_list(
        "enrollment__customer_id", "transaction_number", "points"
    ):
        for line in by_bill.get((customer_id, number), [])[:1]:
            line.redeemed -= points
    for customer_id, number, pk, code in CouponRedemption.objects.filter(
        customer_id__in=people, transaction_number__in=numbers
    ).values_list("customer_id", "transaction_number", "coupon_id", "coupon__code"):
        for line in by_bill.get((customer_id, number), [])[:1]:
            line.coupons.append((pk, code))
    baskets = LineItem.objects.filter(transaction_id__in=by_id).values_list("transaction_id")
    for pk, quantity in baskets.annotate(Sum("quantity")):
        by_id[pk].basket_size = quantity
    returns = Transaction.objects.filter(Q(returned_id__in=by_id), org_id=org_id).order_by("pk")
    for row in returns:
        if row.returned_id is not None:
            by_id[row.returned_id].returns.append(
                CreditNote(row.pk, row.number, row.amount, row.notes, row.billed_at)
            )
