"""Whom an item of v1.1 means, by several identifiers that may disagree (contract, 5.2)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from crm.kernel.errors import DomainError
from crm.tenancy.models import Organization
from customers import errors
from customers.models import Customer
from customers.queries.customers.by_identifier import CUSTOMER_ID, LARGEST_ID
from customers.queries.customers.identifier_owners import find_owners
from customers.rules.identifiers import normalise_identifier
from customers.rules.identity_state import Key

# Where the identifiers of one item disagree, the first of these that is known decides.
DECIDING = ("mobile", "email", "externalId", "cardnumber", CUSTOMER_ID)


@dataclass(frozen=True, slots=True)
class Whom:
    """The customer meant, and which kind of identifier decided.

    ``victim_id`` is the id that was passed when it is of somebody who was folded into them.
    """

    customer_id: int
    kind: str
    victim_id: int | None = None


def find_whom(
    *, org: Organization, asked: Sequence[Mapping[str, object]]
) -> list[Whom | DomainError]:
    """Return whom each item means, by its values of the kinds in ``DECIDING``.

    Unreadable and unknown ones are passed over. In place of an answer stands the refusal:
    IdentifierMissing, CustomerUnknown (only an id was passed), IdentifierInvalid (none can be
    read), IdentifierNotFound. Two queries at most, for any number of items.
    """
    read = [_read(org, item) for item in asked]
    owners = find_owners(
        org_id=org.pk, keys={key for keys in read for key in keys if key[0] != CUSTOMER_ID}
    )
    standing = find_survivors(
        org_id=org.pk,
        customer_ids={int(value) for keys in read for kind, value in keys if kind == CUSTOMER_ID},
    )
    return [_first(item, keys, owners, standing) for item, keys in zip(asked, read, strict=True)]


def _read(org: Organization, item: Mapping[str, object]) -> list[Key]:
    keys = []
    for kind in DECIDING:
        value = item.get(kind)
        if value is None:
            continue
        if kind == CUSTOMER_ID:
            text = str(value).strip() if isinstance(value, str | int) else ""
            if text.isascii() and text.isdecimal() and len(text) <= 20:
                keys.append((kind, text))
            continue
        read = normalise_identifier(
            kind, value, default_country=org.default_country, strict_mobile=org.strict_mobile
        )
        if read is not None:
            keys.append((kind, read))
    return keys


def _first(
    item: Mapping[str, object],
    keys: Sequence[Key],
    owners: Mapping[Key, int],
    standing: Mapping[int, int | None],
) -> Whom | DomainError:
    for kind, value in keys:
        if kind != CUSTOMER_ID:
            owner = owners.get((kind, value))
            if owner is not None:
                return Whom(owner, kind)
        elif int(value) in standing:
            survivor = standing[int(value)]
            return Whom(int(value), kind) if survivor is None else Whom(survivor, kind, int(value))
    named = [kind for kind in DECIDING if item.get(kind) is not None]
    if not named:
        return errors.IdentifierMissing()
    if not keys:
        return errors.IdentifierInvalid(kind=named[0])
    if named == [CUSTOMER_ID]:
        return errors.CustomerUnknown(customer_id=int(keys[0][1]))
    return errors.IdentifierNotFound(kind=keys[0][0])


def find_survivors(*, org_id: int, customer_ids: Collection[int]) -> dict[int, int | None]:
    """Return by id who they were folded into, None for who stands; unknown ids are left out.

    One query, none for nobody.
    """
    asked = [pk for pk in customer_ids if 0 < pk <= LARGEST_ID]
    if not asked:
        return {}
    rows = Customer.objects.filter(org_id=org_id, pk__in=asked).values_list("pk", "merged_into_id")
    return dict(rows)
