"""Giving cards another external id (operation 28)."""

from collections.abc import Iterable
from typing import Protocol

from django.db import IntegrityError, transaction

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import bulk_update
from crm.kernel.errors import DomainError
from crm.tenancy.origin import Origin
from customers.models import Identifier, ProfileIdentifier
from customers.operations.customers.search_index import reindex_customers
from loyalty import errors
from loyalty.models import Card
from loyalty.operations.cards.write import (
    EXTERNAL_ID,
    NUMBER,
    ProfileCardIdentifier,
    register_card_identifiers,
)
from loyalty.rules.card_details import read_external_id


class PlannedChange(Protocol):
    """What becomes of a change; a refused one gives no external id."""

    refusal: DomainError | None


class ExternalIdChanges:
    """The external ids that a list of updates gives to its cards; the cards are locked."""

    def __init__(self, origin: Origin, raw_ids: Iterable[object]) -> None:
        self._origin = origin
        external_ids = {value for raw in raw_ids if (value := _read_or_none(raw)) is not None}
        rows = Card.objects.filter(org_id=origin.org.pk, external_id__in=external_ids)
        self._owners = dict(rows.values_list("external_id", "pk")) if external_ids else {}
        self._planned: list[tuple[Card, str, PlannedChange]] = []

    def check(self, card: Card, raw: object) -> str | None:
        """Return the external id that the card will have.

        Raises:
            CardExternalIdInvalid: the value is not an external id.
            CardExternalIdTaken: another card has it, or an earlier change of the list gives it.
        """
        if raw in (None, ""):
            return None
        external_id = read_external_id(raw)
        if self._owners.get(external_id, card.pk) != card.pk:
            raise errors.CardExternalIdTaken()
        return external_id

    def plan(self, card: Card, external_id: str | None, change: PlannedChange) -> None:
        """Note the external id of an accepted change."""
        if external_id is not None:
            self._owners[external_id] = card.pk
            self._planned.append((card, external_id, change))

    def write(self) -> None:
        """Save the external ids, and the identifiers of the cards' holders.

        Raises:
            CardExternalIdTaken: another unit gave one of them to a card meanwhile.
        """
        external_ids = {
            card: external_id
            for card, external_id, change in self._planned
            if change.refusal is None
        }
        changed = [
            (card, card.external_id)
            for card, external_id in external_ids.items()
            if external_id != card.external_id
        ]
        if not changed:
            return
        for card, _ in changed:
            card.external_id = external_ids[card]
        try:
            with transaction.atomic():
                bulk_update(
                    Card, ("external_id",), [(card.pk, card.external_id) for card, _ in changed]
                )
        except IntegrityError:
            raise errors.CardExternalIdTaken() from None
        self._write_identifiers(changed)
        record_events(
            origin=self._origin,
            events=[
                NewEvent(
                    "card.external_id_changed",
                    "card",
                    card.pk,
                    {"external_id": before},
                    {"external_id": card.external_id},
                )
                for card, before in changed
            ],
        )

    def _write_identifiers(self, changed: list[tuple[Card, str | None]]) -> None:
        held = [(card, before) for card, before in changed if card.customer_id is not None]
        if not held:
            return
        org_id = self._origin.org.pk
        old = Identifier.objects.filter(
            org_id=org_id, type=EXTERNAL_ID, value__in=[before for _, before in held if before]
        )
        old_ids = list(old.order_by("pk").values_list("pk", flat=True))
        ProfileIdentifier.objects.filter(identifier_id__in=old_ids).delete()
        Identifier.objects.filter(pk__in=old_ids).delete()
        new_ids = {card.number: card.external_id or "" for card, _ in held}
        profiles = ProfileIdentifier.objects.filter(
            identifier__org_id=org_id, identifier__type=NUMBER, identifier__value__in=new_ids
        ).values_list("profile_id", "identifier__value", "identifier__customer_id")
        register_card_identifiers(
            origin=self._origin,
            identifiers=[
                ProfileCardIdentifier(customer_id, pk, (EXTERNAL_ID, new_ids[number]))
                for pk, number, customer_id in profiles
            ],
        )
        reindex_customers(
            org_id=org_id, customer_ids={card.customer_id for card, _ in held if card.customer_id}
        )


def _read_or_none(raw: object) -> str | None:
    try:
        return None if raw in (None, "") else read_external_id(raw)
    except DomainError:
        return None
