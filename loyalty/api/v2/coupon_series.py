"""Coupon series (v2, `/coupon/series`)."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.answer_shapes import Answer, constant
from crm.dialects.api_page.examples import load_examples
from crm.dialects.v2.pagination import Paging
from crm.dialects.v2.serializer_fields import IdField
from crm.dialects.v2.views import V2View
from crm.tenancy.models import Scope
from customers.api.v2.shared_schema import PageOut, WarningOut
from loyalty import errors
from loyalty.api.v2.coupon_series_input import CouponSeriesIn, read_series
from loyalty.api.v2.coupon_shapes import CouponSeriesRulesOut, build_coupon_series
from loyalty.operations.coupons.series import create_coupon_series, update_coupon_series
from loyalty.queries.coupons.coupons import get_series_details, list_coupon_series

SERIES_REFUSALS = [errors.CouponSeriesInvalid, errors.AmountInvalid]


class CouponSeriesQuery(Paging):
    id = IdField(required=False)
    seriesCode = serializers.CharField(required=False, max_length=200)
    isActive = serializers.BooleanField(required=False, allow_null=True, default=None)


class CouponSeriesListOut(serializers.Serializer):
    data = CouponSeriesRulesOut(many=True)  # type: ignore[assignment]
    pagination = PageOut()
    warnings = WarningOut(many=True)
    errors = WarningOut(many=True)  # type: ignore[assignment]


class CouponSeriesWrittenOut(CouponSeriesRulesOut):
    warnings = constant(WarningOut(many=True), [])


class CouponSeries(V2View):
    """GET, POST, PUT /v2/coupon/series"""

    operation = {
        "GET": "coupons.series",
        "POST": "coupons.addSeries",
        "PUT": "coupons.updateSeries",
    }
    scopes = {
        "GET": Scope.CUSTOMERS_READ,
        "POST": Scope.COUPONS_WRITE,
        "PUT": Scope.COUPONS_WRITE,
    }
    refusals = {
        "GET": [],
        "POST": [*SERIES_REFUSALS, errors.CouponSeriesCodeTaken],
        "PUT": [*SERIES_REFUSALS, errors.CouponSeriesUnknown],
    }

    @extend_schema(
        summary="List coupon series",
        tags=["v2 coupons"],
        parameters=[CouponSeriesQuery],
        responses=CouponSeriesListOut,
        examples=load_examples(__file__, "coupon_series_list"),
    )
    def get(self, request: Request) -> Response:
        """List the series of the organization with their rules and counts, newest first.

        -1 means no limit or no value; a series without a last day shows one a hundred years after
        its creation.
        """
        query = self.read_query(CouponSeriesQuery)
        total, page = list_coupon_series(
            org_id=self.org.pk,
            ids=[query["id"]] if "id" in query else None,
            code=query.get("seriesCode"),
            is_active=query["isActive"],
            limit=query["limit"],
            offset=query["offset"],
        )
        return Response(
            {
                "data": [
                    build_coupon_series(details, self.org.zone, CouponSeriesRulesOut)
                    for details in page
                ],
                "pagination": {
                    "limit": query["limit"],
                    "offset": query["offset"],
                    "total": total,
                },
                "warnings": [],
                "errors": [],
            }
        )

    @extend_schema(
        summary="Create a coupon series",
        tags=["v2 coupons"],
        request=CouponSeriesIn,
        responses=CouponSeriesWrittenOut,
        examples=load_examples(__file__, "coupon_series_add"),
    )
    def post(self, request: Request) -> Response:
        """Create a series. `seriesCode`, `description`, `discountType` and `discountValue` are
        required.

        By default a coupon does not expire and is redeemed once, without other limits.
        """
        data = read_series(self.read_body(CouponSeriesIn), self.org.zone)
        return Response(self._answer(create_coupon_series(origin=self.origin, data=data)))

    @extend_schema(
        summary="Change a coupon series",
        tags=["v2 coupons"],
        request=CouponSeriesIn,
        responses=CouponSeriesWrittenOut,
        examples=load_examples(__file__, "coupon_series_update"),
    )
    def put(self, request: Request) -> Response:
        """Change the rules in the request, of the series with the `id`. Its code stays.

        Coupons that were issued keep their expiry and their number of uses.
        """
        body = self.read_body(CouponSeriesIn)
        series_id = body.get("id") or 0
        update_coupon_series(
            origin=self.origin, series_id=series_id, data=read_series(body, self.org.zone)
        )
        return Response(self._answer(series_id))

    def _answer(self, series_id: int) -> Answer:
        details = get_series_details(org_id=self.org.pk, series_ids=[series_id])[series_id]
        return build_coupon_series(details, self.org.zone, CouponSeriesWrittenOut)
