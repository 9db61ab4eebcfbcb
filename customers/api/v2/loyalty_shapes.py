"""Loyalty answers in a customer's details (operations 11 to 14, 30)."""

from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from operator import not_

from rest_framework import serializers

from crm.dialects.answer_shapes import Answer, Shape, computed, constant, if_none, optional
from loyalty.queries.cards.cards import CardDetails
from loyalty.queries.enrollments.memberships import LinkedPartner
from loyalty.queries.points.points import ExpirySchedule, PromotionalPoints
from loyalty.rules.programs import ProgramRules

NONE = -1  # how the reference writes "no next tier" and "no limit"
_LIST_BY_SCOPE = {
    "CUSTOMER": "customerPromotionType",
    "TRANSACTION": "transactionPromotionType",
    "LINE_ITEM": "lineitemPromotionType",
}


def format_date(moment: datetime, zone: tzinfo) -> str:
    """Return the date of a datetime in the zone."""
    return moment.astimezone(zone).date().isoformat()


class BalancesOut(Shape):
    """The balances of a membership; as `pointsSummary` empty without an enrollment."""

    redeemed = serializers.FloatField(required=False)
    expired = serializers.FloatField(required=False)
    returned = serializers.FloatField(required=False)
    adjusted = serializers.FloatField(required=False)
    lifetimePoints = serializers.FloatField(source="lifetime", required=False)
    loyaltyPoints = serializers.FloatField(
        source="points", required=False, help_text="The balance of the ledger."
    )
    cumulativePurchases = serializers.FloatField(source="purchases", required=False)
    loyaltyId = serializers.IntegerField(
        source="loyalty_id", required=False, help_text="The member's number, one for all programs."
    )
    currentSlab = serializers.CharField(source="tier.name", required=False)
    nextSlab = if_none(
        serializers.CharField(
            source="next_tier.name", required=False, help_text="Empty at the top."
        ),
        "",
    )
    nextSlabSerialNumber = if_none(
        serializers.IntegerField(
            source="next_tier.serial", required=False, help_text="-1 at the top."
        ),
        NONE,
    )
    nextSlabDescription = if_none(
        serializers.CharField(source="next_tier.description", required=False), ""
    )
    slabSNo = serializers.IntegerField(
        source="tier.serial", required=False, help_text="1 is the lowest."
    )
    slabExpiryDate = serializers.DateTimeField(source="tier_expires_at", required=False)
    programId = serializers.IntegerField(source="program.id", required=False)


def _has_tier(partner: LinkedPartner) -> bool:
    return partner.tier_number is not None


class PartnerOut(Shape):
    partnerProgramId = serializers.IntegerField(source="partner_program_id")
    partnerProgramName = serializers.CharField(source="name")
    partnerProgramDescription = serializers.CharField(source="description")
    partnerMembershipId = serializers.CharField(source="membership_id")
    partnerProgramType = serializers.CharField(source="type")
    tierBased = serializers.BooleanField(source="is_tier_based")
    partnerTierNumber = optional(
        serializers.IntegerField(
            source="tier_number",
            help_text="Like the next two keys, only if the member has a tier.",
        ),
        when=_has_tier,
    )
    partnerTierName = optional(serializers.CharField(source="tier_name"), when=_has_tier)
    partnerTierExpiryDate = optional(
        serializers.DateTimeField(source="tier_expires_at"), when=_has_tier
    )


class MembershipOut(BalancesOut):
    delayedPoints = serializers.FloatField(source="delayed", help_text="Not redeemable yet.")
    delayedReturnedPoints = serializers.FloatField(source="delayed_returned")
    totalAvailablePoints = serializers.FloatField(
        source="available", help_text="The points that can be redeemed now."
    )
    totalReturnedPoints = serializers.FloatField(source="total_returned")
    linkedPartnerPrograms = PartnerOut(source="partners", many=True)


class TitledMembershipOut(MembershipOut):
    programTitle = serializers.CharField(source="program.name")
    programDescription = serializers.CharField(source="program.description")
    programPointsToCurrencyRatio = serializers.FloatField(source="program.points_to_currency")


class ProgramOut(Shape):
    id = serializers.IntegerField()
    name = serializers.CharField()
    description = serializers.CharField()


class ProgramGroupOut(Shape):
    groupProgramId = serializers.IntegerField(source="group_id")
    title = serializers.CharField()
    description = serializers.CharField()
    programsList = ProgramOut(source="programs", many=True)
    lifetimePoints = serializers.FloatField(source="lifetime")
    loyaltyPoints = serializers.FloatField(source="points")
    promisedPoints = serializers.FloatField(source="delayed", help_text="Not redeemable yet.")
    pointsToCurrencyRatio = serializers.FloatField(source="points_to_currency")


class IssuedAtOut(Shape):
    code = serializers.CharField(source="issued_by_code", allow_null=True)
    name = serializers.CharField(source="issued_by_name", allow_null=True)


class PromotionSourceOut(Shape):
    promotionSourceId = serializers.IntegerField(
        source="source_id", help_text="-1: none in particular."
    )
    promotionSourceType = serializers.CharField(source="source_type")


class PromotionOut(Shape):
    points = serializers.FloatField()
    issuedAt = IssuedAtOut(source="*")
    issuedOn = serializers.DateTimeField(source="issued_at")
    expiryDate = serializers.DateTimeField(source="expires_at", allow_null=True)
    promotionSource = PromotionSourceOut(source="*")
    programId = serializers.IntegerField(source="program_id")
    promotionName = serializers.CharField(source="promotion")


class PromotionsOut(serializers.Serializer):
    customerPromotionType = PromotionOut(many=True)
    transactionPromotionType = PromotionOut(many=True)
    lineitemPromotionType = PromotionOut(many=True)


def build_promotions(promotions: Iterable[PromotionalPoints]) -> Answer:
    """Return promotional points, grouped by promotion type."""
    lists: dict[str, list[Answer]] = {key: [] for key in _LIST_BY_SCOPE.values()}
    for promotion in promotions:
        key = _LIST_BY_SCOPE[promotion.scope or "CUSTOMER"]
        lists[key].append(PromotionOut.build(promotion))
    return lists


def _get_expiry_type(schedule: ExpirySchedule, programs: Mapping[int, ProgramRules]) -> str:
    # Lots of a program without expiry may have their own expiry date.
    program = programs.get(schedule.program_id)
    return "ROLLING" if program and program.points_expiry == "ROLLING" else "FIXED"


class ScheduleOut(Shape):
    points = serializers.FloatField()
    expiryDate = serializers.DateTimeField(source="expires_at")
    programId = serializers.IntegerField(source="program_id")
    pointsType = serializers.CharField(
        source="kind", help_text="REGULAR, PROMOTIONAL, GOODWILL or BONUS."
    )
    expiryType = computed(
        serializers.CharField(
            help_text="ROLLING if points expire a number of days after the award, else FIXED."
        ),
        _get_expiry_type,
    )


def build_schedules(
    schedules: Iterable[ExpirySchedule], programs: Mapping[int, ProgramRules]
) -> list[Answer]:
    """Return expiring points, with the expiry type of their program."""
    return [ScheduleOut.build(schedule, programs=programs) for schedule in schedules]


class ExpiredOut(Shape):
    points = serializers.FloatField()
    expiredOn = serializers.DateTimeField(source="expired_at")
    programId = serializers.IntegerField(source="program_id")


class CardStatusOut(Shape):
    reason = serializers.CharField(source="info.reason", required=False)
    createdBy = serializers.IntegerField(
        source="info.created_by_id", required=False, allow_null=True, help_text="An entity's id."
    )
    actions = constant(serializers.ListField(child=serializers.CharField(), required=False), [])
    autoUpdateTime = computed(
        serializers.DateField(source="info.created_at", required=False), format_date
    )
    createdOn = serializers.DateTimeField(source="info.created_at", required=False)
    entityId = serializers.IntegerField(source="id", required=False, help_text="The card's id.")
    id = serializers.IntegerField(source="info.id", required=False)
    isActive = constant(serializers.BooleanField(required=False), True)
    labelId = serializers.IntegerField(source="info.label_id", required=False)
    label = serializers.CharField(source="info.label", required=False)  # type: ignore[assignment]
    status = serializers.CharField(required=False)


def build_card_status(card: CardDetails, zone: tzinfo) -> Answer:
    """Return the current status and the label that was set; empty without a label."""
    return CardStatusOut.build(card, zone=zone) if card.info else {}


def get_card_entity(card: CardDetails) -> int | None:
    """Return the id of the entity that issued the card, or else created it."""
    return card.issued_by_id or card.created_by_id


class CardDetailsOut(Shape):
    cardId = serializers.IntegerField(source="id")
    issuedDate = serializers.DateTimeField(source="issued_at", allow_null=True)
    createdDate = computed(serializers.DateField(source="created_at"), format_date)
    expiryDays = serializers.IntegerField(
        source="expiry_days", help_text="0 if cards of the series do not expire."
    )
    expiryDate = serializers.DateTimeField(source="expires_at", allow_null=True)
    seriesName = serializers.CharField(source="series_name")
    customerId = serializers.IntegerField(source="customer_id", allow_null=True)
    maxActiveCards = if_none(
        serializers.IntegerField(source="max_active_cards", help_text="-1: any number."), NONE
    )
    cardExternalId = serializers.CharField(source="external_id", allow_null=True)
    extendedFields = serializers.DictField(source="extended_fields")
    customFields = serializers.DictField(source="custom_fields")
    type = serializers.CharField()
    cardNumber = serializers.CharField(source="number")
    seriesId = serializers.IntegerField(source="series_id")
    seriesCode = serializers.CharField(source="series_code")
    orgId = serializers.IntegerField(source="org_id")
    entityId = computed(
        serializers.IntegerField(
            allow_null=True, help_text="The entity that issued the card, or else created it."
        ),
        get_card_entity,
    )
    statusInfo = computed(CardStatusOut(), build_card_status)
    id = serializers.IntegerField()
    transactionNotAllowed = computed(
        serializers.BooleanField(
            source="transactions_allowed", help_text="True unless the card is ACTIVE."
        ),
        not_,
    )
