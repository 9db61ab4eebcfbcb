"""Invitations and referees (v2, "Add Customer Referrals", "Get Customer Referrals")."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.api_page.examples import load_examples
from crm.dialects.transport_errors import RequestInvalid
from crm.dialects.v2.views import V2View
from crm.kernel.errors import DomainError
from crm.kernel.ids import read_number
from crm.tenancy.models import Organization, Scope
from customers import errors as customer_errors
from customers.api.v2.details import WORDING, read_details
from customers.queries.customers.by_identifier import find_customer_id
from customers.queries.customers.lines import list_lines
from customers.rules.times import parse_moment
from loyalty import errors
from loyalty.api.v2.referral_input import ReferralsIn, ReferralsQuery
from loyalty.api.v2.referral_shapes import (
    CustomerReferralsOut,
    ReferralsAddedOut,
    ReferralsOfManyOut,
    ReferralsOut,
    ReferralsPageOut,
    ReferrerOut,
    ReferrerProfilesOut,
)
from loyalty.operations.referrals.invite import InvitationResult, invite_people
from loyalty.queries.referrals.referrals import list_referrals
from loyalty.rules.referrals import Invitee

# In order of precedence: the first known one identifies the referrer.
REFERRER_KEYS = ("id", "mobile", "email", "externalId")
INVITING_REFUSALS = [
    errors.CampaignUnknown,
    errors.CampaignNotRunning,
    errors.ReferrerNotEligible,
    errors.ReferralTypeUnsupported,
    errors.InviteeInvalid,
    errors.InviteeIsCustomer,
    errors.InviteeIsReferrer,
    errors.InvitationLimitReached,
]


class CustomerReferrals(V2View):
    """GET, POST /v2/customers/{id}/referrals"""

    operation = {"GET": "referrals.list", "POST": "referrals.add"}
    scopes = {"GET": Scope.CUSTOMERS_READ, "POST": Scope.CUSTOMERS_WRITE}
    examples = {"GET": {"customer_id": 420007388}, "POST": {"customer_id": 420007388}}
    wording = {"GET": WORDING}
    refusals = {
        "GET": [customer_errors.CustomerUnknown, customer_errors.CustomerMerged],
        "POST": [
            customer_errors.CustomerUnknown,
            customer_errors.CustomerMerged,
            *INVITING_REFUSALS,
        ],
    }

    @extend_schema(
        summary="List a customer's referrals",
        tags=["v2 referrals"],
        parameters=[ReferralsQuery],
        responses=ReferralsPageOut,
        examples=load_examples(__file__, "referrals"),
    )
    def get(self, request: Request, customer_id: int) -> Response:
        """Return the customer's invitees, referees and incentives.

        There is an element for each campaign in which the customer takes part, newest first;
        `limit` and `offset` count campaigns. The latest thousand invitations and the latest
        thousand referees are listed. A customer is a `referee` of a campaign once for registering
        and once for the first purchase.
        """
        query = self.read_query(ReferralsQuery)
        details = read_details(request, self.org, customer_id, {})
        total, referrals = list_referrals(
            org_id=self.org.pk,
            customer_id=customer_id,
            limit=query["limit"],
            offset=query["offset"],
        )
        referrer = details.build(ReferrerProfilesOut)
        return Response(
            {
                "pagination": {"limit": query["limit"], "offset": query["offset"], "total": total},
                "data": [
                    ReferralsOut.build(campaign_referrals, referrer=referrer, zone=self.org.zone)
                    for campaign_referrals in referrals
                ],
                "warnings": [],
                "errors": [],
            }
        )

    @extend_schema(
        summary="Add referrals of a customer",
        tags=["v2 referrals"],
        request=ReferralsIn,
        responses=ReferralsAddedOut,
        examples=load_examples(__file__, "referrals_add"),
    )
    def post(self, request: Request, customer_id: int) -> Response:
        """Add invitees of the customer to a campaign, either all of the request or nothing.

        The customer then has a `referralCode` in the campaign. Existing invitations stay
        unchanged. An invitee who cannot be invited is left out with a warning; if no invitee of an
        element can be invited, the request is refused. A body with another customer id than the
        path is refused.
        """
        answers, warnings = [], []
        for item in self.read_body(ReferralsIn)["customerReferrals"]:
            named_id = (item.get("customer") or {}).get("id")
            if named_id not in (None, "") and str(named_id).strip() != str(customer_id):
                raise RequestInvalid(detail="customer.id: the path names another customer.")
            answer, item_warnings = _invite(self, customer_id, item)
            answers.append(answer)
            warnings += item_warnings
        return Response({"customerReferrals": answers, "warnings": warnings})


class Referrals(V2View):
    """POST /v2/customers/referrals"""

    operation = "referrals.addMany"
    batch = True
    scopes = {"POST": Scope.CUSTOMERS_WRITE}
    refusals = {"POST": []}

    @extend_schema(
        summary="Add referrals of several customers",
        tags=["v2 referrals"],
        request=ReferralsIn,
        responses=ReferralsOfManyOut,
        examples=load_examples(__file__, "referrals_add_many"),
    )
    def post(self, request: Request) -> Response:
        """Add invitees of up to a hundred customers; each element is applied by itself.

        The first known one of `id`, `mobile`, `email` and `externalId` identifies the customer. A
        refused element has `errors` and does not affect the others; `warnings` name the invitees
        who could not be invited.
        """
        items = self.read_body(ReferralsIn)["customerReferrals"]
        answers = [self._invite_item(number, item) for number, item in enumerate(items)]
        return Response({"customerReferrals": answers, "warnings": []})

    def _invite_item(self, number: int, item: Mapping[str, Any]) -> dict[str, Any]:
        lookup = {name: value for name, value in (item.get("customer") or {}).items() if value}

        def work() -> dict[str, Any]:
            answer, warnings = _invite(self, _find_referrer_id(self.org, lookup), item)
            return {**answer, "errors": [], "warnings": warnings}

        try:
            item_answer: dict[str, Any] = self.receipts.run_once(number, work)
        except DomainError as refusal:
            return {
                "customer": _referrer_answer(lookup),
                "campaignToken": item.get("campaignToken") or "",
                "referrals": [],
                "errors": [self.error(refusal)],
                "warnings": [],
            }
        return item_answer


def _referrer_answer(lookup: Mapping[str, Any]) -> dict[str, Any]:
    """Return the customer keys of a refused element: text values, and a numeric id if valid."""
    keys: dict[str, Any] = {
        n: str(v) for n, v in lookup.items() if n in REFERRER_KEYS and n != "id"
    }
    if (number := read_number(str(lookup.get("id", "")))) is not None:
        keys["id"] = number
    return keys


def _find_referrer_id(org: Organization, lookup: Mapping[str, Any]) -> int:
    refusal: DomainError = customer_errors.IdentifierNotFound()
    for name in REFERRER_KEYS:
        if name not in lookup:
            continue
        try:
            return find_customer_id(org=org, kind=name, value=lookup[name], source_account=None)
        except (customer_errors.IdentifierNotFound, customer_errors.IdentifierInvalid) as error:
            refusal = error.detached()
    raise refusal


def _invite(
    view: V2View, customer_id: int, item: Mapping[str, Any]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Add the invitees of one customer; return the answer and the refused invitees as warnings."""
    org = view.org
    result = invite_people(
        origin=view.origin,
        customer_id=customer_id,
        token=item.get("campaignToken") or "",
        invitees=list(_read_invitees(org, item.get("referrals") or ())),
    )
    refusals = [outcome.refusal for outcome in result.outcomes if outcome.refusal is not None]
    if refusals and not _has_invited(result):
        raise refusals[0]
    [line] = list_lines(org_id=org.pk, customer_ids=[customer_id])
    answer = CustomerReferralsOut.build(result, referrer=ReferrerOut.build(line), zone=org.zone)
    return answer, [view.error(refusal) for refusal in refusals]


def _has_invited(result: InvitationResult) -> bool:
    return any(outcome.refusal is None for outcome in result.outcomes)


def _read_invitees(org: Organization, groups: Sequence[Mapping[str, Any]]) -> Iterator[Invitee]:
    for group in groups:
        for row in group["referral"]:
            text = (row.get("invitedOn") or "").strip()
            invited_at = parse_moment(text, org.zone) if text else None
            if text and invited_at is None:
                raise errors.InviteeInvalid(identifier=row["identifier"])
            yield Invitee(
                type=group["type"],
                identifier=row["identifier"],
                name=row.get("name") or "",
                invited_at=invited_at,
            )
