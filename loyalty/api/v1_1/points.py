"""Redeeming points (v1.1, `points/isredeemable`, `points/redeem`, `points/validationcode`)."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.api_page.examples import load_examples
from crm.dialects.transport_errors import RequestInvalid
from crm.dialects.v1_1.batch_items import Item, read_text
from crm.dialects.v1_1.envelope import build_list_response, build_response
from crm.dialects.v1_1.plain_values import format_amount, format_bool
from crm.dialects.v1_1.views import ItemResult, Row, V11View
from crm.kernel.errors import DomainError
from crm.kernel.ids import read_id
from crm.kernel.transactions import unit_of_work
from crm.tenancy.models import Scope
from customers import errors as customer_errors
from customers.api.v1_1.customer_lookup import LOOKUP_PARAMETERS, read_lookups
from customers.operations.one_time_codes import send_one_time_code
from customers.queries.customers.by_identifiers import CustomerMatch, match_customers
from customers.queries.one_time_codes import list_code_addresses
from customers.rules.one_time_codes import CodeTarget
from customers.rules.times import parse_moment
from loyalty import errors
from loyalty.api.v1_1.points_shapes import (
    CODE_RESPONSE,
    REDEEM_REQUEST,
    REDEEM_RESPONSE,
    REDEEMABLE_RESPONSE,
    RedeemIn,
)
from loyalty.api.v1_1.redemption_input import (
    IDENTIFIERS,
    RedeemingView,
    echo_nested_customer,
    find_nested_customer,
    refuse_wrong_code,
    show_identifiers,
)
from loyalty.operations.points.redeem import (
    CODE_ACTION,
    Redemption,
    plan_redemption,
    redeem_points,
)
from loyalty.queries.programs import find_program, get_programs

LOOKUP_REFUSALS = [
    customer_errors.IdentifierMissing,
    customer_errors.IdentifierNotFound,
    customer_errors.CustomerUnknown,
]
RULE_REFUSALS = [
    errors.InsufficientPoints,
    errors.RedemptionTooSmall,
    errors.RedemptionTooLarge,
    errors.RedemptionNotMultiple,
    errors.BalanceTooSmallToRedeem,
    errors.LifetimePointsTooFew,
    errors.PurchasesTooFew,
    errors.NotEnrolled,
    errors.ProgramUnknown,
    errors.MarkedAsFraud,
    customer_errors.StatusBlocksRedeeming,
    errors.PointsInvalid,
]
PARAMETERS = [
    *LOOKUP_PARAMETERS,
    OpenApiParameter("points", str, description="The points to redeem."),
    OpenApiParameter("program_id", str, description="Default: the default program."),
]


class _OneCustomerView(V11View):
    """A question about the points of one customer, whom the query identifies."""

    def find_customer(self) -> tuple[int | DomainError, Mapping[str, Any]]:
        """Return the customer's id, or the refusal; and the identifiers of the query."""
        lookup = read_lookups(self.request.query_params)[0]
        [match] = match_customers(org=self.org, items=[lookup.identifiers])
        return (match.customer_id if isinstance(match, CustomerMatch) else match), lookup.echo

    def read_parameter(self, name: str) -> str:
        return (self.request.query_params.get(name) or "").strip()

    def read_program_id(self) -> int | None:
        return read_program_id(self.read_parameter("program_id"))

    def show_customer(self, customer_id: int) -> dict[str, Any]:
        return show_identifiers(self.org.pk, customer_id)

    def send_code(self, customer_id: int) -> None:
        unit_of_work(send_one_time_code)(
            origin=self.origin,
            target=CodeTarget("CUSTOMER", str(customer_id), CODE_ACTION),
            channels=list_code_addresses(org_id=self.org.pk, customer_id=customer_id),
        )


class IsRedeemable(_OneCustomerView):
    """GET /v1.1/points/isredeemable"""

    operation = "v1.points.isRedeemable"
    scopes = {"GET": Scope.LOYALTY_WRITE}
    examples = {"GET": {"mobile": "44700900000", "points": "10"}}
    refusals = {
        "GET": [*LOOKUP_REFUSALS, *RULE_REFUSALS, customer_errors.CodeInvalid, errors.CodeRequired]
    }

    @extend_schema(
        summary="Ask whether points can be redeemed",
        tags=["v1.1 points"],
        parameters=[
            *PARAMETERS,
            OpenApiParameter("issue_otp", str, description="`true` sends a code to the customer."),
            OpenApiParameter("validation_code", str, description="A code to check; it stays good."),
        ],
        responses=REDEEMABLE_RESPONSE,
        examples=load_examples(__file__, "points_is_redeemable"),
    )
    def get(self, request: Request) -> Response:
        """Answer whether a redemption would succeed now. No points are redeemed."""
        customer, echo = self.find_customer()
        points, program_id = self.read_parameter("points"), self.read_program_id()
        try:
            if isinstance(customer, DomainError):
                raise customer
            row = self._build_redeemable(customer, points, program_id)
        except DomainError as refusal:
            program = get_programs(self.org.pk).get(program_id or 0)
            row = self.build_refusal_row(
                refusal,
                {
                    **dict.fromkeys(IDENTIFIERS),
                    **{name: echo[name] for name in IDENTIFIERS if name in echo},
                    "points": points or None,
                    "is_redeemable": format_bool(False),
                    "points_redeem_value": "0",
                    "points_currency_ratio": format_amount(program.points_to_currency)
                    if program
                    else "0",
                },
            )
        return Response(build_response([row], {"points": {"redeemable": row}}))

    def _build_redeemable(self, customer_id: int, points: str, program_id: int | None) -> Row:
        program = find_program(get_programs(self.org.pk), program_id)
        planned = plan_redemption(
            origin=self.origin,
            redemption=Redemption(customer_id=customer_id, points=points, program_id=program.id),
        )
        if code := self.read_parameter("validation_code"):
            refuse_wrong_code(self, customer_id, code, CODE_ACTION)
        if self.read_parameter("issue_otp").lower() == "true":
            self.send_code(customer_id)
        answer = {
            **self.show_customer(customer_id),
            "points": format_amount(planned.points),
            "is_redeemable": format_bool(True),
            "points_redeem_value": format_amount(planned.value),
            "points_currency_ratio": format_amount(program.points_to_currency),
        }
        return self.build_success_row(ItemResult(answer, "done.points.redeemable"))


class ValidationCode(_OneCustomerView):
    """GET /v1.1/points/validationcode"""

    operation = "v1.points.validationCode"
    scopes = {"GET": Scope.LOYALTY_WRITE}
    examples = {"GET": {"mobile": "44700900000", "points": "10"}}
    refusals = {
        "GET": [
            *LOOKUP_REFUSALS,
            customer_errors.CodeChannelMissing,
            customer_errors.CodeSentRecently,
        ]
    }

    @extend_schema(
        summary="Send a code that confirms a redemption",
        tags=["v1.1 points"],
        parameters=PARAMETERS,
        responses=CODE_RESPONSE,
        examples=load_examples(__file__, "points_validation_code"),
    )
    def get(self, request: Request) -> Response:
        """Send a code to the customer's mobile, else email; good for ten minutes, and once."""
        customer, echo = self.find_customer()
        points = self.read_parameter("points") or None
        try:
            if isinstance(customer, DomainError):
                raise customer
            self.send_code(customer)
        except DomainError as refusal:
            shown = {
                **dict.fromkeys(IDENTIFIERS),
                **{name: echo[name] for name in IDENTIFIERS if name in echo},
            }
            row = self.build_refusal_row(
                refusal, {**shown, "points": points, "is_issued": format_bool(False)}
            )
        else:
            answer = {
                **self.show_customer(customer),
                "points": points,
                "is_issued": format_bool(True),
            }
            row = self.build_success_row(ItemResult(answer, "done.points.code_sent"))
        return Response(build_response([row], {"validation_code": {"code": row}}))


class Redeem(RedeemingView):
    """POST /v1.1/points/redeem"""

    code_action = CODE_ACTION

    operation = "v1.points.redeem"
    scopes = {"POST": Scope.LOYALTY_WRITE}
    refusals = {
        "POST": [
            *LOOKUP_REFUSALS,
            *RULE_REFUSALS,
            errors.CodeRequired,
            customer_errors.CodeInvalid,
            customer_errors.CodeExpired,
            errors.ReferenceUsedOtherwise,
        ]
    }

    @extend_schema(
        summary="Redeem points",
        tags=["v1.1 points"],
        parameters=[
            OpenApiParameter("program_id", str, description="Default: the default program."),
            OpenApiParameter(
                "skip_validation", str, description="Ignored: the program says what is needed."
            ),
        ],
        request=REDEEM_REQUEST,
        responses=REDEEM_RESPONSE,
        examples=load_examples(__file__, "points_redeem"),
    )
    def post(self, request: Request) -> Response:
        """Spend points of customers. Items succeed or fail separately.

        With the same `external_reference_number` nothing is redeemed twice.
        """
        rows = self.write_each(self.items("redeem"), self._redeem, _echo_item)
        return Response(build_list_response("responses", "points", rows))

    def _redeem(self, item: Item) -> ItemResult:
        values = RedeemIn.read(item)
        customer_id = find_nested_customer(self, item)
        done = redeem_points(
            origin=self.origin,
            redemption=Redemption(
                customer_id=customer_id,
                points=values["points_redeemed"],
                program_id=read_program_id(self.request.query_params.get("program_id") or ""),
                code=values["validation_code"],
                transaction_number=values["transaction_number"],
                reference=values["external_reference_number"],
                notes=values["notes"],
                redeemed_at=self._read_time(values["redemption_time"]),
                custom_fields=values["custom_fields"],
            ),
        )
        answer = {
            **show_identifiers(self.org.pk, customer_id),
            "user_id": str(customer_id),
            "points_redeemed": format_amount(done.points),
            "redeemed_value": format_amount(done.value),
            "balance": format_amount(done.balance),
            "redemption_id": str(done.redemption_id),
            "side_effects": {"effect": []},
        }
        return ItemResult(answer, "done.points.redeemed")

    def _read_time(self, text: str) -> Any:
        if not text:
            return None
        moment = parse_moment(text, self.org.zone)
        if moment is None:
            raise RequestInvalid(detail="redemption_time: this is no date and time.")
        return moment


def read_program_id(text: str) -> int | None:
    """Return the id of a program, 0 for text that is none; None if there is no text."""
    return read_id(text.strip()) or 0 if text.strip() else None


def _echo_item(item: Item) -> dict[str, Any]:
    return {
        **echo_nested_customer(item),
        "points_redeemed": read_text(item.get("points_redeemed")),
    }
