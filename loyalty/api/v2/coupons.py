"""The coupons of customers (v2, "Get Customer Coupons", basic and detailed)."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.refusals import BatchTooLarge, RequestInvalid
from crm.dialects.v2.paging import FARTHEST, LARGEST_PAGE
from crm.dialects.v2.reading import Commas, QueryIn
from crm.dialects.v2.views import V2View
from crm.kernel.errors import DomainError
from crm.tenancy.models import Scope
from customers import errors as customer_errors
from customers.api.v2.answers import WarningOut
from customers.api.v2.reading_details import WORDING
from customers.queries.listing import list_lines
from customers.queries.lookup import check_standing
from customers.queries.people import find_people
from loyalty import errors
from loyalty.api.v2.coupon_answers import coupon_answer, coupon_in_full
from loyalty.api.v2.coupon_schema import COUPON_EXAMPLE, CouponInFullOut, CouponOut
from loyalty.queries.coupons import get_series_details, list_coupons

IDENTIFIERS = ("mobile", "email", "externalId", "id")
MOST_CUSTOMERS = 100
STATUSES = (
    "Active, Redeemed, Unredeemed, Expired, Unexpired, Active_Redeemed, Active_Unredeemed, "
    "Expired_Redeemed or Expired_Unredeemed"
)


class CouponsQuery(QueryIn):
    status = Commas(
        required=False, max_length=200, help_text=f"{STATUSES}; of several, any of them."
    )
    limit = serializers.IntegerField(min_value=1, max_value=LARGEST_PAGE, default=LARGEST_PAGE)
    offset = serializers.IntegerField(min_value=0, max_value=FARTHEST, default=0)


class CustomersCouponsQuery(CouponsQuery):
    mobile = Commas(required=False, max_length=10_000, help_text="One or several, by comma.")
    email = Commas(required=False, max_length=10_000)
    externalId = Commas(required=False, max_length=10_000)
    id = Commas(required=False, max_length=10_000)


class CouponPageOut(serializers.Serializer):
    limit = serializers.CharField(help_text="A number, written as text.")
    offset = serializers.CharField()
    total = serializers.IntegerField(help_text="Coupons of all the customers asked for.")


class CouponHolderOut(serializers.Serializer):
    firstname = serializers.CharField()
    lastname = serializers.CharField()
    mobile = serializers.CharField(help_text="Empty where there is none.")
    id = serializers.IntegerField()
    coupons = CouponOut(many=True)


class CouponHoldersOut(serializers.Serializer):
    pagination = CouponPageOut()
    customers = CouponHolderOut(many=True)


class CouponsOut(serializers.Serializer):
    entity = CouponHoldersOut()
    warnings = WarningOut(many=True)
    errors = WarningOut(many=True)  # type: ignore[assignment]
    success = serializers.BooleanField()


class CouponsInFullOut(serializers.Serializer):
    entity = CouponInFullOut(many=True)
    warnings = WarningOut(many=True)
    errors = WarningOut(many=True)  # type: ignore[assignment]
    success = serializers.BooleanField()


class CustomersCoupons(V2View):
    """GET /v2/customers/coupons"""

    operation = "coupons.ofCustomers"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    examples = {"GET": {"id": "401031250"}}
    refusals = {
        "GET": [
            customer_errors.IdentifierInvalid,
            customer_errors.IdentifierNotFound,
            customer_errors.CustomerMerged,
            errors.CouponStatusUnknown,
            BatchTooLarge,
        ]
    }

    @extend_schema(
        summary="List coupons of customers",
        tags=["v2 coupons"],
        parameters=[CustomersCouponsQuery],
        responses=CouponsOut,
        examples=[
            OpenApiExample(
                "One coupon",
                value={
                    "entity": {
                        "pagination": {"limit": "100", "offset": "0", "total": 1},
                        "customers": [
                            {
                                "firstname": "Tom",
                                "lastname": "Sawyer",
                                "mobile": "918860000001",
                                "id": 401031250,
                                "coupons": [
                                    {
                                        "code": "KNRYHMRW",
                                        "seriesId": 363653,
                                        "description": "NewCouponForAll",
                                        "validTill": "2029-09-01T00:00:00+05:30",
                                        "discountType": "ABS",
                                        "discountValue": 1000.0,
                                        "discountUpto": 0.0,
                                        "redemptionCount": 0,
                                        "redemptionsLeft": 1,
                                        "id": 399000028,
                                        "createdDate": "2021-09-25T16:28:11+05:30",
                                        "transactionNumber": "2147877652",
                                        "issuedAt": {"code": "storecode", "name": "webstore1"},
                                        "redemptions": [],
                                    }
                                ],
                            }
                        ],
                    },
                    "warnings": [],
                    "errors": [],
                    "success": True,
                },
                response_only=True,
            )
        ],
    )
    def get(self, request: Request) -> Response:
        """List the coupons of up to a hundred customers, newest first, under each of them.

        The page is of all their coupons together. Who is not found is told in `errors`, and the
        others are answered; where nobody is found the request is refused.
        """
        query = self.read_query(CustomersCouponsQuery)
        found = find_people(org=self.org, named=_named(query))
        missing = [refusal for refusal in found if isinstance(refusal, DomainError)]
        ids = list(dict.fromkeys(pk for pk in found if isinstance(pk, int)))
        if not ids:
            raise missing[0]
        page = list_coupons(
            org_id=self.org.pk,
            customer_ids=ids,
            now=timezone.now(),
            limit=query["limit"],
            offset=query["offset"],
            statuses=query.get("status", ()),
        )
        return Response(
            {
                "entity": {
                    "pagination": {
                        "limit": str(query["limit"]),
                        "offset": str(query["offset"]),
                        "total": page.total,
                    },
                    "customers": [
                        {
                            "firstname": line.first_name,
                            "lastname": line.last_name,
                            "mobile": line.mobile,
                            "id": line.id,
                            "coupons": [
                                coupon_answer(coupon)
                                for coupon in page.coupons
                                if coupon.customer_id == line.id
                            ],
                        }
                        for line in list_lines(org_id=self.org.pk, customer_ids=ids)
                    ],
                },
                "warnings": [],
                "errors": [self.error(refusal) for refusal in missing],
                "success": True,
            }
        )


def _named(query: Mapping[str, Any]) -> list[tuple[str, str]]:
    named = [(kind, value) for kind in IDENTIFIERS for value in query.get(kind, ())]
    if not named:
        raise RequestInvalid(detail="Pass mobile, email, externalId or id.")
    if len(named) > MOST_CUSTOMERS:
        raise BatchTooLarge(most=MOST_CUSTOMERS)
    return named


class CustomerCoupons(V2View):
    """GET /v2/customers/{id}/coupons"""

    operation = "coupons.ofCustomer"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    examples = {"GET": {"customer_id": 401031250}}
    wording = {"GET": WORDING}
    refusals = {
        "GET": [
            customer_errors.CustomerUnknown,
            customer_errors.CustomerMerged,
            errors.CouponStatusUnknown,
        ]
    }

    @extend_schema(
        summary="List a customer's coupons with their series",
        tags=["v2 coupons"],
        parameters=[CouponsQuery],
        responses=CouponsInFullOut,
        examples=[COUPON_EXAMPLE],
    )
    def get(self, request: Request, customer_id: int) -> Response:
        """List a customer's coupons, newest first, each with all that its series says.

        -1 means any number, or none in particular. A series whose coupons have no last day says
        one a hundred years after it was made, and one that is redeemed at any time since 1970.
        """
        query = self.read_query(CouponsQuery)
        check_standing(org_id=self.org.pk, customer_id=customer_id)
        page = list_coupons(
            org_id=self.org.pk,
            customer_ids=[customer_id],
            now=timezone.now(),
            limit=query["limit"],
            offset=query["offset"],
            statuses=query.get("status", ()),
        )
        series = get_series_details(
            org_id=self.org.pk, series_ids={coupon.series_id for coupon in page.coupons}
        )
        resent = self.entry("loyalty.coupon_resent")
        return Response(
            {
                "entity": [
                    coupon_in_full(coupon, series[coupon.series_id], self.org.zone, resent)
                    for coupon in page.coupons
                ],
                "warnings": [],
                "errors": [],
                "success": True,
            }
        )
