"""Write the status log and the identifier rows of cards."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from crm.kernel.bulk import bulk_insert, take_ids
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.models import Customer, Identifier, Profile, ProfileIdentifier
from customers.operations.customers.search_index import reindex_customers
from customers.rules.identifiers import Key
from loyalty.models import Card, CardStatusChange

NUMBER = "cardnumber"
EXTERNAL_ID = "cardExternalId"


@dataclass(frozen=True, slots=True)
class LabelChange:
    """An entry of a card's status log; ``previous_label_id`` is None for a new card."""

    card_id: int
    label_id: int
    previous_label_id: int | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ProfileCardIdentifier:
    """A card identifier in one profile of the card's holder."""

    customer_id: int
    profile_id: int
    key: Key


def get_card_keys(card: Card) -> list[Key]:
    """Return the identifier keys of a card: its number and its external id, if any."""
    keys = [(NUMBER, card.number)]
    return keys if card.external_id is None else [*keys, (EXTERNAL_ID, card.external_id)]


@within_unit_of_work
def log_label_changes(*, origin: Origin, changes: Iterable[LabelChange]) -> None:
    """Append label changes to the status logs of the cards, in order."""
    bulk_insert(
        CardStatusChange,
        ("card_id", "label_id", "previous_label_id", "reason", "created_by_id", "created_at"),
        [
            (
                change.card_id,
                change.label_id,
                change.previous_label_id,
                change.reason,
                origin.actor_id,
                origin.at,
            )
            for change in changes
        ],
    )


@within_unit_of_work
def register_card_identifiers(
    *, origin: Origin, identifiers: Collection[ProfileCardIdentifier]
) -> None:
    """Add card identifiers to the holders' profiles. The customers and the cards are locked.

    Only cards write identifiers of these types, so the lock on the card excludes other writers.
    """
    if not identifiers:
        return
    owners = {identifier.key: identifier.customer_id for identifier in identifiers}
    ids = {
        (kind, value): pk
        for pk, kind, value in _filter_identifiers(origin, owners).values_list(
            "pk", "type", "value"
        )
    }
    missing_keys = sorted(owners.keys() - ids.keys())
    ids |= dict(zip(missing_keys, take_ids(Identifier, len(missing_keys)), strict=True))
    bulk_insert(
        Identifier,
        ("id", "org_id", "customer_id", "type", "value"),
        [(ids[key], origin.org.pk, owners[key], *key) for key in missing_keys],
    )
    profile_identifiers = {
        (identifier.profile_id, ids[identifier.key]) for identifier in identifiers
    }
    existing = set(
        ProfileIdentifier.objects.filter(
            identifier_id__in={pk for _, pk in profile_identifiers}
        ).values_list("profile_id", "identifier_id")
    )
    bulk_insert(
        ProfileIdentifier, ("profile_id", "identifier_id"), sorted(profile_identifiers - existing)
    )
    profile_ids = {identifier.profile_id for identifier in identifiers}
    Profile.objects.filter(pk__in=profile_ids).update(
        modified_by_id=origin.actor_id, modified_at=origin.at
    )
    _mark_modified(origin, set(owners.values()))


@within_unit_of_work
def deregister_card_identifiers(*, origin: Origin, cards: Sequence[Card]) -> None:
    """Remove the identifiers of these cards; their ``customer_id`` is still set."""
    keys = [key for card in cards for key in get_card_keys(card)]
    ids = list(_filter_identifiers(origin, keys).order_by("pk").values_list("pk", flat=True))
    ProfileIdentifier.objects.filter(identifier_id__in=ids).delete()
    Identifier.objects.filter(pk__in=ids).delete()
    _mark_modified(origin, {card.customer_id for card in cards if card.customer_id is not None})


def _filter_identifiers(origin: Origin, keys: Iterable[Key]) -> QuerySet[Identifier]:
    values: dict[str, list[str]] = {NUMBER: [], EXTERNAL_ID: []}
    for kind, value in keys:
        values[kind].append(value)
    numbers = Q(type=NUMBER, value__in=values[NUMBER])
    others = Q(type=EXTERNAL_ID, value__in=values[EXTERNAL_ID])
    return Identifier.objects.filter(numbers | others, org_id=origin.org.pk)


def _mark_modified(origin: Origin, customer_ids: set[int]) -> None:
    Customer.objects.filter(pk__in=customer_ids).update(
        modified_by_id=origin.actor_id, modified_at=origin.at
    )
    reindex_customers(org_id=origin.org.pk, customer_ids=customer_ids)
