"""Requests to claim a NOT_INTERESTED transaction for a customer (retro)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from crm.approvals import errors
from crm.approvals.domain.drafts import NewRequest, RequestDraft
from crm.approvals.domain.four_eyes import get_signatory
from crm.approvals.domain.kinds.formats import (
    NO_VALUE,
    format_amount,
    format_day,
    format_minute,
)
from crm.approvals.models import Request
from crm.approvals.rules.plans import Difference, Fact, Plan
from crm.approvals.rules.texts import clean_text
from crm.kernel.errors import DomainError
from crm.kernel.ids import read_id
from crm.kernel.staff_texts import staff_text
from crm.kernel.transactions import within_unit_of_work
from crm.messages import explain
from crm.tenancy.models import Organization, OrgEntity
from crm.tenancy.origin import Origin
from customers.models import Customer
from customers.queries.customers.active import load_customers
from loyalty.errors import TransactionTypeInvalid, TransactionUnknown
from loyalty.models import Transaction
from loyalty.operations.transactions.claim import (
    Claim,
    PlannedClaim,
    claim_transactions,
    plan_claims,
)
from loyalty.queries.transactions.claims import find_claimable_transaction, get_claim_limits
from loyalty.rules.claims import ClaimLimits, get_age_in_days

NOT_INTERESTED, REGULAR = "NOT_INTERESTED", "REGULAR"
LONGEST_NUMBER = 100


@dataclass(frozen=True, slots=True)
class RetroTransaction:
    """Turn a NOT_INTERESTED transaction into a REGULAR one of the customer, once.

    The organization's limits (age of the transaction, time since registration) are checked at
    filing and again at the approval, so a request that waits too long fails.
    """

    def draft(self, *, origin: Origin, new_request: NewRequest, customer: Customer) -> RequestDraft:
        """Find the transaction by id, else by number, and check that it can be claimed.

        Raises:
            TransactionTypeInvalid: the types are not NOT_INTERESTED and REGULAR.
            TransactionUnknown, TransactionAmbiguous: no transaction matches, or several do.
            RetroDisabled, TransactionOfAnother, TransactionHasOwner, TransactionNotClaimable,
            TransactionReturned, TransactionKnown, TransactionTooOld, RegisteredTooRecently: it
                cannot be claimed.
            SameRequestPending, TransactionClaimed: this or another customer's request for the
                transaction is pending.
        """
        _check_transaction_type(new_request.old_type, NOT_INTERESTED)
        _check_transaction_type(new_request.new_type, REGULAR)
        number = clean_text(new_request.reference_id, "reference_id", LONGEST_NUMBER)
        transaction_id = read_id(new_request.transaction_id)
        if transaction_id is None:
            if new_request.transaction_id not in (None, "") or not number:
                raise TransactionUnknown(number=str(new_request.transaction_id or ""))
            transaction_id = find_claimable_transaction(
                org_id=origin.org.pk,
                number=number,
                customer_id=customer.pk,
                store_id=get_signatory(origin).store_id,
            )
        claim = Claim(transaction_id=transaction_id, customer_id=customer.pk)
        [planned_claim] = plan_claims(origin=origin, claims=[claim])
        if planned_claim.refusal is not None:
            raise planned_claim.refusal
        self._refuse_duplicate(origin, customer, transaction_id)
        payload = {
            "transaction_id": transaction_id,
            "old_type": NOT_INTERESTED,
            "new_type": REGULAR,
        }
        return RequestDraft(payload=payload | ({"reference_id": number} if number else {}))

    def plan(self, *, org: Organization, requests: Sequence[Request], now: datetime) -> list[Plan]:
        """Show the transaction, the points and tier it earns, and the limits."""
        planned_claims = plan_claims(
            origin=Origin(org=org, actor_id=None, door="", at=now),
            claims=[_build_claim(request) for request in requests],
        )
        customers = load_customers({request.customer_id for request in requests})
        stores = _load_store_names(planned_claim.transaction for planned_claim in planned_claims)
        limits = get_claim_limits(org.pk)
        return [
            Plan(
                differences=_list_differences(planned_claim, request.customer_id),
                facts=[
                    *_list_transaction_facts(planned_claim, stores, org, limits, now),
                    *_list_customer_facts(customers[request.customer_id], org, limits),
                    *_list_point_facts(planned_claim, org),
                ],
                blockers=[] if planned_claim.refusal is None else [explain(planned_claim.refusal)],
            )
            for request, planned_claim in zip(requests, planned_claims, strict=True)
        ]

    @within_unit_of_work
    def apply(
        self, *, origin: Origin, requests: Sequence[Request], points: Mapping[int, Decimal]
    ) -> list[DomainError | None]:
        """Claim the transactions in bulk. Refusals: those of ``claim_transactions``."""
        claims = [_build_claim(request) for request in requests]
        return [claimed.refusal for claimed in claim_transactions(origin=origin, claims=claims)]

    def _refuse_duplicate(self, origin: Origin, customer: Customer, transaction_id: int) -> None:
        pending = (
            Request.objects.open()
            .filter(
                org_id=origin.org.pk,
                kind=Request.Kind.RETRO,
                payload__transaction_id=transaction_id,
            )
            .values_list("pk", "customer_id")
            .first()
        )
        if pending is None:
            return
        if pending[1] == customer.pk:
            raise errors.SameRequestPending(request_id=pending[0])
        raise errors.TransactionClaimed(request_id=pending[0])


def _check_transaction_type(raw: Any, expected: str) -> None:
    if raw not in (None, "") and str(raw).strip().upper() != expected:
        raise TransactionTypeInvalid()


def _build_claim(request: Request) -> Claim:
    return Claim(
        transaction_id=request.payload["transaction_id"],
        customer_id=request.customer_id,
        reason=request.reason,
    )


def _load_store_names(transactions: Any) -> dict[int, str]:
    store_ids = {
        transaction.store_id
        for transaction in transactions
        if transaction is not None and transaction.store_id
    }
    return (
        {row.pk: str(row) for row in OrgEntity.objects.filter(pk__in=store_ids)}
        if store_ids
        else {}
    )


def _list_differences(planned_claim: PlannedClaim, customer_id: int) -> list[Difference]:
    transaction = planned_claim.transaction
    if transaction is None:
        return []
    differences = [Difference(staff_text("Transaction"), str(transaction.type), REGULAR)]
    if transaction.customer_id != customer_id:
        before = (
            NO_VALUE
            if transaction.customer_id is None
            else staff_text("Customer {customer_id}", customer_id=transaction.customer_id)
        )
        differences.append(
            Difference(
                staff_text("Customer"),
                before,
                staff_text("Customer {customer_id}", customer_id=customer_id),
            )
        )
    points = planned_claim.points
    if points is None or points.before is None or points.after is None:
        return differences
    balance_before, balance_after = points.before, points.after
    for name, was, now in (
        (
            staff_text("Points balance"),
            format_amount(balance_before.points),
            format_amount(balance_after.points),
        ),
        (
            staff_text("Delayed points"),
            format_amount(balance_before.delayed),
            format_amount(balance_after.delayed),
        ),
        (
            staff_text("Lifetime purchases"),
            format_amount(balance_before.purchases),
            format_amount(balance_after.purchases),
        ),
        (staff_text("Tier"), balance_before.tier, balance_after.tier),
    ):
        if was != now:
            differences.append(Difference(name, was, now))
    return differences


def _list_transaction_facts(
    planned_claim: PlannedClaim,
    stores: Mapping[int, str],
    org: Organization,
    limits: ClaimLimits,
    now: datetime,
) -> list[Fact]:
    transaction: Transaction | None = planned_claim.transaction
    if transaction is None:
        return []
    store = stores.get(transaction.store_id or 0)
    location = staff_text(" in {store}", store=store) if store else ""
    billed_at = format_minute(transaction.billed_at, org.zone)
    description = staff_text(
        "{number} of {billed_at}{location}, {amount}",
        number=transaction.number,
        billed_at=billed_at,
        location=location,
        amount=format_amount(transaction.amount),
    )
    age = get_age_in_days(transaction.billed_at, now)
    return [
        Fact(staff_text("Transaction"), description),
        Fact(
            staff_text("Age"),
            staff_text(
                "{age} days; at most {max_age_days} are allowed",
                age=age,
                max_age_days=limits.max_age_days,
            ),
        ),
    ]


def _list_customer_facts(customer: Customer, org: Organization, limits: ClaimLimits) -> list[Fact]:
    since = format_minute(customer.registered_at, org.zone)
    return [
        Fact(
            staff_text("Registered"),
            staff_text(
                "{since}; claims are allowed {min_hours_registered} hours after that",
                since=since,
                min_hours_registered=limits.min_hours_registered,
            ),
        )
    ]


def _list_point_facts(planned_claim: PlannedClaim, org: Organization) -> list[Fact]:
    points = planned_claim.points
    if planned_claim.refusal is not None:
        return []
    if points is None or points.program is None:
        return [
            Fact(
                staff_text("Points"),
                staff_text("None: the customer is not enrolled in the default program"),
            )
        ]
    return [
        Fact(staff_text("Program"), f"{points.program.name} ({points.program.id})"),
        Fact(staff_text("The points expire"), format_day(points.expires_at, org.zone)),
    ]
