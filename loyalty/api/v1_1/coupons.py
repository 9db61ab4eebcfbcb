"""Coupons of customers (v1.1, "Retrieve Customer Coupons")."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.refusals import RequestInvalid
from crm.dialects.v1_1.envelope import listed
from crm.dialects.v1_1.views import Done, V11View
from crm.kernel.errors import DomainError
from crm.tenancy.models import Scope
from customers import errors
from customers.api.v1_1.filters import Filters
from customers.api.v1_1.heading import list_shown
from customers.api.v1_1.whom import WHOM, done_for, find_asked
from customers.queries.whom import Whom
from loyalty.api.v1_1 import history_examples
from loyalty.api.v1_1.history_schema import COUPONS
from loyalty.queries.coupons import CouponLine, list_coupons

MOST = 1_000
# The reference's words, and what the coupons' own statuses call them.
STATUSES = {"redeemed": "REDEEMED", "expired": "EXPIRED", "active": "ACTIVE"}
ORDERS = {"created_date": "issued_at", "amount": "amount", "valid_till": "expires_at"}
FILTERS = [
    *WHOM,
    *(
        OpenApiParameter(name, str, description=said)
        for name, said in (
            ("start_date", "Issued then or later."),
            ("end_date", "Issued then or earlier; a day counts whole."),
            ("status", "`redeemed`, `expired`, `active`; several by semicolon."),
            ("series_id", "Coupons of this series."),
            ("store_id", "Coupons that can be redeemed in this store."),
            ("order_by", "`created_date`, `amount` or `valid_till`."),
            ("sort_order", "`desc`, which it is anyway, or `asc`."),
        )
    ),
]


class Coupons(V11View):
    """GET /v1.1/customer/coupons"""

    operation = "v1.customer.coupons"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    examples = {"GET": {"mobile": "44700900990"}}
    refusals = {
        "GET": [errors.IdentifierMissing, errors.IdentifierNotFound, errors.CustomerUnknown]
    }

    @extend_schema(
        summary="Retrieve a customer's coupons",
        tags=["v1.1 customer"],
        parameters=FILTERS,
        responses=COUPONS,
        examples=history_examples.COUPONS,
    )
    def get(self, request: Request) -> Response:
        """Tell which coupons a customer was given and how they were redeemed, the newest first.

        One customer at a time; the newest thousand coupons at most. `valid_till` is empty for a
        coupon that does not expire.
        """
        query = Filters(self)
        found = find_asked(self)
        if len(found) > 1:
            raise RequestInvalid(detail="Ask for one customer at a time.")
        [(asked, whom)] = found
        wanted = {
            "statuses": [STATUSES[word] for word in _statuses(query)],
            "series_id": query.number("series_id"),
            "redeemable_at": query.number("store_id"),
            "issued_from": query.moment("start_date"),
            "issued_till": query.until("end_date"),
            "order": ORDERS[query.word("order_by", tuple(ORDERS)) or "created_date"],
            "ascending": query.word("sort_order", ("asc", "desc")) == "asc",
        }
        if isinstance(whom, DomainError):
            return Response(listed("customers", "customer", [self.refused(whom, asked.echo)]))
        return Response(listed("customers", "customer", [self._read(whom, wanted)]))

    def _read(self, whom: Whom, wanted: dict[str, Any]) -> dict[str, Any]:
        org_id, customer_id = self.org.pk, whom.customer_id
        shown = list_shown(org_id=org_id, customer_ids=[customer_id])[customer_id]
        page = list_coupons(
            org_id=org_id, customer_ids=[customer_id], now=timezone.now(), limit=MOST, **wanted
        )
        answer = {
            **shown.names(),
            **shown.identifiers(),
            "id": str(customer_id),
            "coupons": {"coupon": [coupon_answer(line) for line in page.coupons]},
        }
        return self.done(done_for(whom, Done(answer, "done.coupons.retrieved")))


def coupon_answer(line: CouponLine) -> dict[str, Any]:
    """A coupon with how it was redeemed."""
    return {
        "id": str(line.id),
        "series_id": str(line.series_id),
        "description": line.description,
        "redemption_count": str(line.redemption_count),
        "created_date": line.issued_at,
        "valid_till": line.expires_at,
        "code": line.code,
        "transaction_number": line.transaction_number,
        "redemptions": {
            "redemption": [
                {
                    "date": redemption.redeemed_at,
                    "transaction_number": redemption.transaction_number,
                    "redeemed_at": {
                        "code": redemption.redeemed_in.code if redemption.redeemed_in else "",
                        "name": redemption.redeemed_in.name if redemption.redeemed_in else "",
                    },
                }
                for redemption in line.redemptions
            ]
        },
    }


def _statuses(query: Filters) -> list[str]:
    words = [word.strip() for word in query.text("status").lower().split(";") if word.strip()]
    if set(words) - set(STATUSES):
        raise RequestInvalid(detail=f"status is one of: {', '.join(STATUSES)}.")
    return words
