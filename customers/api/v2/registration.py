"""Registering customers (v2, "Register Customer")."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.api_page.examples import load_examples
from crm.dialects.v2.views import V2View
from crm.tenancy.models import Organization, Scope
from crm.usecases.register_customers import UNASSIGNED_CUSTOMER, SignUp, sign_up_customer
from customers import errors
from customers.api.v2.enrollment_input import (
    MAX_ENROLLMENTS,
    EnrollmentIn,
    build_enrollment_requests,
)
from customers.api.v2.field_types import LoyaltyTypeIn, Text, Values, bounded_list
from customers.api.v2.profile_input import (
    CARD_ISSUE_REFUSALS,
    MAX_PROFILES,
    NewProfileIn,
    build_card_issue,
    build_profile_entry,
    read_consents,
    split_cards,
)
from customers.api.v2.shared_schema import WriteResultOut
from customers.api.v2.side_effects import add_side_effects, should_wait
from customers.api.v2.source_accounts import SourceQuery, list_accounts_to_write
from customers.queries.tills import get_associated_till
from customers.rules.end_points import END_POINTS
from customers.rules.registration import Registration
from customers.rules.times import parse_moment


class RegisterQuery(SourceQuery):
    rawSideEffects = serializers.BooleanField(
        default=False, help_text="Return more keys of each side effect."
    )


class AttributionIn(serializers.Serializer):
    createDate = Text(help_text="When the customer joined. Default: now.")


class LoyaltyInfoIn(serializers.Serializer):
    loyaltyType = LoyaltyTypeIn(help_text="Default: `loyalty`.")
    attributionV2 = AttributionIn(required=False, allow_null=True)


class RegistrationIn(serializers.Serializer):
    profiles = bounded_list(
        NewProfileIn(), MAX_PROFILES, required=True, allow_null=False, allow_empty=False
    )
    loyaltyInfo = LoyaltyInfoIn(required=False, allow_null=True)
    attributionV2 = AttributionIn(
        required=False, allow_null=True, help_text="Used if loyaltyInfo has none."
    )
    associatedWith = Text(help_text="The code of a till.")
    extendedFields = Values(help_text="Extended fields by name.")
    loyaltyProgramEnrollments = bounded_list(EnrollmentIn(), MAX_ENROLLMENTS)
    referralCode = Text(help_text="The referral code of the referrer.")
    endPointsEnabled = serializers.ListField(
        child=serializers.ChoiceField(END_POINTS),
        required=False,
        allow_null=True,
        max_length=len(END_POINTS),
        help_text="Makes a test customer, who earns and gets at these end points only.",
    )


class Register(V2View):
    """POST /v2/customers"""

    operation = "customers.register"
    batch = True  # the write and what is left of its side effects are separate units of work
    scopes = {"POST": Scope.CUSTOMERS_WRITE}
    refusals = {
        "POST": [
            errors.StatusBlocksUpdates,
            errors.IdentifierRegistered,
            errors.IdentifiersOfSeveralCustomers,
            errors.SourceAccountShared,
            errors.SourceAccountMissing,
            errors.SourceAccountUnknown,
            errors.SourceAccountTwice,
            errors.AccountIdMissing,
            errors.NoIdentifier,
            errors.NonLoyaltyWithoutIdentifier,
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
                description="Whether to run side effects in the background.",
            ),
        ],
        request=RegistrationIn,
        responses=WriteResultOut,
        examples=load_examples(__file__, "register"),
    )
    def post(self, request: Request) -> Response:
        """Register a customer in one or several source accounts.

        If no identifier is known, a new customer is created. If all known identifiers belong to
        one customer who has no profile in these source accounts, the profiles are added to that
        customer: `createdId` is their id, with warning 8050. Their data is not overwritten, and
        they earn no bonus.

        Loyalty customers are enrolled in the default program and those in
        `loyaltyProgramEnrollments`; `sideEffects` lists the points and coupons of new customers.
        With `WAIT_FOR_DOWNSTREAM: false` or `X-CAP-DIRECT-REPLAY: true` effects run in the
        background, and `sideEffects` is empty. If loyalty fails, the registration is still saved,
        warning 19223 is returned, and the effects are retried.

        The referrer of a new customer is credited: by `referralCode`, else by an earlier
        invitation to the mobile or email (see referrals). An unknown code is a warning (1205).

        An identifier of type `cardnumber` (or `cardExternalId`) issues that card: an existing free
        card, or a new one of a series with external numbers (`seriesId` or `seriesCode`).

        With `endPointsEnabled` the customer is a test customer: points are earned and spent with
        POINTSENGINE_ENDPOINT only, coupons with DVS_ENDPOINT, referrals with REFERRAL_ENDPOINT.
        Counts, charts and exports leave test customers out, unless they are asked for.

        A non-loyalty customer needs a mobile or an email (1045) and gets no card (1013).
        `activity` is ignored.

        The source is passed in the query or in each profile; with one profile the query takes
        precedence, with several a different source is refused. Unknown or invalid custom and
        extended fields are skipped with a warning (1017, 91015).

        A channel's `subscribed` opts the customer in to or out of bulk messages by that channel,
        in the profile's source account; if two addresses differ, the stricter value counts.
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
            runs_effects=wait,
        )
        return {
            "createdId": result.customer_id,
            "warnings": self.warnings(result.notices),
            "effect": result.effect_id,
            "effectResult": result.effect_result and result.effect_result.as_json(),
        }


def build_sign_up(org: Organization, query: Mapping[str, Any], body: Mapping[str, Any]) -> SignUp:
    """Return the registration of a body, with its consents, cards and enrollments.

    Raises what ``list_accounts_to_write``, ``build_enrollment_requests`` and
    ``get_associated_till`` raise, and RegistrationDateInvalid.
    """
    profiles = body.get("profiles") or []
    loyalty = body.get("loyaltyInfo") or {}
    attribution = loyalty.get("attributionV2") or body.get("attributionV2") or {}
    till_code = (body.get("associatedWith") or "").strip()
    raw_date = (attribution.get("createDate") or "").strip()
    accounts = list_accounts_to_write(org.pk, query, profiles)
    pairs = list(zip(profiles, accounts, strict=True))
    registered_at = parse_moment(raw_date, org.zone) if raw_date else None
    if raw_date and registered_at is None:
        raise errors.RegistrationDateInvalid()
    return SignUp(
        consents=[
            consent for profile, account in pairs for consent in read_consents(profile, account)
        ],
        registration=Registration(
            profiles=[build_profile_entry(profile, account.id) for profile, account in pairs],
            loyalty_type=loyalty.get("loyaltyType") or "LOYALTY",
            extended_fields=body.get("extendedFields") or {},
            registered_at=registered_at,
            associated_with_id=(
                get_associated_till(org_id=org.pk, code=till_code) if till_code else None
            ),
            end_points=sorted(set(body.get("endPointsEnabled") or ())),
        ),
        cards=[
            build_card_issue(row, UNASSIGNED_CUSTOMER, account.id)
            for profile, account in pairs
            for row in split_cards(profile.get("identifiers"))[1]
        ],
        enrollment_requests=build_enrollment_requests(
            body.get("loyaltyProgramEnrollments"), org.zone
        ),
        referral_code=body.get("referralCode") or "",
    )
