"""Find, update and show customers by an identifier (v2, "Customer Lookup")."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.api_page.examples import load_examples
from crm.dialects.v2.views import V2View
from crm.tenancy.models import Organization, Scope
from customers import errors
from customers.api.v2.details import (
    DETAILS_REFUSALS,
    LANGUAGE,
    WORDING,
    DetailsQuery,
    build_details,
)
from customers.api.v2.details_shapes import LookupDetailsOut
from customers.api.v2.shared_schema import WarningOut, WriteResultOut
from customers.api.v2.source_accounts import ReadSourceQuery, get_account_to_read
from customers.api.v2.update import (
    UPDATE_REFUSALS,
    UpdateIn,
    UpdateQuery,
    build_customer_change,
    run_update,
)
from customers.queries.customers.by_identifier import find_customer_id
from customers.queries.source_accounts import Account, get_source_account
from customers.rules.identifiers import canonical_type, restore_plus

LOOKUP_REFUSALS = [errors.IdentifierInvalid, errors.IdentifierNotFound, errors.CustomerMerged]
LOOKUP_SOURCE_REFUSALS = [
    errors.NoProfileInSource,
    errors.SourceAccountUnknown,
    errors.AccountIdMissing,
]
LOOKUP_EXAMPLE = {
    "source": "INSTORE",
    "identifierName": "mobile",
    "identifierValue": "919999000001",
}


class IdentifierQuery(serializers.Serializer):
    """The identifier of a customer. A missing part fails as an invalid identifier (8013)."""

    identifierName = serializers.CharField(
        default="", help_text="An identifier's type, or id.", max_length=50
    )
    identifierValue = serializers.CharField(default="", max_length=1_000, trim_whitespace=False)


class LookupQuery(IdentifierQuery, ReadSourceQuery):
    pass


class LookupUpdateQuery(IdentifierQuery, UpdateQuery):
    pass


class LookupDetailsQuery(IdentifierQuery, DetailsQuery):
    pass


class LookupOut(serializers.Serializer):
    entity = serializers.IntegerField(help_text="The customer's id.")
    warnings = WarningOut(many=True)


def find_customer_by_query(
    org: Organization, query: Mapping[str, Any], account: Account | None
) -> int:
    """Return the id of the customer that a lookup query identifies."""
    kind, value = query["identifierName"], query["identifierValue"]
    return find_customer_id(
        org=org,
        kind=kind,
        value=restore_plus(value) if canonical_type(kind) == "mobile" else value,
        source_account=account,
    )


def read_looked_up_customer(view: V2View) -> int:
    """Return the id of the customer whom the query of a call identifies."""
    query = view.read_query(LookupQuery)
    return find_customer_by_query(view.org, query, get_account_to_read(view.org.pk, query))


class Lookup(V2View):
    """GET, PUT /v2/customers/lookup"""

    operation = {"GET": "customers.lookup", "PUT": "customers.lookupUpdate"}
    batch = True  # the write and its side effects are separate units of work
    scopes = {"GET": Scope.CUSTOMERS_READ, "PUT": Scope.CUSTOMERS_WRITE}
    examples = {"GET": LOOKUP_EXAMPLE, "PUT": LOOKUP_EXAMPLE}
    refusals = {
        "GET": [
            *LOOKUP_REFUSALS,
            errors.NoProfileInSource,
            errors.SourceAccountUnknown,
            errors.AccountIdMissing,
        ],
        "PUT": [*LOOKUP_REFUSALS, *UPDATE_REFUSALS],
    }

    @extend_schema(
        summary="Fetch a customer's id",
        tags=["v2 lookup"],
        parameters=[LookupQuery],
        responses=LookupOut,
        examples=load_examples(__file__, "lookup"),
    )
    def get(self, request: Request) -> Response:
        """Return a customer's id by one of their identifiers.

        An identifier belongs to its customer in all sources. With `source`, the customer must have
        a profile in that source (else 8065). After a merge the survivor is returned.
        """
        query = self.read_query(LookupQuery)
        account = get_account_to_read(self.org.pk, query)
        return Response(
            {"entity": find_customer_by_query(self.org, query, account), "warnings": []}
        )

    @extend_schema(
        summary="Update a customer by an identifier",
        tags=["v2 lookup"],
        parameters=[LookupUpdateQuery],
        request=UpdateIn,
        responses=WriteResultOut,
        examples=load_examples(__file__, "update"),
    )
    def put(self, request: Request) -> Response:
        """Update the customer with the identifier, like the update by id.

        The source in the query is the source to search and, before the body's, the one to update.
        """
        query = self.read_query(LookupUpdateQuery)
        body = self.read_body(UpdateIn)
        change = build_customer_change(
            self.org.pk,
            find_customer_by_query(self.org, query, _get_named_account(self.org, query)),
            query,
            body,
        )
        return Response(run_update(self, change, query, body))


def _get_named_account(org: Organization, query: Mapping[str, Any]) -> Account | None:
    """Return the source account of the query, or None if the query names no source."""
    if not query.get("source"):
        return None
    return get_source_account(
        org_id=org.pk, source=query["source"], account_id=query.get("accountId"), on="write"
    )


class LookupDetails(V2View):
    """GET /v2/customers/lookup/customerDetails"""

    operation = "customers.lookupDetails"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    examples = {"GET": {**LOOKUP_EXAMPLE, "embed": "mlp"}}
    wording = {"GET": WORDING}
    refusals = {"GET": [*LOOKUP_REFUSALS, *DETAILS_REFUSALS]}

    @extend_schema(
        summary="Fetch a customer's details by an identifier",
        tags=["v2 lookup"],
        parameters=[LookupDetailsQuery, LANGUAGE],
        responses=LookupDetailsOut,
        examples=load_examples(__file__, "lookup_details"),
    )
    def get(self, request: Request) -> Response:
        """Return the details of the customer with the identifier, with `fraudDetails`.

        With `embed=mlp` the program groups are included: a group sums the points of its programs.

        A customer who was never marked has the status NOT_FRAUD since they joined.
        """
        query = self.read_query(LookupDetailsQuery)
        customer_id = find_customer_by_query(self.org, query, None)
        return Response(
            build_details(request, self.org, customer_id, query, LookupDetailsOut, with_groups=True)
        )
