"""Entering, changing and reading transactions (v2, `/transactions`, `/earning`)."""

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
from customers.api.v2.field_types import Text, Values
from customers.api.v2.lookup import LOOKUP_REFUSALS
from customers.api.v2.loyalty_shapes import MembershipOut
from customers.api.v2.source_accounts import SourceQuery
from customers.queries.customers.by_identifier import find_customer_id
from customers.queries.customers.headings import list_headings
from customers.queries.source_accounts import Account, get_source_account
from loyalty import errors
from loyalty.api.v2.transaction_input import TransactionIn, build_bill, read_type
from loyalty.api.v2.transaction_shapes import (
    EarningTransactionOut,
    TransactionAddedOut,
    TransactionOut,
    TransactionUpdatedOut,
)
from loyalty.operations.transactions.bills import BillResult, enter_bill
from loyalty.operations.transactions.update import TransactionChange, update_transaction
from loyalty.queries.enrollments.memberships import list_memberships
from loyalty.queries.transactions.details import find_transaction_id, get_transaction
from loyalty.rules.transactions import RETURNS

MAX_BILLS = 100
# Codes of the reference that mean something else in other operations.
WORDING = {
    "loyalty.transaction_type_invalid": "loyalty.transaction_type_invalid.bill",
    "loyalty.amount_invalid": "loyalty.amount_invalid.bill",
    "customers.field_invalid": "customers.field_invalid.bill",
    "loyalty.transaction_unknown": "loyalty.transaction_unknown.bill",
}
BILL_REFUSALS: list[type[DomainError]] = [
    *LOOKUP_REFUSALS,
    customer_errors.NoProfileInSource,
    customer_errors.SourceAccountUnknown,
    customer_errors.AccountIdMissing,
    errors.TransactionTypeInvalid,
    errors.TransactionNumberMissing,
    errors.TransactionNeedsCustomer,
    errors.TransactionKnown,
    errors.TransactionDateTooEarly,
    errors.TransactionDateTooLate,
    errors.OutlierStatusInvalid,
    errors.AmountInvalid,
    errors.LedgerTextInvalid,
    errors.LedgerDateInvalid,
    errors.ConfirmedAsFraud,
    customer_errors.StatusBlocksEarning,
    errors.RedemptionNotUsable,
    errors.ReturnNeedsPurchase,
    errors.ReturnExceedsPurchase,
    errors.PurchaseCancelled,
    errors.PurchaseReturned,
    errors.ReturnByAmount,
    errors.ReturnByLines,
    errors.ReturnLinesMissing,
    errors.LineNotInPurchase,
    errors.LineQuantityExceeds,
    errors.LineAmountExceeds,
]


class BillCustomerQuery(SourceQuery):
    identifierName = serializers.CharField(
        default="", max_length=50, help_text="Not needed for NOT_INTERESTED."
    )
    identifierValue = serializers.CharField(default="", max_length=1_000)


class AddTransactionQuery(BillCustomerQuery):
    use_async = serializers.BooleanField(
        default=False, help_text="Points are counted with the bill in any case."
    )
    rawSideEffects = serializers.BooleanField(default=False)


class UpdateTransactionQuery(BillCustomerQuery):
    points = Text(help_text="`MLP` adds `loyaltyDetails`.")


class TransactionChangeIn(serializers.Serializer):
    id = IdField(required=False, allow_null=True)
    number = Text(help_text="The newest bill of this number, where no id is sent.")
    tillCode = Text(help_text="Of the bill with the number.")
    deliveryStatus = Text()
    customFields = Values()
    extendedFields = Values()
    loyaltyPromotionIdentifiers = serializers.ListField(
        child=serializers.CharField(max_length=150), required=False, help_text="Ignored."
    )


class TransactionQuery(serializers.Serializer):
    type = Text(help_text="Only a transaction of this type.")
    tenders = serializers.BooleanField(default=True, help_text="Whether to show paymentModes.")
    credit_notes = serializers.BooleanField(default=True, help_text="Whether to show creditNote.")


class Transactions(V2View):
    """POST, PUT /v2/transactions"""

    operation = {"POST": "transactions.add", "PUT": "transactions.update"}
    scopes = {"POST": Scope.TRANSACTIONS_WRITE, "PUT": Scope.TRANSACTIONS_WRITE}
    wording = {"POST": WORDING, "PUT": WORDING}
    examples = {
        "POST": {
            "source": "INSTORE",
            "identifierName": "mobile",
            "identifierValue": "44700900000",
        }
    }
    refusals = {
        "POST": BILL_REFUSALS,
        "PUT": [*LOOKUP_REFUSALS, errors.TransactionUnknown, errors.LedgerTextInvalid],
    }

    @extend_schema(
        summary="Enter a transaction",
        tags=["v2 transactions"],
        parameters=[AddTransactionQuery],
        request=TransactionIn,
        responses=TransactionAddedOut,
        examples=load_examples(__file__, "transaction_add"),
    )
    def post(self, request: Request) -> Response:
        """Enter a bill: a purchase earns points, a return takes them back in proportion.

        A NOT_INTERESTED bill belongs to nobody. A RETURN has the number of the bill that comes
        back. Lines of type RETURN make a mixed bill: each names its purchase by
        `parentBillNumber`. This operation registers nobody: an unknown identifier is refused.
        """
        query = self.read_query(AddTransactionQuery)
        body = self.read_body(TransactionIn)
        account = find_account(self, query)
        customer_id = find_buyer(self, body, query, account)
        bill = build_bill(
            self.origin,
            body,
            customer_id=customer_id,
            source_account_id=account.id if account else None,
            returned_id=_find_returned(self, body, customer_id),
        )
        result = enter_bill(origin=self.origin, bill=bill)
        side_effects = build_side_effects(result)
        return Response(
            {
                "createdId": result.transaction_id,
                "warnings": self.warnings(result.notices),
                "errors": [],
                "sideEffects": side_effects,
                "rawSideEffects": _build_raw(result, side_effects)
                if query["rawSideEffects"]
                else [],
                "customerInfo": _build_customer_info(self, customer_id),
            }
        )

    @extend_schema(
        summary="Change a transaction",
        tags=["v2 transactions"],
        parameters=[UpdateTransactionQuery],
        request=TransactionChangeIn,
        responses=TransactionUpdatedOut,
        examples=load_examples(__file__, "transaction_update"),
    )
    def put(self, request: Request) -> Response:
        """Change the delivery status and the fields of a bill. Other values never change."""
        query = self.read_query(UpdateTransactionQuery)
        body = self.read_body(TransactionChangeIn)
        customer_id = None
        if query["identifierName"]:
            customer_id = find_customer_id(
                org=self.org,
                kind=query["identifierName"],
                value=query["identifierValue"],
                source_account=None,
            )
        transaction_id = body.get("id") or find_transaction_id(
            org_id=self.org.pk,
            number=body.get("number") or "",
            till_code=body.get("tillCode") or "",
        )
        notices = update_transaction(
            origin=self.origin,
            transaction_id=transaction_id,
            customer_id=customer_id,
            change=TransactionChange(
                delivery_status=body.get("deliveryStatus"),
                custom_fields=body.get("customFields"),
                extended_fields=body.get("extendedFields"),
            ),
        )
        answer: Answer = {"warnings": self.warnings(notices), "errors": []}
        if (query.get("points") or "").upper() == "MLP":
            answer["loyaltyDetails"] = self._list_loyalty(transaction_id)
        return Response(answer)

    def _list_loyalty(self, transaction_id: int) -> list[Answer]:
        row = get_transaction(org_id=self.org.pk, transaction_id=transaction_id).row
        if row.customer_id is None:
            return []
        memberships = list_memberships(
            org_id=self.org.pk, customer_id=row.customer_id, now=self.origin.at, with_partners=True
        )
        return [MembershipOut.build(membership) for membership in memberships]


class Transaction(V2View):
    """GET /v2/transactions/{id}"""

    operation = "transactions.get"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    wording = {"GET": WORDING}
    examples = {"GET": {"transaction_id": 7099259}}
    refusals = {"GET": [errors.TransactionUnknown]}

    @extend_schema(
        summary="Get a transaction",
        tags=["v2 transactions"],
        parameters=[TransactionQuery],
        responses=TransactionOut,
        examples=load_examples(__file__, "transaction"),
    )
    def get(self, request: Request, transaction_id: int) -> Response:
        """Return a transaction with its line items, and what came back of each."""
        query = self.read_query(TransactionQuery)
        details = get_transaction(org_id=self.org.pk, transaction_id=transaction_id)
        kind = (query.get("type") or "").strip().upper()
        if kind and kind != details.row.type:
            raise errors.TransactionUnknown(number=transaction_id)
        answer = TransactionOut.build(details)
        if not query["tenders"]:
            answer["paymentModes"] = []
        if not query["credit_notes"]:
            answer["creditNote"] = None
        return Response(answer)


class Earning(V2View):
    """GET /v2/earning/{transactionId}"""

    operation = "transactions.earning"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    wording = {"GET": WORDING}
    examples = {"GET": {"transaction_id": 7099259}}
    refusals = {"GET": [errors.TransactionUnknown]}

    @extend_schema(
        summary="Get what a transaction earned",
        tags=["v2 transactions"],
        responses=EarningTransactionOut,
        examples=load_examples(__file__, "earning"),
    )
    def get(self, request: Request, transaction_id: int) -> Response:
        """Return a transaction with its points, and what became of them."""
        details = get_transaction(
            org_id=self.org.pk, transaction_id=transaction_id, with_points=True
        )
        return Response(EarningTransactionOut.build(details))


def find_buyer(
    view: V2View, body: Mapping[str, Any], query: Mapping[str, Any], account: Account | None
) -> int | None:
    """Return the customer of a bill; None for NOT_INTERESTED, and for a return that names nobody.

    Raises what ``find_customer_id`` raises.
    """
    kind = read_type(body)
    if kind.startswith("NOT_INTERESTED") or (kind in RETURNS and not query["identifierName"]):
        return None
    return find_customer_id(
        org=view.org,
        kind=query["identifierName"],
        value=query["identifierValue"],
        source_account=account,
    )


def build_side_effects(result: BillResult) -> list[Answer]:
    """Return the points that a bill earned, or that a return took back."""
    points = result.awarded_points
    if not points:
        return []
    return [
        {
            "entityType": "TRANSACTION",
            "rawAwardedPoints": points,
            "awardedPoints": points,
            "type": "points",
        }
    ]


def find_account(view: V2View, query: Mapping[str, Any]) -> Account | None:
    return get_source_account(
        org_id=view.org.pk, source=query.get("source"), account_id=query.get("accountId"), on="read"
    )


def _find_returned(view: V2View, body: Mapping[str, Any], customer_id: int | None) -> int | None:
    """Return the bill of a return that names no customer: it belongs to the buyer."""
    if read_type(body) != "RETURN" or customer_id is not None:
        return None
    try:
        return find_transaction_id(org_id=view.org.pk, number=body.get("billNumber") or "")
    except errors.TransactionUnknown:
        raise errors.ReturnNeedsPurchase() from None


def _build_customer_info(view: V2View, customer_id: int | None) -> Answer:
    heading = None
    if customer_id is not None:
        heading = list_headings(org_id=view.org.pk, customer_ids=[customer_id]).get(customer_id)
    return {
        "firstName": heading.first_name if heading else None,
        "lastName": heading.last_name if heading else None,
    }


def _build_raw(result: BillResult, side_effects: list[Answer]) -> list[Answer]:
    expires_at = result.points_result.expires_at if result.points_result else None
    program_id = result.points_result.program_id if result.points_result else None
    return [
        {**effect, "expiryDate": expires_at, "programId": program_id} for effect in side_effects
    ]
