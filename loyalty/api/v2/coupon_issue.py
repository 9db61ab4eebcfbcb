"""Issuing coupons, and listing them (v2, `/coupon`)."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.answer_shapes import Answer, Shape, argument, computed, if_none
from crm.dialects.api_page.examples import load_examples
from crm.dialects.dialect_view import to_refusal
from crm.dialects.serializer_input import validate_data
from crm.dialects.transport_errors import BatchTooLarge, RequestInvalid
from crm.dialects.v2.pagination import Paging
from crm.dialects.v2.serializer_fields import CommaSeparatedList, IdField
from crm.dialects.v2.views import V2View
from crm.kernel.errors import DomainError
from crm.tenancy.models import Scope
from customers import errors as customer_errors
from customers.api.v2.lookup import LOOKUP_REFUSALS
from customers.api.v2.shared_schema import PageOut, WarningOut
from customers.queries.customers.by_identifiers import find_customers_by_identifier
from loyalty import errors
from loyalty.api.v2.coupon_input import (
    MAX_ITEMS,
    IssueCouponIn,
    find_coupon_customer,
    read_customer_key,
    read_list,
    read_series_ids,
)
from loyalty.api.v2.coupon_redemption_shapes import CouponCustomerOut, build_customers
from loyalty.api.v2.coupon_shapes import ANY_NUMBER
from loyalty.operations.coupons.issue import (
    CouponIssueRequest,
    CouponIssueResult,
    issue_coupon,
    issue_coupons,
)
from loyalty.queries.coupons.coupons import CouponLine, list_coupons
from loyalty.queries.entities import find_store_id, list_entity_chain
from loyalty.rules.coupons import clean_code

ISSUE_REFUSALS = [
    *LOOKUP_REFUSALS,
    customer_errors.StatusBlocksCoupons,
    customer_errors.CustomerUnknown,
    errors.CouponSeriesUnknown,
    errors.CouponSeriesInactive,
    errors.CouponSeriesExpired,
    errors.CouponSeriesUsedUp,
    errors.CouponHeld,
    errors.CouponUserLimitReached,
    errors.CouponTooSoon,
    errors.CouponTransactionInvalid,
]


class CouponsQuery(Paging):
    identifierName = serializers.CharField(
        required=False, max_length=50, help_text="An identifier's type, or id: of its customer."
    )
    identifierValue = serializers.CharField(required=False, max_length=1_000)
    code = CommaSeparatedList(
        required=False, max_length=10_000, help_text="Up to a hundred, separated by commas."
    )
    seriesId = IdField(required=False)
    status = CommaSeparatedList(
        required=False, max_length=200, help_text="Active, Redeemed, Expired and the like."
    )


class HeldCouponOut(Shape):
    id = serializers.IntegerField()
    code = serializers.CharField()
    seriesId = serializers.IntegerField(source="series_id")
    seriesCode = serializers.CharField(source="series_code")
    description = serializers.CharField()
    discountCode = serializers.CharField(source="discount_code", allow_blank=True)
    validTill = serializers.DateTimeField(
        source="expires_at", allow_null=True, help_text="Null: it does not expire."
    )
    discountType = serializers.CharField(source="discount_type", help_text="ABS or PERC.")
    discountValue = serializers.FloatField(source="discount_value")
    discountUpto = serializers.FloatField(source="discount_upto", help_text="0: no cap.")
    discountOn = serializers.CharField(source="discount_on", help_text="BILL or ITEM.")
    detailedInfo = serializers.CharField(source="info", allow_blank=True)
    createdDate = serializers.DateTimeField(source="issued_at")
    transactionNumber = serializers.CharField(source="transaction_number", allow_blank=True)
    redemptionCount = serializers.IntegerField(source="redemption_count")
    redemptionsLeft = if_none(
        serializers.IntegerField(source="redemptions_left", help_text="-1: any number."), ANY_NUMBER
    )
    redemptions = computed(
        serializers.ListField(child=serializers.IntegerField()),
        lambda coupon: [redemption.id for redemption in coupon.redemptions],
    )
    customer = argument(CouponCustomerOut(), "customer")


class IssuedCouponOut(HeldCouponOut):
    warnings = argument(WarningOut(many=True), "warnings")


class HeldCouponsOut(serializers.Serializer):
    data = HeldCouponOut(many=True)  # type: ignore[assignment]
    pagination = PageOut()
    warnings = WarningOut(many=True)
    errors = WarningOut(many=True)  # type: ignore[assignment]


class IssuedCouponLineOut(serializers.Serializer):
    entityId = serializers.IntegerField(allow_null=True, help_text="The coupon's id.")
    result = serializers.DictField(help_text="The coupon, as issued alone; empty if refused.")
    errors = WarningOut(many=True)  # type: ignore[assignment]


class IssuedCouponsOut(serializers.Serializer):
    response = IssuedCouponLineOut(many=True)
    totalCount = serializers.IntegerField()
    failureCount = serializers.IntegerField()
    warnings = WarningOut(many=True)


class ListCoupons(V2View):
    """GET /v2/coupon"""

    operation = "coupons.list"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    examples = {"GET": {"identifierName": "mobile", "identifierValue": "44700900000"}}
    refusals = {"GET": [*LOOKUP_REFUSALS, errors.CouponStatusUnknown, BatchTooLarge]}

    @extend_schema(
        summary="List coupons",
        tags=["v2 coupons"],
        parameters=[CouponsQuery],
        responses=HeldCouponsOut,
        examples=load_examples(__file__, "coupon_list"),
    )
    def get(self, request: Request) -> Response:
        """List coupons of a customer, of a series, or by their codes, newest first."""
        query = self.read_query(CouponsQuery)
        codes = query.get("code")
        if codes is not None and len(codes) > MAX_ITEMS:
            raise BatchTooLarge(most=MAX_ITEMS)
        key = {"type": query.get("identifierName"), "value": query.get("identifierValue")}
        is_of_customer = any(value is not None for value in key.values())
        if not (is_of_customer or codes or "seriesId" in query):
            raise RequestInvalid(detail="Pass an identifier, code or seriesId.")
        page = list_coupons(
            org_id=self.org.pk,
            customer_ids=[find_coupon_customer(self, key)] if is_of_customer else None,
            codes=None if codes is None else [clean_code(code) for code in codes],
            series_id=query.get("seriesId"),
            statuses=query.get("status", ()),
            now=self.origin.at,
            limit=query["limit"],
            offset=query["offset"],
        )
        customers = build_customers(self.org.pk, {line.customer_id for line in page.coupons})
        return Response(
            {
                "data": [
                    HeldCouponOut.build(line, customer=customers[line.customer_id])
                    for line in page.coupons
                ],
                "pagination": {
                    "limit": query["limit"],
                    "offset": query["offset"],
                    "total": page.total,
                },
                "warnings": [],
                "errors": [],
            }
        )


class IssuingView(V2View):
    """Issues coupons at the till of the caller."""

    def build_request(
        self, body: Mapping[str, Any], customer_id: int, series_id: int, store_id: int | None
    ) -> CouponIssueRequest:
        return CouponIssueRequest(
            series_id=series_id,
            customer_id=customer_id,
            transaction_number=(body.get("transactionNumber") or "").strip(),
            issued_in_id=store_id,
        )

    def find_store_id(self) -> int | None:
        return find_store_id(list_entity_chain(org_id=self.org.pk, entity_id=self.origin.actor_id))

    def build_coupons(self, results: list[CouponIssueResult]) -> dict[int, Answer]:
        """Return the answers of coupons that were issued or resent, by id."""
        lines = self._load_lines({r.coupon_id for r in results if r.coupon_id is not None})
        customers = build_customers(self.org.pk, {line.customer_id for line in lines.values()})
        return {
            line.id: IssuedCouponOut.build(
                line, customer=customers[line.customer_id], warnings=self.warnings(result.notices)
            )
            for result in results
            if (line := lines.get(result.coupon_id or 0)) is not None
        }

    def _load_lines(self, coupon_ids: set[int]) -> dict[int, CouponLine]:
        page = list_coupons(
            org_id=self.org.pk,
            customer_ids=None,
            coupon_ids=coupon_ids,
            now=self.origin.at,
            limit=MAX_ITEMS,
        )
        return {line.id: line for line in page.coupons}


class IssueCoupon(IssuingView):
    """POST /v2/coupon/issue"""

    operation = "coupons.issue"
    scopes = {"POST": Scope.COUPONS_WRITE}
    refusals = {"POST": ISSUE_REFUSALS}

    @extend_schema(
        summary="Issue a coupon",
        tags=["v2 coupons"],
        request=IssueCouponIn,
        responses=IssuedCouponOut,
        examples=load_examples(__file__, "coupon_issue"),
    )
    def post(self, request: Request) -> Response:
        """Issue a coupon of the series to the customer, within the limits of the series.

        Where only one may be held and the series resends it, that one is answered, with a warning.
        """
        body = self.read_body(IssueCouponIn)
        series_ids = read_series_ids(body)
        if len(series_ids) > 1:
            raise RequestInvalid(detail="seriesIds: several series are issued in bulk.")
        customer_id = find_coupon_customer(self, body["customer"])
        result = issue_coupon(
            origin=self.origin,
            request=self.build_request(body, customer_id, series_ids[0], self.find_store_id()),
        )
        [answer] = self.build_coupons([result]).values()
        return Response(answer)


class IssueCouponsInBulk(IssuingView):
    """POST /v2/coupon/bulk/issue"""

    operation = "coupons.issueMany"
    scopes = {"POST": Scope.COUPONS_WRITE}
    refusals = {"POST": [BatchTooLarge]}

    @extend_schema(
        summary="Issue several coupons",
        tags=["v2 coupons"],
        request=IssueCouponIn(many=True),
        responses=IssuedCouponsOut,
        examples=load_examples(__file__, "coupon_bulk_issue"),
    )
    def post(self, request: Request) -> Response:
        """Issue up to a hundred coupons: for each item one of each of its series.

        The body is a list, or one item. A coupon that is refused affects no other.
        """
        data = self.request.data
        items = read_list([data] if isinstance(data, Mapping) else data, "items")
        entries = self._read_entries(items)
        ready = [entry for entry in entries if isinstance(entry, CouponIssueRequest)]
        results = issue_coupons(origin=self.origin, requests=ready)
        coupons = self.build_coupons(results)
        outcomes = iter(results)
        rows = [
            self._build_row(entry if isinstance(entry, DomainError) else next(outcomes), coupons)
            for entry in entries
        ]
        return Response(
            {
                "response": rows,
                "totalCount": len(rows),
                "failureCount": sum(bool(row["errors"]) for row in rows),
                "warnings": [],
            }
        )

    def _read_entries(self, items: list[Any]) -> list[CouponIssueRequest | DomainError]:
        read = [self._read_item(item) for item in items]
        found = iter(
            find_customers_by_identifier(
                org=self.org, identifiers=[item[1] for item in read if isinstance(item, tuple)]
            )
        )
        store_id = self.find_store_id()
        entries: list[CouponIssueRequest | DomainError] = []
        for item in read:
            if isinstance(item, DomainError):
                entries.append(item)
                continue
            owner = next(found)
            if isinstance(owner, DomainError):
                # One line for the item: nothing of it is issued.
                entries.append(owner)
                continue
            body, _, series_ids = item
            entries += [self.build_request(body, owner, pk, store_id) for pk in series_ids]
        if len(entries) > MAX_ITEMS:
            raise BatchTooLarge(most=MAX_ITEMS)
        return entries

    def _read_item(
        self, item: Any
    ) -> tuple[Mapping[str, Any], tuple[str, str], list[int]] | DomainError:
        try:
            body = validate_data(IssueCouponIn, item)
            return body, read_customer_key(body["customer"]), read_series_ids(body)
        except (DomainError, serializers.ValidationError) as problem:
            refusal = to_refusal(problem)
            if refusal is None:
                raise
            return refusal.detached()

    def _build_row(
        self, outcome: CouponIssueResult | DomainError, coupons: Mapping[int, Answer]
    ) -> Answer:
        refusal = outcome.refusal if isinstance(outcome, CouponIssueResult) else outcome
        if refusal is not None or not isinstance(outcome, CouponIssueResult):
            problems = [] if refusal is None else [self.error(refusal)]
            return {"entityId": None, "result": {}, "errors": problems}
        return {
            "entityId": outcome.coupon_id,
            "result": coupons[outcome.coupon_id or 0],
            "errors": [],
        }
