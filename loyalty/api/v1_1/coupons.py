"""Coupons of customers (v1.1, "Retrieve Customer Coupons")."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.api_page.examples import load_examples
from crm.dialects.transport_errors import RequestInvalid
from crm.dialects.v1_1.envelope import build_list_response
from crm.dialects.v1_1.views import ItemResult, V11View
from crm.tenancy.models import Scope
from customers import errors
from customers.api.v1_1.customer_lookup import (
    LOOKUP_PARAMETERS,
    build_rows,
    find_requested_customers,
)
from customers.api.v1_1.customer_shapes import list_customer_summaries
from customers.api.v1_1.list_filters import ListFilters, Number, Since, Until, Word, Words
from customers.queries.customers.by_identifiers import CustomerMatch
from loyalty import errors as loyalty_errors
from loyalty.api.v1_1.coupons_shapes import COUPONS, CouponsOut
from loyalty.queries.coupons.coupons import list_coupons

MAX_COUPONS = 1_000
# The statuses of the reference, and the coupon statuses they stand for.
STATUSES = {"redeemed": "REDEEMED", "expired": "EXPIRED", "active": "ACTIVE"}
ORDERS = {"created_date": "issued_at", "amount": "amount", "valid_till": "expires_at"}


class CouponFilters(ListFilters):
    """The query of the list, which the domain filters: a status depends on the time."""

    start_date = Since("Issued at this time or later.")
    end_date = Until("Issued at this time or earlier; a date includes the whole day.")
    status = Words(
        "`redeemed`, `expired`, `active`; separate several by semicolons.", STATUSES, separator=";"
    )
    series_id = Number("Coupons of the series with this id.")
    store_id = Number("Coupons that can be redeemed now in the store with this id.")
    order_by = Word("`created_date`, `amount` or `valid_till`.", ORDERS)
    sort_order = Word("`desc` (the default) or `asc`.", ("asc", "desc"))


class Coupons(V11View):
    """GET /v1.1/customer/coupons"""

    operation = "v1.customer.coupons"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    examples = {"GET": {"mobile": "44700900990"}}
    refusals = {
        "GET": [
            errors.IdentifierMissing,
            errors.IdentifierNotFound,
            errors.CustomerUnknown,
            loyalty_errors.StoreUnknown,
        ]
    }

    @extend_schema(
        summary="Retrieve a customer's coupons",
        tags=["v1.1 customer"],
        parameters=[*LOOKUP_PARAMETERS, *CouponFilters.build_parameters()],
        responses=COUPONS,
        examples=load_examples(__file__, "coupons"),
    )
    def get(self, request: Request) -> Response:
        """Return a customer's coupons with their redemptions, newest first.

        One customer per request, and the newest thousand coupons at most. `valid_till` is empty
        for a coupon that does not expire. With `store_id`, only coupons that can be redeemed there
        now: their series names no place, the store, a till in it, or its zone or concept. A store
        that is not there is refused (1150).
        """
        values = CouponFilters(self).values
        matches = find_requested_customers(self)
        if len(matches) > 1:
            raise RequestInvalid(detail="Ask for one customer at a time.")
        since, until = values["start_date"], values["end_date"]
        chosen = {
            "statuses": [STATUSES[word] for word in values["status"] or ()],
            "series_id": values["series_id"],
            "redeemable_at": values["store_id"],
            "issued_from": since and since.start,
            "issued_till": until and until.last,
            "order": ORDERS[values["order_by"] or "created_date"],
            "ascending": values["sort_order"] == "asc",
        }
        try:
            rows = build_rows(self, matches, lambda match: self._build_result(match, chosen))
        except loyalty_errors.StoreUnknown as refusal:
            rows = [self.build_refusal_row(refusal, lookup.echo) for lookup, _ in matches]
        return Response(build_list_response("customers", "customer", rows))

    def _build_result(self, match: CustomerMatch, chosen: dict[str, Any]) -> ItemResult:
        org_id, customer_id = self.org.pk, match.customer_id
        shown = list_customer_summaries(org_id=org_id, customer_ids=[customer_id])[customer_id]
        page = list_coupons(
            org_id=org_id,
            customer_ids=[customer_id],
            now=timezone.now(),
            limit=MAX_COUPONS,
            **chosen,
        )
        return ItemResult(
            CouponsOut.build(shown.heading, coupons=page.coupons), "done.coupons.retrieved"
        )
