"""The details of customers (v1.1, "Retrieve Customer Details")."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.api_page.examples import load_examples
from crm.dialects.v1_1.envelope import build_list_response
from crm.dialects.v1_1.views import ItemResult, V11View
from crm.tenancy.models import Organization, Scope
from customers import errors
from customers.api.v1_1.customer_lookup import (
    LOOKUP_PARAMETERS,
    build_rows,
    find_requested_customers,
    list_match_ids,
)
from customers.api.v1_1.customer_shapes import list_customer_summaries
from customers.api.v1_1.list_filters import read_flags
from customers.queries.customers.registrations import RegistrationLine, list_registrations
from customers.queries.interactions import list_recent_interactions
from customers.queries.notes import list_recent_notes
from customers.queries.subscriptions import list_subscriptions_by_customer
from customers.rules.subscriptions import Consent
from loyalty.api.v1_1.customer_get_shapes import CUSTOMERS, FLAGS, CustomerOut, FlagsOut
from loyalty.queries.coupons.coupons import list_active_coupons
from loyalty.queries.enrollments.next_tiers import list_tier_progress
from loyalty.queries.points import histories
from loyalty.queries.programs import get_programs
from loyalty.queries.transactions.purchases import list_recent_transactions

PROGRESS_FLAGS = ("next_slab", "membership_retention_criteria")

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
            (
                "membership_retention_criteria",
                "What keeps the tier, with visits.",
            ),
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
        """Return customers with their balances, ten latest transactions, notes and interactions,
        and active coupons.

        Several values are separated by commas. Each flag adds the part of its name; a history has
        the latest hundred lines of each customer. `ndsc_status` shows the attribute `ndnc` of the
        mobile channel, and UNKNOWN if it is not set.
        """
        flags = read_flags(self, FLAGS)
        matches = find_requested_customers(self)
        customers = self._build_customers(list_match_ids(matches), flags)
        rows = build_rows(
            self,
            matches,
            lambda match: ItemResult(customers[match.customer_id], "done.customer.retrieved"),
        )
        return Response(build_list_response("customers", "customer", rows))

    def _build_customers(self, ids: set[int], flags: list[str]) -> Mapping[int, dict[str, Any]]:
        org_id, now = self.org.pk, timezone.now()
        shown = list_customer_summaries(org_id=org_id, customer_ids=ids)
        registrations = list_registrations(
            org_id=org_id, customer_ids=ids, with_ndnc="ndsc_status" in flags
        )
        transactions = list_recent_transactions(org_id=org_id, customer_ids=ids)
        notes = list_recent_notes(org_id=org_id, customer_ids=ids)
        interactions = list_recent_interactions(org_id=org_id, customer_ids=ids)
        coupons = list_active_coupons(org_id=org_id, customer_ids=ids, now=now)
        parts = _find_parts(flags, org=self.org, registrations=registrations, now=now)
        programs = {rules.id: rules.name for rules in get_programs(org_id).values()}
        return {
            pk: CustomerOut.build(
                shown[pk].heading,
                balances=shown[pk].loyalty_balances,
                registration=registrations[pk],
                transactions=transactions[pk],
                coupons=coupons[pk],
                notes=notes[pk],
                interactions=interactions[pk],
            )
            | FlagsOut.build(parts[pk], programs=programs)
            for pk in ids
        }


def _find_parts(
    flags: Collection[str],
    *,
    org: Organization,
    registrations: Mapping[int, RegistrationLine],
    now: datetime,
) -> dict[int, dict[str, Any]]:
    """Return what each flag adds to each customer; one or two queries for each flag."""
    finders: dict[str, Callable[[], Mapping[int, Any]]] = {
        "slab_history": lambda: histories.list_tier_changes(registrations),
        "ndsc_status": lambda: registrations,
        "optin_status": lambda: _list_consents(org.pk, registrations),
        "expiry_schedule": lambda: histories.list_expiring_points(registrations, now=now),
        "expired_points": lambda: histories.list_expired_points(registrations),
        "points_summary": lambda: histories.list_movements(registrations),
        "promotion_points": lambda: histories.list_promotional_points(registrations),
    }
    found = {flag: finders[flag]() for flag in flags if flag in finders}
    if any(flag in PROGRESS_FLAGS for flag in flags):
        progress = list_tier_progress(org=org, customer_ids=registrations)
        found |= {flag: progress for flag in PROGRESS_FLAGS if flag in flags}
    return {
        pk: {flag: lines[pk] for flag, lines in found.items() if pk in lines}
        for pk in registrations
    }


def _list_consents(org_id: int, customer_ids: Collection[int]) -> dict[int, list[Consent]]:
    consents = list_subscriptions_by_customer(org_id=org_id, customer_ids=customer_ids)
    return {pk: [row for row in rows if not row.source] for pk, rows in consents.items()}
