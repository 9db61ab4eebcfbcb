"""Redeeming coupons (v1.1, `coupon/isredeemable`, `coupon/redeem`)."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.api_page.examples import load_examples
from crm.dialects.transport_errors import RequestInvalid
from crm.dialects.v1_1.batch_items import Item, read_text
from crm.dialects.v1_1.envelope import build_list_response
from crm.dialects.v1_1.plain_values import format_amount, format_bool
from crm.dialects.v1_1.views import ItemResult, Row, V11View
from crm.kernel.errors import DomainError
from crm.tenancy.models import Scope
from customers import errors as customer_errors
from customers.api.v1_1.customer_lookup import LOOKUP_PARAMETERS, read_lookups
from customers.queries.customers.by_identifiers import match_customers
from customers.rules.times import parse_moment
from loyalty import errors
from loyalty.api.v1_1.coupon_redeem_shapes import (
    REDEEM_COUPON_REQUEST,
    REDEEM_COUPON_RESPONSE,
    REDEEMABLE_COUPON_RESPONSE,
    RedeemCouponIn,
    show_worth,
)
from loyalty.api.v1_1.redemption_input import (
    IDENTIFIERS,
    RedeemingView,
    echo_nested_customer,
    find_nested_customer,
    show_identifiers,
)
from loyalty.api.v1_1.transaction_add_shapes import build_line
from loyalty.operations.coupons.check_bills import MAX_COUPONS, CheckedCoupon, CouponBill
from loyalty.operations.coupons.redeem import CODE_ACTION, plan_redemption, redeem_bill

RULE_REFUSALS = [
    customer_errors.IdentifierMissing,
    customer_errors.IdentifierNotFound,
    customer_errors.CustomerUnknown,
    errors.MarkedAsFraud,
    customer_errors.StatusBlocksRedeeming,
    errors.CouponUnknown,
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
    errors.CouponTransactionInvalid,
    errors.AmountInvalid,
]


class IsCouponRedeemable(V11View):
    """GET /v1.1/coupon/isredeemable"""

    operation = "v1.coupon.isRedeemable"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    examples = {"GET": {"mobile": "44700900000", "code": "TOMSAWYER1"}}
    refusals = {"GET": RULE_REFUSALS}

    @extend_schema(
        summary="Ask whether coupons can be redeemed",
        tags=["v1.1 coupons"],
        parameters=[
            *LOOKUP_PARAMETERS,
            OpenApiParameter("code", str, description="One or several, separated by commas."),
            OpenApiParameter("amount", str, description="The amount of the bill."),
            OpenApiParameter("number", str, description="The number of the bill."),
        ],
        responses=REDEEMABLE_COUPON_RESPONSE,
        examples=load_examples(__file__, "coupon_is_redeemable"),
    )
    def get(self, request: Request) -> Response:
        """Answer for each code whether a redemption at this till would succeed now.

        The codes are checked as the coupons of one bill. Nothing changes.
        """
        lookup = read_lookups(request.query_params)[0]
        codes = list(dict.fromkeys(self._read("code").split(",")))
        if len(codes) > MAX_COUPONS:
            raise RequestInvalid(detail=f"code: at most {MAX_COUPONS} codes.")
        [match] = match_customers(org=self.org, items=[lookup.identifiers])
        if isinstance(match, DomainError):
            shown = {name: lookup.echo.get(name) for name in IDENTIFIERS}
            rows = [self._build_refusal(code.strip(), match, shown) for code in codes]
        else:
            rows = self._build_rows(match.customer_id, [code.strip() for code in codes])
        return Response(build_list_response("coupons", "coupon", rows))

    def _read(self, name: str) -> str:
        return (self.request.query_params.get(name) or "").strip()

    def _build_rows(self, customer_id: int, codes: list[str]) -> list[Row]:
        bill = CouponBill(
            customer_id=customer_id,
            codes=codes,
            amount=self._read("amount") or None,
            transaction_number=self._read("number"),
        )
        result = plan_redemption(origin=self.origin, bill=bill)
        shown = {**show_identifiers(self.org.pk, customer_id), "user_id": str(customer_id)}
        is_of_bill = all(use.refusal is None for use in result.coupons)
        return [
            self._build_row(use, result.refusal if is_of_bill else use.refusal, shown)
            for use in result.coupons
        ]

    def _build_row(
        self, use: CheckedCoupon, refusal: DomainError | None, shown: dict[str, Any]
    ) -> Row:
        if refusal is not None:
            return {**show_worth(use), **self._build_refusal(use.code, refusal, shown)}
        left = use.redemptions_left
        answer = {
            "code": use.code,
            "customer": shown,
            "is_redeemable": format_bool(True),
            "redemptions_left": None if left is None else str(left),
            "redemptions_of_user": str(use.redemptions_of_user),
            "code_needed": format_bool(use.needs_code),
            "items_needed": format_bool(use.needs_items),
            **show_worth(use),
        }
        return self.build_success_row(ItemResult(answer, "done.coupon.redeemable"))

    def _build_refusal(self, code: str, refusal: DomainError, shown: dict[str, Any]) -> Row:
        echo = {"code": code, "customer": shown, "is_redeemable": format_bool(False)}
        return self.build_refusal_row(refusal, echo)


class RedeemCoupon(RedeemingView):
    """POST /v1.1/coupon/redeem"""

    operation = "v1.coupon.redeem"
    code_action = CODE_ACTION
    scopes = {"POST": Scope.COUPONS_WRITE}
    refusals = {
        "POST": [
            *RULE_REFUSALS,
            errors.LedgerDateInvalid,
            errors.CouponNotForItems,
            errors.CouponItemsMissing,
            errors.LedgerTextInvalid,
            errors.CodeRequired,
            customer_errors.CodeInvalid,
            customer_errors.CodeExpired,
        ]
    }

    @extend_schema(
        summary="Redeem coupons",
        tags=["v1.1 coupons"],
        request=REDEEM_COUPON_REQUEST,
        responses=REDEEM_COUPON_RESPONSE,
        examples=load_examples(__file__, "coupon_redeem"),
    )
    def post(self, request: Request) -> Response:
        """Redeem coupons of customers. Items succeed or fail separately.

        The discount is taken of the bill, or of the `line_items` that the coupon is good for.

        Items of one bill, which have the same customer and number, still exclude each other if
        their series do.
        """
        rows = self.write_each(self.items("coupon"), self._redeem, _echo_item)
        return Response(build_list_response("coupons", "coupon", rows))

    def _redeem(self, item: Item) -> ItemResult:
        values = RedeemCouponIn.read(item)
        customer_id = find_nested_customer(self, item)
        transaction = values["transaction"]
        bill = CouponBill(
            customer_id=customer_id,
            codes=[values["code"]],
            amount=transaction["amount"],
            items=[build_line(line) for line in transaction["line_items"]] or None,
            transaction_number=transaction["number"],
            redeemed_at=self._read_time(values["redemption_time"]),
            one_time_code=values["validation_code"],
        )
        result = redeem_bill(origin=self.origin, bill=bill)
        [use] = result.coupons
        answer = {
            "code": use.code,
            "redemption_id": str(use.redemption_id),
            "customer": {
                **show_identifiers(self.org.pk, customer_id),
                "user_id": str(customer_id),
            },
            "transaction": {
                "number": bill.transaction_number,
                "amount": None if result.amount is None else format_amount(result.amount),
            },
            **show_worth(use),
        }
        return ItemResult(answer, "done.coupon.redeemed")

    def _read_time(self, text: str) -> Any:
        if not text:
            return None
        moment = parse_moment(text, self.org.zone)
        if moment is None:
            raise RequestInvalid(detail="redemption_time: this is no date and time.")
        return moment


def _echo_item(item: Item) -> dict[str, Any]:
    return {"code": read_text(item.get("code")), "customer": echo_nested_customer(item)}
