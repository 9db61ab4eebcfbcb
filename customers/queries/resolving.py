"""Who owns which identifiers: the first step of every write on identities."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from django.db.models import Q

from customers.models import Identifier, Profile, ProfileIdentifier
from customers.rules.picture import Key, Picture


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


def matching(keys: Iterable[Key]) -> Q:
    """The condition that an identifier is one of these; no key at all matches nothing."""
    values: dict[str, list[str]] = defaultdict(list)
    for kind, value in keys:
        values[kind].append(value)
    condition = Q(pk__in=[])
    for kind in sorted(values):
        condition |= Q(type=kind, value__in=sorted(values[kind]))
    return condition


def _owners(org_id: int, keys: Collection[Key]) -> Iterable[tuple[int, str, str, int]]:
    if not keys:
        return ()
    return Identifier.objects.filter(matching(keys), org_id=org_id).values_list(
        "pk", "type", "value", "customer_id"
    )


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
