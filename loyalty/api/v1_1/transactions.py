"""Transactions of customers (v1.1, "Retrieve Customer Transactions")."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.api_page.examples import load_examples
from crm.dialects.v1_1.envelope import build_one_or_list_response
from crm.dialects.v1_1.views import ItemResult, V11View
from crm.kernel.errors import DomainError
from crm.tenancy.models import Scope
from customers import errors
from customers.api.v1_1.customer_heading import (
    CustomerSummary,
    fields_answer,
    format_amount,
    list_customer_summaries,
)
from customers.api.v1_1.customer_lookup import (
    LOOKUP_PARAMETERS,
    add_survivor,
    find_requested_customers,
)
from customers.api.v1_1.list_filters import Filters
from customers.queries.customers.lookup import CustomerMatch
from loyalty.api.v1_1.history_schema import TRANSACTIONS
from loyalty.queries.transactions.purchases import (
    Purchase,
    PurchasePage,
    TransactionFilter,
    list_purchases,
)

SORTS = ("trans_id", "trans_date", "asc", "desc")
FILTERS = [
    *LOOKUP_PARAMETERS,
    *(
        OpenApiParameter(name, str, description=description)
        for name, description in (
            ("start_date", "Transactions from this time on: `2016-12-21 23:45:45`, or a date."),
            ("end_date", "Transactions until this time; a date includes the whole day."),
            ("transaction_id", "The transaction with this id."),
            ("transaction_date", "Transactions of this day, `YYYY-MM-DD`."),
            ("amount", "Transactions with exactly this amount."),
            ("number", "Transactions with this number."),
            ("till_id", "Transactions of the till with this id."),
            ("till_code", "Transactions of the till with this code."),
            ("till_name", "Transactions of the till with this name."),
            ("store_id", "Transactions of the store with this id."),
            ("store_code", "Transactions of the store with this code."),
            ("store_name", "Transactions of the store with this name."),
            ("start_id", "Transactions with this id or a higher one."),
            ("end_id", "Transactions with this id or a lower one."),
            ("credit_notes", "`true` includes the credit notes of returns."),
            ("custom_fields", "`true` includes the custom fields of the transactions."),
            ("limit", "Transactions per customer, 1 to 100; defaults to 10."),
            ("sort", "`trans_date` (the default) or `trans_id`."),
            ("order", "`desc` (the default) or `asc`."),
        )
    ),
]


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
        parameters=FILTERS,
        responses=TRANSACTIONS,
        examples=load_examples(__file__, "transactions"),
    )
    def get(self, request: Request) -> Response:
        """Return the purchases and returns of customers, newest first.

        `count` is how many transactions match, `rows` how many are shown and `start` the id of the
        first of them. `points.redeemed` and `coupons` are the redemptions with the number of the
        transaction; without coupons the value is an empty text, as in the reference. Line items
        are not shown: `basket_size` is the total quantity.
        """
        query = Filters(self)
        with_notes, with_fields = query.is_true("credit_notes"), query.is_true("custom_fields")
        sort = query.word("sort", SORTS)
        order = query.word("order", ("asc", "desc")) or (sort if sort in ("asc", "desc") else "")
        matches = find_requested_customers(self)
        ids = {match.customer_id for _, match in matches if isinstance(match, CustomerMatch)}
        shown = list_customer_summaries(org_id=self.org.pk, customer_ids=ids)
        pages = list_purchases(
            org_id=self.org.pk,
            customer_ids=ids,
            filters=_build_filter(query),
            limit=query.limit(),
            order="id" if sort == "trans_id" else "date",
            ascending=order == "asc",
        )
        rows = [
            self.build_refusal_row(match, lookup.echo)
            if isinstance(match, DomainError)
            else self.build_success_row(
                add_survivor(
                    match,
                    ItemResult(
                        _customer_answer(
                            shown[match.customer_id],
                            pages[match.customer_id],
                            with_notes=with_notes,
                            with_fields=with_fields,
                        ),
                        "done.transactions.retrieved",
                    ),
                )
            )
            for lookup, match in matches
        ]
        return Response(build_one_or_list_response("customers", "customer", rows))


def _build_filter(query: Filters) -> TransactionFilter:
    since, until = query.day("transaction_date")
    return TransactionFilter(
        since=since or query.moment("start_date"),
        until=until or query.until("end_date"),
        id=query.number("transaction_id"),
        first_id=query.number("start_id"),
        last_id=query.number("end_id"),
        number=query.text("number"),
        amount=query.amount("amount"),
        till_id=query.number("till_id"),
        till_code=query.text("till_code"),
        till_name=query.text("till_name"),
        store_id=query.number("store_id"),
        store_code=query.text("store_code"),
        store_name=query.text("store_name"),
    )


def _customer_answer(
    shown: CustomerSummary, page: PurchasePage, *, with_notes: bool, with_fields: bool
) -> dict[str, Any]:
    return {
        **shown.identifiers(),
        **shown.names(),
        **shown.balances(),
        "registered_on": shown.heading.registered_at,
        "updated_on": shown.heading.modified_at,
        "count": str(page.total),
        "start": str(page.purchases[0].id) if page.purchases else "",
        "rows": str(len(page.purchases)),
        "transactions": {
            "transaction": [
                _transaction_answer(purchase, with_notes=with_notes, with_fields=with_fields)
                for purchase in page.purchases
            ]
        },
    }


def _transaction_answer(
    purchase: Purchase, *, with_notes: bool, with_fields: bool
) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "id": str(purchase.id),
        "number": purchase.number,
        "type": purchase.type,
        "amount": format_amount(purchase.amount),
        "notes": purchase.notes,
        "billing_time": purchase.billed_at,
        "gross_amount": format_amount(purchase.gross_amount),
        "discount": format_amount(purchase.discount),
        "store": purchase.store.name if purchase.store else "",
        "points": {
            "issued": format_amount(purchase.points_issued),
            "redeemed": format_amount(purchase.points_redeemed),
        },
        "coupons": _coupons_answer(purchase),
        "basket_size": format_amount(purchase.basket_size),
        # As in the reference: line items are not shown, but XML keeps the element.
        "line_items": {"line_item": ""},
    }
    if with_notes:
        answer["credit_notes"] = {
            "credit_note": [
                {
                    "id": str(note.id),
                    "number": note.number,
                    "amount": format_amount(note.amount),
                    "notes": note.notes,
                    "date": note.issued_at,
                }
                for note in purchase.returns
            ]
        }
    if with_fields:
        answer["custom_fields"] = fields_answer(purchase.custom_fields)
    return answer


def _coupons_answer(purchase: Purchase) -> dict[str, Any] | str:
    """Return the coupons of a transaction; an empty text if there are none, as in the reference."""
    if not purchase.coupons:
        return ""
    return {"coupon": [{"id": str(pk), "code": code} for pk, code in purchase.coupons]}
