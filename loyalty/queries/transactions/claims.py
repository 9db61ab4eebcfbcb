"""The limits of an organization for claims, and the lookup of a transaction by its number."""

from collections import defaultdict
from collections.abc import Collection

from crm.tenancy.queries.settings import get_settings
from loyalty import errors
from loyalty.models import LineItem, Transaction
from loyalty.rules.claims import NOT_INTERESTED, ClaimLimits
from loyalty.rules.transactions import SaleLine


def get_claim_limits(org_id: int) -> ClaimLimits:
    """Return the organization's settings for retro transactions; no query if they are cached."""
    settings = get_settings(org_id)
    return ClaimLimits(
        is_enabled=settings.is_on("CONF_RETRO_TRANSACTION_ENABLE"),
        max_age_days=settings.number("CONF_CLIENT_RETRO_MAX_ALLOWED_AGE_DAYS"),
        min_hours_registered=settings.number("CONF_CLIENT_RETRO_DELAY_SINCE_REGISTRATION_HOURS"),
    )


def find_claimable_transaction(
    *, org_id: int, number: str, customer_id: int, store_id: int | None
) -> int:
    """Return the id of the transaction with this number that the customer can claim.

    If several match, one of this store is preferred. If none can be claimed, another transaction
    with the number is returned, this customer's first, so that the claim reports the reason.

    Raises:
        TransactionUnknown: no transaction has this number.
        TransactionAmbiguous: several stores have this number; the caller must pass an id.
    """
    rows = list(
        Transaction.objects.filter(org_id=org_id, number=number)
        .order_by("-pk")
        .values_list("pk", "type", "customer_id", "store_id")[:MAX_SAME_NUMBER]
    )
    if not rows:
        raise errors.TransactionUnknown(number=number)
    claimable = [row for row in rows if row[1] == NOT_INTERESTED and row[2] is None]
    for candidates in ([row for row in claimable if row[3] == store_id], claimable):
        if len(candidates) == 1:
            return candidates[0][0]
    if claimable:
        raise errors.TransactionAmbiguous(number=number)
    return next((row[0] for row in rows if row[2] == customer_id), rows[0][0])


def load_bought_lines(transaction_ids: Collection[int]) -> dict[int, list[SaleLine]]:
    """Return the line items of these transactions by transaction; one query, or none."""
    lines: dict[int, list[SaleLine]] = defaultdict(list)
    if transaction_ids:
        rows = LineItem.objects.filter(transaction_id__in=transaction_ids).order_by("position")
        for transaction_id, item_code, amount, attributes in rows.values_list(
            "transaction_id", "item_code", "amount", "attributes"
        ):
            line = SaleLine(item_code=item_code, amount=amount, attributes=attributes)
            lines[transaction_id].append(line)
    return lines


# Every store numbers its own transactions; more stores than this never share a number.
MAX_SAME_NUMBER = 1000
