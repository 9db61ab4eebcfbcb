"""Whether a bill that nobody was interested in may become a customer's after all."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from loyalty import claim_errors, errors

NOT_INTERESTED = "NOT_INTERESTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimLimits:
    """What the organization allows: whether at all, how old a bill, how soon after registering."""

    is_enabled: bool
    most_days: int
    least_hours: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedBill:
    """A transaction as a claim meets it; ``has_twin``: a regular one has its number there."""

    type: str
    customer_id: int | None
    billed_at: datetime
    came_back: bool
    has_twin: bool


def days_old(billed_at: datetime, now: datetime) -> int:
    """Whole days since the bill."""
    return max((now - billed_at).days, 0)


def check_claim(
    bill: ClaimedBill,
    limits: ClaimLimits,
    *,
    customer_id: int,
    registered_at: datetime,
    now: datetime,
) -> None:
    """Refuse what cannot become the customer's; both limits count up to this very moment.

    Raises:
        RetroDisabled: the organization does not have it.
        TransactionOfAnother: the bill is another customer's.
        TransactionNotClaimable: it is regular already, or a return (fact: ``type``).
        TransactionReturned: goods of it came back.
        TransactionKnown: a regular one has its number in its store.
        TransactionTooOld: it is older than it may be (fact: ``days``).
        RegisteredTooRecently: the customer is too new (fact: ``hours``).
    """
    if not limits.is_enabled:
        raise claim_errors.RetroDisabled()
    if bill.customer_id not in (None, customer_id):
        raise claim_errors.TransactionOfAnother()
    if bill.type != NOT_INTERESTED:
        raise claim_errors.TransactionNotClaimable(type=bill.type)
    if bill.came_back:
        raise claim_errors.TransactionReturned()
    if bill.has_twin:
        raise errors.TransactionKnown(transaction_id=None)
    if now - bill.billed_at > timedelta(days=limits.most_days):
        raise claim_errors.TransactionTooOld(days=limits.most_days)
    if now - registered_at < timedelta(hours=limits.least_hours):
        raise claim_errors.RegisteredTooRecently(hours=limits.least_hours)
