"""What customers redeemed (v1.1, "Retrieve Customer Redemptions")."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.v1_1.envelope import one_or_listed
from crm.dialects.v1_1.views import Done, V11View
from crm.kernel.errors import DomainError
from crm.tenancy.models import Scope
from customers import errors
from customers.api.v1_1.filters import Filters
from customers.api.v1_1.heading import Shown, amount, list_shown
from customers.api.v1_1.whom import WHOM, done_for, find_asked
from customers.queries.whom import Whom
from loyalty.api.v1_1 import history_examples
from loyalty.api.v1_1.history_schema import REDEMPTIONS
from loyalty.queries.redeemed import Redeemed, RedeemedCoupon, RedeemedPoints, Wanted, list_redeemed

FILTERS = [
    *WHOM,
    *(
        OpenApiParameter(name, str, description=said)
        for name, said in (
            ("type", "`points` or `coupons`; else both."),
            ("start_date", "Redeemed then or later."),
            ("end_date", "Redeemed then or earlier; a day counts whole."),
            ("limit", "Redemptions of each sort at most, 1 to 100; else 10."),
            ("coupons_limit", "Coupons at most."),
            ("points_limit", "Redemptions of points at most."),
            ("coupons_start_id", "Coupon redemptions of this id or a higher one."),
            ("coupons_end_id", "Coupon redemptions of this id or a lower one."),
            ("points_start_id", "Redemptions of points of this id or a higher one."),
            ("points_end_id", "Redemptions of points of this id or a lower one."),
            ("sort", "`redeemed_time`, which it is anyway, or `redemption_id`."),
            ("order", "`desc`, which it is anyway, or `asc`."),
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
        summary="Retrieve what customers redeemed",
        tags=["v1.1 customer"],
        parameters=FILTERS,
        responses=REDEMPTIONS,
        examples=history_examples.REDEMPTIONS,
    )
    def get(self, request: Request) -> Response:
        """Tell which coupons and points customers redeemed, the latest first.

        `coupons_count` and `points_count` are how many match, `rows` how many are shown, and the
        start ids those of the first that are shown.
        """
        query = Filters(self)
        only = query.word("type", ("points", "coupons"))
        coupons, points = _wanted(query, "coupons"), _wanted(query, "points")
        sort = query.word("sort", ("redemption_id", "redeemed_time"))
        ascending = query.word("order", ("asc", "desc")) == "asc"
        found = find_asked(self)
        ids = {whom.customer_id for _, whom in found if isinstance(whom, Whom)}
        shown = list_shown(org_id=self.org.pk, customer_ids=ids)
        redeemed = list_redeemed(
            customer_ids=ids,
            coupons=None if only == "points" else coupons,
            points=None if only == "coupons" else points,
            order="id" if sort == "redemption_id" else "time",
            ascending=ascending,
        )
        rows = [
            self.refused(whom, asked.echo)
            if isinstance(whom, DomainError)
            else self.done(
                done_for(
                    whom,
                    Done(
                        _customer(shown[whom.customer_id], redeemed[whom.customer_id]),
                        "done.redemptions.retrieved",
                    ),
                )
            )
            for asked, whom in found
        ]
        return Response(one_or_listed("customers", "customer", rows))


def _wanted(query: Filters, sort: str) -> Wanted:
    return Wanted(
        since=query.moment("start_date"),
        until=query.until("end_date"),
        first_id=query.number(f"{sort}_start_id"),
        last_id=query.number(f"{sort}_end_id"),
        limit=query.limit(f"{sort}_limit", default=query.limit()),
    )


def _customer(shown: Shown, redeemed: Redeemed) -> dict[str, Any]:
    coupons, points = redeemed.coupons, redeemed.points
    return {
        **shown.identifiers(),
        **shown.names(),
        "rows": str(len(coupons) + len(points)),
        "coupons_count": str(redeemed.coupons_count),
        "points_count": str(redeemed.points_count),
        "coupons_start_id": str(coupons[0].id) if coupons else "",
        "points_start_id": str(points[0].id) if points else "",
        "redemptions": {
            "coupons": {"coupon": [_coupon(line) for line in coupons]},
            "points": {"point": [_points(line) for line in points]},
        },
    }


def _coupon(line: RedeemedCoupon) -> dict[str, Any]:
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


def _points(line: RedeemedPoints) -> dict[str, Any]:
    return {
        "id": str(line.id),
        "points_redeemed": amount(line.points),
        "transaction_number": line.transaction_number,
        "redeemed_time": line.redeemed_at,
        "redeemed_at": line.redeemed_in.name if line.redeemed_in else "",
    }
