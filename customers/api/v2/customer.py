"""One customer by id (v2, "Fetch Customer Details", "Update Customer Details")."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.api_page.examples import load_examples
from crm.dialects.v2.views import V2View
from crm.tenancy.models import Scope
from customers import errors
from customers.api.v2.details import (
    DETAILS_REFUSALS,
    LANGUAGE,
    WORDING,
    DetailsQuery,
    build_details,
)
from customers.api.v2.details_shapes import DetailsOut
from customers.api.v2.shared_schema import WriteResultOut
from customers.api.v2.update import (
    UPDATE_REFUSALS,
    UpdateIn,
    UpdateQuery,
    build_customer_change,
    run_update,
)


class Customer(V2View):
    """GET, PUT /v2/customers/{id}"""

    operation = {"GET": "customers.details", "PUT": "customers.update"}
    batch = True  # the write and its side effects are separate units of work
    scopes = {"GET": Scope.CUSTOMERS_READ, "PUT": Scope.CUSTOMERS_WRITE}
    examples = {
        "GET": {
            "customer_id": 17742,
            "source": "WECHAT",
            "accountId": "22232",
            "embed": "subscriptions,points",
        },
        "PUT": {"customer_id": 329, "source": "WECHAT", "accountId": "22232"},
    }
    wording = {"GET": WORDING}
    refusals = {
        "GET": DETAILS_REFUSALS,
        "PUT": [errors.CustomerUnknown, errors.CustomerMerged, *UPDATE_REFUSALS],
    }

    @extend_schema(
        summary="Fetch a customer's details",
        tags=["v2 customers"],
        parameters=[DetailsQuery, LANGUAGE],
        responses=DetailsOut,
        examples=load_examples(__file__, "details"),
    )
    def get(self, request: Request, customer_id: int) -> Response:
        """Return a customer's details, from all sources or from one.

        With `source`, only the profile of that source is shown, and a customer without one fails
        with 8065; `identifiersAll` still lists the identifiers of all profiles. The id of a merged
        customer answers 410 with `survivorId`.

        `lifetimePurchases` is that of the default program, 0 without an enrollment.
        `pointsSummary` is of the default program, else of the first program joined, and empty
        without an enrollment. `loyaltyPoints` is the balance of the ledger;
        `totalAvailablePoints` also takes account of points that expired or matured since the last
        scheduled run. At most the latest hundred promotional and expired points are listed. The
        links of `customerImage` expire, by default after an hour.
        """
        query = self.read_query(DetailsQuery)
        return Response(build_details(request, self.org, customer_id, query, DetailsOut))

    @extend_schema(
        summary="Update a customer",
        tags=["v2 customers"],
        parameters=[UpdateQuery],
        request=UpdateIn,
        responses=WriteResultOut,
        examples=load_examples(__file__, "update"),
    )
    def put(self, request: Request, customer_id: int) -> Response:
        """Change names, fields, channels, or the loyalty type from non_loyalty to loyalty.

        What is not passed stays; null removes a field. Channels are added, or changed if type and
        value are known; a new primary channel replaces the previous one of its type. Identifiers
        do not change: those that the profile lacks are warnings (91006). No profile is created: a
        source account without one fails with 8065.

        With one profile in the body, the source of the query takes precedence; with several, a
        different source is refused.
        """
        query = self.read_query(UpdateQuery)
        body = self.read_body(UpdateIn)
        change = build_customer_change(self.org.pk, customer_id, query, body)
        return Response(run_update(self, change, query, body))
