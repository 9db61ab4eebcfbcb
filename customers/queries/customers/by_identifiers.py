"""Finding many customers by identifiers at once, and loading what they hold before a write."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from crm.kernel.errors import DomainError
from crm.kernel.ids import select_storable_ids
from crm.tenancy.models import Organization
from customers import errors
from customers.models import Customer, Profile, ProfileIdentifier
from customers.queries.fields import get_identity_settings
from customers.rules.identifiers import Key, normalise_keys, read_card_keys
from customers.rules.identity_state import IdentityState
from customers.rules.lookups import (
    CUSTOMER_ID,
    LOYALTY_ID,
    CustomerLookup,
    normalise_lookup,
    normalise_lookup_key,
)
from customers.rules.registration import ProfileEntry


@dataclass(frozen=True, slots=True)
class CustomerMatch:
    """The matching customer, and the kind of identifier that decided.

    ``victim_id`` is the requested id if that customer was merged into this one.
    """

    customer_id: int
    kind: str
    victim_id: int | None = None


def find_customers_by_identifier(
    *, org: Organization, identifiers: Sequence[Key]
) -> list[int | DomainError]:
    """Return, for each identifier in order, the id of its customer or the error.

    The type ``id`` is the customer's own id. Errors are IdentifierInvalid, IdentifierNotFound, and
    CustomerMerged for the ``id`` of a merged customer. Two queries at most.
    """
    keys = [
        normalise_lookup_key(
            kind, value, default_country=org.default_country, strict_mobile=org.strict_mobile
        )
        for kind, value in identifiers
    ]
    owners, survivors = _look_up(org.pk, {key for key in keys if key is not None})
    results: list[int | DomainError] = []
    for key, (kind, _) in zip(keys, identifiers, strict=True):
        if key is None:
            results.append(errors.IdentifierInvalid(kind=kind))
        elif key[0] != CUSTOMER_ID:
            results.append(owners.get(key) or errors.IdentifierNotFound(kind=kind))
        elif (customer_id := int(key[1])) not in survivors:
            results.append(errors.IdentifierNotFound(kind=kind))
        else:
            survivor_id = survivors[customer_id]
            is_active = survivor_id is None
            results.append(
                customer_id if is_active else errors.CustomerMerged(survivor_id=survivor_id)
            )
    return results


def find_customers_by_profiles(
    *, org: Organization, profile_lists: Sequence[Sequence[ProfileEntry]]
) -> list[int | DomainError]:
    """Return, for each list of profiles, the id of the customer with their keys, or the error.

    Unknown identifiers and cards are ignored, and merged customers lead to their survivors. Errors
    are IdentifierNotFound, IdentifiersOfSeveralCustomers, NoIdentifier, and those of
    ``normalise_keys``. One query.
    """
    identity_settings = get_identity_settings(org)
    key_lists: list[list[Key] | DomainError] = []
    for profiles in profile_lists:
        try:
            keys = [
                key
                for profile in profiles
                for key in (
                    *normalise_keys(profile.identifiers, identity_settings),
                    *read_card_keys(profile.cards),
                )
            ]
            key_lists.append(keys or errors.NoIdentifier())
        except DomainError as refusal:
            key_lists.append(refusal.detached())
    all_keys = {key for keys in key_lists if not isinstance(keys, DomainError) for key in keys}
    owners = find_owners(org_id=org.pk, keys=sorted(all_keys))
    return [_choose_owner(keys, owners) for keys in key_lists]


def match_customers(
    *, org: Organization, items: Sequence[Mapping[str, object]]
) -> list[CustomerMatch | DomainError]:
    """Return the match of each item, by its values of the kinds in ``LOOKUP_ORDER``, or the error.

    Errors are those of ``match_lookups``.
    """
    lookups = [
        normalise_lookup(item, default_country=org.default_country, strict_mobile=org.strict_mobile)
        for item in items
    ]
    return match_lookups(org_id=org.pk, lookups=lookups)


def match_lookups(
    *, org_id: int, lookups: Sequence[CustomerLookup]
) -> list[CustomerMatch | DomainError]:
    """Return the match of each item whose identifiers may disagree, or the error.

    Invalid and unknown values are skipped (contract, 5.2). Errors are IdentifierMissing,
    CustomerUnknown (only an id was given), IdentifierInvalid (no value is valid), and
    IdentifierNotFound. Two queries at most for any number of items, three with loyalty ids.
    """
    owners, survivors = _look_up(org_id, {key for lookup in lookups for key in lookup.keys})
    return [_choose_match(lookup, owners, survivors) for lookup in lookups]


def find_survivors(*, org_id: int, customer_ids: Collection[int]) -> dict[int, int | None]:
    """Return the survivor of each customer, or None if not merged; unknown ids are left out.

    One query, or none without ids.
    """
    storable_ids = select_storable_ids(customer_ids)
    if not storable_ids:
        return {}
    rows = Customer.objects.filter(org_id=org_id, pk__in=storable_ids).values_list(
        "pk", "merged_into_id"
    )
    return dict(rows)


def _look_up(
    org_id: int, keys: Collection[Key]
) -> tuple[Mapping[Key, int], Mapping[int, int | None]]:
    """Return the owners of the identifiers, and the survivors of the customers named by id."""
    numbers = {key for key in keys if key[0] in (CUSTOMER_ID, LOYALTY_ID)}
    return (
        find_owners(org_id=org_id, keys=set(keys) - numbers)
        | _find_members(org_id, [key for key in numbers if key[0] == LOYALTY_ID]),
        find_survivors(
            org_id=org_id,
            customer_ids={int(value) for kind, value in keys if kind == CUSTOMER_ID},
        ),
    )


def _find_members(org_id: int, keys: Collection[Key]) -> dict[Key, int]:
    """Return the customers with these loyalty ids; of a merged one the survivor.

    A loyalty id is the id of an enrollment, which loyalty adds to customers.
    """
    ids = select_storable_ids({int(value) for _, value in keys})
    if not ids:
        return {}
    rows = Customer.objects.filter(org_id=org_id, enrollments__in=ids)
    owners = {
        loyalty_id: survivor_id or customer_id
        for loyalty_id, customer_id, survivor_id in rows.values_list(
            "enrollments", "pk", "merged_into_id"
        )
    }
    return {key: owners[int(key[1])] for key in keys if int(key[1]) in owners}


def _choose_owner(keys: Sequence[Key] | DomainError, owners: dict[Key, int]) -> int | DomainError:
    if isinstance(keys, DomainError):
        return keys
    customer_ids = {owners[key] for key in keys if key in owners}
    if not customer_ids:
        return errors.IdentifierNotFound(kind=keys[0][0])
    if len(customer_ids) > 1:
        return errors.IdentifiersOfSeveralCustomers()
    return customer_ids.pop()


def _choose_match(
    lookup: CustomerLookup, owners: Mapping[Key, int], survivors: Mapping[int, int | None]
) -> CustomerMatch | DomainError:
    for kind, value in lookup.keys:
        if kind != CUSTOMER_ID:
            owner = owners.get((kind, value))
            if owner is not None:
                return CustomerMatch(owner, kind)
        elif int(value) in survivors:
            survivor_id = survivors[int(value)]
            if survivor_id is None:
                return CustomerMatch(int(value), kind)
            return CustomerMatch(survivor_id, kind, int(value))
    if not lookup.given_kinds:
        return errors.IdentifierMissing()
    if not lookup.keys:
        return errors.IdentifierInvalid(kind=lookup.given_kinds[0])
    if lookup.given_kinds == (CUSTOMER_ID,):
        return errors.CustomerUnknown(customer_id=int(lookup.keys[0][1]))
    return errors.IdentifierNotFound(kind=lookup.keys[0][0])


def load_identity_state(
    *, org_id: int, keys: Collection[Key], customer_ids: Collection[int] = ()
) -> IdentityState:
    """Return the owners of these identifiers, and the open profiles of owners and named customers.

    Three queries at most, one if no identifier has an owner.
    """
    state = IdentityState()
    for pk, kind, value, customer_id in _fetch_owners(org_id, keys):
        state.owners[kind, value] = customer_id
        state.identifier_ids[kind, value] = pk
    affected_ids = {*state.owners.values(), *customer_ids}
    if affected_ids:
        _add_profiles(state, affected_ids)
    return state


def find_owners(*, org_id: int, keys: Collection[Key]) -> dict[Key, int]:
    """Return the owner of each identifier that has one; one query."""
    return {(kind, value): owner for _, kind, value, owner in _fetch_owners(org_id, keys)}


# The statement is the same for any number of keys, so it is prepared once. LATERAL looks up each
# key in the index: for a long list the planner would otherwise scan the table.
_OWNERS_SQL = {
    "postgresql": """
        SELECT i.id, asked.type, asked.value, i.customer_id
          FROM unnest(%s::text[], %s::text[]) AS asked (type, value)
         CROSS JOIN LATERAL (
               SELECT id, customer_id FROM customers_identifier
                WHERE org_id = %s AND type = asked.type AND value = asked.value LIMIT 1
               ) AS i""",
    "sqlite": """
        SELECT i.id, i.type, i.value, i.customer_id
          FROM json_each(%s) AS asked
          CROSS JOIN customers_identifier i
            ON i.org_id = %s AND i.type = json_extract(asked.value, '$[0]')
           AND i.value = json_extract(asked.value, '$[1]')""",
}


def _fetch_owners(org_id: int, keys: Collection[Key]) -> Iterable[tuple[int, str, str, int]]:
    if not keys:
        return ()
    if connection.vendor == "postgresql":
        lists: list[Any] = [[kind for kind, _ in keys], [value for _, value in keys]]
    else:
        lists = [json.dumps([*keys])]
    with connection.cursor() as cursor:
        cursor.execute(_OWNERS_SQL[connection.vendor], [*lists, org_id])
        rows: list[tuple[int, str, str, int]] = cursor.fetchall()
    return rows


def _add_profiles(state: IdentityState, customer_ids: set[int]) -> None:
    accounts: dict[int, tuple[int, int]] = {}
    for pk, customer_id, account in Profile.objects.filter(
        customer_id__in=customer_ids, closed_at__isnull=True
    ).values_list("pk", "customer_id", "source_account_id"):
        accounts[pk] = customer_id, account
        state.profile_ids[customer_id, account] = pk
        state.add_profile(customer_id, account, ())
    for profile_id, pk, kind, value in ProfileIdentifier.objects.filter(
        profile_id__in=accounts
    ).values_list("profile_id", "identifier_id", "identifier__type", "identifier__value"):
        state.add_profile(*accounts[profile_id], [(kind, value)])
        state.identifier_ids[kind, value] = pk
