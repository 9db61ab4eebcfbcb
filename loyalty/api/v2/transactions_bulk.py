"""Entering transactions in bulk (v2, `/transactions/bulk`)."""

from collections.abc import Mapping, Sequence
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.answer_shapes import Answer
from crm.dialects.api_page.examples import load_examples
from crm.dialects.dialect_view import to_refusal
from crm.dialects.serializer_input import validate_data
from crm.dialects.transport_errors import BatchTooLarge, RequestInvalid
from crm.dialects.v2.views import V2View
from crm.kernel.errors import DomainError
from crm.kernel.ids import LARGEST_ID
from crm.tenancy.models import Scope
from customers.api.v2.field_types import IdentifierValue, Text
from customers.queries.customers.by_identifiers import find_customers_by_identifier
from loyalty.api.v2.transaction_input import TransactionIn, build_bill, read_type
from loyalty.api.v2.transaction_shapes import BulkTransactionsOut
from loyalty.api.v2.transactions import WORDING, build_side_effects, find_account
from loyalty.operations.transactions.bills import Bill, BillResult, enter_bills
from loyalty.queries.entities import list_entity_chain

MAX_BILLS = 100


class BulkTransactionIn(TransactionIn):
    identifierType = Text()
    identifierValue = IdentifierValue(required=False, allow_null=True)
    source = Text(max_length=50)  # type: ignore[assignment]
    accountId = Text(max_length=100)


class TransactionsInBulk(V2View):
    """POST /v2/transactions/bulk"""

    operation = "transactions.addMany"
    scopes = {"POST": Scope.TRANSACTIONS_WRITE}
    wording = {"POST": WORDING}
    refusals = {"POST": [BatchTooLarge]}

    @extend_schema(
        summary="Enter transactions in bulk",
        tags=["v2 transactions"],
        request=BulkTransactionIn(many=True),
        responses=BulkTransactionsOut,
        examples=load_examples(__file__, "transactions_bulk"),
    )
    def post(self, request: Request) -> Response:
        """Enter up to a hundred bills; a bill that is refused affects no other."""
        items = self.request.data
        if not isinstance(items, list) or not items:
            raise RequestInvalid(detail="The body must be a list of transactions.")
        if len(items) > MAX_BILLS:
            raise BatchTooLarge(most=MAX_BILLS)
        bodies = [self._read_item(item) for item in items]
        bills = self._build_bills(bodies)
        ready = [bill for bill in bills if isinstance(bill, Bill)]
        results = iter(enter_bills(origin=self.origin, bills=ready))
        rows = [
            self._build_row(item, body, next(results) if isinstance(bill, Bill) else bill)
            for item, body, bill in zip(items, bodies, bills, strict=True)
        ]
        return Response(
            {
                "response": rows,
                "totalCount": len(rows),
                "failureCount": sum(bool(row["errors"]) for row in rows),
                "warnings": [],
            }
        )

    def _read_item(self, item: Any) -> Mapping[str, Any] | DomainError:
        try:
            return validate_data(BulkTransactionIn, item)
        except (DomainError, serializers.ValidationError) as problem:
            return _to_refusal(problem)

    def _build_bills(
        self, bodies: Sequence[Mapping[str, Any] | DomainError]
    ) -> list[Bill | DomainError]:
        place = list_entity_chain(org_id=self.org.pk, entity_id=self.origin.actor_id)
        named = [
            (body.get("identifierType") or "", str(body.get("identifierValue") or ""))
            for body in bodies
            if isinstance(body, Mapping)
        ]
        owners = iter(find_customers_by_identifier(org=self.org, identifiers=named))
        bills: list[Bill | DomainError] = []
        for body in bodies:
            if isinstance(body, DomainError):
                bills.append(body)
                continue
            owner = next(owners)
            try:
                account = find_account(self, body)
                bills.append(
                    build_bill(
                        self.origin,
                        body,
                        customer_id=_check_owner(body, owner),
                        source_account_id=account.id if account else None,
                        place=place,
                    )
                )
            except DomainError as refusal:
                bills.append(refusal.detached())
        return bills

    def _build_row(self, item: Any, body: Any, result: BillResult | DomainError) -> Answer:
        sent = _repeat_body(item)
        refusal = result.refusal if isinstance(result, BillResult) else result
        if refusal is not None or not isinstance(result, BillResult):
            problems = [self.error(refusal)] if refusal is not None else []
            return {"entityId": None, "result": sent, "errors": problems, "warnings": []}
        return {
            "entityId": result.transaction_id,
            "result": {
                **sent,
                "billingDate": sent.get("billingDate") or self.origin.at,
                "sideEffects": build_side_effects(result),
            },
            "errors": [],
            "warnings": self.warnings(result.notices),
        }


def _check_owner(body: Mapping[str, Any], owner: int | DomainError) -> int | None:
    if read_type(body).startswith("NOT_INTERESTED"):
        return None
    if isinstance(owner, DomainError):
        raise owner
    return owner


def _to_refusal(problem: Exception) -> DomainError:
    refusal = to_refusal(problem)
    if refusal is None:
        raise problem
    return refusal.detached()


def _repeat_body(item: Any) -> Answer:
    """Return the known keys of what was sent, with numbers beyond 64 bits as text."""
    if not isinstance(item, Mapping):
        return {}
    known = BulkTransactionIn._declared_fields
    return {name: _make_printable(value) for name, value in item.items() if name in known}


def _make_printable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _make_printable(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_make_printable(inner) for inner in value]
    if isinstance(value, int) and abs(value) > LARGEST_ID:
        return str(value)
    return value
