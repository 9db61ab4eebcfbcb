"""Everything about customers at once (v1.1, "Retrieve Customer Details")."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.v1_1.envelope import listed
from crm.dialects.v1_1.views import Done, V11View
from crm.kernel.errors import DomainError
from crm.tenancy.models import Scope
from customers import errors
from customers.api.v1_1.filters import Filters
from customers.api.v1_1.heading import list_shown
from customers.api.v1_1.whom import WHOM, done_for, find_asked
from customers.queries.notes import list_notes_of
from customers.queries.registrations import list_registrations
from customers.queries.whom import Whom
from loyalty.api.v1_1 import history_examples
from loyalty.api.v1_1.coupons import coupon_answer
from loyalty.api.v1_1.get_answers import FLAGS, flag_answers, person_answer
from loyalty.api.v1_1.history_schema import CUSTOMERS
from loyalty.queries.coupons import list_coupons
from loyalty.queries.purchases import list_recent

RECENT = 10  # transactions and notes of each customer
MOST_COUPONS = 1_000

PARAMETERS = [
    *WHOM,
    *(
        OpenApiParameter(name, bool, description=said)
        for name, said in (
            ("user_id", "`true`, or anything: the id is shown in any case."),
            ("next_slab", "The next tier, and what is missing for it."),
            ("slab_history", "How the tiers changed."),
            ("ndsc_status", "Whether the mobile number is on the register against calls."),
            ("optin_status", "What the customer agreed to receive."),
            ("expiry_schedule", "Which points will expire, and when."),
            ("expired_points", "Which points expired."),
            ("points_summary", "How points came and went."),
            ("promotion_points", "What promotions and goodwill gave."),
            ("membership_retention_criteria", "What keeps the customer in the tier."),
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
        examples=history_examples.CUSTOMERS,
    )
    def get(self, request: Request) -> Response:
        """Tell who customers are, how they stand, their ten latest bills and notes, and the
        coupons that are still good.

        Several customers at once, by comma. Each flag adds what it is called: histories the latest
        hundred lines of each customer. `ndsc_status` is what whoever asked the register wrote to
        the mobile channel's attribute `ndnc`, and UNKNOWN where nobody did.
        """
        query = Filters(self)
        flags = [name for name in FLAGS if query.is_asked(name)]
        found = find_asked(self)
        ids = {whom.customer_id for _, whom in found if isinstance(whom, Whom)}
        people = self._people(ids, flags)
        rows = [
            self.refused(whom, asked.echo)
            if isinstance(whom, DomainError)
            else self.done(
                done_for(whom, Done(people[whom.customer_id], "done.customer.retrieved"))
            )
            for asked, whom in found
        ]
        return Response(listed("customers", "customer", rows))

    def _people(self, ids: set[int], flags: list[str]) -> Mapping[int, dict[str, Any]]:
        org_id, now = self.org.pk, timezone.now()
        shown = list_shown(org_id=org_id, customer_ids=ids)
        registrations = list_registrations(
            org_id=org_id, customer_ids=ids, with_ndnc="ndsc_status" in flags
        )
        bills = list_recent(org_id=org_id, customer_ids=ids, limit=RECENT)
        notes = list_notes_of(org_id=org_id, customer_ids=ids)
        coupons: dict[int, list[dict[str, Any]]] = {pk: [] for pk in ids}
        for line in list_coupons(
            org_id=org_id, customer_ids=ids, now=now, limit=MOST_COUPONS, statuses=["ACTIVE"]
        ).coupons:
            coupons[line.customer_id].append(coupon_answer(line))
        added = flag_answers(flags, org_id=org_id, registrations=registrations, now=now)
        return {
            pk: {
                **person_answer(shown[pk], registrations[pk]),
                "transactions": {"transaction": [_bill(row) for row in bills[pk]]},
                "coupons": {"coupon": coupons[pk]},
                "notes": [
                    {"id": str(note.id), "description": note.description, "added_on": note.noted_at}
                    for note in notes[pk][-RECENT:]
                ],
                **added[pk],
            }
            for pk in ids
        }


def _bill(row: Any) -> dict[str, Any]:
    place = row.till or row.store
    return {
        "id": str(row.pk),
        "number": row.number,
        "type": row.type,
        "created_date": row.billed_at,
        "store": place.code if place else "",
    }
