"""Invitations and referees (v1.1, "Refer Customer", "Retrieve Customer Referral Details")."""

from collections.abc import Mapping, Sequence
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.api_page.examples import load_examples
from crm.dialects.transport_errors import RequestInvalid
from crm.dialects.v1_1.batch_items import Item
from crm.dialects.v1_1.envelope import build_list_response, build_one_or_list_response
from crm.dialects.v1_1.views import ItemResult, V11View
from crm.kernel.errors import DomainError
from crm.tenancy.models import Scope
from crm.tenancy.queries.entities import find_store, get_store_id
from customers import errors as customer_errors
from customers.api.v1_1.customer_lookup import (
    LOOKUP_PARAMETERS,
    build_merge_notices,
    build_rows,
    echo_identifiers,
    find_item_customer,
    find_requested_customers,
    list_match_ids,
)
from customers.queries.customers.by_identifiers import CustomerMatch
from customers.queries.customers.headings import list_headings
from customers.rules.times import read_span
from loyalty import errors
from loyalty.api.v1_1.referrals_shapes import (
    REFER,
    REFERRALS,
    REFERRED,
    InvitedOut,
    InviteeRow,
    InviteeStatusOut,
    ReferIn,
    ReferredOut,
    build_referrals,
)
from loyalty.operations.referrals.invite import InviteeResult, invite_people
from loyalty.queries.referrals.referrals import (
    CampaignReferrals,
    ReferralFilter,
    get_referrals_by_customer,
)

ALL_STORES = "all"
INVITED_CODE = "done.invitee.added"


class ReferralsQuery(serializers.Serializer):
    campaign_token = serializers.CharField(required=False)
    start_date = serializers.CharField(required=False)
    end_date = serializers.CharField(required=False)
    store_code = serializers.CharField(required=False)
    only_referral_code = serializers.BooleanField(default=False)


class Referrals(V11View):
    """GET, POST /v1.1/customer/referrals"""

    operation = {"GET": "v1.customer.referrals", "POST": "v1.customer.refer"}
    scopes = {"GET": Scope.CUSTOMERS_READ, "POST": Scope.CUSTOMERS_WRITE}
    examples = {"GET": {"mobile": "919740798372"}}
    refusals = {
        "GET": [
            customer_errors.IdentifierNotFound,
            customer_errors.CustomerUnknown,
            errors.CampaignUnknown,
            errors.CampaignNotRunning,
            errors.ReferrerNotFound,
            errors.StoreUnknown,
        ],
        "POST": [
            customer_errors.IdentifierNotFound,
            customer_errors.CustomerUnknown,
            errors.CampaignUnknown,
            errors.CampaignNotRunning,
            errors.ReferrerNotEligible,
            errors.ReferralTypeUnsupported,
            errors.InviteeInvalid,
            errors.InviteeIsCustomer,
            errors.InviteeIsReferrer,
            errors.InvitationLimitReached,
        ],
    }

    @extend_schema(
        summary="Retrieve the referrals of customers",
        tags=["v1.1 customer"],
        parameters=[
            *LOOKUP_PARAMETERS,
            OpenApiParameter(
                "campaign_token", str, description="Defaults to the default campaign."
            ),
            OpenApiParameter(
                "start_date", str, description="Invitations and referees from this time on."
            ),
            OpenApiParameter(
                "end_date", str, description="And until this time; a date includes the whole day."
            ),
            OpenApiParameter(
                "store_code",
                str,
                description="`all` for every store; defaults to the store of the login.",
            ),
            OpenApiParameter(
                "only_referral_code", bool, description="`true`: return the code only."
            ),
        ],
        responses=REFERRALS,
        examples=load_examples(__file__, "referrals"),
    )
    def get(self, request: Request) -> Response:
        """Return the invitees, referees and incentives of customers in a campaign.

        Dates and store filter both invitations and referees. The latest thousand of each are
        listed, newest first. A customer who never took part is refused with 1205.
        """
        matches = find_requested_customers(self)
        query = self.read_query(ReferralsQuery)
        ids = list_match_ids(matches)
        only_code = query["only_referral_code"]
        try:
            referrals = get_referrals_by_customer(
                org_id=self.org.pk,
                customer_ids=ids,
                token=query.get("campaign_token") or "",
                filters=self._build_filter(query),
                codes_only=only_code,
            )
        except (errors.CampaignUnknown, errors.CampaignNotRunning,
                errors.StoreUnknown) as refusal:  # fmt: skip
            rows = [self.build_refusal_row(refusal, lookup.echo) for lookup, _ in matches]
            return Response(build_one_or_list_response("customers", "customer", rows))
        headings = list_headings(org_id=self.org.pk, customer_ids=ids)
        rows = build_rows(
            self,
            [(lookup, _check_referrer(match, referrals)) for lookup, match in matches],
            lambda match: ItemResult(
                build_referrals(
                    headings[match.customer_id], referrals[match.customer_id], only_code=only_code
                ),
                "done.referrals.retrieved",
            ),
        )
        return Response(build_one_or_list_response("customers", "customer", rows))

    @extend_schema(
        summary="Add referrals of customers",
        tags=["v1.1 customer"],
        request=REFER,
        responses=REFERRED,
        examples=load_examples(__file__, "refer"),
    )
    def post(self, request: Request) -> Response:
        """Add invitees of customers to a campaign; each customer is handled by itself.

        The customer then has a `referral_code` in the campaign. Each invitee has a status, 100 if
        invited; existing invitations stay unchanged. If no invitee can be invited, the item of the
        customer is refused with the error of the first invitee.
        """
        rows = self.write_each(self.items("customer"), self._refer_customer, echo_identifiers)
        return Response(build_list_response("customers", "customer", rows))

    # --- Reading ------------------------------------------------------------------------

    def _build_filter(self, query: Mapping[str, Any]) -> ReferralFilter:
        moments = {}
        for name in ("start_date", "end_date"):
            if (raw := query.get(name)) is None:
                continue
            span = read_span(raw, self.org.zone)
            if span is None:
                raise RequestInvalid(detail=f"{name}: this is no date and time.")
            moments[name.removesuffix("_date")] = span.last if name == "end_date" else span.start
        return ReferralFilter(
            **moments, store_id=self._read_store_id((query.get("store_code") or "").strip())
        )

    def _read_store_id(self, code: str) -> int | None:
        if code.lower() == ALL_STORES:
            return None
        if not code:
            return get_store_id(org_id=self.org.pk, entity_id=self.caller.entity.pk)
        store = find_store(org_id=self.org.pk, name=code)
        if store is None:
            raise errors.StoreUnknown()
        return store.pk

    # --- Writing ------------------------------------------------------------------------

    def _refer_customer(self, item: Item) -> ItemResult:
        customer = find_item_customer(self, item)
        values = ReferIn.read(item, zone=self.org.zone)["referrals"]
        invitee_rows = values["invitees"]
        result = invite_people(
            origin=self.origin,
            customer_id=customer.customer_id,
            token=values["token"],
            invitees=[row.invitee for row in invitee_rows],
        )
        refusals = [row.refusal for row in result.outcomes if row.refusal is not None]
        if refusals and len(refusals) == len(invitee_rows):
            raise refusals[0]
        [heading] = list_headings(org_id=self.org.pk, customer_ids=[customer.customer_id]).values()
        return ItemResult(
            ReferredOut.build(
                heading,
                code=result.code,
                referrals={"referral_type": self._group_by_type(invitee_rows, result.outcomes)},
            ),
            "done.referrals.invited",
            build_merge_notices(customer),
        )

    def _group_by_type(
        self, invitee_rows: Sequence[InviteeRow], outcomes: Sequence[InviteeResult]
    ) -> list[dict[str, Any]]:
        groups: dict[str, list[dict[str, Any]]] = {}
        for row, outcome in zip(invitee_rows, outcomes, strict=True):
            groups.setdefault(row.invitee.type.upper(), []).append(
                InvitedOut.build(outcome, row=row, status=self._build_status(outcome.refusal))
            )
        return [{"type": type_, "referral": rows} for type_, rows in groups.items()]

    def _build_status(self, refusal: DomainError | None) -> dict[str, Any]:
        entry = self.entry(INVITED_CODE if refusal is None else refusal.code)
        facts = refusal.facts if refusal else {}
        return InviteeStatusOut.build(entry, facts=facts, success=refusal is None)


def _check_referrer(
    match: CustomerMatch | DomainError, referrals: Mapping[int, CampaignReferrals]
) -> CustomerMatch | DomainError:
    """Return the refusal of a customer who never took part in the campaign."""
    if isinstance(match, DomainError) or match.customer_id in referrals:
        return match
    return errors.ReferrerNotFound()
