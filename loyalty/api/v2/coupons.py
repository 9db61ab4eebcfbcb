"""The coupons of customers (v2, "Get Customer Coupons", basic and detailed)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.answer_shapes import Answer
from crm.dialects.api_page.examples import load_examples
from crm.dialects.transport_errors import BatchTooLarge, RequestInvalid
from crm.dialects.v2.pagination import MAX_LIMIT, MAX_OFFSET
from crm.dialects.v2.serializer_fields import CommaSeparatedList, QueryIn
from crm.dialects.v2.views import V2View
from crm.kernel.errors import DomainError
from crm.tenancy.models import Scope
from customers import errors as customer_errors
from customers.api.v2.details import WORDING
from customers.api.v2.shared_schema import WarningOut
from customers.queries.customers.active import check_active_customer
from customers.queries.customers.by_identifiers import find_customers_by_identifier
from customers.queries.customers.lines import list_lines
from customers.rules.identifiers import restore_plus
from loyalty import errors
from loyalty.api.v2.coupon_shapes import (
    CouponInFullOut,
    CouponOut,
    build_coupon_series,
    build_coupon_status,
)
from loyalty.queries.coupons.coupons import CouponLine, get_series_details, list_coupons

IDENTIFIERS = ("mobile", "email", "externalId", "id")
MAX_CUSTOMERS = 100
STATUSES = (
    "Active, Redeemed, Unredeemed, Expired, Unexpired, Active_Redeemed, Active_Unredeemed, "
    "Expired_Redeemed or Expired_Unredeemed"
)


class CouponsQuery(QueryIn):
    status = CommaSeparatedList(
        required=False,
        max_length=200,
        help_text=f"{STATUSES}; several match coupons with any of them.",
    )
    limit = serializers.IntegerField(min_value=1, max_value=MAX_LIMIT, default=MAX_LIMIT)
    offset = serializers.IntegerField(min_value=0, max_value=MAX_OFFSET, default=0)


class CommaSeparatedMobiles(CommaSeparatedList):
    """Mobiles whose plus may have arrived as a blank."""

    def __init__(self, **options: Any) -> None:
        super().__init__(trim_whitespace=False, **options)

    def clean(self, word: str) -> str:
        return restore_plus(word)


class CustomersCouponsQuery(CouponsQuery):
    mobile = CommaSeparatedMobiles(
        required=False, max_length=10_000, help_text="One or several, separated by commas."
    )
    email = CommaSeparatedList(required=False, max_length=10_000)
    externalId = CommaSeparatedList(required=False, max_length=10_000)
    id = CommaSeparatedList(required=False, max_length=10_000)


class CouponPageOut(serializers.Serializer):
    limit = serializers.CharField(help_text="A number, written as text.")
    offset = serializers.CharField()
    total = serializers.IntegerField(help_text="The number of coupons of all requested customers.")


class CouponHolderOut(serializers.Serializer):
    firstname = serializers.CharField()
    lastname = serializers.CharField()
    mobile = serializers.CharField(help_text="Empty if there is none.")
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
        examples=load_examples(__file__, "coupons_of_customers"),
    )
    def get(self, request: Request) -> Response:
        """List the coupons of up to a hundred customers, newest first, grouped by customer.

        A page counts the coupons of all customers together. Unknown customers are reported in
        `errors`; if no customer is found, the request is refused.
        """
        query = self.read_query(CustomersCouponsQuery)
        matches = find_customers_by_identifier(org=self.org, identifiers=_read_lookups(query))
        refusals = [refusal for refusal in matches if isinstance(refusal, DomainError)]
        ids = list(dict.fromkeys(pk for pk in matches if isinstance(pk, int)))
        if not ids:
            raise refusals[0]
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
                                CouponOut.build(coupon)
                                for coupon in page.coupons
                                if coupon.customer_id == line.id
                            ],
                        }
                        for line in list_lines(org_id=self.org.pk, customer_ids=ids)
                    ],
                },
                "warnings": [],
                "errors": [self.error(refusal) for refusal in refusals],
                "success": True,
            }
        )


def _read_lookups(query: Mapping[str, Any]) -> list[tuple[str, str]]:
    lookups = [(kind, value) for kind in IDENTIFIERS for value in query.get(kind, ())]
    if not lookups:
        raise RequestInvalid(detail="Pass mobile, email, externalId or id.")
    if len(lookups) > MAX_CUSTOMERS:
        raise BatchTooLarge(most=MAX_CUSTOMERS)
    return lookups


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
        examples=load_examples(__file__, "coupons_of_customer"),
    )
    def get(self, request: Request, customer_id: int) -> Response:
        """List a customer's coupons, newest first, each with the details of its series.

        -1 means no limit or no value. A series without a last day shows one a hundred years after
        its creation; a series without a first redemption day shows 1970. `status` and
        `couponStatus` tell of the coupon as it is: 200 if it can be redeemed now, else the code
        with which a redemption is refused (revoked, expired, not active yet, used up).
        """
        query = self.read_query(CouponsQuery)
        check_active_customer(org_id=self.org.pk, customer_id=customer_id)
        now = timezone.now()
        page = list_coupons(
            org_id=self.org.pk,
            customer_ids=[customer_id],
            now=now,
            limit=query["limit"],
            offset=query["offset"],
            statuses=query.get("status", ()),
        )
        series = get_series_details(
            org_id=self.org.pk, series_ids={coupon.series_id for coupon in page.coupons}
        )
        return Response(
            {
                "entity": [
                    CouponInFullOut.build(
                        coupon,
                        series=build_coupon_series(series[coupon.series_id], self.org.zone),
                        status=self._build_status(coupon, now),
                    )
                    for coupon in page.coupons
                ],
                "warnings": [],
                "errors": [],
                "success": True,
            }
        )

    def _build_status(self, coupon: CouponLine, now: datetime) -> Answer:
        refusal = coupon.find_refusal(now)
        return build_coupon_status(None if refusal is None else self.error(refusal))
