"""A bill that nobody was interested in, claimed for a customer (retro)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from crm.approvals import errors
from crm.approvals.domain.asking import Ask, Draft
from crm.approvals.domain.four_eyes import signatory_of
from crm.approvals.domain.kinds.wording import NOTHING, amount, day, in_words, minute
from crm.approvals.domain.reading import read_id
from crm.approvals.models import Request
from crm.approvals.rules.plans import Difference, Fact, Plan
from crm.approvals.rules.words import clean_text
from crm.kernel.errors import DomainError
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.models import Organization, OrgEntity
from crm.tenancy.origin import Origin
from customers.models import Customer
from loyalty.errors import TransactionTypeInvalid, TransactionUnknown
from loyalty.models import Transaction
from loyalty.operations.claiming import Claim, ForeseenClaim, claim_transactions, plan_claims
from loyalty.operations.people import look_at_people
from loyalty.queries.claims import find_claimable, get_claim_limits
from loyalty.rules.claims import ClaimLimits, days_old

NOT_INTERESTED, REGULAR = "NOT_INTERESTED", "REGULAR"
LONGEST_NUMBER = 100
OPEN = (Request.Status.PENDING, Request.Status.FAILED)


@dataclass(frozen=True, slots=True)
class RetroTransaction:
    """A NOT_INTERESTED transaction becomes a REGULAR one of the customer, once.

    Both limits of the organization (how old the bill, how long since registering) count up to the
    moment of filing, and again up to the moment of the approval: what lies too long is too old.
    """

    def draft(self, *, origin: Origin, ask: Ask, customer: Customer) -> Draft:
        """Find the bill, by its id, else by its number, and see that it can be claimed.

        Raises:
            TransactionTypeInvalid: another change of type than NOT_INTERESTED to REGULAR.
            TransactionUnknown, TransactionAmbiguous: no bill is named, or it cannot be told which.
            RetroDisabled, TransactionOfAnother, TransactionNotClaimable, TransactionReturned,
            TransactionKnown, TransactionTooOld, RegisteredTooRecently: it cannot be claimed.
            SameRequestPending, TransactionClaimed: a request of this or of another customer for
                this bill waits already.
        """
        _check_type(ask.old_type, NOT_INTERESTED)
        _check_type(ask.new_type, REGULAR)
        number = clean_text(ask.reference_id, "reference_id", LONGEST_NUMBER)
        bill_id = read_id(ask.transaction_id)
        if bill_id is None:
            if ask.transaction_id not in (None, "") or not number:
                raise TransactionUnknown(number=str(ask.transaction_id or ""))
            bill_id = find_claimable(
                org_id=origin.org.pk,
                number=number,
                customer_id=customer.pk,
                store_id=signatory_of(origin).store_id,
            )
        claim = Claim(transaction_id=bill_id, customer_id=customer.pk)
        [foreseen] = plan_claims(origin=origin, claims=[claim])
        if foreseen.refusal is not None:
            raise foreseen.refusal
        self._refuse_second(origin, customer, bill_id)
        payload = {"transaction_id": bill_id, "old_type": NOT_INTERESTED, "new_type": REGULAR}
        return Draft(payload=payload | ({"reference_id": number} if number else {}))

    def plan(self, *, org: Organization, requests: Sequence[Request], now: datetime) -> list[Plan]:
        """The bill, what it earns, the tier it leads to, and how it stands to the limits."""
        planned = plan_claims(
            origin=Origin(org=org, actor_id=None, door="", at=now),
            claims=[_claim(request) for request in requests],
        )
        people = look_at_people({request.customer_id for request in requests})
        stores = _stores(foreseen.bill for foreseen in planned)
        limits = get_claim_limits(org.pk)
        return [
            Plan(
                differences=_differences(foreseen, request.customer_id),
                facts=[
                    *_about_the_bill(foreseen, stores, org, limits, now),
                    *_about_the_customer(people[request.customer_id], org, limits),
                    *_about_the_points(foreseen, org),
                ],
                blockers=[] if foreseen.refusal is None else [in_words(foreseen.refusal)],
            )
            for request, foreseen in zip(requests, planned, strict=True)
        ]

    @within_unit_of_work
    def apply(
        self, *, origin: Origin, requests: Sequence[Request], points: Mapping[int, Decimal]
    ) -> list[DomainError | None]:
        """Claim them all at once; refusals are those of ``claim_transactions``."""
        claims = [_claim(request) for request in requests]
        return [claimed.refusal for claimed in claim_transactions(origin=origin, claims=claims)]

    def _refuse_second(self, origin: Origin, customer: Customer, bill_id: int) -> None:
        waiting = (
            Request.objects.filter(
                org_id=origin.org.pk,
                kind=Request.Kind.RETRO,
                status__in=OPEN,
                payload__transaction_id=bill_id,
            )
            .values_list("pk", "customer_id")
            .first()
        )
        if waiting is None:
            return
        if waiting[1] == customer.pk:
            raise errors.SameRequestPending(request_id=waiting[0])
        raise errors.TransactionClaimed(request_id=waiting[0])


def _check_type(given: Any, wanted: str) -> None:
    if given not in (None, "") and str(given).strip().upper() != wanted:
        raise TransactionTypeInvalid()


def _claim(request: Request) -> Claim:
    return Claim(
        transaction_id=request.payload["transaction_id"],
        customer_id=request.customer_id,
        reason=request.reason,
    )


def _stores(bills: Any) -> dict[int, str]:
    named = {bill.store_id for bill in bills if bill is not None and bill.store_id}
    return {row.pk: str(row) for row in OrgEntity.objects.filter(pk__in=named)} if named else {}


def _differences(foreseen: ForeseenClaim, customer_id: int) -> list[Difference]:
    bill = foreseen.bill
    if bill is None:
        return []
    found = [Difference("Transaction", str(bill.type), REGULAR)]
    if bill.customer_id != customer_id:
        before = NOTHING if bill.customer_id is None else f"Customer {bill.customer_id}"
        found.append(Difference("Bought by", before, f"Customer {customer_id}"))
    counted = foreseen.points
    if counted is None or counted.before is None or counted.after is None:
        return found
    first, then = counted.before, counted.after
    for name, was, now in (
        ("Points to spend", amount(first.points), amount(then.points)),
        ("Points that wait", amount(first.delayed), amount(then.delayed)),
        ("Lifetime purchases", amount(first.purchases), amount(then.purchases)),
        ("Tier", first.tier, then.tier),
    ):
        if was != now:
            found.append(Difference(name, was, now))
    return found


def _about_the_bill(
    foreseen: ForeseenClaim,
    stores: Mapping[int, str],
    org: Organization,
    limits: ClaimLimits,
    now: datetime,
) -> list[Fact]:
    bill: Transaction | None = foreseen.bill
    if bill is None:
        return []
    store = stores.get(bill.store_id or 0)
    where = f" in {store}" if store else ""
    told = f"{bill.number} of {minute(bill.billed_at, org.zone)}{where}, {amount(bill.amount)}"
    age = days_old(bill.billed_at, now)
    return [
        Fact("Bill", told),
        Fact("Age of the bill", f"{age} days; at most {limits.most_days} are allowed"),
    ]


def _about_the_customer(customer: Customer, org: Organization, limits: ClaimLimits) -> list[Fact]:
    since = minute(customer.registered_at, org.zone)
    return [
        Fact("Registered", f"{since}; bills can be claimed {limits.least_hours} hours after that")
    ]


def _about_the_points(foreseen: ForeseenClaim, org: Organization) -> list[Fact]:
    counted = foreseen.points
    if foreseen.refusal is not None:
        return []
    if counted is None or counted.program is None:
        return [Fact("Points", "None: the customer is no member of the default program")]
    return [
        Fact("Program", f"{counted.program.name} ({counted.program.id})"),
        Fact("The points expire", day(counted.expires_at, org.zone)),
    ]
