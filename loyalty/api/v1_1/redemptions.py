"""Redemptions of customers (v1.1, "Retrieve Customer Redemptions")."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.api_page.examples import load_examples
from crm.dialects.v1_1.envelope import build_one_or_list_response
from crm.dialects.v1_1.views import ItemResult, V11View
from crm.kernel.errors import DomainError
from crm.tenancy.models import Scope
from customers import errors
from customers.api.v1_1.customer_heading import (
    CustomerSummary,
    format_amount,
    list_customer_summaries,
)
from customers.api.v1_1.customer_lookup import (
    LOOKUP_PARAMETERS,
    add_survivor,
    find_requested_customers,
)
from customers.api.v1_1.list_filters import Filters
from customers.queries.customers.lookup import CustomerMatch
from loyalty.api.v1_1.history_schema import REDEMPTIONS
from loyalty.queries.redemptions import (
    CustomerRedemptions,
    RedeemedCoupon,
    RedeemedPoints,
    RedemptionFilter,
    list_redemptions,
)

FILTERS = [
    *LOOKUP_PARAMETERS,
    *(
        OpenApiParameter(name, str, description=description)
        for name, description in (
            ("type", "`points` or `coupons`; defaults to both."),
            ("start_date", "Redeemed at this time or later."),
            ("end_date", "Redeemed at this time or earlier; a date includes the whole day."),
            ("limit", "Redemptions of each type to return, 1 to 100; defaults to 10."),
            ("coupons_limit", "Coupon redemptions to return."),
            ("points_limit", "Points redemptions to return."),
            ("coupons_start_id", "Coupon redemptions with this id or a higher one."),
            ("coupons_end_id", "Coupon redemptions with this id or a lower one."),
            ("points_start_id", "Points redemptions with this id or a higher one."),
            ("points_end_id", "Points redemptions with this id or a lower one."),
            ("sort", "`redeemed_time` (the default) or `redemption_id`."),
            ("order", "`desc` (the default) or `asc`."),
        )
    ),
]


class Redemptions(V11View):
    """GET /v1.1/customer/redemptions"""

    operation = "v1.customer.redemptions"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    examples = {"GET": {"mobile": "44700900000"}}
    refusals = {
        "GET": [errors.IdentifierMissing, errors.IdentifierNotFound, errors.CustomerUnknown]
    }

    @extend_schema(
        summary="Retrieve the redemptions of customers",
        tags=["v1.1 customer"],
        parameters=FILTERS,
        responses=REDEMPTIONS,
        examples=load_examples(__file__, "redemptions"),
    )
    def get(self, request: Request) -> Response:
        """Return the coupon and points redemptions of customers, newest first.

        `coupons_count` and `points_count` count all matches, `rows` the redemptions shown. The
        start ids are those of the first ones shown.
        """
        query = Filters(self)
        only_type = query.word("type", ("points", "coupons"))
        coupons, points = _build_filter(query, "coupons"), _build_filter(query, "points")
        sort = query.word("sort", ("redemption_id", "redeemed_time"))
        ascending = query.word("order", ("asc", "desc")) == "asc"
        matches = find_requested_customers(self)
        ids = {match.customer_id for _, match in matches if isinstance(match, CustomerMatch)}
        shown = list_customer_summaries(org_id=self.org.pk, customer_ids=ids)
        redemptions = list_redemptions(
            customer_ids=ids,
            coupons=None if only_type == "points" else coupons,
            points=None if only_type == "coupons" else points,
            order="id" if sort == "redemption_id" else "time",
            ascending=ascending,
        )
        rows = [
            self.build_refusal_row(match, lookup.echo)
            if isinstance(match, DomainError)
            else self.build_success_row(
                add_survivor(
                    match,
                    ItemResult(
                        _customer_answer(shown[match.customer_id], redemptions[match.customer_id]),
                        "done.redemptions.retrieved",
                    ),
                )
            )
            for lookup, match in matches
        ]
        return Response(build_one_or_list_response("customers", "customer", rows))


def _build_filter(query: Filters, sort: str) -> RedemptionFilter:
    return RedemptionFilter(
        since=query.moment("start_date"),
        until=query.until("end_date"),
        first_id=query.number(f"{sort}_start_id"),
        last_id=query.number(f"{sort}_end_id"),
        limit=query.limit(f"{sort}_limit", default=query.limit()),
    )


def _customer_answer(shown: CustomerSummary, redemptions: CustomerRedemptions) -> dict[str, Any]:
    coupons, points = redemptions.coupons, redemptions.points
    return {
        **shown.identifiers(),
        **shown.names(),
        "rows": str(len(coupons) + len(points)),
        "coupons_count": str(redemptions.coupons_count),
        "points_count": str(redemptions.points_count),
        "coupons_start_id": str(coupons[0].id) if coupons else "",
        "points_start_id": str(points[0].id) if points else "",
        "redemptions": {
            "coupons": {"coupon": [_coupon_answer(line) for line in coupons]},
            "points": {"point": [_points_answer(line) for line in points]},
        },
    }


def _coupon_answer(line: RedeemedCoupon) -> dict[str, Any]:
    return {
        "id": str(line.id),
        "code": line.code,
        "series_id": str(line.series_id),
        "description": line.description,
        "discount_code": line.discount_code,
        "discount_type": line.discount_type,
        "transaction_number": line.transaction_number,
        "redeemed_time": line.redeemed_at,
        "redeemed_at": line.redeemed_in.name if line.redeemed_in else "",
    }


def _points_answer(line: RedeemedPoints) -> dict[str, Any]:
    return {
        "id": str(line.id),
        "points_redeemed": format_amount(line.points),
        "transaction_number": line.transaction_number,
        "redeemed_time": line.redeemed_at,
        "redeemed_at": line.redeemed_in.name if line.redeemed_in else "",
    }
