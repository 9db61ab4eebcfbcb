"""Owners of identifiers: the first step of every write on identities."""

import json
from collections.abc import Collection, Iterable
from typing import Any

from django.db import connection

from customers.models import Profile, ProfileIdentifier
from customers.rules.identifiers import Key
from customers.rules.identity_state import IdentityState


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
