"""Check sales against what is on file, before they are entered."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from crm.kernel.errors import DomainError, Notice
from crm.kernel.ids import select_storable_ids
from crm.tenancy.models import OrgEntity
from crm.tenancy.origin import Origin
from customers.queries.customers.active import CustomersById, get_active_customer
from customers.queries.status_effects import StatusEffects, get_status_effects
from customers.rules.end_points import POINTS, is_enabled
from customers.rules.status_effects import EARNING
from customers.rules.text import sanitize
from loyalty import errors, notices
from loyalty.models import Enrollment
from loyalty.operations.enrollments.lock import EnrollmentKey
from loyalty.operations.points.post import PostingResult
from loyalty.queries.customer_blocks import check_block
from loyalty.queries.programs import find_program, get_programs
from loyalty.queries.promotions import get_promotions
from loyalty.queries.transactions.on_file import (
    ExistingTransaction,
    ExistingTransactions,
    find_customer_ids,
    load_existing_transactions,
    load_returnable_lines,
)
from loyalty.queries.transactions.settings import get_sale_settings
from loyalty.rules.programs import ProgramRules
from loyalty.rules.promotions import fold_names
from loyalty.rules.returned_goods import ReturnedBefore, decide_return
from loyalty.rules.transactions import RETURNS, WHOLE_RETURNS, Sale, SaleSettings, clean_sale

_WITHOUT_POINTS = frozenset({"NOT_INTERESTED", "NOT_INTERESTED_RETURN"})


@dataclass(slots=True)
class TransactionResult:
    """The result of one transaction; ``points_result`` is None if no points were posted."""

    transaction_id: int | None = None
    program_id: int | None = None
    points_result: PostingResult | None = None
    notices: list[Notice] = field(default_factory=list)
    refusal: DomainError | None = None


@dataclass(slots=True)
class SaleEntry:
    """A sale on its way into the books: its outcome, its keys, and the purchase it returns."""

    outcome: TransactionResult
    sale: Sale
    id: int = 0
    number_scope: int = 0
    number_serial: int = 0
    purchase: ExistingTransaction | None = None


@dataclass(frozen=True, slots=True)
class _EntryContext:
    """The rows needed to check the list, read under the customers' locks."""

    customers: CustomersById
    enrolled_keys: frozenset[EnrollmentKey]
    programs: Mapping[int, ProgramRules]
    stores: Mapping[int, int | None]
    on_file: ExistingTransactions
    settings: SaleSettings
    effects: StatusEffects


def clean_sales(
    origin: Origin, sales: Sequence[Sale]
) -> tuple[list[TransactionResult], list[SaleEntry]]:
    """Read the sales; return an outcome for each, and an entry for each that can be read."""
    settings = get_sale_settings(origin.org)
    outcomes, items = [], []
    for sale in sales:
        outcome = TransactionResult()
        outcomes.append(outcome)
        try:
            clean, outcome.notices = clean_sale(sale, settings, now=origin.at)
        except DomainError as refusal:
            outcome.refusal = refusal.detached()
        else:
            outcome.notices += _list_unknown_promotions(origin, clean)
            items.append(SaleEntry(outcome, clean))
    return outcomes, items


def _list_unknown_promotions(origin: Origin, sale: Sale) -> list[Notice]:
    """Return a notice for each promotion that the sale asks for and the organization lacks."""
    if not sale.requested_promotions:
        return []
    known_names = fold_names(rules.name for rules in get_promotions(origin.org.pk))
    return [
        Notice(notices.PROMOTION_UNKNOWN, name=sanitize(name))
        for name in dict.fromkeys(sale.requested_promotions)
        if fold_names([name]).isdisjoint(known_names)
    ]


def check_entries(
    origin: Origin,
    items: Sequence[SaleEntry],
    get_customers: Callable[[Collection[int | None]], CustomersById],
) -> None:
    """Check each entry under the locks of ``get_customers``; a refusal becomes its outcome."""
    context = _load_context(origin, items, get_customers)
    for item in items:
        if item.outcome.refusal is not None:
            continue
        try:
            _check_entry(origin, item, context)
        except DomainError as refusal:
            item.outcome.refusal = refusal.detached()


def _load_context(
    origin: Origin,
    items: Sequence[SaleEntry],
    get_customers: Callable[[Collection[int | None]], CustomersById],
) -> _EntryContext:
    org_id = origin.org.pk
    # A return may name its purchase but no customer: then it belongs to the buyer.
    returned_ids = select_storable_ids({i.sale.returned_id for i in items})
    anonymous_returns = [i for i in items if i.sale.returned_id and i.sale.customer_id is None]
    buyers = find_customer_ids(
        org_id=org_id, ids=select_storable_ids({i.sale.returned_id for i in anonymous_returns})
    )
    for item in anonymous_returns:
        item.sale = replace(item.sale, customer_id=buyers.get(item.sale.returned_id or 0))
    customers = get_customers({i.sale.customer_id for i in items})
    entity_ids = select_storable_ids(
        {pk for i in items for pk in (i.sale.store_id, i.sale.till_id)}
    )
    numbers = {i.sale.number for i in items} | {i.sale.returned_number for i in items} - {""}
    on_file = load_existing_transactions(org_id=org_id, numbers=numbers, ids=returned_ids)
    if any(item.sale.return_type not in ("", "AMOUNT") for item in items):
        load_returnable_lines([t for t in on_file.by_id.values() if t.type not in RETURNS])
    return _EntryContext(
        customers=customers,
        enrolled_keys=frozenset(
            Enrollment.objects.filter(customer_id__in=customers).values_list(
                "customer_id", "program_id"
            )
        ),
        programs=get_programs(org_id),
        stores=_load_stores(org_id, entity_ids),
        on_file=on_file,
        settings=get_sale_settings(origin.org),
        effects=get_status_effects(org_id),
    )


def _load_stores(org_id: int, entity_ids: set[int]) -> dict[int, int | None]:
    """Map the organization's entities among these to their stores; a till maps to its store."""
    if not entity_ids:
        return {}
    rows = OrgEntity.objects.filter(pk__in=entity_ids, org_id=org_id).values_list(
        "id", "type", "parent_id"
    )
    return {pk: parent if type == OrgEntity.Type.TILL else pk for pk, type, parent in rows}


def _check_entry(origin: Origin, item: SaleEntry, context: _EntryContext) -> None:
    sale = item.sale
    if sale.customer_id is not None:
        customer = get_active_customer(origin, context.customers, sale.customer_id)
        # The refusal of a bill, not of its points: a till must hear of it before it gives goods.
        if sale.type == "REGULAR":
            check_block(context.effects, customer, EARNING)
    for entity_id in (sale.store_id, sale.till_id):
        if entity_id is not None and entity_id not in context.stores:
            raise errors.TransactionEntityUnknown(entity_id=entity_id)
    if sale.store_id is None and sale.till_id is not None:
        item.sale = sale = replace(sale, store_id=context.stores[sale.till_id])
    item.number_scope = context.settings.get_number_scope(sale)
    item.number_serial = _take_number(item, context)
    if sale.type in RETURNS:
        item.purchase = _find_purchase(sale, context)
        if item.purchase is not None:
            item.sale = sale = _decide_return(sale, item.purchase)
    item.outcome.program_id = _find_program_id(item, context)
    if item.purchase is not None:
        item.purchase.returned_amount += sale.amount
        item.purchase.return_types.add(sale.return_type)
    context.on_file.add(
        ExistingTransaction(
            item.id,
            sale.number,
            sale.store_id,
            sale.type,
            sale.customer_id,
            item.outcome.program_id,
            sale.amount,
            _get_billed_at(sale),
            item.number_scope,
            item.number_serial,
        )
    )


def _take_number(item: SaleEntry, context: _EntryContext) -> int:
    """Return how often the number was used before; refuse one that was used too recently."""
    sale = item.sale
    last = context.on_file.find_newest(sale.number, item.number_scope, sale.type)
    if last is None:
        return 0
    if sale.repeats_number or last.is_deleted:
        return last.number_serial + 1
    if abs(_get_billed_at(sale) - last.billed_at) < timedelta(days=context.settings.number_days):
        raise errors.TransactionKnown(transaction_id=last.id, number=sale.number)
    return last.number_serial + 1


def _get_billed_at(sale: Sale) -> datetime:
    if sale.billed_at is None:
        raise TypeError("a clean sale has a date")
    return sale.billed_at


def _find_purchase(sale: Sale, context: _EntryContext) -> ExistingTransaction | None:
    if sale.returned_id is None and not sale.returned_number:
        return None
    purchase = context.on_file.find_purchase(
        id=sale.returned_id,
        number=sale.returned_number,
        store_id=sale.store_id,
        customer_id=sale.customer_id,
    )
    if purchase is None:
        if sale.repeats_number and context.settings.allows_unknown_returns:
            if sale.return_type in WHOLE_RETURNS:
                raise errors.ReturnNeedsPurchase()
            return None
        raise (
            errors.ReturnNeedsPurchase()
            if sale.repeats_number
            else errors.TransactionUnknown(number=sale.returned_number)
        )
    return purchase


def _decide_return(sale: Sale, purchase: ExistingTransaction) -> Sale:
    before = ReturnedBefore(purchase.remaining_amount, frozenset(purchase.return_types))
    return decide_return(sale, before, purchase.lines)


def _find_program_id(item: SaleEntry, context: _EntryContext) -> int | None:
    """Return the program in which the transaction earns points; None if not enrolled.

    A test customer without points gets none: the bill is kept, and belongs to no program.
    """
    sale = item.sale
    program_id = sale.program_id
    if program_id is not None:
        program_id = find_program(context.programs, program_id).id
    if item.purchase is not None:
        program_id = item.purchase.program_id
    elif program_id is None:
        program_id = next((p.id for p in context.programs.values() if p.is_default), None)
    is_counted = sale.type not in _WITHOUT_POINTS and sale.outlier_status == "NORMAL"
    if not is_counted or sale.customer_id is None or program_id is None:
        return None
    if not is_enabled(context.customers[sale.customer_id].end_points, POINTS):
        return None
    return program_id if (sale.customer_id, program_id) in context.enrolled_keys else None
