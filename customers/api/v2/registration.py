"""Registering customers (v2, "Register Customer")."""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.api_page.examples import load_examples
from crm.dialects.v2.views import V2View
from crm.tenancy.models import Organization, Scope
from crm.usecases.register_customers import SignUp, sign_up_customer
from customers import errors
from customers.api.v2.card_input import CARD_ISSUE_REFUSALS, build_card_issues
from customers.api.v2.consent_input import read_consents
from customers.api.v2.enrollment_input import (
    MAX_ENROLLMENTS,
    EnrollmentIn,
    build_enrollment_requests,
)
from customers.api.v2.field_types import LoyaltyTypeIn, Text, Values, bounded_list
from customers.api.v2.profile_input import MAX_PROFILES, NewProfileIn, build_profile_entry
from customers.api.v2.shared_schema import WriteResultOut
from customers.api.v2.side_effects import add_side_effects, should_wait
from customers.api.v2.source_accounts import SourceQuery, list_accounts_to_write
from customers.queries.source_accounts import Account
from customers.queries.tills import get_associated_till
from customers.rules.registration import Registration
from customers.rules.times import parse_moment

END_POINTS = ("REFERRAL_ENDPOINT", "DVS_ENDPOINT", "TIMELINE_ENDPOINT", "POINTSENGINE_ENDPOINT")


class RegisterQuery(SourceQuery):
    rawSideEffects = serializers.BooleanField(
        default=False, help_text="Tell more of each side effect."
    )


class AttributionIn(serializers.Serializer):
    createDate = Text(help_text="When the person joined; now when left out.")


class LoyaltyInfoIn(serializers.Serializer):
    loyaltyType = LoyaltyTypeIn(help_text="`loyalty` when left out.")
    attributionV2 = AttributionIn(required=False, allow_null=True)


class RegistrationIn(serializers.Serializer):
    profiles = bounded_list(
        NewProfileIn(), MAX_PROFILES, required=True, allow_null=False, allow_empty=False
    )
    loyaltyInfo = LoyaltyInfoIn(required=False, allow_null=True)
    attributionV2 = AttributionIn(
        required=False, allow_null=True, help_text="As in loyaltyInfo, which comes first."
    )
    associatedWith = Text(help_text="The code of a till.")
    extendedFields = Values(help_text="Extended fields by name.")
    loyaltyProgramEnrollments = bounded_list(EnrollmentIn(), MAX_ENROLLMENTS)
    referralCode = Text(help_text="The code of whoever brought the person.")
    endPointsEnabled = serializers.ListField(
        child=serializers.ChoiceField(END_POINTS),
        required=False,
        allow_null=True,
        max_length=len(END_POINTS),
        help_text="For dummy customers made for tests.",
    )


class Register(V2View):
    """POST /v2/customers"""

    operation = "customers.register"
    batch = True  # the write and its side effects are units of their own
    scopes = {"POST": Scope.CUSTOMERS_WRITE}
    refusals = {
        "POST": [
            errors.IdentifierRegistered,
            errors.IdentifiersOfSeveralCustomers,
            errors.SourceAccountShared,
            errors.SourceAccountMissing,
            errors.SourceAccountUnknown,
            errors.SourceAccountTwice,
            errors.AccountIdMissing,
            errors.NoIdentifier,
            errors.IdentifierInvalid,
            errors.MobileInvalid,
            errors.EmailInvalid,
            errors.ExternalIdInvalid,
            errors.ChannelInvalid,
            errors.ChannelMobileInvalid,
            errors.ChannelEmailInvalid,
            errors.NameInvalid,
            errors.AssociatedTillUnknown,
            errors.RegistrationDateInvalid,
            *CARD_ISSUE_REFUSALS,
        ]
    }

    @extend_schema(
        summary="Register a customer",
        tags=["v2 customers"],
        parameters=[
            RegisterQuery,
            OpenApiParameter(
                "WAIT_FOR_DOWNSTREAM",
                bool,
                OpenApiParameter.HEADER,
                description="Whether to wait for side effects.",
            ),
            OpenApiParameter(
                "X-CAP-DIRECT-REPLAY",
                bool,
                OpenApiParameter.HEADER,
                description="Whether to leave side effects for later.",
            ),
        ],
        request=RegistrationIn,
        responses=WriteResultOut,
        examples=load_examples(__file__, "register"),
    )
    def post(self, request: Request) -> Response:
        """Register a person in one or several source accounts at once.

        With no identifier known yet a new customer is made. When all known ones belong to one
        customer who has no profile in these source accounts, that customer gets the profiles:
        `createdId` is theirs, with warning 8050. Nothing of them is overwritten, and they earn
        no bonus.

        Loyalty customers join the default program and those named in `loyaltyProgramEnrollments`;
        `sideEffects` shows the points and coupons that newcomers got. `WAIT_FOR_DOWNSTREAM: false`
        or `X-CAP-DIRECT-REPLAY: true` leave that to the background, and `sideEffects` is empty. A
        failure of loyalty never loses the registration: warning 19223, and it is tried again.

        Whoever brought somebody new is credited: by `referralCode`, else by an earlier invitation
        to the mobile or email (see referrals). A code that leads nowhere is a warning (1205).

        An identifier of type `cardnumber` (or `cardExternalId`) issues that card: one that is
        there and free, or a new one of a series for external numbers (`seriesId` or `seriesCode`).

        The source may stand in the query or in each profile; with one profile the query wins,
        with several a difference is refused. Custom and extended fields that are unknown or do
        not fit are left out with a warning (1017, 91015).

        A channel's `subscribed` opts the person in to or out of bulk messages by that channel, in
        the profile's source account; of two addresses of a channel the stricter word holds.
        """
        query = self.read_query(RegisterQuery)
        body = self.read_body(RegistrationIn)
        wait = should_wait(self, query)
        result = self.receipts.run_once(0, lambda: self._register(query, body, wait=wait))
        return Response(add_side_effects(self, result, wait=wait, raw=query["rawSideEffects"]))

    def _register(
        self, query: Mapping[str, Any], body: Mapping[str, Any], *, wait: bool
    ) -> dict[str, Any]:
        result = sign_up_customer(
            origin=self.origin,
            sign_up=build_sign_up(self.org, query, body),
            effects_due_at=None if wait else self.origin.at,
        )
        return {
            "createdId": result.customer_id,
            "warnings": self.warnings(result.notices),
            "effect": result.effect_id,
        }


def build_sign_up(org: Organization, query: Mapping[str, Any], body: Mapping[str, Any]) -> SignUp:
    """Hand somebody to be registered on in the domain's words.

    Raises what ``accounts_to_write``, ``joinings`` and ``get_associated_till`` raise, and
    RegistrationDateInvalid.
    """
    profiles = body.get("profiles") or []
    accounts = list_accounts_to_write(org.pk, query, profiles)
    pairs = list(zip(profiles, accounts, strict=True))
    return SignUp(
        registration=_build_registration(org, pairs, body),
        consents=[
            consent for profile, account in pairs for consent in read_consents(profile, account)
        ],
        cards=[
            issue for profile, account in pairs for issue in build_card_issues(profile, account.id)
        ],
        enrollment_requests=build_enrollment_requests(
            body.get("loyaltyProgramEnrollments"), org.zone
        ),
        referral_code=body.get("referralCode") or "",
    )


def _build_registration(
    org: Organization,
    pairs: Sequence[tuple[Mapping[str, Any], Account]],
    body: Mapping[str, Any],
) -> Registration:
    loyalty = body.get("loyaltyInfo") or {}
    attribution = loyalty.get("attributionV2") or body.get("attributionV2") or {}
    till_code = (body.get("associatedWith") or "").strip()
    return Registration(
        profiles=[build_profile_entry(profile, account.id) for profile, account in pairs],
        loyalty_type=loyalty.get("loyaltyType") or "LOYALTY",
        extended_fields=body.get("extendedFields") or {},
        registered_at=_read_create_date(attribution.get("createDate"), org.zone),
        associated_with_id=(
            get_associated_till(org_id=org.pk, code=till_code) if till_code else None
        ),
        end_points=sorted(set(body.get("endPointsEnabled") or ())),
    )


def _read_create_date(raw: str | None, zone: tzinfo) -> datetime | None:
    if not (raw or "").strip():
        return None
    moment = parse_moment(raw, zone)
    if moment is None:
        raise errors.RegistrationDateInvalid()
    return moment
