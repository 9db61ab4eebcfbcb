"""Bodies and answers of `customer/referrals` in v1.1."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from rest_framework import serializers

from crm.dialects.answer_shapes import Answer, Shape, argument, computed
from crm.dialects.transport_errors import RequestInvalid
from crm.dialects.v1_1.answer_fields import amount_text, bool_text, listed, number_text
from crm.dialects.v1_1.batch_items import Item, as_list, read_string
from crm.dialects.v1_1.body_schema import (
    describe_answer,
    describe_body,
    describe_either,
    describe_one_or_many,
)
from crm.dialects.v1_1.item_shapes import ItemShape, list_objects, read_by
from crm.dialects.v1_1.plain_values import format_bool
from customers.api.v1_1.customer_shapes import CustomerLookupIn, CustomerLookupOut
from customers.rules.times import parse_moment
from loyalty import errors
from loyalty.queries.referrals.referrals import CampaignReferrals, IncentiveLine, InviteeLine
from loyalty.rules.referrals import IDENTIFIER_TYPES, MAX_INVITEES, Invitee

# Pretty-printed XML can have line breaks inside dates.
_LINE_BREAK = re.compile(r"\s*[\r\n]\s*")


# --- In ---------------------------------------------------------------------------------


def read_invited_on(raw: Any) -> str:
    return _LINE_BREAK.sub("", read_string(raw))


class InviteeIn(ItemShape):
    id = serializers.CharField(required=False, help_text="Your own id; repeated in the answer.")
    name = read_by(serializers.CharField(required=False), read_string)
    identifier = read_by(
        serializers.CharField(help_text="A mobile number or email address."), read_string
    )
    invited_on = read_by(
        serializers.CharField(required=False, help_text="Defaults to now."), read_invited_on
    )


@dataclass(frozen=True, slots=True)
class InviteeRow:
    """An invitee of a body, and the id that the answer repeats."""

    id: str | None
    invitee: Invitee


def read_invitees(data: Any, zone: tzinfo) -> list[InviteeRow]:
    """Return the invitees of all types.

    Raises:
        RequestInvalid: there are too many, or they have another shape.
        InviteeInvalid: the date of an invitation cannot be read.
    """
    return list(_iterate_invitees(as_list(data), zone))


def _iterate_invitees(groups: Sequence[Any], zone: tzinfo) -> Iterator[InviteeRow]:
    count = 0
    for group in groups:
        is_object = isinstance(group, Mapping)
        for row in list_objects(group, "referral") if is_object else [None]:
            count += 1
            if not isinstance(row, Mapping) or count > MAX_INVITEES:
                raise RequestInvalid(
                    detail="referral_type holds a type and referrals, "
                    f"{MAX_INVITEES} of them at most."
                )
            yield _read_invitee(read_string(group.get("type")), row, zone)


def _read_invitee(type_: str, row: Item, zone: tzinfo) -> InviteeRow:
    values = InviteeIn.read(row)
    raw_moment, identifier = values["invited_on"], values["identifier"]
    invited_at = parse_moment(raw_moment, zone) if raw_moment else None
    if raw_moment and invited_at is None:
        raise errors.InviteeInvalid(identifier=identifier)
    invitee = Invitee(type=type_, identifier=identifier, name=values["name"], invited_at=invited_at)
    return InviteeRow(values["id"], invitee)


class InviteesIn(serializers.Serializer):
    type = serializers.CharField(help_text="`MOBILE` or `EMAIL`.")
    referral = InviteeIn(many=True)


class CustomerReferralsIn(ItemShape):
    campaign_token = read_by(
        serializers.CharField(
            required=False, source="token", help_text="Defaults to the default campaign."
        ),
        read_string,
    )
    referral_type = read_by(InviteesIn(many=True, source="invitees"), read_invitees)


def read_referrals(data: Any, zone: tzinfo) -> dict[str, Any]:
    if not isinstance(data or {}, Mapping):
        raise RequestInvalid(detail="referrals must be an object.")
    return CustomerReferralsIn.read(data or {}, zone=zone)


class ReferIn(CustomerLookupIn):
    referrals = read_by(CustomerReferralsIn(), read_referrals)


# --- Out: invitations -------------------------------------------------------------------


class ReferrerOut(Shape):
    # In the reference ``id`` is the customer's id here.
    email = serializers.CharField(allow_null=True)
    mobile = serializers.CharField(allow_null=True)
    external_id = serializers.CharField(allow_null=True)
    id = number_text("customer_id")
    user_id = number_text("customer_id")
    firstname = serializers.CharField(source="first_name")
    lastname = serializers.CharField(source="last_name")
    referral_code = argument(serializers.CharField(), "code")


class InviteeStatusOut(Shape):
    # It reads a catalogue's entry.
    success = argument(
        computed(serializers.ChoiceField(["true", "false"], source="*"), format_bool), "success"
    )
    code = computed(serializers.CharField(source="code", help_text="100 if invited."), str)
    message = computed(serializers.CharField(), lambda entry, facts: entry.format_message(facts))


class InvitedOut(Shape):
    # It reads what became of an invitee.
    id = argument(serializers.CharField(source="id", allow_null=True), "row")
    name = computed(serializers.CharField(), lambda result, row: result.name or row.invitee.name)
    identifier = computed(
        serializers.CharField(), lambda result, row: result.identifier or row.invitee.identifier
    )
    invited_on = serializers.CharField(source="invited_at", allow_null=True)
    status = argument(InviteeStatusOut(), "status")


class InvitedOfTypeOut(serializers.Serializer):
    type = serializers.CharField()
    referral = InvitedOut(many=True)


class InvitedReferralsOut(serializers.Serializer):
    referral_type = InvitedOfTypeOut(many=True)


class ReferredOut(ReferrerOut):
    referrals = argument(InvitedReferralsOut(), "referrals")


# --- Out: referrals ---------------------------------------------------------------------


class TillOut(Shape):
    code = serializers.CharField(source="till_code")
    name = serializers.CharField(source="till_name")


class InviteeOut(Shape):
    identifier = serializers.CharField()
    invited_on = serializers.CharField(source="invited_at")
    till = TillOut(source="*")
    success = bool_text("has_joined", help_text="Whether the invitee joined.")


class RefereeOut(Shape):
    event_type = serializers.CharField(source="event", help_text="`REGISTRATION` or `TRANSACTION`.")
    user_id = number_text("customer.id")
    firstname = serializers.CharField(source="customer.first_name")
    lastname = serializers.CharField(source="customer.last_name")
    email = serializers.CharField(source="customer.email")
    mobile = serializers.CharField(source="customer.mobile")
    external_id = serializers.CharField(source="customer.external_id")
    added_on = serializers.CharField(source="added_at")


class RedemptionInfoOut(Shape):
    redeemed = computed(
        serializers.ChoiceField(["true", "false"]),
        lambda line: format_bool(line.redeemed_at is not None),
    )
    redeemed_on = serializers.CharField(source="redeemed_at", allow_null=True)


class IncentiveCouponOut(Shape):
    code = serializers.CharField()
    valid_till = serializers.CharField(source="expires_at", allow_null=True)
    value = amount_text("value")
    redemption_info = RedemptionInfoOut(source="*")


def _group_invitees(lines: Sequence[InviteeLine]) -> Answer:
    groups = [
        (name, [line for line in lines if line.type == type_])
        for name, type_ in sorted(IDENTIFIER_TYPES.items())
    ]
    return {
        "referral_type": [
            {"type": name, "invitee": [InviteeOut.build(line) for line in of_type]}
            for name, of_type in groups
            if of_type
        ]
    }


def _group_incentives(lines: Sequence[IncentiveLine]) -> Answer:
    groups: dict[str, list[Answer]] = {}
    for line in lines:
        groups.setdefault(line.event, []).append(IncentiveCouponOut.build(line))
    return {
        "event_type": [
            {"name": event, "coupons": {"coupon": coupons}} for event, coupons in groups.items()
        ]
    }


class InviteesOfTypeOut(serializers.Serializer):
    type = serializers.CharField()
    invitee = InviteeOut(many=True)


class InviteesOut(serializers.Serializer):
    referral_type = InviteesOfTypeOut(many=True)


class IncentivesOfEventOut(serializers.Serializer):
    name = serializers.CharField()
    coupons = listed("coupon", IncentiveCouponOut)


class IncentivesOut(serializers.Serializer):
    event_type = IncentivesOfEventOut(many=True)


class StatisticsOut(Shape):
    # Invitees, referees and incentive coupons, newest first.
    invitees = computed(InviteesOut(source="invitees"), _group_invitees)
    referees = listed("referee", RefereeOut, source="referees")
    incentives = computed(IncentivesOut(source="incentives"), _group_incentives)


def build_referrals(heading: Any, referrals: CampaignReferrals, *, only_code: bool) -> Answer:
    answer = ReferrerOut.build(heading, code=referrals.code)
    return answer if only_code else answer | StatisticsOut.build(referrals)


REFER = describe_body("Refer", "customer", ReferIn)
REFERRED = describe_answer("Referred", "customers", "customer", ReferredOut, CustomerLookupOut)
REFERRALS = describe_one_or_many(
    "Referrals",
    "customers",
    "customer",
    describe_either("Referrals", ReferrerOut, StatisticsOut),
    CustomerLookupOut,
)
