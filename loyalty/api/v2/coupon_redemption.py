"""Redeeming coupons, and taking redemptions back (v2, `/coupon`)."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.answer_shapes import Answer
from crm.dialects.api_page.examples import load_examples
from crm.dialects.dialect_view import to_refusal
from crm.dialects.serializer_input import validate_data
from crm.dialects.transport_errors import BatchTooLarge
from crm.dialects.v2.serializer_fields import CommaSeparatedList, IdField, QueryIn
from crm.dialects.v2.views import V2View
from crm.kernel.errors import DomainError
from crm.kernel.transactions import unit_of_work
from crm.tenancy.models import Scope
from customers import errors as customer_errors
from customers.api.v2.field_types import Text
from customers.api.v2.lookup import LOOKUP_REFUSALS
from customers.api.v2.one_time_codes import refuse_wrong_code
from customers.operations.one_time_codes import try_one_time_code
from customers.queries.customers.by_identifiers import find_customers_by_identifier
from customers.queries.one_time_codes import list_code_targets
from customers.rules.one_time_codes import CodeTarget
from loyalty import errors
from loyalty.api.v2.coupon_input import (
    MAX_ITEMS,
    CouponBillIn,
    build_coupon_bill,
    find_coupon_customer,
    read_customer_key,
    read_list,
)
from loyalty.api.v2.coupon_redemption_shapes import (
    ReactivatedOut,
    RedeemableCouponsOut,
    RedeemedBillOut,
    RedeemedBillsOut,
    build_customers,
    build_done_status,
    build_redeemable_coupon,
    build_redeemed_coupon,
)
from loyalty.operations.coupons.check_bills import BillResult, CouponBill
from loyalty.operations.coupons.reactivate import reactivate_redemptions
from loyalty.operations.coupons.redeem import (
    CODE_ACTION,
    plan_redemption,
    redeem_bill,
    redeem_coupons,
)
from loyalty.queries.coupons.coupons import get_series_details

EXTENDED = "extended"
# Of the customer, not of a coupon: the question is answered with no.
CUSTOMER_BLOCKS = (errors.MarkedAsFraud, customer_errors.StatusBlocksRedeeming)
BILL_REFUSALS = [
    *LOOKUP_REFUSALS,
    errors.CouponMissing,
    errors.CouponTransactionInvalid,
    errors.AmountInvalid,
    errors.LedgerDateInvalid,
]
REDEEM_REFUSALS = [
    *BILL_REFUSALS,
    errors.MarkedAsFraud,
    customer_errors.StatusBlocksRedeeming,
    errors.CouponUnknown,
    errors.CouponRepeated,
    errors.CouponNotYours,
    errors.CouponRevoked,
    errors.CouponExpired,
    errors.CouponNotYetActive,
    errors.CouponRedeemed,
    errors.CouponNotHere,
    errors.CouponNotNow,
    errors.CouponBillOutOfRange,
    errors.CouponRedemptionLimitReached,
    errors.CouponRedeemedTooSoon,
    errors.CouponExcluded,
    errors.CouponNotForItems,
    errors.CouponItemsMissing,
    errors.LedgerTextInvalid,
    errors.CodeRequired,
    customer_errors.CodeInvalid,
    customer_errors.CodeExpired,
]


class RedeemableQuery(QueryIn):
    mobile = serializers.CharField(required=False, max_length=1_000)
    email = serializers.CharField(required=False, max_length=1_000)
    externalId = serializers.CharField(required=False, max_length=1_000)
    cardnumber = serializers.CharField(required=False, max_length=1_000)
    id = serializers.CharField(required=False, max_length=1_000, help_text="The customer's id.")
    identifierName = serializers.CharField(
        required=False, max_length=50, help_text="An identifier's type, with `identifierValue`."
    )
    identifierValue = serializers.CharField(required=False, max_length=1_000)
    code = CommaSeparatedList(max_length=10_000, help_text="One or several, separated by commas.")
    details = serializers.ChoiceField(
        ["true", "false", EXTENDED],
        default="false",
        help_text="`true`: with the discounts; `extended`: with the series as well.",
    )
    billAmount = serializers.CharField(required=False, max_length=50)
    transactionNumber = serializers.CharField(required=False, max_length=1_000)


class ReactivateIn(serializers.Serializer):
    redemptionIds = serializers.ListField(
        child=IdField(), allow_empty=False, max_length=MAX_ITEMS, help_text="Up to a hundred."
    )
    reason = Text()


class IsCouponRedeemable(V2View):
    """GET /v2/coupon/is_redeemable"""

    operation = "coupons.isRedeemable"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    examples = {"GET": {"mobile": "44700900000", "code": "TOMSAWYER1", "details": "true"}}
    refusals = {"GET": BILL_REFUSALS}

    @extend_schema(
        summary="Ask whether coupons can be redeemed",
        tags=["v2 coupons"],
        parameters=[RedeemableQuery],
        responses=RedeemableCouponsOut,
        examples=load_examples(__file__, "coupon_is_redeemable"),
    )
    def get(self, request: Request) -> Response:
        """Answer whether a redemption at this till would succeed now, coupon by coupon.

        Nothing changes. `redemptionStatus` is that of all coupons together on one bill: coupons
        that exclude each other are redeemable one by one only.
        """
        query = self.read_query(RedeemableQuery)
        key = {"type": query.get("identifierName"), "value": query.get("identifierValue")}
        bill = CouponBill(
            customer_id=find_coupon_customer(self, {**query, **key}),
            codes=query["code"],
            amount=query.get("billAmount"),
            transaction_number=query.get("transactionNumber") or "",
        )
        result = plan_redemption(origin=self.origin, bill=bill)
        if result.refusal is not None and not (
            isinstance(result.refusal, CUSTOMER_BLOCKS) or _has_refused_coupon(result)
        ):
            raise result.refusal
        customers = build_customers(self.org.pk, [bill.customer_id])
        return Response(
            {
                "customer": customers[bill.customer_id],
                "redemption": self._build_coupons(result, query["details"]),
                "redemptionStatus": build_done_status("The coupons can be redeemed.")
                if result.refusal is None
                else self.error(result.refusal),
                "warnings": [],
            }
        )

    def _build_coupons(self, result: BillResult, details: str) -> list[Answer]:
        series_ids = {use.coupon.series_id for use in result.coupons if use.coupon is not None}
        is_extended = details == EXTENDED
        series = (
            get_series_details(org_id=self.org.pk, series_ids=series_ids) if is_extended else {}
        )
        answers = []
        for use in result.coupons:
            # A customer who may redeem nothing is refused for each coupon.
            refusal = use.refusal
            if not _has_refused_coupon(result):
                refusal = result.refusal
            answers.append(
                build_redeemable_coupon(
                    use,
                    refusal,
                    None if refusal is None else self.error(refusal)["message"],
                    details="" if details == "false" else details,
                    series=series,
                    zone=self.org.zone,
                )
            )
        return answers


class RedeemCoupons(V2View):
    """POST /v2/coupon/redeem"""

    operation = "coupons.redeem"
    scopes = {"POST": Scope.COUPONS_WRITE}
    refusals = {"POST": REDEEM_REFUSALS}

    @extend_schema(
        summary="Redeem the coupons of a bill",
        tags=["v2 coupons"],
        request=CouponBillIn,
        responses=RedeemedBillOut,
        examples=load_examples(__file__, "coupon_redeem"),
    )
    def post(self, request: Request) -> Response:
        """Redeem all coupons of the bill, or none: one that is refused refuses the bill.

        The discount is taken of the bill, or of the `lineItems` that the coupon is good for: those
        that its series names, and without `isValidWithDiscountedItem` those without a discount.
        With `discountOn` ITEM it is taken of the dearest of them.

        Series of one exclusive group refuse each other, also in later requests for the same bill.
        `is_redeemable` says which coupon is at fault.
        """
        bill = self._read_bill()
        result = redeem_bill(origin=self.origin, bill=bill)
        customers = build_customers(self.org.pk, [bill.customer_id])
        return Response(
            {**build_redeemed_bill(result, customers[bill.customer_id]), "warnings": []}
        )

    def prepare_write(self) -> None:
        bill = self._read_bill()
        if bill.one_time_code:
            refuse_wrong_code(self, list_targets(self, bill), bill.one_time_code)

    def _read_bill(self) -> CouponBill:
        body = self.read_body(CouponBillIn)
        return build_coupon_bill(self, body, find_coupon_customer(self, body["user"]))


class RedeemCouponsInBulk(V2View):
    """POST /v2/coupon/bulk/redeem"""

    operation = "coupons.redeemMany"
    scopes = {"POST": Scope.COUPONS_WRITE}
    refusals = {"POST": [BatchTooLarge]}

    @extend_schema(
        summary="Redeem the coupons of several bills",
        tags=["v2 coupons"],
        request=CouponBillIn(many=True),
        responses=RedeemedBillsOut,
        examples=load_examples(__file__, "coupon_bulk_redeem"),
    )
    def post(self, request: Request) -> Response:
        """Redeem the coupons of up to a hundred bills.

        All coupons of a bill are redeemed, or none. A bill that is refused affects no other.
        """
        bills = self._read_bills()
        ready = [bill for bill in bills if isinstance(bill, CouponBill)]
        results = iter(redeem_coupons(origin=self.origin, bills=ready))
        customers = build_customers(self.org.pk, {bill.customer_id for bill in ready})
        rows = []
        for bill in bills:
            if isinstance(bill, DomainError):
                rows.append(self._build_row(None, bill, {}))
                continue
            result = next(results)
            answer = build_redeemed_bill(result, customers[bill.customer_id])
            rows.append(self._build_row(bill.customer_id, result.refusal, answer))
        return Response(
            {
                "response": rows,
                "totalCount": len(rows),
                "failureCount": sum(bool(row["errors"]) for row in rows),
                "warnings": [],
            }
        )

    def prepare_write(self) -> None:
        for bill in self._read_bills():
            if isinstance(bill, CouponBill) and bill.one_time_code:
                # A wrong code is counted here, and refused with its bill.
                unit_of_work(try_one_time_code)(
                    origin=self.origin, targets=list_targets(self, bill), code=bill.one_time_code
                )

    def _read_bills(self) -> list[CouponBill | DomainError]:
        bodies = [self._read_item(item) for item in read_list(self.request.data, "bills")]
        found = iter(
            find_customers_by_identifier(
                org=self.org, identifiers=[key for _, key in bodies if isinstance(key, tuple)]
            )
        )
        bills: list[CouponBill | DomainError] = []
        for body, key in bodies:
            owner = key if isinstance(key, DomainError) else next(found)
            if isinstance(owner, DomainError):
                bills.append(owner)
                continue
            try:
                bills.append(build_coupon_bill(self, body, owner))
            except DomainError as refusal:
                bills.append(refusal.detached())
        return bills

    def _read_item(self, item: Any) -> tuple[Mapping[str, Any], tuple[str, str] | DomainError]:
        try:
            body = validate_data(CouponBillIn, item)
            return body, read_customer_key(body["user"])
        except (DomainError, serializers.ValidationError) as problem:
            refusal = to_refusal(problem)
            if refusal is None:
                raise
            return {}, refusal.detached()

    def _build_row(
        self, customer_id: int | None, refusal: DomainError | None, answer: Answer
    ) -> Answer:
        return {
            "entityId": customer_id,
            "result": answer if refusal is None else {},
            "errors": [] if refusal is None else [self.error(refusal)],
        }


class ReactivateCoupons(V2View):
    """POST /v2/coupon/reactivate"""

    operation = "coupons.reactivate"
    scopes = {"POST": Scope.COUPONS_WRITE}
    refusals = {
        "POST": [
            errors.CouponRedemptionUnknown,
            errors.CouponRedemptionReactivated,
            customer_errors.ReasonInvalid,
        ]
    }

    @extend_schema(
        summary="Take redemptions of coupons back",
        tags=["v2 coupons"],
        request=ReactivateIn,
        responses=ReactivatedOut,
        examples=load_examples(__file__, "coupon_reactivate"),
    )
    def post(self, request: Request) -> Response:
        """Take redemptions back, all or none, each once: the coupons can be used again.

        They count for no limit any more, and no list shows them.
        """
        body = self.read_body(ReactivateIn)
        reactivate_redemptions(
            origin=self.origin,
            redemption_ids=body["redemptionIds"],
            reason=body.get("reason") or "",
        )
        return Response({"success": True, "warnings": [], "errors": []})


def build_redeemed_bill(result: BillResult, customer: Answer) -> Answer:
    """Return the coupons of a bill that were redeemed."""
    if result.refusal is not None:
        return {}
    return {
        "redemption": [build_redeemed_coupon(use) for use in result.coupons],
        "redemptionStatus": build_done_status("The coupons were redeemed."),
        "customer": customer,
    }


def list_targets(view: V2View, bill: CouponBill) -> list[CodeTarget]:
    """Return whom the code of a bill may have been sent to."""
    return list_code_targets(org_id=view.org.pk, customer_id=bill.customer_id, action=CODE_ACTION)


def _has_refused_coupon(result: BillResult) -> bool:
    return any(use.refusal is not None for use in result.coupons)
