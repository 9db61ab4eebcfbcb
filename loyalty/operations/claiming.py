"""Claiming transactions: what nobody was interested in becomes a customer's after all (retro)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from crm.audit.operations.recording import NewEvent, record_events
from crm.kernel.bulk import bulk_update
from crm.kernel.errors import DomainError
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from loyalty import claim_errors, errors
from loyalty.models import Enrollment, Transaction
from loyalty.operations.people import People, lock_people, look_at_people, standing, storable
from loyalty.operations.posting import Foreseen, Posted, plan_movements, post_movements
from loyalty.queries.bills import load_bills_on_file
from loyalty.queries.claims import get_claim_limits
from loyalty.queries.programs import get_programs
from loyalty.rules.claims import ClaimedBill, check_claim
from loyalty.rules.movements import Movement

REGULAR = "REGULAR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A customer's word that a bill was theirs."""

    transaction_id: int
    customer_id: int
    reason: str = ""


@dataclass(slots=True)
class Claimed:
    """What became of one claim; ``posted`` is None where no points were concerned."""

    program_id: int | None = None
    posted: Posted | None = None
    refusal: DomainError | None = None


@dataclass(slots=True)
class ForeseenClaim:
    """What a claim would do now; ``points`` is None where the customer is no member."""

    bill: Transaction | None = None
    points: Foreseen | None = None
    refusal: DomainError | None = None


@dataclass(slots=True)
class _Surroundings:
    people: People
    bills: Mapping[int, Transaction]
    seen: Mapping[int, ClaimedBill]
    # By customer, where their purchases count.
    programs: Mapping[int, int]
    taken: set[int] = field(default_factory=set)


@within_unit_of_work
def claim_transaction(*, origin: Origin, claim: Claim) -> Claimed:
    """Claim one transaction; raises the refusal that ``claim_transactions`` tells."""
    [claimed] = claim_transactions(origin=origin, claims=[claim])
    if claimed.refusal is not None:
        raise claimed.refusal
    return claimed


@within_unit_of_work
def claim_transactions(*, origin: Origin, claims: Sequence[Claim]) -> list[Claimed]:
    """Make NOT_INTERESTED transactions REGULAR ones: an outcome for each, in order.

    A member of the default program is awarded what the bill would have earned, at the rate of the
    tier they have now, as for any bill that is entered late: the points begin and expire by the
    time of the bill, those that would be over by now come and expire at once; lifetime purchases
    rise, and a tier that is reached begins now. Refused ones leave the others.

    Refusals: RetroDisabled, TransactionUnknown, TransactionOfAnother, TransactionNotClaimable,
    TransactionReturned, TransactionKnown, TransactionTooOld, RegisteredTooRecently;
    CustomerUnknown, CustomerMerged.
    """
    outcomes = [Claimed() for _ in claims]
    people = lock_people({claim.customer_id for claim in claims})
    for _ in claims:
        # Whoever enters a regular bill of the same number at this moment is met by no lock.
        try:
            with transaction.atomic():
                taken = _take(origin, claims, outcomes, people)
        except IntegrityError:
            continue
        break
    else:
        taken = _take(origin, claims, outcomes, people)
    _count(origin, taken)
    return outcomes


def plan_claims(*, origin: Origin, claims: Sequence[Claim]) -> list[ForeseenClaim]:
    """Say what ``claim_transactions`` would do for each if it were the only one; write nothing."""
    people = look_at_people({claim.customer_id for claim in claims})
    around = _look_around(origin, claims, people, _rows(origin, claims))
    planned = [ForeseenClaim(around.bills.get(claim.transaction_id)) for claim in claims]
    counted: list[tuple[Movement, ForeseenClaim]] = []
    for claim, foreseen in zip(claims, planned, strict=True):
        try:
            _check(origin, claim, around)
        except DomainError as refusal:
            foreseen.refusal = refusal
        if foreseen.bill is not None and claim.customer_id in around.programs:
            counted.append((_movement(origin, claim, around), foreseen))
    foreseen_points = plan_movements(origin=origin, movements=[movement for movement, _ in counted])
    for (_, foreseen), points in zip(counted, foreseen_points, strict=True):
        foreseen.points = points
    return planned


def _take(
    origin: Origin, claims: Sequence[Claim], outcomes: Sequence[Claimed], people: People
) -> list[tuple[Movement, Claimed]]:
    """Write whose the bills are; return what is to be counted."""
    # list() takes the locks, in the order of the keys; a return of one of them waits.
    rows = _rows(origin, claims).select_for_update()
    around = _look_around(origin, claims, people, rows)
    new: list[tuple[Claim, Claimed]] = []
    for claim, outcome in zip(claims, outcomes, strict=True):
        outcome.refusal = None
        try:
            _check(origin, claim, around)
        except DomainError as refusal:
            outcome.refusal = refusal
            continue
        around.taken.add(claim.transaction_id)
        outcome.program_id = around.programs.get(claim.customer_id)
        new.append((claim, outcome))
    bulk_update(
        Transaction,
        ("type", "customer_id", "program_id"),
        [
            (claim.transaction_id, REGULAR, claim.customer_id, outcome.program_id)
            for claim, outcome in new
        ],
    )
    record_events(
        origin=origin,
        events=[_event(around.bills[claim.transaction_id], claim) for claim, _ in new],
    )
    return [
        (_movement(origin, claim, around), outcome)
        for claim, outcome in new
        if outcome.program_id is not None
    ]


def _rows(origin: Origin, claims: Sequence[Claim]) -> QuerySet[Transaction]:
    named = storable({claim.transaction_id for claim in claims})
    return Transaction.objects.filter(org_id=origin.org.pk, pk__in=named).order_by("pk")


def _look_around(
    origin: Origin, claims: Sequence[Claim], people: People, rows: QuerySet[Transaction]
) -> _Surroundings:
    bills = {row.pk: row for row in rows}
    on_file = load_bills_on_file(
        org_id=origin.org.pk, numbers={bill.number for bill in bills.values()}, ids=()
    )
    default = next((p.id for p in get_programs(origin.org.pk).values() if p.is_default), None)
    members = Enrollment.objects.filter(customer_id__in=people, program_id=default or 0)
    return _Surroundings(
        people=people,
        bills=bills,
        seen={
            pk: ClaimedBill(
                type=bill.type,
                customer_id=bill.customer_id,
                billed_at=bill.billed_at,
                came_back=on_file.by_id[pk].came_back > 0,
                has_twin=on_file.taken_by(bill.number, bill.store_id, REGULAR) is not None,
            )
            for pk, bill in bills.items()
        },
        programs=dict(members.values_list("customer_id", "program_id")),
    )


def _check(origin: Origin, claim: Claim, around: _Surroundings) -> None:
    customer = standing(origin, around.people, claim.customer_id)
    bill = around.seen.get(claim.transaction_id)
    if bill is None:
        raise errors.TransactionUnknown(number=claim.transaction_id)
    if claim.transaction_id in around.taken:
        raise claim_errors.TransactionNotClaimable(type=REGULAR)
    check_claim(
        bill,
        get_claim_limits(origin.org.pk),
        customer_id=customer.pk,
        registered_at=customer.registered_at,
        now=origin.at,
    )


def _movement(origin: Origin, claim: Claim, around: _Surroundings) -> Movement:
    bill = around.bills[claim.transaction_id]
    return Movement(
        customer_id=claim.customer_id,
        program_id=around.programs[claim.customer_id],
        kind="AWARD",
        purchases=bill.amount,
        happened_at=bill.billed_at,
        transaction_id=bill.pk,
        transaction_number=bill.number,
        notes=claim.reason,
        issued_by_id=bill.store_id or bill.till_id or origin.actor_id,
    )


def _count(origin: Origin, taken: Sequence[tuple[Movement, Claimed]]) -> None:
    posted = post_movements(origin=origin, movements=[movement for movement, _ in taken])
    for (_, outcome), what in zip(taken, posted, strict=True):
        if what.refusal is not None:
            # The customer is locked and a member: nothing is left to refuse.
            raise what.refusal
        outcome.posted = what


def _event(bill: Transaction, claim: Claim) -> NewEvent:
    return NewEvent(
        "transaction.claimed",
        "transaction",
        bill.pk,
        before={"type": bill.type, "customer": bill.customer_id},
        after={
            "type": REGULAR,
            "customer": claim.customer_id,
            "number": bill.number,
            **({"reason": claim.reason} if claim.reason else {}),
        },
    )
