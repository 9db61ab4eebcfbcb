"""What every change of a card writes beside it: its log, and its identifier rows."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from crm.kernel.bulk import bulk_insert, take_ids
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.models import Customer, Identifier, Profile, ProfileIdentifier
from customers.operations.indexing import index_again
from customers.rules.picture import Key
from loyalty.models import Card, CardStatusChange

NUMBER = "cardnumber"
EXTERNAL_ID = "cardExternalId"


@dataclass(frozen=True, slots=True)
class LabelChange:
    """A line of a card's log; ``previous_label_id`` is None for a number that was just made."""

    card_id: int
    label_id: int
    previous_label_id: int | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Registered:
    """A card's identifier in one profile of the customer who holds the card."""

    customer_id: int
    profile_id: int
    key: Key


def keys_of(card: Card) -> list[Key]:
    """The identifiers by which the card's holder is known."""
    keys = [(NUMBER, card.number)]
    return keys if card.external_id is None else [*keys, (EXTERNAL_ID, card.external_id)]


@within_unit_of_work
def log_labels(*, origin: Origin, changes: Iterable[LabelChange]) -> None:
    """Append to the logs of the cards, in the order given."""
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
def register_cards(*, origin: Origin, registered: Collection[Registered]) -> None:
    """Let the holders be found by their cards. The customers and the cards are locked.

    Only cards write identifiers of these types, so under the lock of the card nobody else can.
    """
    if not registered:
        return
    owners = {entry.key: entry.customer_id for entry in registered}
    ids = {
        (kind, value): pk
        for pk, kind, value in _identifiers(origin, owners).values_list("pk", "type", "value")
    }
    missing = sorted(owners.keys() - ids.keys())
    ids |= dict(zip(missing, take_ids(Identifier, len(missing)), strict=True))
    bulk_insert(
        Identifier,
        ("id", "org_id", "customer_id", "type", "value"),
        [(ids[key], origin.org.pk, owners[key], *key) for key in missing],
    )
    wanted = {(entry.profile_id, ids[entry.key]) for entry in registered}
    present = set(
        ProfileIdentifier.objects.filter(identifier_id__in={pk for _, pk in wanted}).values_list(
            "profile_id", "identifier_id"
        )
    )
    bulk_insert(ProfileIdentifier, ("profile_id", "identifier_id"), sorted(wanted - present))
    profiles = {entry.profile_id for entry in registered}
    Profile.objects.filter(pk__in=profiles).update(
        modified_by_id=origin.actor_id, modified_at=origin.at
    )
    _touch(origin, set(owners.values()))


@within_unit_of_work
def deregister_cards(*, origin: Origin, cards: Sequence[Card]) -> None:
    """Let nobody be found by these cards, which ``customer_id`` still holds, any more."""
    keys = [key for card in cards for key in keys_of(card)]
    ids = list(_identifiers(origin, keys).order_by("pk").values_list("pk", flat=True))
    ProfileIdentifier.objects.filter(identifier_id__in=ids).delete()
    Identifier.objects.filter(pk__in=ids).delete()
    _touch(origin, {card.customer_id for card in cards if card.customer_id is not None})


def _identifiers(origin: Origin, keys: Iterable[Key]) -> QuerySet[Identifier]:
    values: dict[str, list[str]] = {NUMBER: [], EXTERNAL_ID: []}
    for kind, value in keys:
        values[kind].append(value)
    numbers = Q(type=NUMBER, value__in=values[NUMBER])
    others = Q(type=EXTERNAL_ID, value__in=values[EXTERNAL_ID])
    return Identifier.objects.filter(numbers | others, org_id=origin.org.pk)


def _touch(origin: Origin, customer_ids: set[int]) -> None:
    Customer.objects.filter(pk__in=customer_ids).update(
        modified_by_id=origin.actor_id, modified_at=origin.at
    )
    index_again(org_id=origin.org.pk, customer_ids=customer_ids)
