"""Redeeming points, and reversing a redemption (v2, `/points`)."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.api_page.examples import load_examples
from crm.dialects.transport_errors import RequestInvalid
from crm.dialects.v2.serializer_fields import IdField
from crm.dialects.v2.views import V2View
from crm.kernel.errors import DomainError
from crm.tenancy.models import Scope
from customers import errors as customer_errors
from customers.api.v2.field_types import IdentifierValue, Text, Values
from customers.api.v2.lookup import LOOKUP_REFUSALS
from customers.api.v2.one_time_codes import refuse_wrong_code
from customers.api.v2.shared_schema import WarningOut
from customers.queries.customers.by_identifier import find_customer_id
from customers.queries.one_time_codes import list_code_targets
from customers.rules.times import parse_moment
from loyalty import errors
from loyalty.api.v2.number_field import ExactNumber
from loyalty.operations.points.redeem import (
    CODE_ACTION,
    Redemption,
    plan_redemption,
    redeem_points,
    reverse_redemption,
)
from loyalty.queries.programs import find_program, get_programs

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
]
REDEEM_REFUSALS = [
    *LOOKUP_REFUSALS,
    *RULE_REFUSALS,
    errors.CodeRequired,
    customer_errors.CodeInvalid,
    customer_errors.CodeExpired,
    errors.ReferenceUsedOtherwise,
    errors.PointsInvalid,
    errors.LedgerTextInvalid,
    errors.LedgerDateInvalid,
]


class TypedIdentifierIn(serializers.Serializer):
    type = serializers.CharField(max_length=50, help_text="An identifier's type, or id.")
    value = IdentifierValue()


class RedeemableIn(serializers.Serializer):
    points = ExactNumber(help_text="At most three decimals.")
    programId = IdField(required=False, allow_null=True, help_text="Default: the default program.")
    identifier = TypedIdentifierIn()
    transactionNumber = Text(help_text="The number of the bill.")


class RedeemIn(RedeemableIn):
    notes = Text()
    redemptionTime = Text(help_text="Default: now.")
    validationCode = Text(help_text="The code that was sent to the customer (`/v2/otp`).")
    externalReferenceNumber = Text(
        help_text="The caller's own key: a repeat answers the first redemption."
    )
    customFields = Values()


class RedeemableOut(serializers.Serializer):
    redeemable = serializers.BooleanField()
    points = serializers.FloatField()
    pointsRedeemValue = serializers.FloatField(help_text="What they are worth in money.")
    pointsCurrencyRatio = serializers.FloatField()
    balance = serializers.FloatField(allow_null=True)
    codeNeeded = serializers.BooleanField(help_text="Whether a code must be sent beforehand.")
    customerId = serializers.IntegerField()
    programId = serializers.IntegerField()
    warnings = WarningOut(many=True)
    errors = WarningOut(many=True, help_text="Why not.")  # type: ignore[assignment]


class RedeemedOut(serializers.Serializer):
    redemptionId = serializers.IntegerField()
    points = serializers.FloatField()
    pointsRedeemed = serializers.FloatField()
    redeemedValue = serializers.FloatField(help_text="What they are worth in money.")
    customerId = serializers.IntegerField()
    programId = serializers.IntegerField()
    balance = serializers.FloatField()
    warnings = WarningOut(many=True)


class ReverseIn(serializers.Serializer):
    redemptionId = IdField()
    pointsToBeReversed = ExactNumber(
        required=False, allow_null=True, help_text="Default: all that is left of it."
    )
    identifier = TypedIdentifierIn(required=False, allow_null=True)
    notes = Text()


class ReversedOut(serializers.Serializer):
    redemptionId = serializers.IntegerField()
    pointsToBeReversed = serializers.FloatField(allow_null=True)
    orgId = serializers.IntegerField()
    identifier = serializers.DictField(allow_null=True)
    customerId = serializers.IntegerField()
    pointsReversed = serializers.FloatField()
    reversalId = serializers.IntegerField()
    balance = serializers.FloatField()
    warnings = WarningOut(many=True)


class IsRedeemable(V2View):
    """POST /v2/points/isRedeemable"""

    operation = "points.isRedeemable"
    scopes = {"POST": Scope.LOYALTY_WRITE}
    refusals = {"POST": [*LOOKUP_REFUSALS, errors.ProgramUnknown, errors.PointsInvalid]}

    @extend_schema(
        summary="Ask whether points can be redeemed",
        tags=["v2 points"],
        request=RedeemableIn,
        responses=RedeemableOut,
        examples=load_examples(__file__, "points_is_redeemable"),
    )
    def post(self, request: Request) -> Response:
        """Answer whether a redemption would succeed now, and what it is worth. Nothing changes."""
        body = self.read_body(RedeemableIn)
        customer_id = find_typed_customer(self, body["identifier"])
        program = find_program(get_programs(self.org.pk), body.get("programId"))
        answer = {
            "redeemable": True,
            "points": 0,
            "pointsRedeemValue": 0,
            "pointsCurrencyRatio": program.points_to_currency,
            "balance": None,
            "codeNeeded": program.redeem_rules.needs_code,
            "customerId": customer_id,
            "programId": program.id,
            "warnings": [],
            "errors": [],
        }
        redemption = Redemption(
            customer_id=customer_id, points=body["points"], program_id=program.id
        )
        try:
            planned = plan_redemption(origin=self.origin, redemption=redemption)
        except errors.PointsInvalid:
            raise
        except DomainError as refusal:
            return Response({**answer, "redeemable": False, "errors": [self.error(refusal)]})
        return Response(
            {
                **answer,
                "points": planned.points,
                "pointsRedeemValue": planned.value,
                "balance": planned.balance,
            }
        )


class Redeem(V2View):
    """POST /v2/points/redeem"""

    operation = "points.redeem"
    scopes = {"POST": Scope.LOYALTY_WRITE}
    refusals = {"POST": REDEEM_REFUSALS}

    @extend_schema(
        summary="Redeem points",
        tags=["v2 points"],
        request=RedeemIn,
        responses=RedeemedOut,
        examples=load_examples(__file__, "points_redeem"),
    )
    def post(self, request: Request) -> Response:
        """Spend points of a customer, those that expire first.

        The program's rules are obeyed. With the same `externalReferenceNumber` nothing is
        redeemed twice: the first redemption is answered again.
        """
        redemption = self._read_redemption()
        done = redeem_points(origin=self.origin, redemption=redemption)
        return Response(
            {
                "redemptionId": done.redemption_id,
                "points": done.points,
                "pointsRedeemed": done.points,
                "redeemedValue": done.value,
                "customerId": done.customer_id,
                "programId": done.program_id,
                "balance": done.balance,
                "warnings": [],
            }
        )

    def prepare_write(self) -> None:
        redemption = self._read_redemption()
        if redemption.code:
            targets = list_code_targets(
                org_id=self.org.pk, customer_id=redemption.customer_id, action=CODE_ACTION
            )
            refuse_wrong_code(self, targets, redemption.code)

    def _read_redemption(self) -> Redemption:
        body = self.read_body(RedeemIn)
        return Redemption(
            customer_id=find_typed_customer(self, body["identifier"]),
            points=body["points"],
            program_id=body.get("programId"),
            code=(body.get("validationCode") or "").strip(),
            transaction_number=body.get("transactionNumber") or "",
            reference=body.get("externalReferenceNumber") or "",
            notes=body.get("notes") or "",
            redeemed_at=read_moment(self, body.get("redemptionTime"), "redemptionTime"),
            custom_fields=body.get("customFields") or {},
        )


class Reverse(V2View):
    """POST /v2/points/reverse"""

    operation = "points.reverse"
    scopes = {"POST": Scope.LOYALTY_WRITE}
    refusals = {
        "POST": [
            *LOOKUP_REFUSALS,
            errors.RedemptionUnknown,
            errors.RedemptionOfAnother,
            errors.RedemptionReversed,
            errors.ReversalTooLarge,
            errors.PointsInvalid,
        ]
    }

    @extend_schema(
        summary="Reverse a redemption of points",
        tags=["v2 points"],
        request=ReverseIn,
        responses=ReversedOut,
        examples=load_examples(__file__, "points_reverse"),
    )
    def post(self, request: Request) -> Response:
        """Put redeemed points back into the lots they came from, with their old expiry.

        A redemption can be reversed in parts. When nothing is left of it, it is refused (3802).
        """
        body = self.read_body(ReverseIn)
        identifier = body.get("identifier")
        done = reverse_redemption(
            origin=self.origin,
            redemption_id=body["redemptionId"],
            points=body.get("pointsToBeReversed"),
            customer_id=find_typed_customer(self, identifier) if identifier else None,
            notes=body.get("notes") or "",
        )
        return Response(
            {
                "redemptionId": done.redemption_id,
                "pointsToBeReversed": done.points,
                "orgId": self.org.pk,
                "identifier": identifier,
                "customerId": done.customer_id,
                "pointsReversed": done.points,
                "reversalId": done.reversal_id,
                "balance": done.balance,
                "warnings": [],
            }
        )


def find_typed_customer(view: V2View, identifier: Mapping[str, Any]) -> int:
    """Return the id of the customer with ``{type, value}``."""
    return find_customer_id(
        org=view.org, kind=identifier["type"], value=identifier["value"], source_account=None
    )


def read_moment(view: V2View, raw: str | None, name: str) -> Any:
    """Read a date and time; None if there is none.

    Raises:
        RequestInvalid: the text is no date and time.
    """
    if not (raw or "").strip():
        return None
    moment = parse_moment(raw, view.org.zone)
    if moment is None:
        raise RequestInvalid(detail=f"{name}: this is no date and time.")
    return moment
