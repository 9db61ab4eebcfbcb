"""How requests and decisions read in v1.1, and the answers about them."""

from collections.abc import Collection, Mapping
from typing import Any

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from crm.approvals.models import Request
from crm.approvals.rules.request_types import (
    CHANGE_IDENTIFIER,
    GOODWILL,
    TRANSACTION_UPDATE,
    TYPE_OF,
)
from crm.dialects.answer_shapes import Answer, Shape, argument, computed, if_none, optional
from crm.dialects.v1_1.answer_fields import OPTIONAL, listed, number_text, optional_text
from crm.dialects.v1_1.body_schema import describe_answer, describe_response
from crm.dialects.v1_1.plain_values import format_bool
from customers.queries.customers.headings import Heading, list_headings

# The list that contains requests of each type.
LISTS: Mapping[str, str] = {
    CHANGE_IDENTIFIER: "change_identifier",
    GOODWILL: "goodwill",
    TRANSACTION_UPDATE: "transaction_update",
}


def list_request_headings(*, org_id: int, requests: Collection[Request]) -> dict[int, Heading]:
    """Return the headings of all customers of the requests, by customer id. Two queries."""
    customer_ids = {pk for r in requests for pk in (r.customer_id, r.other_customer_id) if pk}
    return list_headings(org_id=org_id, customer_ids=customer_ids)


# --- Parts ------------------------------------------------------------------------------


class CustomerOut(Shape):
    # It reads a customer's id and, if there is one, the heading.
    id = computed(serializers.CharField(), str)
    firstname = if_none(argument(serializers.CharField(source="first_name"), "heading"), "")
    lastname = if_none(argument(serializers.CharField(source="last_name"), "heading"), "")
    mobile = if_none(argument(optional_text(source="mobile"), "heading"), None)
    email = if_none(argument(optional_text(source="email"), "heading"), None)
    external_id = if_none(argument(optional_text(source="external_id"), "heading"), None)


class EntityOut(Shape):
    # A till, store or member of staff.
    id = number_text("pk")
    code = serializers.CharField()
    name = serializers.CharField()
    type = serializers.CharField()


class MiscOut(serializers.Serializer):
    target_customer = CustomerOut(required=False)


def _build_customer(customer_id: int, headings: Mapping[int, Heading]) -> Answer:
    return CustomerOut.build(customer_id, heading=headings.get(customer_id))


def _build_misc(target_id: int | None, headings: Mapping[int, Heading]) -> Answer:
    return {} if target_id is None else {"target_customer": _build_customer(target_id, headings)}


def _get_type(kind: str) -> str:
    return TYPE_OF[kind]


def _get_reference(request: Request, reference_id: str | None) -> str | None:
    return _format_text(reference_id or request.payload.get("reference_id"))


def _format_text(value: Any) -> str | None:
    return None if value is None else str(value)


def _payload_text(name: str) -> serializers.CharField:
    return computed(
        optional_text(source="payload"), lambda payload: _format_text(payload.get(name))
    )


# --- Requests ---------------------------------------------------------------------------


class RequestOut(Shape):
    # The same for every operation. ``reference_id`` is the caller's own reference; by default the
    # one stored with the request.
    reference_id = computed(optional_text(), _get_reference)
    id = number_text("pk", **OPTIONAL)
    status = optional_text(help_text="`PENDING` `APPROVED` `REJECTED` `FAILED`.")
    requested_on = optional_text(source="filed_at")
    type = computed(optional_text(source="kind"), _get_type)
    base_type = optional_text(source="kind")
    customer = computed(CustomerOut(required=False, source="customer_id"), _build_customer)
    old_value = optional_text()
    new_value = optional_text()
    old_type = _payload_text("old_type")
    new_type = _payload_text("new_type")
    points = serializers.FloatField(**OPTIONAL)
    program_id = _payload_text("program_id")
    series_id = _payload_text("series_id")
    misc_info = computed(MiscOut(required=False, source="other_customer_id"), _build_misc)
    transaction_id = _payload_text("transaction_id")
    reason = optional_text()
    comments = optional_text()
    is_one_step_change = computed(optional_text(source="one_step"), format_bool)


def make_decision_fields() -> tuple[serializers.Field, ...]:
    """Return the fields for the checker, time and reason of a decision; blank without one."""
    return (
        optional(EntityOut(source="decision.actor"), when="decision"),
        if_none(optional_text(source="decision.decided_at"), None),
        if_none(optional_text(source="decision.comments"), ""),
        if_none(optional_text(source="decision.reason"), ""),
        if_none(serializers.FloatField(source="decision.points", **OPTIONAL), None),
        if_none(computed(optional_text(source="decision.auto_approved"), format_bool), "false"),
    )


class DecidedRequestOut(RequestOut):
    (
        updated_by,
        updated_on,
        updated_comments,
        decision_reason,
        approved_points,
        auto_approved,
    ) = make_decision_fields()


class LogOut(Shape):
    # A decision, which may be a failed approval.
    status = serializers.CharField(source="verdict")
    by = EntityOut(source="actor")
    on = serializers.CharField(source="decided_at")
    reason = serializers.CharField()
    comments = serializers.CharField()
    failure = serializers.CharField()
    auto_approved = computed(serializers.CharField(source="auto_approved"), format_bool)


class RequestLineOut(RequestOut):
    added_by = EntityOut(source="maker")
    (
        updated_by,
        updated_on,
        updated_comments,
        decision_reason,
        approved_points,
        auto_approved,
    ) = make_decision_fields()


class LoggedRequestOut(RequestLineOut):
    logs = argument(listed("log", LogOut, source="*"), "logs")


class UpdatedIdentityOut(serializers.Serializer):
    identifier = optional_text()
    old_value = optional_text()
    new_value = optional_text()
    request_id = optional_text()


class IdentityEcho(serializers.Serializer):
    identifier = optional_text()
    old_value = optional_text()
    new_value = optional_text()
    updated = serializers.CharField()


def _describe_lists(name: str, line: type[Shape]) -> object:
    lists: dict[str, Any] = {
        "count": serializers.IntegerField(),
        "rows": serializers.IntegerField(),
    }
    lists |= {key: line(many=True) for key in LISTS.values()}
    return describe_response(name, {"requests": inline_serializer(f"{name}Lists", lists)})


ADDED = describe_answer("AddedRequests", "requests", "request", RequestOut)
DECIDED = describe_answer("DecidedRequests", "requests", "request", DecidedRequestOut)
UPDATED_IDENTITY = describe_answer(
    "UpdatedIdentity", "customers", "customer", UpdatedIdentityOut, IdentityEcho
)
REQUESTS = _describe_lists("Requests", RequestLineOut)
LOGS = _describe_lists("LoggedRequests", LoggedRequestOut)
