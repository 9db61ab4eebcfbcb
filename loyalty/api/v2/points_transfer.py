"""Transferring points from one customer to another (v2, `/points/transfer`)."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.answer_shapes import Answer
from crm.dialects.api_page.examples import load_examples
from crm.dialects.v2.serializer_fields import IdField
from crm.dialects.v2.views import V2View
from crm.kernel.errors import DomainError
from crm.tenancy.models import Scope
from customers import errors as customer_errors
from customers.api.v2.field_types import Text
from customers.api.v2.lookup import (
    LOOKUP_REFUSALS,
    LookupQuery,
    find_customer_by_query,
)
from customers.api.v2.one_time_codes import refuse_wrong_code
from customers.api.v2.shared_schema import WarningOut
from customers.api.v2.source_accounts import get_account_to_read
from customers.operations.one_time_codes import send_one_time_code, use_one_time_code
from customers.queries.one_time_codes import list_code_addresses, list_code_targets
from customers.rules.one_time_codes import CodeTarget
from loyalty import errors
from loyalty.api.v2.number_field import ExactNumber
from loyalty.api.v2.points_redemption import TypedIdentifierIn, find_typed_customer
from loyalty.api.v2.transfers import TransferOut, TransfersOut
from loyalty.operations.points.redeem import CODE_ACTION
from loyalty.operations.points.transfer import Transfer, plan_transfer, transfer_points
from loyalty.queries.points.points import list_transfers

TRANSFER_REFUSALS = [
    *LOOKUP_REFUSALS,
    errors.InsufficientPoints,
    errors.NotEnrolled,
    errors.ProgramUnknown,
    errors.MarkedAsFraud,
    customer_errors.StatusBlocksTransfers,
    errors.TransferToSelf,
    errors.PointsInvalid,
    errors.LedgerTextInvalid,
]


class TransferIn(serializers.Serializer):
    pointsTobeTransferred = ExactNumber(help_text="At most three decimals.")
    programId = IdField(required=False, allow_null=True, help_text="Default: the default program.")
    notes = Text()
    fromCustomerIdentifier = TypedIdentifierIn()
    toCustomerIdentifier = TypedIdentifierIn()
    groupProgramTransfer = serializers.BooleanField(
        default=False, help_text="Not supported: programs are transferred one by one."
    )


class TransferrableIn(TransferIn):
    issueOtp = serializers.BooleanField(
        default=False, help_text="Send a code to the customer who gives (action POINTS)."
    )


class TransferPointsIn(TransferIn):
    code = Text(help_text="The code that was sent to the customer who gives.")


class TransferrableLineOut(serializers.Serializer):
    pointsTobeTransferred = serializers.FloatField()
    transferrable = serializers.BooleanField()
    transferFrom = serializers.DictField()
    transferTo = serializers.DictField()


class TransferrableOut(serializers.Serializer):
    data = TransferrableLineOut(many=True)  # type: ignore[assignment]
    warnings = WarningOut(many=True)
    errors = WarningOut(many=True)  # type: ignore[assignment]


class TransfersQuery(LookupQuery):
    programId = IdField(required=False, help_text="Only this program.")


class IsTransferrable(V2View):
    """POST /v2/points/isTransferrable"""

    operation = "points.isTransferrable"
    scopes = {"POST": Scope.LOYALTY_WRITE}
    refusals = {
        "POST": [
            *LOOKUP_REFUSALS,
            customer_errors.CodeChannelMissing,
            customer_errors.CodeSentRecently,
        ]
    }

    @extend_schema(
        summary="Ask whether points can be transferred",
        tags=["v2 points"],
        request=TransferrableIn,
        responses=TransferrableOut,
        examples=load_examples(__file__, "points_is_transferrable"),
    )
    def post(self, request: Request) -> Response:
        """Answer whether a transfer would succeed now. No points are moved.

        With `issueOtp` a code is sent to the customer who would give.
        """
        body = self.read_body(TransferrableIn)
        transfer = read_transfer(self, body)
        problems = []
        try:
            plan_transfer(origin=self.origin, transfer=transfer)
        except DomainError as refusal:
            problems.append(self.error(refusal))
        if body["issueOtp"] and not problems:
            self._send_code(transfer.from_customer_id)
        line = {
            "pointsTobeTransferred": transfer.points,
            "transferrable": not problems,
            "transferFrom": _build_side(transfer.from_customer_id, body["fromCustomerIdentifier"]),
            "transferTo": _build_side(transfer.to_customer_id, body["toCustomerIdentifier"]),
        }
        return Response({"data": [line], "warnings": [], "errors": problems})

    def _send_code(self, customer_id: int) -> None:
        send_one_time_code(
            origin=self.origin,
            target=CodeTarget("CUSTOMER", str(customer_id), CODE_ACTION),
            channels=list_code_addresses(org_id=self.org.pk, customer_id=customer_id),
        )


class TransferPoints(V2View):
    """GET, POST /v2/points/transfer"""

    operation = {"GET": "points.transfers", "POST": "points.transfer"}
    scopes = {"GET": Scope.CUSTOMERS_READ, "POST": Scope.LOYALTY_WRITE}
    examples = {"GET": {"identifierName": "id", "identifierValue": "343015431"}}
    refusals = {
        "GET": LOOKUP_REFUSALS,
        "POST": [*TRANSFER_REFUSALS, customer_errors.CodeInvalid, customer_errors.CodeExpired],
    }

    @extend_schema(
        summary="List a customer's points transfers, by an identifier",
        tags=["v2 points"],
        parameters=[TransfersQuery],
        responses=TransfersOut,
        examples=load_examples(__file__, "points_transfers"),
    )
    def get(self, request: Request) -> Response:
        """List the latest hundred transfers of the customer, newest first."""
        query = self.read_query(TransfersQuery)
        account = get_account_to_read(self.org.pk, query)
        customer_id = find_customer_by_query(self.org, query, account)
        lines = list_transfers(
            org_id=self.org.pk, customer_id=customer_id, program_id=query.get("programId")
        )
        return Response(build_transfers([TransferOut.build(line) for line in lines]))

    @extend_schema(
        summary="Transfer points to another customer",
        tags=["v2 points"],
        request=TransferPointsIn,
        responses=TransfersOut,
        examples=load_examples(__file__, "points_transfer"),
    )
    def post(self, request: Request) -> Response:
        """Move points within a program, those that expire first; they keep their expiry."""
        body = self.read_body(TransferPointsIn)
        transfer = read_transfer(self, body)
        if code := _read_code(body):
            use_one_time_code(origin=self.origin, targets=self._list_targets(transfer), code=code)
        done = transfer_points(origin=self.origin, transfer=transfer)
        lines = list_transfers(org_id=self.org.pk, customer_id=transfer.from_customer_id)
        return Response(
            build_transfers(
                [
                    TransferOut.build(line)
                    for line in lines
                    if line.id == done.transfer_id and line.type == "DEDUCTION"
                ]
            )
        )

    def prepare_write(self) -> None:
        body = self.read_body(TransferPointsIn)
        if code := _read_code(body):
            refuse_wrong_code(self, self._list_targets(read_transfer(self, body)), code)

    def _list_targets(self, transfer: Transfer) -> list[CodeTarget]:
        return list_code_targets(
            org_id=self.org.pk, customer_id=transfer.from_customer_id, action=CODE_ACTION
        )


def read_transfer(view: V2View, body: Mapping[str, Any]) -> Transfer:
    """Return the transfer of a body, with the ids of both customers."""
    return Transfer(
        from_customer_id=find_typed_customer(view, body["fromCustomerIdentifier"]),
        to_customer_id=find_typed_customer(view, body["toCustomerIdentifier"]),
        points=body["pointsTobeTransferred"],
        program_id=body.get("programId"),
        notes=body.get("notes") or "",
    )


def build_transfers(lines: list[Answer]) -> Answer:
    return {"data": lines, "warnings": [], "errors": []}


def _read_code(body: Mapping[str, Any]) -> str:
    return (body.get("code") or "").strip()


def _build_side(customer_id: int, identifier: Mapping[str, Any]) -> Answer:
    return {"customerId": customer_id, **identifier}
