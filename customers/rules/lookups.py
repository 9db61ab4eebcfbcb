"""The identifiers by which a customer is looked up, normalised once."""

from collections.abc import Mapping
from dataclasses import dataclass

from crm.kernel.ids import read_number
from customers.rules.identifiers import NormalisedKey, normalise_identifier

# Accepted as an identifier type for look-ups only: the customer's own id.
CUSTOMER_ID = "id"
# In v1.1: the number of the customer's membership, which details show as ``loyaltyId``.
LOYALTY_ID = "loyaltyId"
# More digits are refused as invalid; up to here a number that no row has is an unknown id.
LARGEST_CUSTOMER_ID = 10**20 - 1
# If the identifiers of an item disagree, the first known one in this order decides.
LOOKUP_ORDER = ("mobile", "email", "externalId", "cardnumber", CUSTOMER_ID, LOYALTY_ID)


@dataclass(frozen=True, slots=True)
class CustomerLookup:
    """The normalised identifiers of an item in ``LOOKUP_ORDER``, and the kinds that it has."""

    keys: tuple[NormalisedKey, ...]
    given_kinds: tuple[str, ...]


def normalise_lookup(
    item: Mapping[str, object], *, default_country: str, strict_mobile: bool
) -> CustomerLookup:
    """Normalise the identifiers of an item; None or a missing one is not given."""
    given_kinds = tuple(kind for kind in LOOKUP_ORDER if item.get(kind) is not None)
    keys = [
        _normalise_number(kind, item[kind])
        if kind == LOYALTY_ID
        else normalise_lookup_key(
            kind, item[kind], default_country=default_country, strict_mobile=strict_mobile
        )
        for kind in given_kinds
    ]
    return CustomerLookup(tuple(key for key in keys if key is not None), given_kinds)


def normalise_lookup_key(
    kind: str, raw: object, *, default_country: str, strict_mobile: bool
) -> NormalisedKey | None:
    """Normalise an identifier, or the customer's own id; None if it is not valid."""
    if kind == CUSTOMER_ID:
        return _normalise_number(kind, raw)
    value = normalise_identifier(
        kind, raw, default_country=default_country, strict_mobile=strict_mobile
    )
    return None if value is None else NormalisedKey(kind, value)


def _normalise_number(kind: str, raw: object) -> NormalisedKey | None:
    text = str(raw).strip() if isinstance(raw, str | int) else ""
    is_number = read_number(text, largest=LARGEST_CUSTOMER_ID) is not None
    return NormalisedKey(kind, text) if is_number else None
