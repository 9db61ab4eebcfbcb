"""What customers bought (v1.1, "Retrieve Customer Transactions")."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.v1_1.envelope import one_or_listed
from crm.dialects.v1_1.views import Done, V11View
from crm.kernel.errors import DomainError
from crm.tenancy.models import Scope
from customers import errors
from customers.api.v1_1.filters import Filters
from customers.api.v1_1.heading import Shown, amount, fields_answer, list_shown
from customers.api.v1_1.whom import WHOM, done_for, find_asked
from customers.queries.whom import Whom
from loyalty.api.v1_1 import history_examples
from loyalty.api.v1_1.history_schema import TRANSACTIONS
from loyalty.queries.purchases import Purchase, Purchases, Wanted, list_purchases

SORTS = ("trans_id", "trans_date", "asc", "desc")
FILTERS = [
    *WHOM,
    *(
        OpenApiParameter(name, str, description=said)
        for name, said in (
            ("start_date", "Bills of then or later: `2016-12-21 23:45:45`, or a day."),
            ("end_date", "Bills of then or earlier; a day counts whole."),
            ("transaction_id", "The bill of this id."),
            ("transaction_date", "Bills of this day, `YYYY-MM-DD`."),
            ("amount", "Bills of exactly this amount."),
            ("number", "Bills of this number."),
            ("till_id", "Bills of the till of this id."),
            ("till_code", "Bills of the till of this code."),
            ("till_name", "Bills of the till of this name."),
            ("store_id", "Bills of the store of this id."),
            ("store_code", "Bills of the store of this code."),
            ("store_name", "Bills of the store of this name."),
            ("start_id", "Bills of this id or a higher one."),
            ("end_id", "Bills of this id or a lower one."),
            ("credit_notes", "`true` shows what was given for goods that came back."),
            ("custom_fields", "`true` shows the bills' custom fields."),
            ("limit", "Bills of each customer at most, 1 to 100; else 10."),
            ("sort", "`trans_date`, which it is anyway, or `trans_id`."),
            ("order", "`desc`, which it is anyway, or `asc`."),
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
        summary="Retrieve what customers bought",
        tags=["v1.1 customer"],
        parameters=FILTERS,
        responses=TRANSACTIONS,
        examples=history_examples.TRANSACTIONS,
    )
    def get(self, request: Request) -> Response:
        """Tell what customers bought and brought back, the newest first.

        `count` is how many bills match, `rows` how many are shown and `start` the id of the first
        of them. `points.redeemed` and `coupons` are those that name the bill's number; a bill
        without coupons has an empty text there, as in the reference. Single line items are not
        shown either: `basket_size` is how many things were bought.
        """
        query = Filters(self)
        with_notes, with_fields = query.is_asked("credit_notes"), query.is_asked("custom_fields")
        sort = query.word("sort", SORTS)
        order = query.word("order", ("asc", "desc")) or (sort if sort in ("asc", "desc") else "")
        found = find_asked(self)
        ids = {whom.customer_id for _, whom in found if isinstance(whom, Whom)}
        shown = list_shown(org_id=self.org.pk, customer_ids=ids)
        bought = list_purchases(
            org_id=self.org.pk,
            customer_ids=ids,
            wanted=_wanted(query),
            limit=query.limit(),
            order="id" if sort == "trans_id" else "date",
            ascending=order == "asc",
        )
        rows = [
            self.refused(whom, asked.echo)
            if isinstance(whom, DomainError)
            else self.done(
                done_for(
                    whom,
                    Done(
                        _customer(
                            shown[whom.customer_id],
                            bought[whom.customer_id],
                            with_notes=with_notes,
                            with_fields=with_fields,
                        ),
                        "done.transactions.retrieved",
                    ),
                )
            )
            for asked, whom in found
        ]
        return Response(one_or_listed("customers", "customer", rows))


def _wanted(query: Filters) -> Wanted:
    since, until = query.day("transaction_date")
    return Wanted(
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


def _customer(
    shown: Shown, bought: Purchases, *, with_notes: bool, with_fields: bool
) -> dict[str, Any]:
    return {
        **shown.identifiers(),
        **shown.names(),
        **shown.balances(),
        "registered_on": shown.heading.registered_at,
        "updated_on": shown.heading.modified_at,
        "count": str(bought.total),
        "start": str(bought.lines[0].id) if bought.lines else "",
        "rows": str(len(bought.lines)),
        "transactions": {
            "transaction": [
                _transaction(line, with_notes=with_notes, with_fields=with_fields)
                for line in bought.lines
            ]
        },
    }


def _transaction(line: Purchase, *, with_notes: bool, with_fields: bool) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "id": str(line.id),
        "number": line.number,
        "type": line.type,
        "amount": amount(line.amount),
        "notes": line.notes,
        "billing_time": line.billed_at,
        "gross_amount": amount(line.gross_amount),
        "discount": amount(line.discount),
        "store": line.store.name if line.store else "",
        "points": {"issued": amount(line.issued), "redeemed": amount(line.redeemed)},
        "coupons": _coupons(line),
        "basket_size": amount(line.basket_size),
        # As the reference shows it: single items are not told, and XML keeps the element.
        "line_items": {"line_item": ""},
    }
    if with_notes:
        answer["credit_notes"] = {
            "credit_note": [
                {
                    "id": str(note.id),
                    "number": note.number,
                    "amount": amount(note.amount),
                    "notes": note.notes,
                    "date": note.given_at,
                }
                for note in line.returns
            ]
        }
    if with_fields:
        answer["custom_fields"] = fields_answer(line.custom_fields)
    return answer


def _coupons(line: Purchase) -> dict[str, Any] | str:
    """The coupons of a bill; none are an empty text, which is what callers know."""
    if not line.coupons:
        return ""
    return {"coupon": [{"id": str(pk), "code": code} for pk, code in line.coupons]}
