"""One customer by their id (v2, "Fetch Customer Details", "Update Customer Details")."""

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
    batch = True  # the write and its side effects are units of their own
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
        """Tell what is known of a customer, in every source or in the one named.

        A named source shows its profile only, and is refused (8065) where the customer has none
        in it; `identifiersAll` lists the identifiers of all profiles even then. The id of somebody
        who was merged answers 410 with `survivorId`.

        `lifetimePurchases` are those of the default program, 0 for who is not in it.
        `pointsSummary` is of the default program, else of the one joined first, and empty for who
        is in none. `loyaltyPoints` is the balance of the ledger; `totalAvailablePoints` leaves out
        what has expired, and counts what has become spendable, since it was last swept. Of
        promotional and of expired points the latest hundred are told. The links of `customerImage`
        expire, after an hour unless set so otherwise.
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

        What is not named stays as it is; null takes a field away. Channels are added, or changed
        when type and value are known; a new primary one takes that from the others of its type.
        Identifiers are not changed here: those that the profile lacks are warnings (91006). No
        profile is made: a source account without one is refused (8065).

        With one profile in the body the query's source wins over the profile's, with several a
        difference is refused.
        """
        query = self.read_query(UpdateQuery)
        body = self.read_body(UpdateIn)
        change = build_customer_change(self.org.pk, customer_id, query, body)
        return Response(run_update(self, change, query, body))
