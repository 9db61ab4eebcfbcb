"""Transactions of customers (v1.1, "Retrieve Customer Transactions")."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.api_page.examples import load_examples
from crm.dialects.v1_1.envelope import build_one_or_list_response
from crm.dialects.v1_1.views import ItemResult, V11View
from crm.tenancy.models import Scope
from customers import errors
from customers.api.v1_1.customer_lookup import (
    LOOKUP_PARAMETERS,
    build_rows,
    find_requested_customers,
    list_match_ids,
)
from customers.api.v1_1.customer_shapes import list_customer_summaries
from customers.api.v1_1.list_filters import (
    DEFAULT_ROWS,
    Amount,
    Day,
    Flag,
    ListFilters,
    Number,
    Rows,
    Since,
    Text,
    Until,
    Word,
)
from loyalty.api.v1_1.transactions_shapes import TRANSACTIONS, TransactionsOut
from loyalty.queries.transactions.purchases import list_purchases

SORTS = ("trans_id", "trans_date", "asc", "desc")


class TransactionFilters(ListFilters):
    """The query of the list. A day takes the place of a start and an end."""

    start_date = Since(
        "Transactions from this time on: `2016-12-21 23:45:45`, or a date.", "billed_at"
    )
    end_date = Until("Transactions until this time; a date includes the whole day.", "billed_at")
    transaction_id = Number("The transaction with this id.", "pk")
    transaction_date = Day("Transactions of this day, `YYYY-MM-DD`.", "billed_at")
    amount = Amount("Transactions with exactly this amount.", "amount")
    number = Text("Transactions with this number.", "number")
    till_id = Number("Transactions of the till with this id.", "till_id")
    till_code = Text("Transactions of the till with this code.", "till__code")
    till_name = Text("Transactions of the till with this name.", "till__name")
    store_id = Number("Transactions of the store with this id.", "store_id")
    store_code = Text("Transactions of the store with this code.", "store__code")
    store_name = Text("Transactions of the store with this name.", "store__name")
    start_id = Number("Transactions with this id or a higher one.", "pk", "gte")
    end_id = Number("Transactions with this id or a lower one.", "pk", "lte")
    credit_notes = Flag("`true` includes the credit notes of returns.")
    custom_fields = Flag("`true` includes the custom fields of the transactions.")
    limit = Rows("Transactions per customer, 1 to 100; defaults to 10.")
    sort = Word("`trans_date` (the default) or `trans_id`.", SORTS)
    order = Word("`desc` (the default) or `asc`.", ("asc", "desc"))

    def __init__(self, view: V11View) -> None:
        super().__init__(view)
        if self.values["transaction_date"]:
            self.values.update(start_date=None, end_date=None)


class Transactions(V11View):
    """GET /v1.1/customer/transactions"""

    operation = "v1.customer.transactions"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    examples = {
        "GET": {
            "mobile": "44700900000",
            "start_date": "2016-12-21 23:45:45",
            "end_date": "2016-12-29 12:11:45",
        }
    }
    refusals = {
        "GET": [errors.IdentifierMissing, errors.IdentifierNotFound, errors.CustomerUnknown]
    }

    @extend_schema(
        summary="Retrieve the transactions of customers",
        tags=["v1.1 customer"],
        parameters=[*LOOKUP_PARAMETERS, *TransactionFilters.build_parameters()],
        responses=TRANSACTIONS,
        examples=load_examples(__file__, "transactions"),
    )
    def get(self, request: Request) -> Response:
        """Return the purchases and returns of customers, newest first.

        `count` is how many transactions match, `rows` how many are shown and `start` the id of the
        first of them. `points.redeemed` and `coupons` are the redemptions that a purchase used, or
        that name its number; a return has none. Without coupons the value is an empty text, as in
        the reference. Line items are not shown: `basket_size` is the total quantity.
        """
        query = TransactionFilters(self)
        with_notes, with_fields = query.values["credit_notes"], query.values["custom_fields"]
        sort, order = query.values["sort"], query.values["order"]
        order = order or (sort if sort in ("asc", "desc") else "")
        matches = find_requested_customers(self)
        ids = list_match_ids(matches)
        shown = list_customer_summaries(org_id=self.org.pk, customer_ids=ids)
        pages = list_purchases(
            org_id=self.org.pk,
            customer_ids=ids,
            narrow=query.filter_queryset,
            limit=query.values["limit"] or DEFAULT_ROWS,
            order="id" if sort == "trans_id" else "date",
            ascending=order == "asc",
        )
        rows = build_rows(
            self,
            matches,
            lambda match: ItemResult(
                TransactionsOut.build(
                    shown[match.customer_id].heading,
                    balances=shown[match.customer_id].loyalty_balances,
                    page=pages[match.customer_id],
                    with_notes=with_notes,
                    with_fields=with_fields,
                ),
                "done.transactions.retrieved",
            ),
        )
        return Response(build_one_or_list_response("customers", "customer", rows))
