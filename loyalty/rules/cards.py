"""Cards: which status may follow which, who may be given one, and how long it is good."""

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

# What a customer's limit counts: a suspended card makes room for the one that replaces it.
COUNTED = (ISSUED, ACTIVE)
# What the end of its time makes EXPIRED.
EXPIRING = (ISSUED, ACTIVE, SUSPENDED)
# With which a card may begin at a customer.
AT_ISSUE = (ISSUED, ACTIVE, SUSPENDED)
# From which a card may be taken back from its customer.
HELD = (ISSUED, ACTIVE, SUSPENDED, EXPIRED)

# Issuing and taking back have operations of their own; nothing comes back from DELETED.
_MAY_FOLLOW: dict[str, tuple[str, ...]] = {
    NOT_ISSUED: (DELETED,),
    ISSUED: (ACTIVE, SUSPENDED, EXPIRED, DELETED),
    ACTIVE: (SUSPENDED, EXPIRED, DELETED),
    SUSPENDED: (ACTIVE, EXPIRED, DELETED),
    EXPIRED: (DELETED,),
    DELETED: (),
}
_LATEST = 365_000


def status_at(status: str, expires_at: datetime | None, now: datetime) -> str:
    """Return the status as it is now: a card whose time is over is EXPIRED before the sweep."""
    if status in EXPIRING and expires_at is not None and expires_at < now:
        return EXPIRED
    return status


def check_transition(present: str, wanted: str) -> None:
    """Refuse a status that cannot follow; another label of the same status always may.

    Raises:
        CardTransitionRefused: facts ``present`` and ``wanted``.
    """
    if wanted != present and wanted not in _MAY_FOLLOW[present]:
        raise errors.CardTransitionRefused(present=present, wanted=wanted)


def check_issue(*, present: str, wanted: str, holder_id: int | None, customer_id: int) -> None:
    """Say whether this customer may be given the card with that status.

    A card that they hold already may only go where a change of its label may lead.

    Raises:
        CardTaken: another customer holds it.
        CardTransitionRefused: it was deleted, or a card cannot begin with that status.
    """
    if holder_id == customer_id:
        check_transition(present, wanted)
    elif holder_id is not None:
        raise errors.CardTaken()
    elif present != NOT_ISSUED or wanted not in AT_ISSUE:
        raise errors.CardTransitionRefused(present=present, wanted=wanted)


def check_room(*, held: int, limit: int | None) -> None:
    """Refuse one more card of a series to a customer who has as many as they may.

    Raises:
        CardLimitReached: fact ``limit``.
    """
    if limit is not None and held >= limit:
        raise errors.CardLimitReached(limit=limit)


def expiry_of(*, issued_at: datetime, days: int, zone: tzinfo) -> datetime | None:
    """Return the end of the last day; None without days, and where no calendar reaches so far."""
    if not 0 < days <= _LATEST:
        return None
    return end_of_day(issued_at.astimezone(zone).date() + timedelta(days=days), zone)
