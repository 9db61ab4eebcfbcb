"""Redemptions of customers (v1.1, "Retrieve Customer Redemptions")."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.api_page.examples import load_examples
from crm.dialects.v1_1.envelope import build_one_or_list_response
from crm.dialects.v1_1.views import ItemResult, V11View
from crm.tenancy.models import Scope
from customers import errors
from customers.api.v1_1.customer_lookup import (
    LOOKUP_PARAMETERS,
    build_rows,
    find_requested_customers,
    list_match_ids,
)
from customers.api.v1_1.customer_shapes import list_customer_summaries
from customers.api.v1_1.list_filters import (
    DEFAULT_ROWS,
    ListFilters,
    Number,
    Rows,
    Since,
    Until,
    Word,
)
from loyalty.api.v1_1.redemptions_shapes import REDEMPTIONS, RedemptionsOut
from loyalty.queries.redemptions import RedemptionFilter, list_redemptions


class RedemptionFilters(ListFilters):
    """The query of both lists, whose rows are in two tables."""

    type = Word("`points` or `coupons`; defaults to both.", ("points", "coupons"))
    start_date = Since("Redeemed at this time or later.")
    end_date = Until("Redeemed at this time or earlier; a date includes the whole day.")
    limit = Rows("Redemptions of each type to return, 1 to 100; defaults to 10.")
    coupons_limit = Rows("Coupon redemptions to return.")
    points_limit = Rows("Points redemptions to return.")
    coupons_start_id = Number("Coupon redemptions with this id or a higher one.")
    coupons_end_id = Number("Coupon redemptions with this id or a lower one.")
    points_start_id = Number("Points redemptions with this id or a higher one.")
    points_end_id = Number("Points redemptions with this id or a lower one.")
    sort = Word(
        "`redeemed_time` (the default) or `redemption_id`.", ("redemption_id", "redeemed_time")
    )
    order = Word("`desc` (the default) or `asc`.", ("asc", "desc"))


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
        parameters=[*LOOKUP_PARAMETERS, *RedemptionFilters.build_parameters()],
        responses=REDEMPTIONS,
        examples=load_examples(__file__, "redemptions"),
    )
    def get(self, request: Request) -> Response:
        """Return the coupon and points redemptions of customers, newest first.

        `coupons_count` and `points_count` count all matches, `rows` the redemptions shown. The
        start ids are those of the first ones shown.
        """
        values = RedemptionFilters(self).values
        coupons, points = _build_filter(values, "coupons"), _build_filter(values, "points")
        matches = find_requested_customers(self)
        ids = list_match_ids(matches)
        shown = list_customer_summaries(org_id=self.org.pk, customer_ids=ids)
        redemptions = list_redemptions(
            customer_ids=ids,
            coupons=None if values["type"] == "points" else coupons,
            points=None if values["type"] == "coupons" else points,
            order="id" if values["sort"] == "redemption_id" else "time",
            ascending=values["order"] == "asc",
        )
        rows = build_rows(
            self,
            matches,
            lambda match: ItemResult(
                RedemptionsOut.build(
                    shown[match.customer_id].heading, redemptions=redemptions[match.customer_id]
                ),
                "done.redemptions.retrieved",
            ),
        )
        return Response(build_one_or_list_response("customers", "customer", rows))


def _build_filter(values: Mapping[str, Any], kind: str) -> RedemptionFilter:
    since, until = values["start_date"], values["end_date"]
    return RedemptionFilter(
        since=since and since.start,
        until=until and until.end,
        first_id=values[f"{kind}_start_id"],
        last_id=values[f"{kind}_end_id"],
        limit=values[f"{kind}_limit"] or values["limit"] or DEFAULT_ROWS,
    )
