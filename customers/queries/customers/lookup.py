"""Finding the customer of a v1.1 item by identifiers that may disagree (contract, 5.2)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from crm.kernel.errors import DomainError
from crm.kernel.ids import LARGEST_ID, read_number
from crm.tenancy.models import Organization
from customers import errors
from customers.models import Customer
from customers.queries.customers.by_identifier import CUSTOMER_ID, LARGEST_CUSTOMER_ID
from customers.queries.customers.identifier_owners import find_owners
from customers.rules.identifiers import normalise_identifier
from customers.rules.identity_state import Key

# If the identifiers of an item disagree, the first known one in this order decides.
LOOKUP_ORDER = ("mobile", "email", "externalId", "cardnumber", CUSTOMER_ID)


@dataclass(frozen=True, slots=True)
class CustomerMatch:
    """The matching customer, and the kind of identifier that decided.

    ``victim_id`` is the requested id if that customer was merged into this one.
    """

    customer_id: int
    kind: str
    victim_id: int | None = None


def match_customers(
    *, org: Organization, items: Sequence[Mapping[str, object]]
) -> list[CustomerMatch | DomainError]:
    """Return the match of each item, by its values of the kinds in ``LOOKUP_ORDER``, or the error.

    Invalid and unknown values are skipped. Errors are IdentifierMissing, CustomerUnknown (only an
    id was given), IdentifierInvalid (no value is valid), and IdentifierNotFound. Two queries at
    most, for any number of items.
    """
    key_lists = [_normalise_keys(org, item) for item in items]
    owners = find_owners(
        org_id=org.pk, keys={key for keys in key_lists for key in keys if key[0] != CUSTOMER_ID}
    )
    survivors = find_survivors(
        org_id=org.pk,
        customer_ids={
            int(value) for keys in key_lists for kind, value in keys if kind == CUSTOMER_ID
        },
    )
    return [
        _choose_match(item, keys, owners, survivors)
        for item, keys in zip(items, key_lists, strict=True)
    ]


def _normalise_keys(org: Organization, item: Mapping[str, object]) -> list[Key]:
    keys = []
    for kind in LOOKUP_ORDER:
        value = item.get(kind)
        if value is None:
            continue
        if kind == CUSTOMER_ID:
            text = str(value).strip() if isinstance(value, str | int) else ""
            if read_number(text, largest=LARGEST_CUSTOMER_ID) is not None:
                keys.append((kind, text))
            continue
        normalised = normalise_identifier(
            kind, value, default_country=org.default_country, strict_mobile=org.strict_mobile
        )
        if normalised is not None:
            keys.append((kind, normalised))
    return keys


def _choose_match(
    item: Mapping[str, object],
    keys: Sequence[Key],
    owners: Mapping[Key, int],
    survivors: Mapping[int, int | None],
) -> CustomerMatch | DomainError:
    for kind, value in keys:
        if kind != CUSTOMER_ID:
            owner = owners.get((kind, value))
            if owner is not None:
                return CustomerMatch(owner, kind)
        elif int(value) in survivors:
            survivor = survivors[int(value)]
            return (
                CustomerMatch(int(value), kind)
                if survivor is None
                else CustomerMatch(survivor, kind, int(value))
            )
    given_kinds = [kind for kind in LOOKUP_ORDER if item.get(kind) is not None]
    if not given_kinds:
        return errors.IdentifierMissing()
    if not keys:
        return errors.IdentifierInvalid(kind=given_kinds[0])
    if given_kinds == [CUSTOMER_ID]:
        return errors.CustomerUnknown(customer_id=int(keys[0][1]))
    return errors.IdentifierNotFound(kind=keys[0][0])


def find_survivors(*, org_id: int, customer_ids: Collection[int]) -> dict[int, int | None]:
    """Return the survivor of each customer, or None if not merged; unknown ids are left out.

    One query, or none without ids.
    """
    storable_ids = [pk for pk in customer_ids if 0 < pk <= LARGEST_ID]
    if not storable_ids:
        return {}
    rows = Customer.objects.filter(org_id=org_id, pk__in=storable_ids).values_list(
        "pk", "merged_into_id"
    )
    return dict(rows)
