"""Adding and removing identifiers of a profile. The use case merges customers if needed."""

from collections.abc import Collection, Sequence

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import bulk_insert, insert_unless_taken, take_ids
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.models import Customer, Identifier, Profile, ProfileIdentifier
from customers.operations.customers.lock import lock_customers
from customers.operations.customers.search_index import reindex_customers
from customers.queries.customers.active import CustomersById, get_active_customer
from customers.queries.customers.by_identifiers import load_identity_state
from customers.queries.fields import get_identity_settings
from customers.queries.status_effects import check_status, get_status_effects
from customers.rules.identifier_change import (
    IdentityChange,
    IdentityChangeDecision,
    decide_identity_change,
    normalise_identity_change,
)
from customers.rules.identifiers import Key
from customers.rules.identity_state import IdentityState
from customers.rules.status_effects import UPDATES

# An attempt fails only if another unit took an identifier and has committed by then.
MAX_ATTEMPTS = 10


@within_unit_of_work
def prepare_identity_change(
    *, origin: Origin, change: IdentityChange
) -> tuple[IdentityChange, IdentityChangeDecision]:
    """Lock the affected customers, insert the new identifiers, and return the decision.

    On return the customer, and the survivor if there is one, is locked, the decision is valid
    until the unit ends, and identifiers without an owner belong to the customer.

    Raises what ``decide_identity_change`` raises, CustomerUnknown, CustomerMerged and
    StatusBlocksUpdates.
    """
    clean = normalise_identity_change(change, get_identity_settings(origin.org))
    locked_ids: set[int] = set()
    for _ in range(MAX_ATTEMPTS):
        state = _load_state(origin, clean)
        affected_ids = {clean.customer_id} | {
            owner for key in clean.add if (owner := state.owners.get(key)) is not None
        }
        if not affected_ids <= locked_ids:
            # Another unit may have merged or moved them: decide again under the locks.
            _check_customer(origin, lock_customers(affected_ids), clean.customer_id)
            locked_ids |= affected_ids
            continue
        decision = decide_identity_change(state, clean)
        if _insert_identifiers(origin, clean, decision, state):
            return clean, decision
    raise AssertionError("another unit took an identifier in every attempt")


def plan_identity_change(*, origin: Origin, change: IdentityChange) -> IdentityChangeDecision:
    """Return the decision without writing anything. Raises what the change would raise."""
    clean = normalise_identity_change(change, get_identity_settings(origin.org))
    customers = Customer.objects.in_bulk([clean.customer_id])
    _check_customer(origin, customers, clean.customer_id)
    return decide_identity_change(_load_state(origin, clean), clean)


def _check_customer(origin: Origin, customers: CustomersById, customer_id: int) -> None:
    customer = get_active_customer(origin, customers, customer_id)
    check_status(get_status_effects(origin.org.pk), customer, UPDATES)


@within_unit_of_work
def update_profile_identifiers(
    *,
    origin: Origin,
    customer_id: int,
    source_account_id: int,
    add: Sequence[Key],
    remove: Sequence[Key],
) -> None:
    """Register and deregister identifiers of a locked customer in one profile.

    All of ``add`` exist and belong to the customer. An identifier without any profile is deleted
    and can be used by others.
    """
    profile = Profile.objects.get(
        customer_id=customer_id, source_account_id=source_account_id, closed_at__isnull=True
    )
    ids = load_identity_state(org_id=origin.org.pk, keys=[*add, *remove]).identifier_ids
    _deregister(profile, [ids[key] for key in remove])
    registered = set(
        ProfileIdentifier.objects.filter(
            profile=profile, identifier_id__in=[ids[key] for key in add]
        ).values_list("identifier_id", flat=True)
    )
    bulk_insert(
        ProfileIdentifier,
        ("profile_id", "identifier_id"),
        [(profile.pk, ids[key]) for key in add if ids[key] not in registered],
    )
    Profile.objects.filter(pk=profile.pk).update(
        modified_by_id=origin.actor_id, modified_at=origin.at
    )
    Customer.objects.filter(pk=customer_id).update(
        modified_by_id=origin.actor_id, modified_at=origin.at
    )
    reindex_customers(org_id=origin.org.pk, customer_ids=[customer_id])
    record_events(
        origin=origin,
        events=[
            NewEvent(
                "customer.identifiers_changed",
                "customer",
                customer_id,
                {"source_account": source_account_id, "removed": [list(key) for key in remove]},
                {"source_account": source_account_id, "added": [list(key) for key in add]},
            )
        ],
    )


def _load_state(origin: Origin, change: IdentityChange) -> IdentityState:
    return load_identity_state(
        org_id=origin.org.pk,
        keys={*change.add, *change.remove},
        customer_ids=[change.customer_id],
    )


def _insert_identifiers(
    origin: Origin, change: IdentityChange, decision: IdentityChangeDecision, state: IdentityState
) -> bool:
    missing = sorted(key for key in decision.add if key not in state.owners)
    ids = take_ids(Identifier, len(missing))
    written = insert_unless_taken(
        Identifier,
        ("id", "org_id", "customer_id", "type", "value"),
        [
            (pk, origin.org.pk, change.customer_id, *key)
            for pk, key in zip(ids, missing, strict=True)
        ],
    )
    if len(written) < len(missing):
        Identifier.objects.filter(pk__in=written).delete()
        return False
    return True


def _deregister(profile: Profile, identifier_ids: Collection[int]) -> None:
    ProfileIdentifier.objects.filter(profile=profile, identifier_id__in=identifier_ids).delete()
    Identifier.objects.filter(pk__in=identifier_ids, profile_identifiers__isnull=True).delete()
