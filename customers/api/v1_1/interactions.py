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
from crm.dialects.v1_1.views import ItemResult, Row, V11View
from crm.kernel.errors import DomainError
from crm.tenancy.models import Scope
from customers import errors
from customers.api.v1_1.customer_lookup import (
    LOOKUP_PARAMETERS,
    add_survivor,
    find_requested_customers,
)
from customers.api.v1_1.interactions_schema import INTERACTIONS_RESPONSE
from customers.models import Interaction
from customers.queries.customers.headings import Heading, list_headings
from customers.queries.customers.lookup import CustomerMatch
from customers.queries.interactions import (
    InteractionGroup,
    NetworkInteractions,
    list_interactions,
)
from customers.rules.interactions import CHECKIN, MESSAGES, NETWORKS, SURVEY, TYPES
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
        ids = {match.customer_id for _, match in matches if isinstance(match, CustomerMatch)}
        headings = list_headings(org_id=self.org.pk, customer_ids=ids)
        networks = list_interactions(
            org_id=self.org.pk,
            customer_ids=ids,
            networks=self._read_choices("network", NETWORKS),
            types=self._read_choices("type", TYPES),
            start=self._read_moment("start_date"),
            end=self._read_moment("end_date", is_end=True),
        )
        rows = [
            self.build_refusal_row(match, lookup.echo)
            if isinstance(match, DomainError)
            else self._build_row(match, headings[match.customer_id], networks[match.customer_id])
            for lookup, match in matches
        ]
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

    # --- The answer ---------------------------------------------------------------------

    def _build_row(
        self, match: CustomerMatch, heading: Heading, networks: Sequence[NetworkInteractions]
    ) -> Row:
        pk = str(heading.customer_id)
        answer = {
            "user_id": pk,
            "id": pk,
            "mobile": heading.identifiers.get("mobile"),
            "email": heading.identifiers.get("email"),
            "external_id": heading.identifiers.get("externalId"),
            "interactions": {"network": [_network_answer(network) for network in networks]},
        }
        return self.build_success_row(
            add_survivor(match, ItemResult(answer, "done.interactions.retrieved"))
        )


def _network_answer(network: NetworkInteractions) -> dict[str, Any]:
    groups = [_group_answer(group) for group in network.groups]
    return {
        "name": network.network.lower(),
        "interaction": groups[0] if len(groups) == 1 else groups,
    }


def _group_answer(group: InteractionGroup) -> dict[str, Any]:
    answer: dict[str, Any] = {"type": group.type.lower(), "count": str(group.count)}
    if group.type == CHECKIN:
        answer["locs"] = {
            "loc": [_place_answer(row) for row in group.rows if row.latitude is not None]
        }
    elif group.type in MESSAGES:
        answer["messages"] = {"message": [_message_answer(row) for row in group.rows]}
    elif group.type == SURVEY:
        answer |= _surveys_answer(group)
    return answer


def _place_answer(row: Interaction) -> dict[str, Any]:
    return {"lat": str(row.latitude), "long": str(row.longitude), "time": row.happened_at}


def _message_answer(row: Interaction) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "sender": row.sender,
        "receiver": row.receiver,
        "subject": row.subject,
        "sent_time": row.happened_at,
        "delivered_time": row.delivered_at,
        "status": row.delivery_status,
    }


def _surveys_answer(group: InteractionGroup) -> dict[str, Any]:
    latest = group.latest_survey
    answer: dict[str, Any] = {
        "surveys": {
            "survey": [
                {
                    "name": row.survey_name,
                    "nps_score": _format_score(row),
                    "sent_by": row.sent_by,
                    "response_url": row.response_url,
                    "sent_time": row.happened_at,
                    "completion_time": row.completed_at,
                }
                for row in group.rows
            ]
        }
    }
    if latest is not None:
        answer |= {
            "latest_nps_score": _format_score(latest),
            "latest_survey_name": latest.survey_name,
            "latest_survey_interaction_time": latest.completed_at or latest.happened_at,
        }
    return answer


def _format_score(row: Interaction) -> str | None:
    return None if row.nps_score is None else str(row.nps_score)
