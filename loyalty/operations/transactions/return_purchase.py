"""Return goods of a purchase that is on file, as staff do."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from crm.kernel.ids import select_storable_ids
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.operations.customers.lock import lock_customers
from loyalty import errors
from loyalty.models import Transaction
from loyalty.operations.transactions.bills import RETURN_OF
from loyalty.operations.transactions.enter import TransactionResult, enter_transaction
from loyalty.rules.amounts import ZERO
from loyalty.rules.transactions import Sale


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseReturn:
    """What comes back of a purchase: everything that is left of it, or an ``amount``.

    ``returned_before`` is what the caller saw returned: a form that is sent twice returns once.
    """

    transaction_id: int
    returned_before: Decimal
    amount: Decimal | None = None
    reason: str = ""


@within_unit_of_work
def return_purchase(*, origin: Origin, request: PurchaseReturn) -> TransactionResult:
    """Enter the return, in the store of the purchase and with its number.

    Raises the refusals of ``enter_transaction``, and
        TransactionUnknown: the organization has no such purchase.
        ChangedMeanwhile: it changed since the caller looked.
    """
    purchase = _lock_purchase(origin, request.transaction_id)
    returned = Transaction.objects.filter(org_id=origin.org.pk, returned_id=purchase.pk).aggregate(
        total=Sum("amount")
    )
    if (returned["total"] or ZERO) != request.returned_before:
        raise errors.ChangedMeanwhile()
    return enter_transaction(
        origin=origin,
        sale=Sale(
            number=purchase.number,
            type=RETURN_OF[purchase.type],
            customer_id=purchase.customer_id,
            store_id=purchase.store_id,
            amount=request.amount,
            notes=request.reason,
            returned_id=purchase.pk,
            return_type="FULL" if request.amount is None else "AMOUNT",
            repeats_number=True,
        ),
    )


def _lock_purchase(origin: Origin, transaction_id: int) -> Transaction:
    """Lock the customer, then the purchase: two returns of it happen one after the other."""
    purchases = Transaction.objects.filter(
        org_id=origin.org.pk, pk__in=select_storable_ids([transaction_id]), type__in=RETURN_OF
    )
    owner_ids = list(purchases.values_list("customer_id", flat=True))
    if not owner_ids:
        raise errors.TransactionUnknown(number=transaction_id)
    lock_customers(owner_ids)
    purchase = purchases.select_for_update().get()
    if purchase.customer_id != owner_ids[0]:
        # A claim or a merge came in between; locking the other customer now could deadlock.
        raise errors.ChangedMeanwhile()
    return purchase
