"""Existing transactions: numbers already used, and purchases that can be returned."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db.models import Q, Sum

from loyalty.models import LineItem, Transaction
from loyalty.rules.amounts import ZERO
from loyalty.rules.returned_goods import ReturnableLine
from loyalty.rules.transactions import RETURNS

DELETED = Transaction.OutlierStatus.DELETED


@dataclass(slots=True)
class ExistingTransaction:
    """An existing transaction, which a return or a duplicate refers to."""

    id: int
    number: str
    store_id: int | None
    type: str
    customer_id: int | None
    program_id: int | None
    amount: Decimal
    billed_at: datetime
    number_scope: int
    number_serial: int
    is_deleted: bool = False
    returned_amount: Decimal = ZERO
    return_types: set[str] = field(default_factory=set)
    lines: list[ReturnableLine] = field(default_factory=list)

    @property
    def remaining_amount(self) -> Decimal:
        """The amount that has not been returned."""
        return self.amount - self.returned_amount


@dataclass(slots=True)
class ExistingTransactions:
    """The existing transactions that a batch of new ones may refer to, and the batch itself."""

    by_id: dict[int, ExistingTransaction] = field(default_factory=dict)
    _newest: dict[tuple[str, int, str], ExistingTransaction] = field(default_factory=dict)
    _by_number: dict[str, list[ExistingTransaction]] = field(default_factory=dict)

    def add(self, transaction: ExistingTransaction) -> None:
        self.by_id[transaction.id] = transaction
        key = transaction.number, transaction.number_scope, transaction.type
        newest = self._newest.get(key)
        if newest is None or newest.number_serial < transaction.number_serial:
            self._newest[key] = transaction
        self._by_number.setdefault(transaction.number, []).append(transaction)

    def find_newest(self, number: str, scope: int, type: str) -> ExistingTransaction | None:
        """Return the transaction that used this number last, in this scope and of this type."""
        return self._newest.get((number, scope, type))

    def find_purchase(
        self, *, id: int | None, number: str, store_id: int | None, customer_id: int | None
    ) -> ExistingTransaction | None:
        """Return the customer's purchase with this id or number; the same store is preferred."""
        candidates = [self.by_id[id]] if id in self.by_id else []
        if id is None:
            candidates = self._by_number.get(number, [])
        own_purchases = [
            transaction
            for transaction in candidates
            if transaction.type not in RETURNS
            and transaction.customer_id == customer_id
            and not transaction.is_deleted
        ]
        # The newest of several.
        return max(
            own_purchases,
            key=lambda transaction: (transaction.store_id == store_id, transaction.id),
            default=None,
        )


def load_existing_transactions(
    *, org_id: int, numbers: Collection[str], ids: Collection[int]
) -> ExistingTransactions:
    """Load the transactions with these numbers or ids, and their returned amounts.

    Two queries; one if there are none.
    """
    existing = ExistingTransactions()
    for row in (
        Transaction.objects.filter(Q(number__in=numbers) | Q(pk__in=ids), org_id=org_id)
        .order_by("pk")
        .values_list(
            "id",
            "number",
            "store_id",
            "type",
            "customer_id",
            "program_id",
            "amount",
            "billed_at",
            "number_scope",
            "number_serial",
            "outlier_status",
        )
    ):
        existing.add(ExistingTransaction(*row[:-1], is_deleted=row[-1] == DELETED))
    for transaction_id, return_type, amount in _sum_returns(existing.by_id):
        existing.by_id[transaction_id].returned_amount += amount
        existing.by_id[transaction_id].return_types.add(return_type)
    return existing


def load_returnable_lines(purchases: Collection[ExistingTransaction]) -> None:
    """Give the purchases their line items, with what came back of each; two queries, or none."""
    by_id = {purchase.id: purchase for purchase in purchases}
    if not by_id:
        return
    lines: dict[int, ReturnableLine] = {}
    for row in (
        LineItem.objects.filter(transaction_id__in=by_id)
        .order_by("transaction_id", "position")
        .values_list("transaction_id", "id", "item_code", "serial", "quantity", "amount")
    ):
        line = lines[row[1]] = ReturnableLine(*row[1:])
        by_id[row[0]].lines.append(line)
    for line_id, quantity, amount in (
        LineItem.objects.filter(returned_id__in=lines)
        .exclude(transaction__outlier_status=DELETED)
        .values_list("returned_id")
        .annotate(Sum("quantity"), Sum("amount"))
        .order_by()
    ):
        if line_id is not None:
            lines[line_id].take(quantity, amount)


def find_customer_ids(*, org_id: int, ids: Collection[int]) -> dict[int, int]:
    """Return the customer ids of these transactions; one query, or none."""
    if not ids:
        return {}
    return dict(
        Transaction.objects.filter(
            pk__in=ids, org_id=org_id, customer_id__isnull=False
        ).values_list("id", "customer_id")
    )


def find_entered_sales(
    *, org_id: int, ids: Collection[int]
) -> dict[int, tuple[int | None, datetime, Decimal]]:
    """Return customer, time and amount of these transactions; one query, or none."""
    if not ids:
        return {}
    entered = Transaction.objects.filter(pk__in=ids, org_id=org_id)
    rows = entered.values_list("id", "customer_id", "billed_at", "amount")
    return {row[0]: row[1:] for row in rows}


def _sum_returns(ids: Collection[int]) -> Iterable[tuple[int, str, Decimal]]:
    if not ids:
        return ()
    return (
        Transaction.objects.filter(returned_id__in=ids)
        .exclude(outlier_status=DELETED)
        .values_list("returned_id", "return_type")
        .annotate(total=Sum("amount"))
        .order_by()
    )
