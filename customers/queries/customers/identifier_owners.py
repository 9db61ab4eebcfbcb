"""Who owns which identifiers: the first step of every write on identities."""

import json
from collections.abc import Collection, Iterable
from typing import Any

from django.db import connection

from customers.models import Profile, ProfileIdentifier
from customers.rules.identity_state import Key, Picture


def load_picture(
    *, org_id: int, keys: Collection[Key], customer_ids: Collection[int] = ()
) -> Picture:
    """See who owns these identifiers, and the open profiles of them and of the customers named.

    Three queries at most, one when nobody owns any.
    """
    picture = Picture()
    for pk, kind, value, customer_id in _owners(org_id, keys):
        picture.owners[kind, value] = customer_id
        picture.identifier_ids[kind, value] = pk
    concerned = {*picture.owners.values(), *customer_ids}
    if concerned:
        _paint_profiles(picture, concerned)
    return picture


def find_owners(*, org_id: int, keys: Collection[Key]) -> dict[Key, int]:
    """Return who owns each of these identifiers, without those that nobody owns; one query."""
    return {(kind, value): owner for _, kind, value, owner in _owners(org_id, keys)}


# Written out so that the statement is the same for any number of keys, and prepared once. Each key
# is a look into the index: a planner free to choose reads the whole table for a long list.
_OWNERS = {
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


def _owners(org_id: int, keys: Collection[Key]) -> Iterable[tuple[int, str, str, int]]:
    if not keys:
        return ()
    if connection.vendor == "postgresql":
        lists: list[Any] = [[kind for kind, _ in keys], [value for _, value in keys]]
    else:
        lists = [json.dumps([*keys])]
    with connection.cursor() as cursor:
        cursor.execute(_OWNERS[connection.vendor], [*lists, org_id])
        rows: list[tuple[int, str, str, int]] = cursor.fetchall()
    return rows


def _paint_profiles(picture: Picture, customer_ids: set[int]) -> None:
    accounts: dict[int, tuple[int, int]] = {}
    for pk, customer_id, account in Profile.objects.filter(
        customer_id__in=customer_ids, closed_at__isnull=True
    ).values_list("pk", "customer_id", "source_account_id"):
        accounts[pk] = customer_id, account
        picture.profile_ids[customer_id, account] = pk
        picture.add_profile(customer_id, account, ())
    for profile_id, pk, kind, value in ProfileIdentifier.objects.filter(
        profile_id__in=accounts
    ).values_list("profile_id", "identifier_id", "identifier__type", "identifier__value"):
        picture.add_profile(*accounts[profile_id], [(kind, value)])
        picture.identifier_ids[kind, value] = pk
