"""How referrals read on the wire in v2."""

from datetime import datetime, tzinfo

from rest_framework import serializers

from crm.dialects.answer_shapes import Answer, Shape, argument, computed, optional
from customers.api.v2.details_shapes import ProfileOut
from customers.api.v2.shared_schema import PageOut, WarningOut
from loyalty.operations.referrals.invite import InvitationResult
from loyalty.queries.referrals.referrals import CampaignReferrals, InviteeLine, RefereeLine


def _format_clock(moment: datetime | None, zone: tzinfo) -> str | None:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}" if moment else None


def _format_moment(moment: datetime | None, zone: tzinfo) -> str | None:
    # The reference shows a tenth of a second here; the value is always a whole second.
    return f"{text}.0" if (text := _format_clock(moment, zone)) else None


# --- Adding -----------------------------------------------------------------------------


class ReferrerOut(Shape):
    id = serializers.IntegerField()
    mobile = serializers.CharField()
    email = serializers.CharField()
    externalId = serializers.CharField(source="external_id")


class InvitedOut(Shape):
    name = serializers.CharField()
    identifier = serializers.CharField()
    invitedOn = computed(
        serializers.CharField(
            source="invited_at", help_text="In the time zone of the organization."
        ),
        _format_clock,
    )


class InvitedGroupOut(serializers.Serializer):
    type = serializers.CharField()
    referral = InvitedOut(many=True)


def _build_invited_groups(result: InvitationResult, zone: tzinfo) -> list[Answer]:
    """Return who was invited, by type; refused invitees are left out."""
    groups: dict[str, list[Answer]] = {}
    for outcome in result.outcomes:
        if outcome.refusal is None:
            rows = groups.setdefault(outcome.type.upper(), [])
            rows.append(InvitedOut.build(outcome, zone=zone))
    return [{"type": type_, "referral": rows} for type_, rows in groups.items()]


class CustomerReferralsOut(Shape):
    customer = argument(ReferrerOut(), "referrer")
    campaignToken = serializers.CharField(source="campaign.token")
    referralCode = serializers.CharField(
        source="code", help_text="The code that the customer can share."
    )
    referrals = computed(InvitedGroupOut(many=True), _build_invited_groups)


class ReferralsAddedOut(serializers.Serializer):
    customerReferrals = CustomerReferralsOut(many=True)
    warnings = WarningOut(many=True)


class ReferrerNamedOut(serializers.Serializer):
    """The referrer; for a refused item, the keys from the request."""

    id = serializers.IntegerField(required=False)
    mobile = serializers.CharField(required=False)
    email = serializers.CharField(required=False)
    externalId = serializers.CharField(required=False)


class ReferralsItemOut(serializers.Serializer):
    customer = ReferrerNamedOut()
    campaignToken = serializers.CharField()
    referralCode = serializers.CharField(required=False)
    referrals = InvitedGroupOut(many=True)
    errors = WarningOut(many=True)  # type: ignore[assignment]
    warnings = WarningOut(many=True)


class ReferralsOfManyOut(serializers.Serializer):
    customerReferrals = ReferralsItemOut(many=True)
    warnings = WarningOut(many=True)


# --- Reading ----------------------------------------------------------------------------


class TillOut(Shape):
    code = serializers.CharField(source="till_code")
    name = serializers.CharField(source="till_name")


class InviteeOut(Shape):
    type = computed(serializers.CharField(), lambda invitee: invitee.type.upper())
    identifier = serializers.CharField()
    name = serializers.CharField()
    invitedOn = computed(serializers.CharField(source="invited_at"), _format_moment)
    till = TillOut(source="*")
    success = serializers.BooleanField(source="has_joined", help_text="Whether the invitee joined.")


class RefereeOut(Shape):
    eventType = serializers.CharField(source="event", help_text="REGISTRATION or TRANSACTION.")
    userId = serializers.IntegerField(source="customer.id")
    firstName = serializers.CharField(source="customer.first_name")
    lastName = serializers.CharField(source="customer.last_name")
    email = optional(serializers.CharField(source="customer.email"), when="customer.email")
    mobile = optional(serializers.CharField(source="customer.mobile"), when="customer.mobile")
    externalId = optional(
        serializers.CharField(source="customer.external_id"), when="customer.external_id"
    )
    addedOn = computed(serializers.CharField(source="added_at"), _format_moment)


class IncentiveRedemptionOut(Shape):
    redeemed = computed(serializers.BooleanField(source="redeemed_at"), bool)
    redeemedOn = computed(
        serializers.CharField(source="redeemed_at", allow_null=True), _format_moment
    )


class IncentiveCouponOut(Shape):
    code = serializers.CharField()
    validTill = computed(
        serializers.CharField(source="expires_at", allow_null=True), _format_moment
    )
    value = serializers.FloatField()
    redemptionInfo = IncentiveRedemptionOut(source="*")


class IncentiveOut(serializers.Serializer):
    eventType = serializers.CharField()
    coupons = IncentiveCouponOut(many=True)


def _build_oldest_first(
    shape: type[Shape], lines: list[InviteeLine] | list[RefereeLine], zone: tzinfo
) -> list[Answer]:
    return [shape.build(line, zone=zone) for line in reversed(lines)]


def _build_incentives(referrals: CampaignReferrals, zone: tzinfo) -> list[Answer]:
    coupons: dict[str, list[Answer]] = {}
    for line in referrals.incentives:
        coupons.setdefault(line.event, []).append(IncentiveCouponOut.build(line, zone=zone))
    return [{"eventType": event, "coupons": rows} for event, rows in coupons.items()]


class ReferrerProfilesOut(Shape):
    id = serializers.IntegerField(source="customer.id")
    profiles = ProfileOut(many=True, source="customer.profiles")


class ReferralsOut(Shape):
    customer = argument(ReferrerProfilesOut(), "referrer")
    campaignToken = serializers.CharField(source="campaign.token")
    referralCode = serializers.CharField(source="code")
    invitees = computed(
        InviteeOut(many=True),
        lambda referrals, zone: _build_oldest_first(InviteeOut, referrals.invitees, zone),
    )
    referee = computed(
        RefereeOut(many=True, source="referees"),
        lambda referees, zone: _build_oldest_first(RefereeOut, referees, zone),
    )
    incentives = computed(IncentiveOut(many=True), _build_incentives)


class ReferralsPageOut(serializers.Serializer):
    pagination = PageOut()
    data = ReferralsOut(many=True)  # type: ignore[assignment]
    warnings = WarningOut(many=True)
    errors = WarningOut(many=True)  # type: ignore[assignment]
