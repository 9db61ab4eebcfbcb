"""Replacing identifiers in every profile that holds them, after approval."""

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
from customers.operations.customers.search_index import reindex_customers
from customers.queries.customers.active import CustomersById, find_inactive_refusal, load_customers
from customers.queries.customers.by_identifiers import load_identity_state
from customers.queries.status_effects import StatusEffects, find_status_refusal, get_status_effects
from customers.rules.identifier_replacement import (
    Replacement,
    find_refusal,
    list_changed_accounts,
    split_into_rounds,
)
from customers.rules.identity_state import IdentityState
from customers.rules.status_effects import UPDATES

# Channels whose value is an identifier; they change with it.
CHANNEL_TYPES = {"mobile", "email"}


@within_unit_of_work
def replace_identifiers(
    *, origin: Origin, replacements: Sequence[Replacement]
) -> list[DomainError | None]:
    """Replace a list of identifiers and return, for each in order, None or the error.

    The old value no longer finds the customer in any source. Its channel changes too: messages
    must not go to a number that the customer gave up. A refused item does not affect the others.
    The number of statements is the same for one and for thousands of independent items.

    If a replacement names the holder of the new value, it is removed from all profiles and
    channels of the holder.

    Errors: CustomerUnknown, CustomerMerged, StatusBlocksUpdates, IdentifierNotHeld,
    IdentifierTaken, IdentifierRegistered, NoProfileInSource, LastIdentifier.
    """
    outcomes: list[DomainError | None] = [None] * len(replacements)
    customers = lock_customers(
        {pk for replacement in replacements for pk in replacement.customer_ids}
    )
    for indexes in split_into_rounds(replacements):
        _replace_round(
            origin, customers, {index: replacements[index] for index in indexes}, outcomes
        )
    return outcomes


def plan_replacements(
    *, org_id: int, replacements: Sequence[Replacement]
) -> tuple[IdentityState, list[DomainError | None]]:
    """Return the state, and for each replacement the error that it would cause now, or None."""
    state = _load_state(org_id, replacements)
    customers = load_customers(
        {pk for replacement in replacements for pk in replacement.customer_ids}
    )
    effects = get_status_effects(org_id)
    return state, [
        _find_customer_refusal(org_id, customers, effects, replacement)
        or find_refusal(state, replacement)
        for replacement in replacements
    ]


def _load_state(org_id: int, replacements: Sequence[Replacement]) -> IdentityState:
    return load_identity_state(
        org_id=org_id,
        keys={
            key
            for replacement in replacements
            for key in (replacement.old_key, replacement.new_key)
            if key
        },
        customer_ids={pk for replacement in replacements for pk in replacement.customer_ids},
    )


def _find_customer_refusal(
    org_id: int, customers: CustomersById, effects: StatusEffects, replacement: Replacement
) -> DomainError | None:
    for pk in sorted(replacement.customer_ids):
        refusal = find_inactive_refusal(org_id, customers, pk)
        if refusal is not None:
            return refusal
    customer = customers[replacement.customer_id]
    return find_status_refusal(effects, customer, UPDATES)


def _replace_round(
    origin: Origin,
    customers: dict[int, Customer],
    replacements: dict[int, Replacement],
    outcomes: list[DomainError | None],
) -> None:
    """Apply one round; its replacements do not affect each other."""
    state = _load_state(origin.org.pk, list(replacements.values()))
    effects = get_status_effects(origin.org.pk)
    for index, replacement in replacements.items():
        outcomes[index] = _find_customer_refusal(
            origin.org.pk, customers, effects, replacement
        ) or find_refusal(state, replacement)
    accepted = {
        index: replacement for index, replacement in replacements.items() if outcomes[index] is None
    }
    _transfer_from_holders(
        origin, [replacement for replacement in accepted.values() if replacement.holder_id], state
    )
    for index in _insert_identifiers(origin, accepted, state):
        # Another unit registered it since the state was read.
        replacement = accepted.pop(index)
        outcomes[index] = errors.IdentifierTaken(kind=replacement.kind)
    if accepted:
        _write_replacements(origin, list(accepted.values()), state)


def _transfer_from_holders(
    origin: Origin, replacements: Sequence[Replacement], state: IdentityState
) -> None:
    """Move the new values from their holders to the customers, and delete the holders' channels."""
    if not replacements:
        return
    ids = state.identifier_ids
    # Replacements of one round have different holders.
    holders = {
        replacement.holder_id: replacement
        for replacement in replacements
        if replacement.holder_id is not None
    }
    profiles = {
        state.profile_ids[holder, account]: (replacement, replacement.new_key in keys)
        for holder, replacement in holders.items()
        for account, keys in state.profiles[holder].items()
    }
    ProfileIdentifier.objects.filter(
        identifier_id__in=[ids[replacement.new_key] for replacement in replacements]
    ).delete()
    removed = {(pk, replacement.kind, replacement.new) for pk, (replacement, _) in profiles.items()}
    channels = Channel.objects.filter(
        profile_id__in=[*profiles],
        type__in=CHANNEL_TYPES,
        value__in={replacement.new for replacement in replacements},
    ).values_list("pk", "profile_id", "type", "value")
    Channel.objects.filter(pk__in=[pk for pk, *key in channels if tuple(key) in removed]).delete()
    # The row itself is moved, so the value always has an owner.
    bulk_update(
        Identifier,
        ("customer_id",),
        [(ids[replacement.new_key], replacement.customer_id) for replacement in replacements],
    )
    for replacement in replacements:
        state.owners[replacement.new_key] = replacement.customer_id
    modification = {"modified_by_id": origin.actor_id, "modified_at": origin.at}
    Customer.objects.filter(pk__in=holders).update(**modification)
    Profile.objects.filter(
        pk__in=[pk for pk, (_, had_value) in profiles.items() if had_value]
    ).update(**modification)
    reindex_customers(org_id=origin.org.pk, customer_ids=[*holders])
    record_events(
        origin=origin,
        events=[
            NewEvent(
                "customer.identifier_given_up",
                "customer",
                holder,
                {replacement.kind: replacement.new},
                {"given_to": replacement.customer_id},
            )
            for holder, replacement in holders.items()
        ],
    )


def _insert_identifiers(
    origin: Origin, accepted: dict[int, Replacement], state: IdentityState
) -> list[int]:
    """Insert the new identifiers; return the indexes of those that another unit took."""
    missing = sorted(
        (replacement.new_key, index)
        for index, replacement in accepted.items()
        if replacement.new_key not in state.owners
    )
    ids = take_ids(Identifier, len(missing))
    written = insert_unless_taken(
        Identifier,
        ("id", "org_id", "customer_id", "type", "value"),
        [
            (pk, origin.org.pk, accepted[index].customer_id, *key)
            for pk, (key, index) in zip(ids, missing, strict=True)
        ],
    )
    lost_indexes = []
    for pk, (key, index) in zip(ids, missing, strict=True):
        if pk in written:
            state.identifier_ids[key] = pk
        else:
            lost_indexes.append(index)
    return lost_indexes


def _write_replacements(
    origin: Origin, replacements: Sequence[Replacement], state: IdentityState
) -> None:
    ids = state.identifier_ids
    _move_registrations(replacements, state)
    Identifier.objects.filter(
        pk__in=[ids[replacement.old_key] for replacement in replacements if replacement.old_key]
    ).delete()
    _redirect_channels(replacements, state)
    customer_ids = [replacement.customer_id for replacement in replacements]
    modification = {"modified_by_id": origin.actor_id, "modified_at": origin.at}
    Customer.objects.filter(pk__in=customer_ids).update(**modification)
    Profile.objects.filter(pk__in=_list_all_profile_ids(replacements, state)).update(**modification)
    reindex_customers(org_id=origin.org.pk, customer_ids=customer_ids)
    record_events(
        origin=origin,
        events=[
            NewEvent(
                "customer.identifier_replaced",
                "customer",
                replacement.customer_id,
                {replacement.kind: replacement.old} if replacement.old else None,
                {replacement.kind: replacement.new},
            )
            for replacement in replacements
        ],
    )


def _list_profile_ids(replacement: Replacement, state: IdentityState) -> list[int]:
    """Return the keys of the profiles that will hold the new value."""
    return [
        state.profile_ids[replacement.customer_id, account]
        for account in list_changed_accounts(state, replacement)
    ]


def _list_all_profile_ids(replacements: Sequence[Replacement], state: IdentityState) -> list[int]:
    return [pk for replacement in replacements for pk in _list_profile_ids(replacement, state)]


def _move_registrations(replacements: Sequence[Replacement], state: IdentityState) -> None:
    """Register the new values in the profiles of the old ones, and deregister the old ones."""
    ids = state.identifier_ids
    old = [ids[replacement.old_key] for replacement in replacements if replacement.old_key]
    ProfileIdentifier.objects.filter(identifier_id__in=old).delete()
    new = [
        (pk, ids[replacement.new_key])
        for replacement in replacements
        for pk in _list_profile_ids(replacement, state)
    ]
    # One of these profiles may already have the new value.
    existing = set(
        ProfileIdentifier.objects.filter(
            identifier_id__in=[ids[replacement.new_key] for replacement in replacements]
        ).values_list("profile_id", "identifier_id")
    )
    bulk_insert(
        ProfileIdentifier,
        ("profile_id", "identifier_id"),
        [pair for pair in new if pair not in existing],
    )


def _redirect_channels(replacements: Sequence[Replacement], state: IdentityState) -> None:
    """Give channels the new value, unverified; delete the old channel if both exist."""
    by_profile = {
        (pk, replacement.kind): replacement
        for replacement in replacements
        if replacement.kind in CHANNEL_TYPES and replacement.old
        for pk in _list_profile_ids(replacement, state)
    }
    if not by_profile:
        return
    stored: dict[tuple[int, str], dict[str, Channel]] = defaultdict(dict)
    rows = Channel.objects.filter(
        profile_id__in={pk for pk, _ in by_profile}, type__in=CHANNEL_TYPES
    )
    for channel in rows:
        stored[channel.profile_id, channel.type][channel.value] = channel
    changed: list[tuple[int, str, bool]] = []
    removed_ids: list[int] = []
    for key, replacement in by_profile.items():
        old, new = stored[key].get(replacement.old), stored[key].get(replacement.new)
        if old is None:
            continue
        if new is None:
            changed.append((old.pk, replacement.new, False))
        else:
            removed_ids.append(old.pk)
    Channel.objects.filter(pk__in=removed_ids).delete()
    bulk_update(Channel, ("value", "is_verified"), changed)
