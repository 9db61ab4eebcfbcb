"""Inviting people, and who came (v2, "Add Customer Referrals", "Get Customer Referrals")."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.refusals import RequestInvalid
from crm.dialects.v2.views import V2View
from crm.kernel.errors import DomainError
from crm.tenancy.models import Organization, Scope
from customers import errors as customer_errors
from customers.api.v2.details_answer import details_answer
from customers.api.v2.reading_details import WORDING, read_details
from customers.queries.listing import list_lines
from customers.queries.lookup import find_customer_id
from customers.rules.times import parse_moment
from loyalty import referral_errors
from loyalty.api.v2.referral_answers import added_answer, referrals_answer
from loyalty.api.v2.referrals_examples import ADD_EXAMPLES, ADD_MANY_EXAMPLES, READ_EXAMPLE
from loyalty.api.v2.referrals_schema import (
    ReferralsAddedOut,
    ReferralsIn,
    ReferralsOfManyOut,
    ReferralsPageOut,
    ReferralsQuery,
)
from loyalty.operations.inviting import Invited, invite
from loyalty.queries.referrals import list_referrals
from loyalty.rules.referrals import Invitee

# In the order in which they are looked at: the first one known decides.
LONGEST_ID = 18  # digits
NAMED_BY = ("id", "mobile", "email", "externalId")
INVITING_REFUSALS = [
    referral_errors.CampaignUnknown,
    referral_errors.CampaignNotRunning,
    referral_errors.ReferrerNotEligible,
    referral_errors.ReferralTypeUnsupported,
    referral_errors.InviteeInvalid,
    referral_errors.InviteeIsCustomer,
    referral_errors.InviteeIsReferrer,
    referral_errors.InvitationLimitReached,
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
        examples=[READ_EXAMPLE],
    )
    def get(self, request: Request, customer_id: int) -> Response:
        """Tell whom the customer invited, who came, and what they got for it.

        There is an element for each campaign in which the customer takes part, the newest first;
        `limit` and `offset` count these. Of all invitations, and of all who came, the latest
        thousand are told. Somebody counts as a `referee` of a campaign once for registering and
        once for the first purchase.
        """
        query = self.read_query(ReferralsQuery)
        customer, loyalty = read_details(request, self.org, customer_id, {})
        details = details_answer(customer, loyalty, self.org.zone)
        total, found = list_referrals(
            org_id=self.org.pk,
            customer_id=customer_id,
            limit=query["limit"],
            offset=query["offset"],
        )
        person = {"id": details["id"], "profiles": details["profiles"]}
        return Response(
            {
                "pagination": {"limit": query["limit"], "offset": query["offset"], "total": total},
                "data": [{"customer": person, **referrals_answer(r, self.org.zone)} for r in found],
                "warnings": [],
                "errors": [],
            }
        )

    @extend_schema(
        summary="Invite people in the name of a customer",
        tags=["v2 referrals"],
        request=ReferralsIn,
        responses=ReferralsAddedOut,
        examples=ADD_EXAMPLES,
    )
    def post(self, request: Request, customer_id: int) -> Response:
        """Add people whom the customer invites to a campaign, all of the request or nothing.

        The customer has a `referralCode` in the campaign from then on. Somebody invited before
        stays invited as they were. One who cannot be invited is a warning and left out; when
        nobody of an element can be, that is the error. A body that names another customer than
        the path is refused.
        """
        answers, warnings = [], []
        for item in self.read_body(ReferralsIn)["customerReferrals"]:
            named = (item.get("customer") or {}).get("id")
            if named not in (None, "") and str(named).strip() != str(customer_id):
                raise RequestInvalid(detail="customer.id: the path names another customer.")
            answer, refused = _invite(self, customer_id, item)
            answers.append(answer)
            warnings += refused
        return Response({"customerReferrals": answers, "warnings": warnings})


class Referrals(V2View):
    """POST /v2/customers/referrals"""

    operation = "referrals.addMany"
    batch = True
    scopes = {"POST": Scope.CUSTOMERS_WRITE}
    refusals = {"POST": []}

    @extend_schema(
        summary="Invite people in the name of several customers",
        tags=["v2 referrals"],
        request=ReferralsIn,
        responses=ReferralsOfManyOut,
        examples=ADD_MANY_EXAMPLES,
    )
    def post(self, request: Request) -> Response:
        """Add people whom up to a hundred customers invite, each element by itself.

        Of `id`, `mobile`, `email` and `externalId` the first that is known names the customer. An
        element that is refused has `errors` and leaves the others; `warnings` are those of its
        invitees who could not be invited.
        """
        items = self.read_body(ReferralsIn)["customerReferrals"]
        answers = [self._one(number, item) for number, item in enumerate(items)]
        return Response({"customerReferrals": answers, "warnings": []})

    def _one(self, number: int, item: Mapping[str, Any]) -> dict[str, Any]:
        said = {name: value for name, value in (item.get("customer") or {}).items() if value}

        def work() -> dict[str, Any]:
            answer, warnings = _invite(self, _find(self.org, said), item)
            return {**answer, "errors": [], "warnings": warnings}

        try:
            done: dict[str, Any] = self.receipts.once(number, work)
        except DomainError as refusal:
            return {
                "customer": _said_again(said),
                "campaignToken": item.get("campaignToken") or "",
                "referrals": [],
                "errors": [self.error(refusal)],
                "warnings": [],
            }
        return done


def _said_again(said: Mapping[str, Any]) -> dict[str, Any]:
    """What a refused element named its customer by: numbers as text, and an id that can be one."""
    named: dict[str, Any] = {n: str(v) for n, v in said.items() if n in NAMED_BY and n != "id"}
    number = str(said.get("id", ""))
    if number.isascii() and number.isdecimal() and len(number) <= LONGEST_ID:
        named["id"] = int(number)
    return named


def _find(org: Organization, said: Mapping[str, Any]) -> int:
    refusal: DomainError = customer_errors.IdentifierNotFound()
    for name in NAMED_BY:
        if name not in said:
            continue
        try:
            return find_customer_id(org=org, kind=name, value=said[name], source_account=None)
        except (customer_errors.IdentifierNotFound, customer_errors.IdentifierInvalid) as unknown:
            refusal = unknown
    raise refusal


def _invite(
    view: V2View, customer_id: int, item: Mapping[str, Any]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Invite for one customer; the answer, and as warnings those who cannot be invited."""
    org = view.org
    invited = invite(
        origin=view.origin,
        customer_id=customer_id,
        token=item.get("campaignToken") or "",
        invitees=list(_invitees(org, item.get("referrals") or ())),
    )
    refused = [one.refusal for one in invited.outcomes if one.refusal is not None]
    if refused and not _anybody(invited):
        raise refused[0]
    [line] = list_lines(org_id=org.pk, customer_ids=[customer_id])
    return added_answer(invited, line, org.zone), [view.error(refusal) for refusal in refused]


def _anybody(invited: Invited) -> bool:
    return any(one.refusal is None for one in invited.outcomes)


def _invitees(org: Organization, groups: Sequence[Mapping[str, Any]]) -> Iterator[Invitee]:
    for group in groups:
        for row in group["referral"]:
            said = (row.get("invitedOn") or "").strip()
            invited_at = parse_moment(said, org.zone) if said else None
            if said and invited_at is None:
                raise referral_errors.InviteeInvalid(identifier=row["identifier"])
            yield Invitee(
                type=group["type"],
                identifier=row["identifier"],
                name=row.get("name") or "",
                invited_at=invited_at,
            )
