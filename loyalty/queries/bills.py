"""Which transactions there are already: numbers that are taken, and bills that may come back."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Q, Sum

from loyalty.models import Transaction
from loyalty.rules.amounts import ZERO


@dataclass(slots=True)
class BillOnFile:
    """A transaction as a return, or its own repetition, meets it."""

    id: int
    number: str
    store_id: int | None
    type: str
    customer_id: int | None
    program_id: int | None
    amount: Decimal
    came_back: Decimal = ZERO

    @property
    def left(self) -> Decimal:
        """What has not come back yet."""
        return self.amount - self.came_back


@dataclass(slots=True)
class BillsOnFile:
    """The transactions that a list of new ones may meet, and those of the list itself."""

    by_id: dict[int, BillOnFile] = field(default_factory=dict)
    _by_key: dict[tuple[str, int | None, str], int] = field(default_factory=dict)
    _by_number: dict[str, list[BillOnFile]] = field(default_factory=dict)

    def add(self, bill: BillOnFile) -> None:
        self.by_id[bill.id] = bill
        self._by_key[bill.number, bill.store_id, bill.type] = bill.id
        self._by_number.setdefault(bill.number, []).append(bill)

    def taken_by(self, number: str, store_id: int | None, type: str) -> int | None:
        """The key of the transaction that has this number there already."""
        return self._by_key.get((number, store_id, type))

    def bought(
        self, *, id: int | None, number: str, store_id: int | None, customer_id: int | None
    ) -> BillOnFile | None:
        """The purchase of this customer that is meant; one of the same store before others."""
        found = [self.by_id[id]] if id in self.by_id else []
        if id is None:
            found = self._by_number.get(number, [])
        own = [bill for bill in found if bill.type != "RETURN" and bill.customer_id == customer_id]
        # Of several, the newest.
        return max(own, key=lambda bill: (bill.store_id == store_id, bill.id), default=None)


def load_bills_on_file(
    *, org_id: int, numbers: Collection[str], ids: Collection[int]
) -> BillsOnFile:
    """Load the transactions of these numbers and keys, and what came back of them.

    Two queries; one where none of them is there.
    """
    on_file = BillsOnFile()
    for row in (
        Transaction.objects.filter(Q(number__in=numbers) | Q(pk__in=ids), org_id=org_id)
        .order_by("pk")
        .values_list("id", "number", "store_id", "type", "customer_id", "program_id", "amount")
    ):
        on_file.add(BillOnFile(*row))
    for bill_id, amount in _came_back(on_file.by_id):
        on_file.by_id[bill_id].came_back = amount
    return on_file


def find_buyers(*, org_id: int, ids: Collection[int]) -> dict[int, int]:
    """Return whose these bills are; one query, or none."""
    if not ids:
        return {}
    return dict(
        Transaction.objects.filter(
            pk__in=ids, org_id=org_id, customer_id__isnull=False
        ).values_list("id", "customer_id")
    )


def _came_back(ids: Collection[int]) -> Iterable[tuple[int, Decimal]]:
    if not ids:
        return ()
    return (
        Transaction.objects.filter(returned_id__in=ids)
        .values_list("returned_id")
        .annotate(total=Sum("amount"))
        .order_by()
    )
