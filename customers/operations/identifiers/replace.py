"""Replacing identifiers in every profile that holds them, as an approver decided."""

from collections import defaultdict
from collections.abc import Sequence

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import bulk_insert, bulk_update, insert_unless_taken, take_ids
from crm.kernel.errors import DomainError
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers import errors
from customers.models import Channel, Customer, Identifier, Profile, ProfileIdentifier
from customers.operations.customers.lock import lock_customers
from customers.operations.customers.search_index import index_again
from customers.queries.customers.identifier_owners import load_picture
from customers.rules.identifier_replacement import Replacement, refusal_of, rounds
from customers.rules.identity_state import Picture

# Channels that carry an identifier's own value, and go with it.
CHANNELS = {"mobile", "email"}


@within_unit_of_work
def replace_identifiers(
    *, origin: Origin, wishes: Sequence[Replacement]
) -> list[DomainError | None]:
    """Replace a list of identifiers: for each, None or the refusal, in order.

    The old value finds the customer no longer, in whichever source, and its channel follows: the
    number that a customer gave up must not be written to. Refused ones leave the others. The
    number of statements is the same for one and for thousands that do not meet each other.

    Where a wish names who has the new value, they give it up in every profile, with its channels.

    Refusals: CustomerUnknown, CustomerMerged, IdentifierNotHeld, IdentifierTaken,
    IdentifierRegistered, NoProfileInSource, LastIdentifier.
    """
    outcomes: list[DomainError | None] = [None] * len(wishes)
    customers = lock_customers({pk for wish in wishes for pk in wish.people})
    for places in rounds(wishes):
        _replace(origin, customers, {place: wishes[place] for place in places}, outcomes)
    return outcomes


def plan_replacements(
    *, org_id: int, wishes: Sequence[Replacement]
) -> tuple[Picture, list[DomainError | None]]:
    """Say for each what ``replace_identifiers`` would refuse now, and what was seen."""
    picture = _look(org_id, wishes)
    customers = Customer.objects.in_bulk({pk for wish in wishes for pk in wish.people})
    return picture, [
        _no_one(org_id, customers, wish) or refusal_of(picture, wish) for wish in wishes
    ]


def _look(org_id: int, wishes: Sequence[Replacement]) -> Picture:
    return load_picture(
        org_id=org_id,
        keys={key for wish in wishes for key in (wish.old_key, wish.new_key) if key},
        customer_ids={pk for wish in wishes for pk in wish.people},
    )


def _no_one(org_id: int, customers: dict[int, Customer], wish: Replacement) -> DomainError | None:
    for pk in sorted(wish.people):
        customer = customers.get(pk)
        if customer is None or customer.org_id != org_id:
            return errors.CustomerUnknown(customer_id=pk)
        if customer.merged_into_id is not None:
            return errors.CustomerMerged(survivor_id=customer.merged_into_id)
    return None


def _replace(
    origin: Origin,
    customers: dict[int, Customer],
    wishes: dict[int, Replacement],
    outcomes: list[DomainError | None],
) -> None:
    """Do one round: no two wishes of it meet."""
    picture = _look(origin.org.pk, list(wishes.values()))
    for place, wish in wishes.items():
        outcomes[place] = _no_one(origin.org.pk, customers, wish) or refusal_of(picture, wish)
    going = {place: wish for place, wish in wishes.items() if outcomes[place] is None}
    _give_up(origin, [wish for wish in going.values() if wish.holder_id], picture)
    for place in _take(origin, going, picture):
        # Somebody registered it since the picture was taken.
        wish = going.pop(place)
        outcomes[place] = errors.IdentifierTaken(kind=wish.kind)
    if going:
        _write(origin, list(going.values()), picture)


def _give_up(origin: Origin, wishes: Sequence[Replacement], picture: Picture) -> None:
    """Take the new values from those who hold them, and from their channels."""
    if not wishes:
        return
    ids = picture.identifier_ids
    # No two wishes of a round have one holder.
    holders = {wish.holder_id: wish for wish in wishes if wish.holder_id is not None}
    places = {
        picture.profile_ids[holder, account]: (wish, wish.new_key in keys)
        for holder, wish in holders.items()
        for account, keys in picture.profiles[holder].items()
    }
    ProfileIdentifier.objects.filter(
        identifier_id__in=[ids[wish.new_key] for wish in wishes]
    ).delete()
    gone = {(pk, wish.kind, wish.new) for pk, (wish, _) in places.items()}
    channels = Channel.objects.filter(
        profile_id__in=[*places],
        type__in=CHANNELS,
        value__in={wish.new for wish in wishes},
    ).values_list("pk", "profile_id", "type", "value")
    Channel.objects.filter(pk__in=[pk for pk, *rest in channels if tuple(rest) in gone]).delete()
    # The row goes over as it is: the value belongs to somebody at every moment.
    bulk_update(
        Identifier, ("customer_id",), [(ids[wish.new_key], wish.customer_id) for wish in wishes]
    )
    for wish in wishes:
        picture.owners[wish.new_key] = wish.customer_id
    touched = {"modified_by_id": origin.actor_id, "modified_at": origin.at}
    Customer.objects.filter(pk__in=holders).update(**touched)
    Profile.objects.filter(pk__in=[pk for pk, (_, held) in places.items() if held]).update(
        **touched
    )
    index_again(org_id=origin.org.pk, customer_ids=[*holders])
    record_events(
        origin=origin,
        events=[
            NewEvent(
                "customer.identifier_given_up",
                "customer",
                holder,
                {wish.kind: wish.new},
                {"given_to": wish.customer_id},
            )
            for holder, wish in holders.items()
        ],
    )


def _take(origin: Origin, going: dict[int, Replacement], picture: Picture) -> list[int]:
    """Write the new identifiers, and paint their keys; return the places that lost theirs."""
    missing = sorted(
        (wish.new_key, place) for place, wish in going.items() if wish.new_key not in picture.owners
    )
    ids = take_ids(Identifier, len(missing))
    written = insert_unless_taken(
        Identifier,
        ("id", "org_id", "customer_id", "type", "value"),
        [
            (pk, origin.org.pk, going[place].customer_id, *key)
            for pk, (key, place) in zip(ids, missing, strict=True)
        ],
    )
    lost = []
    for pk, (key, place) in zip(ids, missing, strict=True):
        if pk in written:
            picture.identifier_ids[key] = pk
        else:
            lost.append(place)
    return lost


def _write(origin: Origin, wishes: Sequence[Replacement], picture: Picture) -> None:
    ids = picture.identifier_ids
    _register(wishes, picture)
    Identifier.objects.filter(pk__in=[ids[w.old_key] for w in wishes if w.old_key]).delete()
    _redirect_channels(wishes, picture)
    people = [wish.customer_id for wish in wishes]
    touched = {"modified_by_id": origin.actor_id, "modified_at": origin.at}
    Customer.objects.filter(pk__in=people).update(**touched)
    Profile.objects.filter(pk__in=_profiles(wishes, picture)).update(**touched)
    index_again(org_id=origin.org.pk, customer_ids=people)
    record_events(
        origin=origin,
        events=[
            NewEvent(
                "customer.identifier_replaced",
                "customer",
                wish.customer_id,
                {wish.kind: wish.old} if wish.old else None,
                {wish.kind: wish.new},
            )
            for wish in wishes
        ],
    )


def _places(wish: Replacement, picture: Picture) -> list[int]:
    """The profiles that will hold the new value."""
    accounts = picture.profiles[wish.customer_id]
    return [
        picture.profile_ids[wish.customer_id, account]
        for account, keys in accounts.items()
        if (wish.old_key in keys if wish.old_key else account == wish.source_account_id)
    ]


def _profiles(wishes: Sequence[Replacement], picture: Picture) -> list[int]:
    return [pk for wish in wishes for pk in _places(wish, picture)]


def _register(wishes: Sequence[Replacement], picture: Picture) -> None:
    """Register the new values where the old ones were, and deregister those."""
    ids = picture.identifier_ids
    old = [ids[wish.old_key] for wish in wishes if wish.old_key]
    ProfileIdentifier.objects.filter(identifier_id__in=old).delete()
    new = [(pk, ids[wish.new_key]) for wish in wishes for pk in _places(wish, picture)]
    # The customer may have had the new value in one of these profiles before.
    there = set(
        ProfileIdentifier.objects.filter(
            identifier_id__in=[ids[wish.new_key] for wish in wishes]
        ).values_list("profile_id", "identifier_id")
    )
    bulk_insert(
        ProfileIdentifier,
        ("profile_id", "identifier_id"),
        [pair for pair in new if pair not in there],
    )


def _redirect_channels(wishes: Sequence[Replacement], picture: Picture) -> None:
    """A channel with the old value gets the new one, unverified; where both are, the old goes."""
    by_profile = {
        (pk, wish.kind): wish
        for wish in wishes
        if wish.kind in CHANNELS and wish.old
        for pk in _places(wish, picture)
    }
    if not by_profile:
        return
    held: dict[tuple[int, str], dict[str, Channel]] = defaultdict(dict)
    rows = Channel.objects.filter(profile_id__in={pk for pk, _ in by_profile}, type__in=CHANNELS)
    for channel in rows:
        held[channel.profile_id, channel.type][channel.value] = channel
    changed: list[tuple[int, str, bool]] = []
    gone: list[int] = []
    for place, wish in by_profile.items():
        old, new = held[place].get(wish.old), held[place].get(wish.new)
        if old is None:
            continue
        if new is None:
            changed.append((old.pk, wish.new, False))
        else:
            gone.append(old.pk)
    Channel.objects.filter(pk__in=gone).delete()
    bulk_update(Channel, ("value", "is_verified"), changed)
