"""The expiry schedule of points (v2, "pointsExpirySchedule")."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.answer_shapes import argument, constant
from crm.dialects.api_page.examples import load_examples
from crm.dialects.transport_errors import RequestInvalid
from crm.dialects.v2.serializer_fields import IdField
from crm.dialects.v2.views import V2View
from crm.tenancy.models import Organization, Scope
from customers.api.v2.details import (
    DETAILS_REFUSALS,
    WORDING,
    read_details,
)
from customers.api.v2.details_shapes import PersonOut
from customers.api.v2.lookup import (
    LOOKUP_EXAMPLE,
    LOOKUP_REFUSALS,
    IdentifierQuery,
    find_customer_by_query,
)
from customers.api.v2.loyalty_shapes import ScheduleOut, build_schedules
from customers.api.v2.shared_schema import WarningOut
from customers.api.v2.source_accounts import ReadSourceQuery
from customers.rules.times import read_span
from loyalty import errors
from loyalty.queries.points.points import ExpirySchedule, list_expiry_schedules
from loyalty.queries.programs import find_program, get_programs


class ScheduleQuery(ReadSourceQuery):
    programId = IdField(required=False, help_text="Defaults to the default program.")
    fetchDataForAllPrograms = serializers.BooleanField(
        default=False, help_text="Include all programs; programId is then ignored."
    )
    fetchEarliestExpiryOnly = serializers.BooleanField(
        default=False, help_text="Only the first expiry date of each program."
    )
    startDate = serializers.CharField(
        required=False, max_length=40, help_text="Points that expire at this time or later."
    )
    endDate = serializers.CharField(
        required=False,
        max_length=40,
        help_text="Points that expire until then; a date includes the whole day.",
    )


class LookedUpScheduleQuery(IdentifierQuery, ScheduleQuery):
    pass


class SchedulesOut(PersonOut):
    extendedFields = serializers.DictField(source="customer.extended_fields")
    expirySchedules = argument(ScheduleOut(many=True), "schedules")
    warnings = constant(WarningOut(many=True), [])


class PointsExpirySchedule(V2View):
    """GET /v2/customers/{id}/pointsExpirySchedule"""

    operation = "loyalty.pointsExpirySchedule"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    examples = {"GET": {"customer_id": 418}}
    wording = {"GET": WORDING}
    refusals = {"GET": [*DETAILS_REFUSALS, errors.ProgramUnknown]}

    @extend_schema(
        summary="List when a customer's points expire",
        tags=["v2 loyalty"],
        parameters=[ScheduleQuery],
        responses=SchedulesOut,
        examples=load_examples(__file__, "points_expiry_schedule"),
    )
    def get(self, request: Request, customer_id: int) -> Response:
        """List the available points that will expire, soonest first.

        Points that never expire, have expired, or are delayed are not listed.
        """
        query = self.read_query(ScheduleQuery)
        return Response(_schedules_answer(request, self.org, customer_id, query))


class LookedUpPointsExpirySchedule(V2View):
    """GET /v2/customers/lookup/pointsExpirySchedule"""

    operation = "loyalty.lookupPointsExpirySchedule"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    examples = {"GET": LOOKUP_EXAMPLE}
    wording = {"GET": WORDING}
    refusals = {"GET": [*LOOKUP_REFUSALS, *DETAILS_REFUSALS, errors.ProgramUnknown]}

    @extend_schema(
        summary="List when a customer's points expire, by an identifier",
        tags=["v2 lookup"],
        parameters=[LookedUpScheduleQuery],
        responses=SchedulesOut,
        examples=load_examples(__file__, "points_expiry_schedule"),
    )
    def get(self, request: Request) -> Response:
        """List the points of the customer with the identifier that will expire."""
        query = self.read_query(LookedUpScheduleQuery)
        return Response(
            _schedules_answer(
                request, self.org, find_customer_by_query(self.org, query, None), query
            )
        )


def _schedules_answer(
    request: Any, org: Organization, customer_id: int, query: Mapping[str, Any]
) -> dict[str, Any]:
    details = read_details(request, org, customer_id, query)
    schedules = _list_schedules(org, customer_id, query)
    return details.build(SchedulesOut, schedules=build_schedules(schedules, get_programs(org.pk)))


def _list_schedules(
    org: Organization, customer_id: int, query: Mapping[str, Any]
) -> list[ExpirySchedule]:
    program_ids = None
    if not query["fetchDataForAllPrograms"]:
        program_ids = [find_program(get_programs(org.pk), query.get("programId")).id]
    return list_expiry_schedules(
        org_id=org.pk,
        customer_id=customer_id,
        now=timezone.now(),
        program_ids=program_ids,
        start=_read_moment(org, query, "startDate"),
        end=_read_moment(org, query, "endDate", is_end=True),
        earliest_only=query["fetchEarliestExpiryOnly"],
    )


def _read_moment(
    org: Organization, query: Mapping[str, Any], name: str, *, is_end: bool = False
) -> datetime | None:
    raw = query.get(name)
    if raw is None:
        return None
    span = read_span(raw, org.zone)
    if span is None:
        raise RequestInvalid(detail=f"{name}: this is no date and time.")
    return span.last if is_end else span.start
