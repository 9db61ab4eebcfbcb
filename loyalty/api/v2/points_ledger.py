"""The points ledger of a customer (v2, `/pointsLedger`)."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.answer_shapes import Answer, Shape, computed
from crm.dialects.api_page.examples import load_examples
from crm.dialects.v2.serializer_fields import IdField
from crm.dialects.v2.views import V2View
from crm.tenancy.models import Scope
from customers.api.v2.lookup import (
    LOOKUP_EXAMPLE,
    LOOKUP_REFUSALS,
    LookupQuery,
    find_customer_by_query,
)
from customers.api.v2.shared_schema import WarningOut
from customers.api.v2.source_accounts import get_account_to_read
from customers.queries.customers.headings import list_headings
from loyalty.api.v2.points_redemption import read_moment
from loyalty.models import PointsEntry
from loyalty.queries.points.ledger import (
    ClosingBalance,
    LedgerLine,
    LedgerPart,
    get_ledger_page,
    list_closing_balances,
)

MAX_PAGE_SIZE = 100
MAX_PAGES = 1_000


class LedgerBalanceQuery(LookupQuery):
    programId = IdField(required=False, help_text="Only this program.")


class LedgerQuery(LedgerBalanceQuery):
    pageNumber = serializers.IntegerField(min_value=1, max_value=MAX_PAGES, default=1)
    pageSize = serializers.IntegerField(min_value=1, max_value=MAX_PAGE_SIZE, default=10)
    startDate = serializers.CharField(
        required=False, max_length=40, help_text="Entries of this time and later."
    )
    endDate = serializers.CharField(
        required=False, max_length=40, help_text="Entries before this time."
    )


class LedgerCustomerOut(serializers.Serializer):
    userId = serializers.IntegerField()
    externalId = serializers.CharField(allow_null=True)
    entityType = serializers.CharField()


class ClosingBalanceOut(Shape):
    pointsCategory = serializers.CharField(source="category")
    programName = serializers.CharField(source="program_name")
    programId = serializers.IntegerField(source="program_id")
    closingBalance = serializers.FloatField(source="points")


class LedgerDetailsOut(serializers.Serializer):
    pageNumber = serializers.IntegerField()
    pageSize = serializers.IntegerField()
    totalEntries = serializers.IntegerField()
    pageCount = serializers.IntegerField()
    ledgerClosingBalance = ClosingBalanceOut(many=True)


def _get_type(part: LedgerPart) -> str:
    return "CREDIT" if part.points > 0 else "DEBIT"


def _get_amount(part: LedgerPart) -> Any:
    return abs(part.points)


class LedgerPartOut(Shape):
    ledgerEntryType = computed(serializers.ChoiceField(["CREDIT", "DEBIT"]), _get_type)
    points = computed(serializers.FloatField(), _get_amount)
    pointsCategory = serializers.CharField(source="category")
    programName = serializers.CharField(source="program_name")
    programId = serializers.IntegerField(source="program_id")


def _get_event_name(line: LedgerLine) -> str:
    return str(PointsEntry.Kind(line.kind).label)


def _get_store_name(line: LedgerLine) -> str:
    return line.store.name if line.store else ""


def _get_store_code(line: LedgerLine) -> str:
    return line.store.code if line.store else ""


def _get_till_code(line: LedgerLine) -> str:
    return line.entity.code if line.entity else ""


class LedgerLineOut(Shape):
    eventLogId = serializers.IntegerField(source="id")
    eventName = computed(serializers.CharField(), _get_event_name)
    eventType = serializers.CharField(source="kind")
    ledgerCreatedDate = serializers.DateTimeField(source="happened_at")
    entryDetails = LedgerPartOut(source="parts", many=True)
    netPointsOnEvent = serializers.FloatField(source="net_points")
    store = computed(serializers.CharField(), _get_store_name)
    storeCode = computed(serializers.CharField(), _get_store_code)
    tillCode = computed(serializers.CharField(), _get_till_code)


class LedgerBalanceOut(serializers.Serializer):
    customerDetails = LedgerCustomerOut()
    ledgerDetails = LedgerDetailsOut()
    warnings = WarningOut(many=True)


class LedgerInfoOut(LedgerBalanceOut):
    ledgerEntries = LedgerLineOut(many=True)


class LedgerBalance(V2View):
    """GET /v2/pointsLedger/getCustomerLedgerBalance"""

    operation = "points.ledgerBalance"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    examples = {"GET": LOOKUP_EXAMPLE}
    refusals = {"GET": LOOKUP_REFUSALS}

    @extend_schema(
        summary="Get the closing balances of a customer's ledger",
        tags=["v2 points"],
        parameters=[LedgerBalanceQuery],
        responses=LedgerBalanceOut,
        examples=load_examples(__file__, "ledger_balance"),
    )
    def get(self, request: Request) -> Response:
        """Return the balance of each program: points to spend, and points that mature later."""
        query = self.read_query(LedgerBalanceQuery)
        customer_id = _find_customer(self, query)
        balances = _list_balances(customer_id, query)
        return Response(
            {
                "customerDetails": _build_customer(self, customer_id),
                "ledgerDetails": _build_details(balances, total=len(balances), page=1, size=100),
                "warnings": [],
            }
        )


class LedgerInfo(V2View):
    """GET /v2/pointsLedger/getCustomerLedgerInfo"""

    operation = "points.ledgerInfo"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    examples = {"GET": LOOKUP_EXAMPLE}
    refusals = {"GET": LOOKUP_REFUSALS}

    @extend_schema(
        summary="List the entries of a customer's ledger",
        tags=["v2 points"],
        parameters=[LedgerQuery],
        responses=LedgerInfoOut,
        examples=load_examples(__file__, "ledger_info"),
    )
    def get(self, request: Request) -> Response:
        """List the entries that moved points, newest first, with the closing balances."""
        query = self.read_query(LedgerQuery)
        customer_id = _find_customer(self, query)
        page, size = query["pageNumber"], query["pageSize"]
        ledger = get_ledger_page(
            customer_id=customer_id,
            limit=size,
            offset=(page - 1) * size,
            since=read_moment(self, query.get("startDate"), "startDate"),
            until=read_moment(self, query.get("endDate"), "endDate"),
            program_id=query.get("programId"),
        )
        balances = _list_balances(customer_id, query)
        return Response(
            {
                "customerDetails": _build_customer(self, customer_id),
                "ledgerDetails": _build_details(balances, total=ledger.total, page=page, size=size),
                "ledgerEntries": [LedgerLineOut.build(line) for line in ledger.lines],
                "warnings": [],
            }
        )


def _find_customer(view: V2View, query: Mapping[str, Any]) -> int:
    account = get_account_to_read(view.org.pk, query)
    return find_customer_by_query(view.org, query, account)


def _list_balances(customer_id: int, query: Mapping[str, Any]) -> list[ClosingBalance]:
    program_id = query.get("programId")
    return [
        balance
        for balance in list_closing_balances(customer_id=customer_id)
        if program_id in (None, balance.program_id)
    ]


def _build_customer(view: V2View, customer_id: int) -> Answer:
    heading = list_headings(org_id=view.org.pk, customer_ids=[customer_id])[customer_id]
    return {
        "userId": customer_id,
        "externalId": heading.identifiers.get("externalId"),
        "entityType": "CUSTOMER",
    }


def _build_details(balances: list[ClosingBalance], *, total: int, page: int, size: int) -> Answer:
    return {
        "pageNumber": page,
        "pageSize": size,
        "totalEntries": total,
        "pageCount": -(-total // size),
        "ledgerClosingBalance": [ClosingBalanceOut.build(balance) for balance in balances],
    }
