"""Entering transactions: what was bought earns points, what comes back takes them back."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from crm.kernel.bulk import take_ids
from crm.kernel.errors import DomainError, Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.models import OrgEntity
from crm.tenancy.origin import Origin
from loyalty import errors
from loyalty.models import Enrollment, Transaction
from loyalty.operations.members import Pair
from loyalty.operations.noting_buyers import note_buyers
from loyalty.operations.people import People, lock_people, look_at_people, standing, storable
from loyalty.operations.posting import Posted, post_movements
from loyalty.operations.writing_transactions import Entry, write_transactions
from loyalty.queries.bills import BillOnFile, BillsOnFile, find_buyers, load_bills_on_file
from loyalty.queries.programs import find_program, get_programs
from loyalty.queries.sale_standards import get_sale_standards
from loyalty.rules.movements import Movement
from loyalty.rules.programs import ProgramRules
from loyalty.rules.transactions import Sale, clean_sale

# What is only planned is newer than all that is stored.
_BEYOND_ALL_KEYS = 2**62

REGULAR, NOT_INTERESTED, RETURN = "REGULAR", "NOT_INTERESTED", "RETURN"


@dataclass(slots=True)
class Entered:
    """What became of one transaction; ``posted`` is None where no points were concerned."""

    transaction_id: int | None = None
    program_id: int | None = None
    posted: Posted | None = None
    notices: list[Notice] = field(default_factory=list)
    refusal: DomainError | None = None


@dataclass(slots=True)
class _Item:
    outcome: Entered
    sale: Sale
    id: int = 0
    bill: BillOnFile | None = None


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What the list has to know of the database, read under the customers' locks."""

    people: People
    members: frozenset[Pair]
    programs: Mapping[int, ProgramRules]
    stores: Mapping[int, int | None]
    on_file: BillsOnFile


@within_unit_of_work
def enter_transaction(*, origin: Origin, sale: Sale) -> Entered:
    """Enter one transaction.

    A purchase of a member awards points at the rate of their tier, raises their lifetime
    purchases and may lift the tier; a return takes back what the bill awarded, part by part.
    Somebody who is not a member, and NOT_INTERESTED, only leave the transaction itself.

    Raises:
        TransactionKnown: the store has entered this number already.
        TransactionUnknown: the bill whose goods come back is not there.
        ReturnExceedsPurchase: more comes back than was bought.
        TransactionEntityUnknown: the store or till is unknown.
        ProgramUnknown: the program named is.
        CustomerUnknown, CustomerMerged: there is nobody here.
        TransactionTypeInvalid, TransactionNumberMissing, TransactionNeedsCustomer,
        AmountInvalid, LedgerTextInvalid, LedgerDateInvalid: it cannot be entered so.
    """
    [entered] = enter_transactions(origin=origin, sales=[sale])
    if entered.refusal is not None:
        raise entered.refusal
    return entered


@within_unit_of_work
def enter_transactions(*, origin: Origin, sales: Sequence[Sale]) -> list[Entered]:
    """Enter a list: one outcome for each, in order; refused ones leave the others.

    A return finds its bill in the same list as well, when the bill comes before it.
    """
    outcomes, items = _read(origin, sales)
    for item, pk in zip(items, take_ids(Transaction, len(items)), strict=True):
        item.id = pk
    _decide_each(origin, items, lock_people)
    _write(origin, [item for item in items if item.sale.type != RETURN])
    # A bill of this list that lost its number to another unit is not there to be returned.
    lost = {item.id for item in items if item.outcome.refusal is not None}
    for item in items:
        if item.bill is not None and item.bill.id in lost:
            item.outcome.refusal = errors.TransactionUnknown(number=item.bill.number)
    _write(origin, [item for item in items if item.sale.type == RETURN])
    _count(origin, items)
    bought = [i.sale for i in items if i.outcome.refusal is None and i.sale.type == REGULAR]
    note_buyers(origin=origin, sales=bought)
    return outcomes


def plan_transactions(*, origin: Origin, sales: Sequence[Sale]) -> list[Entered]:
    """Say what ``enter_transactions`` would refuse, with its notices, and write nothing."""
    outcomes, items = _read(origin, sales)
    for item, pk in zip(items, count(_BEYOND_ALL_KEYS), strict=False):
        item.id = pk
    _decide_each(origin, items, look_at_people)
    return outcomes


def _decide_each(
    origin: Origin, items: Sequence[_Item], people_of: Callable[[Collection[int | None]], People]
) -> None:
    around = _look_around(origin, items, people_of)
    for item in items:
        try:
            _decide(origin, item, around)
        except DomainError as refusal:
            item.outcome.refusal = refusal


def _read(origin: Origin, sales: Sequence[Sale]) -> tuple[list[Entered], list[_Item]]:
    standards = get_sale_standards(origin.org)
    outcomes, items = [], []
    for sale in sales:
        outcome = Entered()
        outcomes.append(outcome)
        try:
            clean, outcome.notices = clean_sale(sale, standards, now=origin.at)
        except DomainError as refusal:
            outcome.refusal = refusal
        else:
            items.append(_Item(outcome, clean))
    return outcomes, items


def _look_around(
    origin: Origin, items: Sequence[_Item], people_of: Callable[[Collection[int | None]], People]
) -> _Surroundings:
    org_id = origin.org.pk
    # A return may name its bill and nobody: then it is the buyer's.
    named = storable({i.sale.returned_id for i in items})
    anonymous = [i for i in items if i.sale.returned_id and i.sale.customer_id is None]
    buyers = find_buyers(org_id=org_id, ids=storable({i.sale.returned_id for i in anonymous}))
    for item in anonymous:
        item.sale = replace(item.sale, customer_id=buyers.get(item.sale.returned_id or 0))
    people = people_of({i.sale.customer_id for i in items})
    entities = storable({pk for i in items for pk in (i.sale.store_id, i.sale.till_id)})
    numbers = {i.sale.number for i in items} | {i.sale.returned_number for i in items} - {""}
    return _Surroundings(
        people=people,
        members=frozenset(
            Enrollment.objects.filter(customer_id__in=people).values_list(
                "customer_id", "program_id"
            )
        ),
        programs=get_programs(org_id),
        stores=_stores(org_id, entities),
        on_file=load_bills_on_file(org_id=org_id, numbers=numbers, ids=named),
    )


def _stores(org_id: int, entity_ids: set[int]) -> dict[int, int | None]:
    """The entities named that the organization has; a till leads to its store."""
    if not entity_ids:
        return {}
    rows = OrgEntity.objects.filter(pk__in=entity_ids, org_id=org_id).values_list(
        "id", "type", "parent_id"
    )
    return {pk: parent if type == OrgEntity.Type.TILL else pk for pk, type, parent in rows}


def _decide(origin: Origin, item: _Item, around: _Surroundings) -> None:
    sale = item.sale
    if sale.customer_id is not None:
        standing(origin, around.people, sale.customer_id)
    for entity_id in (sale.store_id, sale.till_id):
        if entity_id is not None and entity_id not in around.stores:
            raise errors.TransactionEntityUnknown(entity_id=entity_id)
    if sale.store_id is None and sale.till_id is not None:
        item.sale = sale = replace(sale, store_id=around.stores[sale.till_id])
    known = around.on_file.taken_by(sale.number, sale.store_id, sale.type)
    if known is not None:
        raise errors.TransactionKnown(transaction_id=known, number=sale.number)
    if sale.type == RETURN:
        item.bill = _find_bill(sale, around.on_file)
    item.outcome.program_id = _find_program(item, around)
    if item.bill is not None:
        item.bill.came_back += sale.amount
    around.on_file.add(
        BillOnFile(
            item.id,
            sale.number,
            sale.store_id,
            sale.type,
            sale.customer_id,
            item.outcome.program_id,
            sale.amount,
        )
    )


def _find_bill(sale: Sale, on_file: BillsOnFile) -> BillOnFile | None:
    if sale.returned_id is None and not sale.returned_number:
        return None
    bill = on_file.bought(
        id=sale.returned_id,
        number=sale.returned_number,
        store_id=sale.store_id,
        customer_id=sale.customer_id,
    )
    if bill is None:
        raise errors.TransactionUnknown(number=sale.returned_number)
    if sale.amount > bill.left:
        raise errors.ReturnExceedsPurchase(left=bill.left)
    return bill


def _find_program(item: _Item, around: _Surroundings) -> int | None:
    """Where the transaction counts: nowhere, unless the customer is a member there."""
    sale = item.sale
    program_id = sale.program_id
    if program_id is not None:
        program_id = find_program(around.programs, program_id).id
    if item.bill is not None:
        program_id = item.bill.program_id
    elif program_id is None:
        program_id = next((p.id for p in around.programs.values() if p.is_default), None)
    if sale.type == NOT_INTERESTED or sale.customer_id is None or program_id is None:
        return None
    return program_id if (sale.customer_id, program_id) in around.members else None


def _write(origin: Origin, items: Sequence[_Item]) -> None:
    items = [item for item in items if item.outcome.refusal is None]
    written = write_transactions(
        origin=origin,
        entries=[
            Entry(item.id, item.sale, item.outcome.program_id, item.bill.id if item.bill else None)
            for item in items
        ],
    )
    for item in items:
        if item.id in written:
            item.outcome.transaction_id = item.id
        else:
            item.outcome.refusal = errors.TransactionKnown(
                transaction_id=None, number=item.sale.number
            )


def _count(origin: Origin, items: Sequence[_Item]) -> None:
    counted = [i for i in items if i.outcome.refusal is None and i.outcome.program_id]
    if not counted:
        return
    posted = post_movements(origin=origin, movements=[_movement(origin, i) for i in counted])
    for item, outcome in zip(counted, posted, strict=True):
        if outcome.refusal is not None:
            # The customer is locked and a member: nothing is left to refuse.
            raise outcome.refusal
        item.outcome.posted = outcome


def _movement(origin: Origin, item: _Item) -> Movement:
    sale = item.sale
    return Movement(
        customer_id=sale.customer_id or 0,
        program_id=item.outcome.program_id,
        kind="RETURN" if sale.type == RETURN else "AWARD",
        purchases=sale.amount,
        happened_at=sale.billed_at,
        transaction_id=item.id,
        returned_id=item.bill.id if item.bill else None,
        transaction_number=sale.number,
        issued_by_id=sale.store_id or sale.till_id or origin.actor_id,
    )
