"""Claim transactions: a not-interested transaction becomes a customer's purchase (retro)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import bulk_update
from crm.kernel.errors import DomainError
from crm.kernel.ids import select_storable_ids
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.operations.customers.lock import lock_customers
from customers.queries.customers.active import CustomersById, get_active_customer, load_customers
from customers.queries.status_effects import StatusEffects, get_status_effects
from customers.rules.end_points import POINTS
from customers.rules.status_effects import EARNING
from loyalty import errors
from loyalty.models import Enrollment, Transaction
from loyalty.operations.points.post import PlannedMovement, PostingResult
from loyalty.operations.transactions.promote import plan_bill_points, post_bill_points
from loyalty.queries.customer_blocks import check_block, check_end_point
from loyalty.queries.programs import get_programs
from loyalty.queries.promotions import get_promotions
from loyalty.queries.transactions.claims import get_claim_limits, load_bought_lines
from loyalty.queries.transactions.on_file import load_existing_transactions
from loyalty.rules.claims import ClaimableTransaction, check_claim
from loyalty.rules.movements import Movement
from loyalty.rules.transactions import Sale, SaleLine

REGULAR = "REGULAR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A request to assign a not-interested transaction to a customer."""

    transaction_id: int
    customer_id: int
    reason: str = ""


@dataclass(slots=True)
class ClaimResult:
    """The result of one claim; ``points_result`` is None if no points were posted."""

    program_id: int | None = None
    points_result: PostingResult | None = None
    refusal: DomainError | None = None


@dataclass(slots=True)
class PlannedClaim:
    """What a claim would do now; ``points`` is None if the customer is not enrolled."""

    transaction: Transaction | None = None
    points: PlannedMovement | None = None
    refusal: DomainError | None = None


# A claimed transaction as promotions see it, and the movement of its points.
_CountedBill = tuple[Sale, Movement]


@dataclass(slots=True)
class _ClaimContext:
    customers: CustomersById
    effects: StatusEffects
    transactions: Mapping[int, Transaction]
    claimables: Mapping[int, ClaimableTransaction]
    # By customer: the program in which they earn points.
    programs: Mapping[int, int]
    # By transaction, if the organization has promotions.
    lines: Mapping[int, Sequence[SaleLine]]
    claimed_ids: set[int] = field(default_factory=set)


@within_unit_of_work
def claim_transaction(*, origin: Origin, claim: Claim) -> ClaimResult:
    """Claim one transaction; raise the refusal that ``claim_transactions`` returns."""
    [result] = claim_transactions(origin=origin, claims=[claim])
    if result.refusal is not None:
        raise result.refusal
    return result


@within_unit_of_work
def claim_transactions(*, origin: Origin, claims: Sequence[Claim]) -> list[ClaimResult]:
    """Make NOT_INTERESTED transactions REGULAR; return one result for each, in order.

    A customer enrolled in the default program is awarded points at the rate of their current tier,
    as for any transaction that is entered late: the points mature and expire by the date of the
    transaction, and expired ones are entered and expire at once. Lifetime purchases rise, and a
    tier that is reached begins now. Promotions that held at the date of the transaction are given,
    but those on request. A refusal does not affect the others.

    Refusals: RetroDisabled, TransactionUnknown, TransactionOfAnother, TransactionHasOwner,
    TransactionNotClaimable, TransactionReturned, TransactionKnown, TransactionTooOld,
    RegisteredTooRecently; ConfirmedAsFraud, StatusBlocksEarning; CustomerUnknown, CustomerMerged.
    """
    outcomes = [ClaimResult() for _ in claims]
    customers = lock_customers({claim.customer_id for claim in claims})
    for _ in claims:
        # No lock blocks a regular transaction of the same number entered at the same time: retry.
        try:
            with transaction.atomic():
                counted = _write_claims(origin, claims, outcomes, customers)
        except IntegrityError:
            continue
        break
    else:
        counted = _write_claims(origin, claims, outcomes, customers)
    _post_points(origin, counted)
    return outcomes


def plan_claims(*, origin: Origin, claims: Sequence[Claim]) -> list[PlannedClaim]:
    """Return what ``claim_transactions`` would do for each as the only one; write nothing."""
    customers = load_customers({claim.customer_id for claim in claims})
    context = _load_context(origin, claims, customers, _select_transactions(origin, claims))
    planned_claims = [
        PlannedClaim(context.transactions.get(claim.transaction_id)) for claim in claims
    ]
    counted: list[tuple[_CountedBill, PlannedClaim]] = []
    for claim, planned_claim in zip(claims, planned_claims, strict=True):
        try:
            _check_claim(origin, claim, context)
        except DomainError as refusal:
            planned_claim.refusal = refusal.detached()
        if planned_claim.transaction is not None and claim.customer_id in context.programs:
            counted.append((_build_bill(origin, claim, context), planned_claim))
    planned_movements = plan_bill_points(origin=origin, bills=[bill for bill, _ in counted])
    for (_, planned_claim), planned_movement in zip(counted, planned_movements, strict=True):
        planned_claim.points = planned_movement
    return planned_claims


def _write_claims(
    origin: Origin,
    claims: Sequence[Claim],
    outcomes: Sequence[ClaimResult],
    customers: CustomersById,
) -> list[tuple[_CountedBill, ClaimResult]]:
    """Assign the transactions to their customers; return the bills whose points are posted."""
    # The rows are locked in key order when they are read; a return of one of them waits.
    rows = _select_transactions(origin, claims).select_for_update()
    context = _load_context(origin, claims, customers, rows)
    accepted: list[tuple[Claim, ClaimResult]] = []
    for claim, outcome in zip(claims, outcomes, strict=True):
        outcome.refusal = None
        try:
            _check_claim(origin, claim, context)
        except DomainError as refusal:
            outcome.refusal = refusal.detached()
            continue
        context.claimed_ids.add(claim.transaction_id)
        outcome.program_id = context.programs.get(claim.customer_id)
        accepted.append((claim, outcome))
    bulk_update(
        Transaction,
        ("type", "customer_id", "program_id"),
        [
            (claim.transaction_id, REGULAR, claim.customer_id, outcome.program_id)
            for claim, outcome in accepted
        ],
    )
    record_events(
        origin=origin,
        events=[
            _build_event(context.transactions[claim.transaction_id], claim) for claim, _ in accepted
        ],
    )
    return [
        (_build_bill(origin, claim, context), outcome)
        for claim, outcome in accepted
        if outcome.program_id is not None
    ]


def _select_transactions(origin: Origin, claims: Sequence[Claim]) -> QuerySet[Transaction]:
    transaction_ids = select_storable_ids({claim.transaction_id for claim in claims})
    return Transaction.objects.filter(org_id=origin.org.pk, pk__in=transaction_ids).order_by("pk")


def _load_context(
    origin: Origin, claims: Sequence[Claim], customers: CustomersById, rows: QuerySet[Transaction]
) -> _ClaimContext:
    transactions = {row.pk: row for row in rows}
    on_file = load_existing_transactions(
        org_id=origin.org.pk, numbers={row.number for row in transactions.values()}, ids=()
    )
    default_id = next((p.id for p in get_programs(origin.org.pk).values() if p.is_default), None)
    enrollments = Enrollment.objects.filter(customer_id__in=customers, program_id=default_id or 0)
    return _ClaimContext(
        customers=customers,
        effects=get_status_effects(origin.org.pk),
        transactions=transactions,
        claimables={
            pk: ClaimableTransaction(
                type=row.type,
                customer_id=row.customer_id,
                billed_at=row.billed_at,
                has_returns=on_file.by_id[pk].returned_amount > 0,
                has_duplicate=on_file.find_newest(row.number, row.number_scope, REGULAR)
                is not None,
            )
            for pk, row in transactions.items()
        },
        programs=dict(enrollments.values_list("customer_id", "program_id")),
        lines=load_bought_lines(transactions) if get_promotions(origin.org.pk) else {},
    )


def _check_claim(origin: Origin, claim: Claim, context: _ClaimContext) -> None:
    customer = get_active_customer(origin, context.customers, claim.customer_id)
    check_block(context.effects, customer, EARNING)
    check_end_point(customer, POINTS)
    claimable = context.claimables.get(claim.transaction_id)
    if claimable is None:
        raise errors.TransactionUnknown(number=claim.transaction_id)
    if claim.transaction_id in context.claimed_ids:
        raise errors.TransactionNotClaimable(type=REGULAR)
    check_claim(
        claimable,
        get_claim_limits(origin.org.pk),
        customer_id=customer.pk,
        registered_at=customer.registered_at,
        now=origin.at,
    )


def _build_bill(origin: Origin, claim: Claim, context: _ClaimContext) -> _CountedBill:
    row = context.transactions[claim.transaction_id]
    sale = Sale(
        number=row.number,
        customer_id=claim.customer_id,
        store_id=row.store_id,
        till_id=row.till_id,
        billed_at=row.billed_at,
        amount=row.amount,
        lines=context.lines.get(row.pk, ()),
    )
    movement = Movement(
        customer_id=claim.customer_id,
        program_id=context.programs[claim.customer_id],
        kind="AWARD",
        purchases=row.amount,
        happened_at=row.billed_at,
        transaction_id=row.pk,
        transaction_number=row.number,
        notes=claim.reason,
        issued_by_id=row.store_id or row.till_id or origin.actor_id,
    )
    return sale, movement


def _post_points(origin: Origin, counted: Sequence[tuple[_CountedBill, ClaimResult]]) -> None:
    results = post_bill_points(origin=origin, bills=[bill for bill, _ in counted])
    for (_, outcome), result in zip(counted, results, strict=True):
        if result.refusal is not None:
            # The customer is locked and enrolled: a refusal would be a bug.
            raise result.refusal
        outcome.points_result = result


def _build_event(row: Transaction, claim: Claim) -> NewEvent:
    return NewEvent(
        "transaction.claimed",
        "transaction",
        row.pk,
        before={"type": row.type, "customer": row.customer_id},
        after={
            "type": REGULAR,
            "customer": claim.customer_id,
            "number": row.number,
            **({"reason": claim.reason} if claim.reason else {}),
        },
    )
