"""How a customer's details read on the wire (operations 12 and 13).

Plain dicts, straight from the rows: a nested serializer would cost more than all queries together.
Moments are left to the renderer.
"""

from collections.abc import Iterable, Mapping
from datetime import tzinfo
from typing import Any

from customers.api.v2.loyalty_answers import card_answer, embedded_answer
from customers.queries.customers.details import (
    Actor,
    ChannelDetails,
    CustomerDetails,
    ProfileDetails,
)
from customers.rules.identity_state import Key
from customers.rules.subscriptions import Consent
from loyalty.queries.cards.cards import CardDetails
from loyalty.queries.details_embeds import LoyaltyDetails

Answer = dict[str, Any]

CARD_NUMBER = "cardnumber"
# The reference shows these two of every channel, whatever else was said of it.
_ADDRESS_KINDS = {"residence": False, "office": False}


def details_answer(customer: CustomerDetails, loyalty: LoyaltyDetails, zone: tzinfo) -> Answer:
    """Return what operation 13 answers."""
    cards = {card.number: card for card in loyalty.cards}
    all_identifiers = identifiers_answer(customer.identifiers, cards)
    answer: Answer = {
        "id": customer.id,
        "profiles": [
            profile_answer(profile, all_identifiers, cards) for profile in customer.profiles
        ],
        "loyaltyInfo": {
            "loyaltyType": customer.loyalty_type.lower(),
            "attributionV2": {
                "createDate": customer.registered_at,
                "createdBy": _actor_answer(customer.registered_by),
                "modifiedBy": _actor_answer(customer.modified_by),
                "modifiedDate": customer.modified_at,
                "createdFromSource": customer.registered_source.lower(),
            },
            "lifetimePurchases": loyalty.lifetime_purchases,
        },
        "segments": {},
        "associatedWith": customer.associated_with,
        "extendedFields": customer.extended_fields,
        **embedded_answer(loyalty),
        "cardDetails": [card_answer(card, zone) for card in loyalty.cards],
    }
    if customer.subscriptions is not None:
        answer["subscriptionInfo"] = subscriptions_answer(customer.subscriptions)
    answer["warnings"] = []
    return answer


def fraud_answer(customer: CustomerDetails) -> Answer:
    """Return the ``fraudDetails`` of operation 12; nobody is a fraud from the day they joined."""
    return {
        "markedBy": _actor_answer(customer.fraud_marked_by),
        "modifiedOn": customer.fraud_marked_at or customer.registered_at,
        "status": customer.fraud_status,
    }


def subscriptions_answer(consents: Iterable[Consent]) -> Answer:
    """Return the sums, and then what was said for each account and unit (operation 16)."""
    return {
        "subscriptions": [_consent_answer(consent) for consent in consents],
        "campaignId": 0,
        "communicationId": 0,
    }


def _consent_answer(consent: Consent) -> Answer:
    row = {"channel": consent.channel, "priority": consent.priority, "type": consent.status}
    if consent.source is None:
        return row
    return {
        **row,
        "sourceName": consent.source,
        "accountId": consent.account_id,
        "orgUnitId": consent.org_unit_id,
    }


def profile_answer(
    profile: ProfileDetails, all_identifiers: list[Answer], cards: Mapping[str, CardDetails]
) -> Answer:
    """Return a profile; ``everything`` are the identifiers of all profiles of the customer."""
    return {
        **_base_profile_answer(profile),
        "identifiers": identifiers_answer(profile.identifiers, cards),
        "commChannels": [_channel_answer(channel) for channel in profile.channels],
        "conflictingProfileList": [_base_profile_answer(other) for other in profile.conflicting],
        "identifiersAll": all_identifiers,
    }


def _base_profile_answer(profile: ProfileDetails) -> Answer:
    return {
        "firstName": profile.first_name,
        "lastName": profile.last_name,
        "attribution": {
            "createDate": profile.created_at,
            "createdBy": _actor_answer(profile.created_by),
            "modifiedBy": _actor_answer(profile.modified_by),
            "modifiedDate": profile.modified_at,
        },
        "fields": _add_lower_case_names(profile.fields),
        "source": profile.source,
        "userId": profile.customer_id,
        "accountId": profile.account_id,
        "autoUpdateTime": profile.modified_at,
    }


def _add_lower_case_names(fields: Mapping[str, Any]) -> Answer:
    """Custom fields by their names, and in lower case: the reference shows both spellings."""
    return {**{name.lower(): value for name, value in fields.items()}, **fields}


def identifiers_answer(keys: Iterable[Key], cards: Mapping[str, CardDetails]) -> list[Answer]:
    """Return identifiers; those that are cards, by their numbers, with series and label."""
    if not cards:
        return [{"type": kind, "value": value} for kind, value in keys]
    return [_identifier_answer(kind, value, cards) for kind, value in keys]


def _identifier_answer(kind: str, value: str, cards: Mapping[str, CardDetails]) -> Answer:
    answer: Answer = {"type": kind, "value": value}
    if kind == CARD_NUMBER and (card := cards.get(value)) is not None:
        answer["seriesId"] = card.series_id
        answer["statusLabel"] = card.info.label if card.info else card.status
    return answer


def _channel_answer(channel: ChannelDetails) -> Answer:
    return {
        "type": channel.type,
        "value": channel.value,
        "primary": channel.is_primary,
        "verified": channel.is_verified,
        "meta": {**_ADDRESS_KINDS, **channel.meta},
        "attributes": channel.attributes,
    }


def _actor_answer(actor: Actor | None) -> Answer:
    return {} if actor is None else actor._asdict()
