"""Answers of a customer's details (operations 12 and 13).

They are plain dicts, built from rows: nested serializers would take longer than all queries
together. The renderer formats datetimes.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from rest_framework import serializers

from crm.dialects.answer_shapes import (
    Answer,
    Shape,
    argument,
    computed,
    constant,
    if_none,
    optional,
)
from customers.api.v2.image_shapes import ImageOut
from customers.api.v2.loyalty_shapes import (
    BalancesOut,
    CardDetailsOut,
    ExpiredOut,
    ProgramGroupOut,
    PromotionsOut,
    ScheduleOut,
    TitledMembershipOut,
    build_promotions,
    build_schedules,
)
from customers.api.v2.shared_schema import WarningOut
from customers.queries.customers.details import ChannelDetails, CustomerDetails, ProfileDetails
from customers.rules.subscriptions import Consent
from loyalty.queries.cards.cards import CardDetails
from loyalty.queries.details_embeds import (
    EXPIRED,
    GROUPS,
    POINTS,
    PROGRAMS,
    PROMOTIONS,
    SCHEDULES,
    LoyaltyDetails,
)

CARD_NUMBER = "cardnumber"
# The reference shows these two keys for every channel.
_ADDRESS_KINDS = {"residence": False, "office": False}


class Details(NamedTuple):
    """The data of both apps about a customer."""

    customer: CustomerDetails
    loyalty: LoyaltyDetails

    def build(self, shape: type[Shape], **arguments: Any) -> Answer:
        """Return the details in the shape of an operation."""
        cards = {card.number: card for card in self.loyalty.cards}
        all_identifiers = build_identifiers(self.customer, cards)
        return shape.build(self, cards=cards, all_identifiers=all_identifiers, **arguments)


class ActorOut(Shape):
    """An entity of the organization; empty if unknown."""

    id = serializers.IntegerField(required=False)
    code = serializers.CharField(required=False)
    description = serializers.CharField(required=False)
    name = serializers.CharField(required=False)
    type = serializers.CharField(required=False)


class AttributionOut(Shape):
    createDate = serializers.DateTimeField(source="created_at")
    createdBy = if_none(ActorOut(source="created_by"), {})
    modifiedBy = if_none(ActorOut(source="modified_by"), {})
    modifiedDate = serializers.DateTimeField(source="modified_at")


class LoyaltyAttributionOut(AttributionOut):
    createDate = serializers.DateTimeField(source="registered_at")
    createdBy = if_none(ActorOut(source="registered_by"), {})
    createdFromSource = computed(
        serializers.CharField(source="registered_source", help_text="In lower case."), str.lower
    )


class IdentifierOut(serializers.Serializer):
    type = serializers.CharField()
    value = serializers.CharField()
    seriesId = serializers.IntegerField(required=False, help_text="For cards, like `statusLabel`.")
    statusLabel = serializers.CharField(required=False)


def build_identifiers(
    owner: CustomerDetails | ProfileDetails, cards: Mapping[str, CardDetails]
) -> list[Answer]:
    """Return identifiers. ``cards``, by number, add series and label to card numbers."""
    keys = owner.identifiers
    if not cards:
        return [{"type": kind, "value": value} for kind, value in keys]
    return [_build_identifier(kind, value, cards) for kind, value in keys]


def _build_identifier(kind: str, value: str, cards: Mapping[str, CardDetails]) -> Answer:
    answer: Answer = {"type": kind, "value": value}
    if kind == CARD_NUMBER and (card := cards.get(value)) is not None:
        answer["seriesId"] = card.series_id
        answer["statusLabel"] = card.info.label if card.info else card.status
    return answer


def _build_meta(channel: ChannelDetails) -> Answer:
    return {**_ADDRESS_KINDS, **channel.meta}


class ChannelOut(Shape):
    type = serializers.CharField()
    value = serializers.CharField()
    primary = serializers.BooleanField(source="is_primary")
    verified = serializers.BooleanField(source="is_verified")
    meta = computed(serializers.DictField(), _build_meta)
    attributes = serializers.DictField()


def _build_fields(profile: ProfileDetails) -> Answer:
    # The reference shows both spellings of the names.
    fields = profile.fields
    return {**{name.lower(): value for name, value in fields.items()}, **fields}


class BareProfileOut(Shape):
    firstName = serializers.CharField(source="first_name")
    lastName = serializers.CharField(source="last_name")
    attribution = AttributionOut(source="*")
    fields = computed(  # type: ignore[assignment]
        serializers.DictField(
            help_text="Custom fields, under their names and in lower case.",
        ),
        _build_fields,
    )
    source = serializers.CharField()  # type: ignore[assignment]
    userId = serializers.IntegerField(source="customer_id")
    accountId = serializers.CharField(
        source="account_id", help_text="Empty if the source has only one account."
    )
    autoUpdateTime = serializers.DateTimeField(source="modified_at")


class ProfileOut(BareProfileOut):
    identifiers = computed(IdentifierOut(many=True), build_identifiers)
    commChannels = ChannelOut(many=True, source="channels")
    conflictingProfileList = BareProfileOut(
        many=True,
        source="conflicting",
        help_text="Closed profiles of customers merged into this one.",
    )
    identifiersAll = argument(
        IdentifierOut(many=True, help_text="Identifiers of all profiles."), "all_identifiers"
    )


class LoyaltyInfoOut(Shape):
    loyaltyType = computed(
        serializers.CharField(source="customer.loyalty_type", help_text="In lower case."),
        str.lower,
    )
    attributionV2 = LoyaltyAttributionOut(source="customer")
    lifetimePurchases = serializers.FloatField(
        source="loyalty.lifetime_purchases", help_text="In the default program."
    )


def _has_source(consent: Consent) -> bool:
    return consent.source is not None


class ConsentOut(Shape):
    channel = serializers.CharField()
    priority = serializers.CharField()
    type = serializers.CharField(source="status")
    sourceName = optional(
        serializers.CharField(
            source="source",
            help_text="With the next two keys: consent for one account and unit.",
        ),
        when=_has_source,
    )
    accountId = optional(serializers.CharField(source="account_id"), when=_has_source)
    orgUnitId = optional(
        serializers.IntegerField(source="org_unit_id", allow_null=True), when=_has_source
    )


class SubscriptionInfoOut(Shape):
    # The totals come first, then the consent of each account and unit.
    subscriptions = ConsentOut(many=True, source="*")
    campaignId = constant(serializers.IntegerField(), 0)
    communicationId = constant(serializers.IntegerField(), 0)


def _embeds(part: str) -> Callable[[Details], bool]:
    return lambda details: part in details.loyalty.parts


class PersonOut(Shape):
    id = serializers.IntegerField(source="customer.id")
    profiles = ProfileOut(many=True, source="customer.profiles")
    loyaltyInfo = LoyaltyInfoOut(source="*")
    segments = constant(serializers.DictField(), {})


class _ProgramsOut(PersonOut):
    associatedWith = serializers.CharField(
        source="customer.associated_with", allow_null=True, help_text="The code of a till."
    )
    extendedFields = serializers.DictField(source="customer.extended_fields")
    pointsSummary = optional(
        if_none(BalancesOut(source="loyalty.summary", help_text="embed=points"), {}),
        when=_embeds(POINTS),
    )
    loyaltyProgramDetails = optional(
        TitledMembershipOut(many=True, source="loyalty.memberships", help_text="embed=mlp"),
        when=_embeds(PROGRAMS),
    )


class _ProgramGroupsOut(Shape):
    groupLoyaltyProgramDetails = optional(
        ProgramGroupOut(many=True, source="loyalty.groups", help_text="embed=mlp"),
        when=_embeds(GROUPS),
    )


class _PointsOut(Shape):
    promotionalPoints = optional(
        computed(
            PromotionsOut(source="loyalty.promotions", help_text="embed=promotionalPoints"),
            build_promotions,
        ),
        when=_embeds(PROMOTIONS),
    )
    expirySchedules = optional(
        computed(
            ScheduleOut(many=True, source="loyalty", help_text="embed=expirySchedules"),
            lambda loyalty: build_schedules(loyalty.schedules, loyalty.programs),
        ),
        when=_embeds(SCHEDULES),
    )
    expiredPoints = optional(
        ExpiredOut(many=True, source="loyalty.expired", help_text="embed=expiredPoints"),
        when=_embeds(EXPIRED),
    )
    cardDetails = CardDetailsOut(many=True, source="loyalty.cards")
    subscriptionInfo = optional(SubscriptionInfoOut(source="customer.subscriptions"))
    warnings = constant(WarningOut(many=True), [])


class _ImageOut(Shape):
    customerImage = optional(
        argument(
            ImageOut(many=True, help_text="embed=CUSTOMERIMAGE; empty without an image"), "image"
        )
    )


class DetailsOut(_ProgramsOut, _PointsOut, _ImageOut):
    pass


def _get_fraud_moment(customer: CustomerDetails) -> datetime:
    # A customer who was never marked shows the date of joining.
    return customer.fraud_marked_at or customer.registered_at


class FraudOut(Shape):
    markedBy = if_none(ActorOut(source="fraud_marked_by"), {})
    modifiedOn = computed(serializers.DateTimeField(), _get_fraud_moment)
    status = serializers.CharField(source="fraud_status")


class _FraudDetailsOut(Shape):
    fraudDetails = FraudOut(source="customer")


class LookupDetailsOut(_ProgramsOut, _ProgramGroupsOut, _PointsOut, _FraudDetailsOut, _ImageOut):
    pass
