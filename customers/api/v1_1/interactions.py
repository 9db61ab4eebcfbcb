"""Interactions with customers (v1.1, "Retrieve Customer Interactions")."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.api_page.examples import load_examples
from crm.dialects.transport_errors import RequestInvalid
from crm.dialects.v1_1.envelope import build_one_or_list_response
from crm.dialects.v1_1.views import ItemResult, V11View
from crm.tenancy.models import Scope
from customers import errors
from customers.api.v1_1.customer_lookup import (
    LOOKUP_PARAMETERS,
    build_rows,
    find_requested_customers,
    list_match_headings,
)
from customers.api.v1_1.interactions_shapes import INTERACTIONS_RESPONSE, InteractionsOut
from customers.queries.interactions import list_interactions
from customers.rules.interactions import NETWORKS, TYPES
from customers.rules.times import read_span


class Interactions(V11View):
    """GET /v1.1/customer/interaction"""

    operation = "v1.customer.interaction"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    examples = {"GET": {"mobile": "44700900000"}}
    refusals = {
        "GET": [errors.IdentifierMissing, errors.IdentifierNotFound, errors.CustomerUnknown]
    }

    @extend_schema(
        summary="Retrieve interactions with customers",
        tags=["v1.1 customer"],
        parameters=[
            *LOOKUP_PARAMETERS,
            OpenApiParameter(
                "network", str, description="`facebook`, `twitter`, `foursquare` or `capillary`."
            ),
            OpenApiParameter("type", str, description="Like `email`, `checkin` or `survey`."),
            OpenApiParameter("start_date", str, description="Interactions at or after this time."),
            OpenApiParameter("end_date", str, description="Interactions at or before this time."),
        ],
        responses=INTERACTIONS_RESPONSE,
        examples=load_examples(__file__, "interactions"),
    )
    def get(self, request: Request) -> Response:
        """List the interactions with customers, by network and type.

        `count` counts all interactions. The latest hundred messages, surveys and check-ins of a
        type are listed, oldest first. As in the reference, a network with one type of interaction
        returns an object, with several a list. An `end_date` without a time includes the whole
        day.
        """
        matches = find_requested_customers(self)
        headings = list_match_headings(self.org.pk, matches)
        networks = list_interactions(
            org_id=self.org.pk,
            customer_ids=headings,
            networks=self._read_choices("network", NETWORKS),
            types=self._read_choices("type", TYPES),
            start=self._read_moment("start_date"),
            end=self._read_moment("end_date", is_end=True),
        )
        rows = build_rows(
            self,
            matches,
            lambda match: ItemResult(
                InteractionsOut.build(
                    headings[match.customer_id], networks=networks[match.customer_id]
                ),
                "done.interactions.retrieved",
            ),
        )
        answer = build_one_or_list_response("customers", "customer", rows)
        status = answer["response"]["status"]
        status["response_code"] = str(status["code"])
        return Response(answer)

    # --- Reading the query --------------------------------------------------------------

    def _read_choices(
        self, name: str, choices_by_name: Sequence[str] | Mapping[str, Any]
    ) -> list[str]:
        raw_words = self.request.query_params.get(name, "").upper().split(",")
        words = [word.strip() for word in raw_words if word.strip()]
        if set(words) - set(choices_by_name):
            choices = ", ".join(word.lower() for word in choices_by_name)
            raise RequestInvalid(detail=f"{name} is one of: {choices}.")
        return words

    def _read_moment(self, name: str, *, is_end: bool = False) -> datetime | None:
        raw = self.request.query_params.get(name, "").strip()
        if not raw:
            return None
        span = read_span(raw, self.org.zone)
        if span is None:
            raise RequestInvalid(detail=f"{name} is a day or a time, such as 2026-03-02 12:00:00.")
        return span.last if is_end else span.start
