"""Entering and reading transactions (v1.1, `transaction/add`, `transaction/get`)."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.api_page.examples import load_examples
from crm.dialects.transport_errors import RequestInvalid
from crm.dialects.v1_1.batch_items import Item, check_total, echo_texts
from crm.dialects.v1_1.envelope import build_list_response
from crm.dialects.v1_1.views import ItemResult, V11View
from crm.kernel.errors import DomainError, Notice
from crm.kernel.ids import read_id
from crm.tenancy.models import OrgEntity, Scope
from crm.usecases.pos_registration import register_at_pos
from crm.usecases.pos_update import PosRegistration
from customers import errors as customer_errors
from customers.api.v1_1.customer_lookup import read_identifiers
from customers.api.v1_1.customer_shapes import CustomerSummary, list_customer_summaries
from customers.api.v1_1.registration_shapes import NewCustomerIn
from customers.queries.customers.by_identifiers import CustomerMatch, match_customers
from customers.queries.source_accounts import INSTORE, get_source_accounts
from customers.rules.times import parse_moment
from loyalty import errors
from loyalty.api.v1_1.transaction_add_shapes import (
    ADD_TRANSACTION_REQUEST,
    ADD_TRANSACTION_RESPONSE,
    FOUND_TRANSACTION_RESPONSE,
    BillCustomerOut,
    FoundTransactionOut,
    TransactionIn,
    build_bill,
    build_side_effects,
)
from loyalty.operations.effects import run_effects
from loyalty.operations.transactions.bills import BillResult, enter_bill
from loyalty.queries.entities import find_store_id, list_entity_chain
from loyalty.queries.transactions.purchases import find_purchases
from loyalty.rules.effects import AwardedPoints, EffectResult

MAX_LINES_OF_BODY = 5_000
MAX_FOUND = 100
ECHOED_KEYS = ("number", "type")
WORDING = {
    "loyalty.transaction_type_invalid": "loyalty.transaction_type_invalid.bill",
    "loyalty.amount_invalid": "loyalty.amount_invalid.bill",
    "customers.field_invalid": "customers.field_invalid.bill",
    "loyalty.transaction_unknown": "loyalty.transaction_unknown.bill",
}


class AddTransaction(V11View):
    """POST /v1.1/transaction/add"""

    operation = "v1.transaction.add"
    scopes = {"POST": Scope.TRANSACTIONS_WRITE}
    wording = {"POST": WORDING}
    refusals = {
        "POST": [
            customer_errors.NoIdentifier,
            customer_errors.MobileInvalid,
            customer_errors.CustomerUnknown,
            errors.TransactionTypeInvalid,
            errors.TransactionNumberMissing,
            errors.TransactionKnown,
            errors.TransactionDateTooEarly,
            errors.TransactionDateTooLate,
            errors.AmountInvalid,
            errors.LedgerTextInvalid,
            errors.ConfirmedAsFraud,
            customer_errors.StatusBlocksEarning,
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
            errors.RedemptionNotUsable,
        ]
    }

    @extend_schema(
        summary="Enter transactions",
        tags=["v1.1 transaction"],
        request=ADD_TRANSACTION_REQUEST,
        responses=ADD_TRANSACTION_RESPONSE,
        examples=load_examples(__file__, "transaction_add"),
    )
    def post(self, request: Request) -> Response:
        """Enter bills. Items succeed or fail separately.

        An unknown customer of a `REGULAR` bill is registered first, in the same unit of work; a
        known one is not changed. A `NOT_INTERESTED` bill belongs to nobody. A `RETURN` has the
        number of the bill that comes back. `redemptions` are points and coupons redeemed before,
        each used for one bill.
        """
        items = self.items("transaction")
        check_total(items, "line_items", "line_item", max_total=MAX_LINES_OF_BODY)
        rows = self.write_each(items, self._enter, lambda item: echo_texts(item, ECHOED_KEYS))
        return Response(build_list_response("transactions", "transaction", rows))

    def _enter(self, item: Item) -> ItemResult:
        values = TransactionIn.read(item)
        kind = values["type"] or "REGULAR"
        place = list_entity_chain(org_id=self.org.pk, entity_id=self.origin.actor_id)
        notices: list[Notice] = []
        effects: list[EffectResult] = []
        customer_id = None
        if not kind.startswith("NOT_INTERESTED"):
            customer_id = self._find_customer(values["customer"], kind, notices, effects)
        bill = build_bill(
            values,
            customer_id=customer_id,
            store_id=find_store_id(place),
            till_id=next((e.pk for e in place if e.type == OrgEntity.Type.TILL), None),
            billed_at=self._read_time(values["billing_time"]),
            source_account_id=self._get_store_account_id(),
        )
        result = enter_bill(origin=self.origin, bill=bill)
        answer: dict[str, Any] = {
            "id": str(result.transaction_id),
            "number": values["number"],
            "type": kind,
        }
        summary = self._get_summary(customer_id)
        if summary is not None:
            answer["customer"] = _build_customer(summary)
            answer["side_effects"] = build_side_effects(
                [*effects, self._build_award(result)], summary.loyalty_balances
            )
        else:
            answer["side_effects"] = {"effect": []}
        return ItemResult(answer, "done.transaction.added", [*notices, *result.notices])

    def _get_store_account_id(self) -> int | None:
        accounts = get_source_accounts(org_id=self.org.pk)
        return next((row.id for row in accounts if row.source == INSTORE and row.is_active), None)

    def _find_customer(
        self,
        customer: Any,
        kind: str,
        notices: list[Notice],
        effects: list[EffectResult],
    ) -> int:
        """Return the customer of a bill; register an unknown one of a REGULAR bill."""
        item = customer if isinstance(customer, Mapping) else {}
        [match] = match_customers(org=self.org, items=[read_identifiers(item)])
        if isinstance(match, CustomerMatch):
            return match.customer_id
        if kind != "REGULAR" or isinstance(match, customer_errors.CustomerUnknown):
            raise match
        registered = register_at_pos(
            origin=self.origin,
            registration=PosRegistration(
                lookup=read_identifiers(item), **NewCustomerIn.read(item, zone=self.org.zone)
            ),
        )
        notices += registered.notices
        results = [
            outcome.result
            for outcome in run_effects(origin=self.origin, effect_ids=registered.effect_ids)
        ]
        if registered.effect_result is not None:
            results.append(registered.effect_result)
        for result in results:
            effects.append(result)
            notices += result.notices
        return registered.customer_id

    def _get_summary(self, customer_id: int | None) -> CustomerSummary | None:
        if customer_id is None:
            return None
        return list_customer_summaries(org_id=self.org.pk, customer_ids=[customer_id])[customer_id]

    def _build_award(self, result: BillResult) -> EffectResult:
        if not result.awarded_points or result.points_result is None:
            return EffectResult()
        return EffectResult(
            points=[
                AwardedPoints(
                    points=result.awarded_points,
                    program_id=result.points_result.program_id or 0,
                    awarded_at=self.origin.at,
                    expires_at=result.points_result.expires_at,
                )
            ]
        )

    def _read_time(self, text: str) -> Any:
        if not text:
            return None
        moment = parse_moment(text, self.org.zone)
        if moment is None:
            raise RequestInvalid(detail="billing_time: this is no date and time.")
        return moment


class GetTransaction(V11View):
    """GET /v1.1/transaction/get"""

    operation = "v1.transaction.get"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    wording = {"GET": WORDING}
    examples = {"GET": {"number": "bill-4410"}}
    refusals = {"GET": [errors.TransactionUnknown]}

    @extend_schema(
        summary="Retrieve transactions",
        tags=["v1.1 transaction"],
        parameters=[
            OpenApiParameter("id", str, description="The transaction's id."),
            OpenApiParameter("number", str, description="Its number: at most a hundred are found."),
        ],
        responses=FOUND_TRANSACTION_RESPONSE,
        examples=load_examples(__file__, "transaction_get"),
    )
    def get(self, request: Request) -> Response:
        """Return transactions by id or number, newest first, each with its customer."""
        number = (request.query_params.get("number") or "").strip()
        raw_id = (request.query_params.get("id") or "").strip()
        if not number and not raw_id:
            raise RequestInvalid(detail="Pass id or number.")
        purchases = find_purchases(
            org_id=self.org.pk, transaction_id=read_id(raw_id) or 0, number=number, limit=MAX_FOUND
        )
        summaries = list_customer_summaries(
            org_id=self.org.pk, customer_ids={p.customer_id for p in purchases if p.customer_id}
        )
        rows = [
            self.build_success_row(
                ItemResult(
                    FoundTransactionOut.build(
                        purchase,
                        with_notes=True,
                        with_fields=True,
                        customer=_build_customer(summaries[purchase.customer_id])
                        if purchase.customer_id in summaries
                        else None,
                    ),
                    "done.transactions.retrieved",
                )
            )
            for purchase in purchases
        ]
        if not rows:
            refusal: DomainError = errors.TransactionUnknown(number=number or raw_id)
            rows = [self.build_refusal_row(refusal, {"number": number or None})]
        return Response(build_list_response("transactions", "transaction", rows))


def _build_customer(summary: CustomerSummary) -> dict[str, Any]:
    return BillCustomerOut.build(summary.heading, balances=summary.loyalty_balances)
