"""The memberships of a customer in programs (v2, "Fetch Customer Loyalty Details")."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.api_page.examples import load_examples
from crm.dialects.v2.serializer_fields import IdField, QueryIn
from crm.dialects.v2.views import V2View
from crm.tenancy.models import Organization, Scope
from customers import errors as customer_errors
from customers.api.v2.details import WORDING
from customers.api.v2.lookup import (
    LOOKUP_EXAMPLE,
    LOOKUP_REFUSALS,
    LookupQuery,
    find_customer_by_query,
)
from customers.api.v2.loyalty_shapes import MembershipOut
from customers.api.v2.shared_schema import WarningOut
from customers.api.v2.source_accounts import get_account_to_read
from customers.queries.customers.active import check_active_customer
from loyalty import errors
from loyalty.queries.enrollments.memberships import list_memberships

PROGRAM = IdField(required=False, help_text="Return this program only.")


class MembershipsQuery(QueryIn):
    programId = PROGRAM


class LookedUpMembershipsQuery(LookupQuery):
    programId = PROGRAM


class MembershipsOut(serializers.Serializer):
    data = MembershipOut(many=True)  # type: ignore[assignment]
    warnings = WarningOut(many=True)
    errors = WarningOut(many=True)  # type: ignore[assignment]


class LoyaltyDetails(V2View):
    """GET /v2/customers/{id}/loyaltyDetails"""

    operation = "loyalty.details"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    examples = {"GET": {"customer_id": 29372667}}
    wording = {"GET": WORDING}
    refusals = {
        "GET": [
            customer_errors.CustomerUnknown,
            customer_errors.CustomerMerged,
            errors.ProgramUnknown,
        ]
    }

    @extend_schema(
        summary="Fetch a customer's loyalty details",
        tags=["v2 loyalty"],
        parameters=[MembershipsQuery],
        responses=MembershipsOut,
        examples=load_examples(__file__, "memberships"),
    )
    def get(self, request: Request, customer_id: int) -> Response:
        """Return the balances and the tier in each program, oldest enrollment first.

        `loyaltyPoints` is the balance of the ledger. `totalAvailablePoints` is what can be spent
        now: it also counts what has expired or matured since the scheduled tasks last ran.
        `programId` selects one program; the list is empty if the customer is not enrolled in it,
        and an unknown program is refused (404).
        """
        query = self.read_query(MembershipsQuery)
        check_active_customer(org_id=self.org.pk, customer_id=customer_id)
        return Response(_memberships_answer(self.org, customer_id, query))


class LookedUpLoyaltyDetails(V2View):
    """GET /v2/customers/lookup/loyaltyDetails"""

    operation = "loyalty.lookupDetails"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    examples = {"GET": LOOKUP_EXAMPLE}
    refusals = {
        "GET": [
            *LOOKUP_REFUSALS,
            customer_errors.NoProfileInSource,
            customer_errors.SourceAccountUnknown,
            customer_errors.AccountIdMissing,
            errors.ProgramUnknown,
        ]
    }

    @extend_schema(
        summary="Fetch a customer's loyalty details by an identifier",
        tags=["v2 lookup"],
        parameters=[LookedUpMembershipsQuery],
        responses=MembershipsOut,
        examples=load_examples(__file__, "memberships"),
    )
    def get(self, request: Request) -> Response:
        """Return the balances and the tier in each program of the customer with the identifier.

        Memberships do not depend on the source; if a source is sent, the customer needs a profile
        in it.
        """
        query = self.read_query(LookedUpMembershipsQuery)
        account = get_account_to_read(self.org.pk, query)
        return Response(
            _memberships_answer(self.org, find_customer_by_query(self.org, query, account), query)
        )


def _memberships_answer(
    org: Organization, customer_id: int, query: Mapping[str, Any]
) -> dict[str, Any]:
    memberships = list_memberships(
        org_id=org.pk,
        customer_id=customer_id,
        now=timezone.now(),
        program_id=query.get("programId"),
        with_partners=True,
    )
    return {
        "data": [MembershipOut.build(membership) for membership in memberships],
        "warnings": [],
        "errors": [],
    }
