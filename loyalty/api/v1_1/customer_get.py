"""The details of customers (v1.1, "Retrieve Customer Details")."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.api_page.examples import load_examples
from crm.dialects.v1_1.envelope import build_list_response
from crm.dialects.v1_1.views import ItemResult, V11View
from crm.kernel.errors import DomainError
from crm.tenancy.models import Scope
from customers import errors
from customers.api.v1_1.customer_heading import list_customer_summaries
from customers.api.v1_1.customer_lookup import (
    LOOKUP_PARAMETERS,
    add_survivor,
    find_requested_customers,
)
from customers.api.v1_1.list_filters import read_flags
from customers.queries.customers.lookup import CustomerMatch
from customers.queries.customers.registrations import list_registrations
from customers.queries.notes import list_notes_by_customer
from loyalty.api.v1_1.coupons import coupon_answer
from loyalty.api.v1_1.customer_get_answers import FLAGS, customer_answer, flag_answers
from loyalty.api.v1_1.history_schema import CUSTOMERS
from loyalty.queries.coupons.coupons import list_coupons
from loyalty.queries.transactions.purchases import list_recent_transactions

MAX_RECENT = 10  # transactions and notes of each customer
MAX_COUPONS = 1_000

PARAMETERS = [
    *LOOKUP_PARAMETERS,
    *(
        OpenApiParameter(name, bool, description=description)
        for name, description in (
            ("user_id", "Has no effect: the id is always shown."),
            ("next_slab", "The next tier, and what it still needs."),
            ("slab_history", "The tier changes."),
            ("ndsc_status", "Whether the mobile number is in the do-not-call register."),
            ("optin_status", "The consents of the customer."),
            ("expiry_schedule", "The points that will expire."),
            ("expired_points", "The expired points."),
            ("points_summary", "The points movements."),
            ("promotion_points", "The promotional and goodwill points."),
            ("membership_retention_criteria", "What the customer needs to keep the tier."),
        )
    ),
]


class Get(V11View):
    """GET /v1.1/customer/get"""

    operation = "v1.customer.get"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    examples = {"GET": {"mobile": "19889999999"}}
    refusals = {
        "GET": [errors.IdentifierMissing, errors.IdentifierNotFound, errors.CustomerUnknown]
    }

    @extend_schema(
        summary="Retrieve customers",
        tags=["v1.1 customer"],
        parameters=PARAMETERS,
        responses=CUSTOMERS,
        examples=load_examples(__file__, "customer_get"),
    )
    def get(self, request: Request) -> Response:
        """Return customers with their balances, ten latest transactions and notes, and active
        coupons.

        Several values are separated by commas. Each flag adds the part of its name; a history has
        the latest hundred lines of each customer. `ndsc_status` shows the attribute `ndnc` of the
        mobile channel, and UNKNOWN if it is not set.
        """
        flags = read_flags(self, FLAGS)
        matches = find_requested_customers(self)
        ids = {match.customer_id for _, match in matches if isinstance(match, CustomerMatch)}
        customers = self._build_customers(ids, flags)
        rows = [
            self.build_refusal_row(match, lookup.echo)
            if isinstance(match, DomainError)
            else self.build_success_row(
                add_survivor(
                    match, ItemResult(customers[match.customer_id], "done.customer.retrieved")
                )
            )
            for lookup, match in matches
        ]
        return Response(build_list_response("customers", "customer", rows))

    def _build_customers(self, ids: set[int], flags: list[str]) -> Mapping[int, dict[str, Any]]:
        org_id, now = self.org.pk, timezone.now()
        shown = list_customer_summaries(org_id=org_id, customer_ids=ids)
        registrations = list_registrations(
            org_id=org_id, customer_ids=ids, with_ndnc="ndsc_status" in flags
        )
        transactions = list_recent_transactions(org_id=org_id, customer_ids=ids, limit=MAX_RECENT)
        notes = list_notes_by_customer(org_id=org_id, customer_ids=ids)
        coupons: dict[int, list[dict[str, Any]]] = {pk: [] for pk in ids}
        for line in list_coupons(
            org_id=org_id, customer_ids=ids, now=now, limit=MAX_COUPONS, statuses=["ACTIVE"]
        ).coupons:
            coupons[line.customer_id].append(coupon_answer(line))
        flag_parts = flag_answers(flags, org_id=org_id, registrations=registrations, now=now)
        return {
            pk: {
                **customer_answer(shown[pk], registrations[pk]),
                "transactions": {
                    "transaction": [_transaction_answer(row) for row in transactions[pk]]
                },
                "coupons": {"coupon": coupons[pk]},
                "notes": [
                    {"id": str(note.id), "description": note.description, "added_on": note.noted_at}
                    for note in notes[pk][-MAX_RECENT:]
                ],
                **flag_parts[pk],
            }
            for pk in ids
        }


def _transaction_answer(row: Any) -> dict[str, Any]:
    entity = row.till or row.store
    return {
        "id": str(row.pk),
        "number": row.number,
        "type": row.type,
        "created_date": row.billed_at,
        "store": entity.code if entity else "",
    }
