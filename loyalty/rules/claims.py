"""Whether a customer may claim a not-interested transaction later (retro)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from loyalty import errors

NOT_INTERESTED = "NOT_INTERESTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimLimits:
    """The limits of claims: on or off, age of the transaction, time since registration."""

    is_enabled: bool
    max_age_days: int
    min_hours_registered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimableTransaction:
    """A transaction to be claimed; ``has_duplicate``: its store has a regular one so numbered."""

    type: str
    customer_id: int | None
    billed_at: datetime
    has_returns: bool
    has_duplicate: bool


def get_age_in_days(billed_at: datetime, now: datetime) -> int:
    """Return the whole days since the transaction."""
    return max((now - billed_at).days, 0)


def check_claim(
    transaction: ClaimableTransaction,
    limits: ClaimLimits,
    *,
    customer_id: int,
    registered_at: datetime,
    now: datetime,
) -> None:
    """Refuse a claim that is not allowed; both limits are measured up to ``now``.

    Raises:
        RetroDisabled: the organization does not allow claims.
        TransactionOfAnother: the transaction belongs to another customer.
        TransactionHasOwner: it belongs to this customer already.
        TransactionNotClaimable: it is a regular transaction already, or a return (fact: ``type``).
        TransactionReturned: goods of the transaction were returned.
        TransactionKnown: its store has a regular transaction of this number.
        TransactionTooOld: the transaction is too old (fact: ``days``).
        RegisteredTooRecently: the customer registered too recently (fact: ``hours``).
    """
    if not limits.is_enabled:
        raise errors.RetroDisabled()
    if transaction.customer_id not in (None, customer_id):
        raise errors.TransactionOfAnother()
    if transaction.type != NOT_INTERESTED:
        raise errors.TransactionNotClaimable(type=transaction.type)
    if transaction.customer_id is not None:
        raise errors.TransactionHasOwner()
    if transaction.has_returns:
        raise errors.TransactionReturned()
    if transaction.has_duplicate:
        raise errors.TransactionKnown(transaction_id=None)
    if now - transaction.billed_at > timedelta(days=limits.max_age_days):
        raise errors.TransactionTooOld(days=limits.max_age_days)
    if now - registered_at < timedelta(hours=limits.min_hours_registered):
        raise errors.RegisteredTooRecently(hours=limits.min_hours_registered)
