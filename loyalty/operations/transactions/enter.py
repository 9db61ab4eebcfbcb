"""Enter transactions: purchases earn points, returns deduct them."""

from collections.abc import Sequence
from itertools import count

from crm.kernel.bulk import take_ids
from crm.kernel.errors import Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.operations.customers.lock import lock_customers
from customers.queries.customers.active import load_customers
from loyalty import errors, notices
from loyalty.models import Transaction
from loyalty.operations.referrals.purchases import record_referred_purchases
from loyalty.operations.transactions.entries import (
    SaleEntry,
    TransactionResult,
    check_entries,
    clean_sales,
)
from loyalty.operations.transactions.promote import post_bill_points
from loyalty.operations.transactions.write import TransactionRow, write_transactions
from loyalty.rules.movements import Movement
from loyalty.rules.transactions import RETURNS, Sale

# Planned rows get ids above all stored ones.
_FIRST_PLANNED_ID = 2**62

REGULAR = "REGULAR"


@within_unit_of_work
def enter_transaction(*, origin: Origin, sale: Sale) -> TransactionResult:
    """Enter one transaction.

    A purchase of an enrolled customer awards points at the rate of their tier, adds to lifetime
    purchases and may raise the tier; promotions that the purchase meets give further points. A
    return deducts the points of the purchase in proportion, those of promotions as well.
    For a customer who is not enrolled, and for NOT_INTERESTED, only the transaction is stored.

    Raises:
        ConfirmedAsFraud, StatusBlocksEarning: the customer may not earn points.
        TransactionKnown: the store has a transaction with this number already.
        TransactionUnknown: the returned purchase does not exist.
        ReturnExceedsPurchase and the other refusals of ``decide_return``: not so much is left.
        TransactionEntityUnknown: the store or till is unknown.
        ProgramUnknown: the program is unknown.
        CustomerUnknown, CustomerMerged: there is no such active customer.
        TransactionTypeInvalid, TransactionNumberMissing, TransactionNeedsCustomer,
        AmountInvalid, LedgerTextInvalid, LedgerDateInvalid: a value is missing or invalid.
    """
    [result] = enter_transactions(origin=origin, sales=[sale])
    if result.refusal is not None:
        raise result.refusal
    return result


@within_unit_of_work
def enter_transactions(*, origin: Origin, sales: Sequence[Sale]) -> list[TransactionResult]:
    """Enter transactions; return one result for each, in order. A refusal affects no other.

    A return may name a purchase that comes before it in the same list. Sales of one ``bill`` are
    entered together: a refusal of one refuses the others.
    """
    outcomes, items = clean_sales(origin, sales)
    for item, pk in zip(items, take_ids(Transaction, len(items)), strict=True):
        item.id = pk
    check_entries(origin, items, lock_customers)
    _refuse_whole_bills(items)
    _write_items(origin, [item for item in items if item.sale.type not in RETURNS])
    _refuse_whole_bills(items)
    # A purchase that could not be written, as another unit took its number, cannot be returned.
    unwritten_ids = {item.id for item in items if item.outcome.refusal is not None}
    for item in items:
        if item.purchase is not None and item.purchase.id in unwritten_ids:
            item.outcome.refusal = errors.TransactionUnknown(number=item.purchase.number)
    _write_items(origin, [item for item in items if item.sale.type in RETURNS])
    _post_points(origin, items)
    purchases = [i.sale for i in items if i.outcome.refusal is None and i.sale.type == REGULAR]
    record_referred_purchases(origin=origin, sales=purchases)
    return outcomes


def plan_transactions(*, origin: Origin, sales: Sequence[Sale]) -> list[TransactionResult]:
    """Return the refusals and notices that ``enter_transactions`` would give; write nothing."""
    outcomes, items = clean_sales(origin, sales)
    for item, pk in zip(items, count(_FIRST_PLANNED_ID), strict=False):
        item.id = pk
    check_entries(origin, items, load_customers)
    return outcomes


def _refuse_whole_bills(items: Sequence[SaleEntry]) -> None:
    refusals = {
        item.sale.bill: item.outcome.refusal
        for item in reversed(items)
        if item.sale.bill and item.outcome.refusal is not None
    }
    for item in items:
        if item.outcome.refusal is None:
            item.outcome.refusal = refusals.get(item.sale.bill)


def _write_items(origin: Origin, items: Sequence[SaleEntry]) -> None:
    items = [item for item in items if item.outcome.refusal is None]
    written_ids = write_transactions(
        origin=origin,
        rows=[
            TransactionRow(
                item.id,
                item.sale,
                item.outcome.program_id,
                item.purchase.id if item.purchase else None,
                item.number_scope,
                item.number_serial,
            )
            for item in items
        ],
    )
    for item in items:
        if item.id in written_ids:
            item.outcome.transaction_id = item.id
        else:
            item.outcome.refusal = errors.TransactionKnown(
                transaction_id=None, number=item.sale.number
            )


def _post_points(origin: Origin, items: Sequence[SaleEntry]) -> None:
    items_with_program = [i for i in items if i.outcome.refusal is None and i.outcome.program_id]
    if not items_with_program:
        return
    results = post_bill_points(
        origin=origin, bills=[(i.sale, _build_movement(origin, i)) for i in items_with_program]
    )
    for item, result in zip(items_with_program, results, strict=True):
        if result.refusal is not None:
            # The customer is locked and enrolled: a refusal would be a bug.
            raise result.refusal
        item.outcome.points_result = result
        if result.shortfall > 0:
            item.outcome.notices.append(
                Notice(notices.POINTS_NOT_TAKEN_BACK, points=f"{result.shortfall.normalize():f}")
            )


def _build_movement(origin: Origin, item: SaleEntry) -> Movement:
    sale = item.sale
    return Movement(
        customer_id=sale.customer_id or 0,
        program_id=item.outcome.program_id,
        kind="RETURN" if sale.type in RETURNS else "AWARD",
        purchases=sale.amount,
        happened_at=sale.billed_at,
        transaction_id=item.id,
        returned_id=item.purchase.id if item.purchase else None,
        transaction_number=sale.number,
        issued_by_id=sale.store_id or sale.till_id or origin.actor_id,
    )
