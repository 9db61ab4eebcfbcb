"""What an organization allows of claims, and which bill is meant by a number."""

from crm.tenancy.queries.settings import get_settings
from loyalty import claim_errors, errors
from loyalty.models import Transaction
from loyalty.rules.claims import NOT_INTERESTED, ClaimLimits


def get_claim_limits(org_id: int) -> ClaimLimits:
    """The organization's settings about retro transactions; no query when read a moment ago."""
    settings = get_settings(org_id)
    return ClaimLimits(
        is_enabled=settings.is_on("CONF_RETRO_TRANSACTION_ENABLE"),
        most_days=settings.number("CONF_CLIENT_RETRO_MAX_ALLOWED_AGE_DAYS"),
        least_hours=settings.number("CONF_CLIENT_RETRO_DELAY_SINCE_REGISTRATION_HOURS"),
    )


def find_claimable(*, org_id: int, number: str, customer_id: int, store_id: int | None) -> int:
    """Return the bill of this number that the customer may mean.

    Of several the one in the store decides, then the customer's own. Where no bill of that number
    waits for an owner, any other is returned, so that the claim says what is wrong with it.

    Raises:
        TransactionUnknown: there is no bill of this number.
        TransactionAmbiguous: stores have bills of this number; name one by its id.
    """
    rows = list(
        Transaction.objects.filter(org_id=org_id, number=number)
        .order_by("-pk")
        .values_list("pk", "type", "customer_id", "store_id")[:MOST_OF_A_NUMBER]
    )
    if not rows:
        raise errors.TransactionUnknown(number=number)
    free = [row for row in rows if row[1] == NOT_INTERESTED and row[2] in (None, customer_id)]
    for narrower in (
        [row for row in free if row[3] == store_id],
        [row for row in free if row[2] == customer_id],
        free,
    ):
        if len(narrower) == 1:
            return narrower[0][0]
    if free:
        raise claim_errors.TransactionAmbiguous(number=number)
    return rows[0][0]


# Every store counts its bills by itself: more stores than this share no number by accident.
MOST_OF_A_NUMBER = 1000
