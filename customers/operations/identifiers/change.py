"""Adding and removing identifiers of a profile; merging by itself is the use case's part."""

from collections.abc import Collection, Sequence

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import bulk_insert, insert_unless_taken, take_ids
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers import errors
from customers.models import Customer, Identifier, Profile, ProfileIdentifier
from customers.operations.customers.lock import lock_customers
from customers.operations.customers.search_index import index_again
from customers.queries.customers.identifier_owners import load_picture
from customers.queries.identity_settings import get_standards
from customers.rules.identifier_change import (
    IdentityChange,
    IdentityVerdict,
    decide_identity_change,
    normalise_identity_change,
)
from customers.rules.identity_state import Key, Picture

# A round is lost only to a unit that has committed since; nobody loses for ever.
MOST_ROUNDS = 10


@within_unit_of_work
def settle_identity_change(
    *, origin: Origin, change: IdentityChange
) -> tuple[IdentityChange, IdentityVerdict]:
    """Lock everybody concerned, take the new identifiers, and say what is left to be done.

    When this returns, the customer (and the survivor, if the verdict names one) is locked, the
    verdict is true until the unit ends, and identifiers that nobody had belong to the customer.

    Raises what ``decide_identity_change`` raises, and CustomerUnknown or CustomerMerged.
    """
    clean = normalise_identity_change(change, get_standards(origin.org))
    locked: set[int] = set()
    for _ in range(MOST_ROUNDS):
        picture = _look(origin, clean)
        concerned = {clean.customer_id} | {
            owner for key in clean.add if (owner := picture.owners.get(key)) is not None
        }
        if not concerned <= locked:
            # Another unit may have merged or moved them: decide only on what the locks hold.
            _refuse_strangers(origin, lock_customers(concerned), clean.customer_id)
            locked |= concerned
            continue
        verdict = decide_identity_change(picture, clean)
        if _take(origin, clean, verdict, picture):
            return clean, verdict
    raise AssertionError("identifiers were lost to other units again and again")


def plan_identity_change(*, origin: Origin, change: IdentityChange) -> IdentityVerdict:
    """Say what the change would do, and write nothing; raises what it would refuse."""
    clean = normalise_identity_change(change, get_standards(origin.org))
    customers = Customer.objects.in_bulk([clean.customer_id])
    _refuse_strangers(origin, customers, clean.customer_id)
    return decide_identity_change(_look(origin, clean), clean)


@within_unit_of_work
def rewrite_identifiers(
    *,
    origin: Origin,
    customer_id: int,
    source_account_id: int,
    add: Sequence[Key],
    remove: Sequence[Key],
) -> None:
    """Register and deregister identifiers of a locked customer in one profile.

    All of ``add`` exist and belong to the customer. An identifier that loses its last profile is
    gone and free for anybody.
    """
    profile = Profile.objects.get(
        customer_id=customer_id, source_account_id=source_account_id, closed_at__isnull=True
    )
    ids = load_picture(org_id=origin.org.pk, keys=[*add, *remove]).identifier_ids
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
    index_again(org_id=origin.org.pk, customer_ids=[customer_id])
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


def _look(origin: Origin, change: IdentityChange) -> Picture:
    return load_picture(
        org_id=origin.org.pk,
        keys={*change.add, *change.remove},
        customer_ids=[change.customer_id],
    )


def _refuse_strangers(origin: Origin, customers: dict[int, Customer], customer_id: int) -> None:
    customer = customers.get(customer_id)
    if customer is None or customer.org_id != origin.org.pk:
        raise errors.CustomerUnknown(customer_id=customer_id)
    if customer.merged_into_id is not None:
        raise errors.CustomerMerged(survivor_id=customer.merged_into_id)


def _take(
    origin: Origin, change: IdentityChange, verdict: IdentityVerdict, picture: Picture
) -> bool:
    missing = sorted(key for key in verdict.add if key not in picture.owners)
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
