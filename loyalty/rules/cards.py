"""Cards: status transitions, issue checks, limits and expiry."""

from datetime import datetime, timedelta, tzinfo

from customers.rules.times import end_of_day
from loyalty import errors

NOT_ISSUED = "NOT_ISSUED"
ISSUED = "ISSUED"
ACTIVE = "ACTIVE"
SUSPENDED = "SUSPENDED"
EXPIRED = "EXPIRED"
DELETED = "DELETED"
STATUSES = (NOT_ISSUED, ISSUED, ACTIVE, SUSPENDED, EXPIRED, DELETED)

# Statuses that count for a customer's limit. A suspended card does not, so it can be replaced.
COUNTED_STATUSES = (ISSUED, ACTIVE)
# Statuses that become EXPIRED at the card's expiry.
EXPIRABLE_STATUSES = (ISSUED, ACTIVE, SUSPENDED)
# Statuses that a card may have when it is issued.
ISSUE_STATUSES = (ISSUED, ACTIVE, SUSPENDED)
# Statuses in which a customer holds the card, so that it can be delinked.
HELD_STATUSES = (ISSUED, ACTIVE, SUSPENDED, EXPIRED)

# Issuing and delinking are separate operations. DELETED is final.
_TRANSITIONS: dict[str, tuple[str, ...]] = {
    NOT_ISSUED: (DELETED,),
    ISSUED: (ACTIVE, SUSPENDED, EXPIRED, DELETED),
    ACTIVE: (SUSPENDED, EXPIRED, DELETED),
    SUSPENDED: (ACTIVE, EXPIRED, DELETED),
    EXPIRED: (DELETED,),
    DELETED: (),
}
_MAX_DAYS = 365_000


def get_status_at(status: str, expires_at: datetime | None, now: datetime) -> str:
    """Return the current status: EXPIRED after the expiry, even before the worker writes it."""
    if status in EXPIRABLE_STATUSES and expires_at is not None and expires_at < now:
        return EXPIRED
    return status


def check_transition(current: str, new: str) -> None:
    """Refuse a transition that is not allowed; another label of the same status always is.

    Raises:
        CardTransitionRefused: facts ``present`` and ``wanted``.
    """
    if new != current and new not in _TRANSITIONS[current]:
        raise errors.CardTransitionRefused(present=current, wanted=new)


def check_issue(*, current: str, new: str, holder_id: int | None, customer_id: int) -> None:
    """Refuse to issue the card to this customer with the wanted status.

    If the customer holds the card already, the status transition must be allowed.

    Raises:
        CardTaken: another customer holds it.
        CardTransitionRefused: the card is deleted, or cannot be issued with that status.
    """
    if holder_id == customer_id:
        check_transition(current, new)
    elif holder_id is not None:
        raise errors.CardTaken()
    elif current != NOT_ISSUED or new not in ISSUE_STATUSES:
        raise errors.CardTransitionRefused(present=current, wanted=new)


def check_card_limit(*, held_count: int, limit: int | None) -> None:
    """Refuse one more card of a series to a customer who has reached the limit.

    Raises:
        CardLimitReached: fact ``limit``.
    """
    if limit is not None and held_count >= limit:
        raise errors.CardLimitReached(limit=limit)


def get_card_expiry(*, issued_at: datetime, days: int, zone: tzinfo) -> datetime | None:
    """Return the end of a card's last day; None if it does not expire, or too far ahead."""
    if not 0 < days <= _MAX_DAYS:
        return None
    return end_of_day(issued_at.astimezone(zone).date() + timedelta(days=days), zone)
