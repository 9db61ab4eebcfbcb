"""Transactions of many customers at once, as v1.1 lists them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum, Window
from django.db.models.functions import RowNumber

from crm.kernel.compiled_queries import CompiledQuery
from crm.tenancy.models import OrgEntity
from loyalty.models import CouponRedemption, LineItem, PointsEntry, Transaction
from loyalty.rules.amounts import ZERO
from loyalty.rules.transactions import RETURNS

MAX_RECENT = 10  # transactions of each customer
ORDER_COLUMNS = {"date": ("billed_at", "id"), "id": ("id",)}


@dataclass(slots=True)
class Purchase:
    """A transaction with its points, its coupons and its returns."""

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
    points_issued: Decimal = ZERO
    points_redeemed: Decimal = ZERO
    basket_size: Decimal = ZERO
    coupons: list[tuple[int, str]] = field(default_factory=list)
    returns: list["CreditNote"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CreditNote:
    """A return of goods, and the amount credited."""

    id: int
    number: str
    amount: Decimal
    notes: str
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class RecentTransaction:
    """A transaction, with the code of its till, else of its store."""

    pk: int
    number: str
    type: str
    billed_at: datetime
    till_code: str | None
    store_code: str | None


@dataclass(slots=True)
class PurchasePage:
    """One page of a customer's transactions; ``total`` counts all that match."""

    total: int = 0
    purchases: list[Purchase] = field(default_factory=list)


def list_purchases(
    *,
    org_id: int,
    customer_ids: Collection[int],
    narrow: Callable[[QuerySet[Transaction]], QuerySet[Transaction]],
    limit: int,
    order: str = "date",
    ascending: bool = False,
) -> dict[int, PurchasePage]:
    """Return up to ``limit`` transactions of each customer, ordered by ``date`` or ``id``.

    ``narrow`` filters the transactions. Eight queries for any number of customers. A return is a
    transaction of its own, and is also listed with the purchase it belongs to.
    """
    pages = {pk: PurchasePage() for pk in customer_ids}
    if not pages:
        return pages
    rows = narrow(Transaction.objects.filter(org_id=org_id, customer_id__in=pages))
    for pk, total in rows.values_list("customer_id").annotate(Count("id")):
        pages[pk].total = total
    ordering = [F(name).asc() if ascending else F(name).desc() for name in ORDER_COLUMNS[order]]
    purchases = [
        _build_purchase(row)
        for row in limit_per_group(rows, group_by="customer_id", order=ordering, limit=limit)
        .select_related("store", "till")
        .order_by(*ordering)
    ]
    _add_details(org_id, purchases)
    for purchase in purchases:
        pages[purchase.customer_id].purchases.append(purchase)
    return pages


def find_purchases(*, org_id: int, transaction_id: int, number: str, limit: int) -> list[Purchase]:
    """Return the transactions with this id or number, newest first; seven queries."""
    condition = Q(pk=transaction_id)
    if number:
        condition |= Q(number=number)
    rows = Transaction.objects.filter(condition, org_id=org_id).select_related("store", "till")
    purchases = [_build_purchase(row) for row in rows.order_by("-pk")[:limit]]
    _add_details(org_id, purchases)
    return purchases


def list_recent_transactions(
    *, org_id: int, customer_ids: Collection[int]
) -> dict[int, list[RecentTransaction]]:
    """Return the ten latest transactions of each customer; one query."""
    transactions: dict[int, list[RecentTransaction]] = {pk: [] for pk in customer_ids}
    for customer_id, *values in _RECENT_TRANSACTIONS.fetch(transactions, org_id=org_id):
        transactions[customer_id].append(RecentTransaction(*values))
    return transactions


def limit_per_group(
    rows: QuerySet[Any], *, group_by: str, order: Sequence[Any], limit: int
) -> QuerySet[Any]:
    """Keep the first ``limit`` rows of each group, in this order."""
    position = Window(RowNumber(), partition_by=F(group_by), order_by=list(order))
    return rows.annotate(place=position).filter(place__lte=limit)


def _build_purchase(row: Transaction) -> Purchase:
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


def _add_details(org_id: int, purchases: Collection[Purchase]) -> None:
    """Add points, coupons, basket sizes and returns to the purchases."""
    by_id = {purchase.id: purchase for purchase in purchases}
    entries = PointsEntry.objects.filter(transaction_id__in=by_id, kind=PointsEntry.Kind.AWARD)
    for pk, points, delayed in entries.values_list("transaction_id", "points", "delayed"):
        by_id[pk].points_issued += points + delayed
    _add_redemptions(org_id, by_id)
    baskets = LineItem.objects.filter(transaction_id__in=by_id).values_list("transaction_id")
    for pk, quantity in baskets.annotate(Sum("quantity")):
        by_id[pk].basket_size = quantity
    returns = Transaction.objects.filter(Q(returned_id__in=by_id), org_id=org_id).order_by("pk")
    for row in returns:
        if row.returned_id is not None:
            by_id[row.returned_id].returns.append(
                CreditNote(row.pk, row.number, row.amount, row.notes, row.billed_at)
            )


def _add_redemptions(org_id: int, by_id: Mapping[int, Purchase]) -> None:
    """Add the redemptions to the purchases they were used for, else to those of their number.

    A redemption may name a number that is entered later or never. A return has the number of its
    purchase, and no redemptions.
    """
    customer_ids = {purchase.customer_id for purchase in by_id.values()}
    numbers = {purchase.number for purchase in by_id.values()}
    owners = _find_purchase_ids(org_id, customer_ids, numbers)
    redemptions = PointsEntry.objects.filter(
        Q(transaction_number__in=numbers) | Q(redemption__used_for__in=by_id),
        kind=PointsEntry.Kind.REDEEM,
        enrollment__customer_id__in=customer_ids,
    )
    for used_for, customer_id, number, points in redemptions.values_list(
        "redemption__used_for_id", "enrollment__customer_id", "transaction_number", "points"
    ):
        purchase = by_id.get(used_for or owners.get((customer_id, number), 0))
        if purchase is not None:
            purchase.points_redeemed -= points
    coupons = CouponRedemption.objects.in_force().filter(
        Q(transaction_number__in=numbers) | Q(used_for__in=by_id), customer_id__in=customer_ids
    )
    for used_for, customer_id, number, pk, code in coupons.order_by("pk").values_list(
        "used_for_id", "customer_id", "transaction_number", "coupon_id", "coupon__code"
    ):
        purchase = by_id.get(used_for or owners.get((customer_id, number), 0))
        if purchase is not None:
            purchase.coupons.append((pk, code))


def _find_purchase_ids(
    org_id: int, customer_ids: Collection[int], numbers: Collection[str]
) -> dict[tuple[int, str], int]:
    """Return the purchase of each customer and number, the oldest where there are several.

    It need not be among those listed.
    """
    rows = Transaction.objects.filter(
        org_id=org_id, customer_id__in=customer_ids, number__in=numbers
    ).exclude(type__in=RETURNS)
    return {
        (customer_id, number): pk
        for customer_id, number, pk in rows.order_by("-pk").values_list(
            "customer_id", "number", "pk"
        )
        if customer_id is not None
    }


def _select_recent_transactions(
    ids: Sequence[int], org_id: int
) -> QuerySet[Transaction, tuple[Any, ...]]:
    ordering = [F(name).desc() for name in ORDER_COLUMNS["date"]]
    rows = Transaction.objects.filter(org_id=org_id, customer_id__in=ids)
    latest = limit_per_group(rows, group_by="customer_id", order=ordering, limit=MAX_RECENT)
    return latest.order_by(*ordering).values_list(
        "customer_id", "pk", "number", "type", "billed_at", "till__code", "store__code"
    )


_RECENT_TRANSACTIONS = CompiledQuery(_select_recent_transactions)
