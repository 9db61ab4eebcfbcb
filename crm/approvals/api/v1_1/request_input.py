"""Bodies about requests in v1.1."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from crm.approvals import errors
from crm.approvals.domain.drafts import NewRequest
from crm.approvals.rules.request_types import BASE_TYPES
from crm.dialects.v1_1.answer_fields import optional_text
from crm.dialects.v1_1.batch_items import Item, read_string, read_text
from crm.dialects.v1_1.body_schema import describe_body
from crm.dialects.v1_1.item_shapes import ItemShape, not_read, read_by
from crm.dialects.v1_1.views import V11View
from crm.kernel.errors import DomainError
from crm.kernel.ids import read_id, read_number
from customers.api.v1_1.customer_lookup import find_item_customer, read_identifiers
from customers.api.v1_1.customer_shapes import CustomerLookupIn
from customers.queries.customers.by_identifiers import CustomerMatch
from customers.rules.text import sanitize

MERGES = ("MERGE",)


def read_type(item: Item) -> tuple[str, str]:
    """Return the type and base type of an item, in capitals.

    Raises:
        RequestTypeInvalid, RequestBaseTypeInvalid: they are unknown.
    """
    request_type = read_string(item.get("type")).upper()
    if request_type not in BASE_TYPES:
        raise errors.RequestTypeInvalid(type=sanitize(request_type))
    base_type = read_string(item.get("base_type")).upper()
    if base_type not in BASE_TYPES[request_type]:
        raise errors.RequestBaseTypeInvalid(base_type=sanitize(base_type))
    return request_type, base_type


def read_request_id(raw: Any) -> int:
    """Return the id of a request.

    Raises:
        RequestUnknown: it is no id.
    """
    request_id = read_id(read_text(raw))
    if request_id is None:
        raise errors.RequestUnknown()
    return request_id


def read_new_request(view: V11View, item: Item) -> tuple[NewRequest, CustomerMatch]:
    """Return the new request and its customer.

    A merged customer resolves to the survivor, as everywhere in v1.1, except in merge requests,
    which are refused.

    Raises:
        RequestTypeInvalid, RequestBaseTypeInvalid, RequestCustomerMissing, RequestCustomerUnknown,
        TargetUnknown, VictimMerged, SurvivorMerged: by section 5.3.
    """
    _, kind = read_type(item)
    customer = _find_customer(view, item)
    target = _find_target(view, item)
    if kind in MERGES and customer.victim_id is not None:
        raise errors.VictimMerged(survivor_id=customer.customer_id)
    if kind in MERGES and target is not None and target.victim_id is not None:
        raise errors.SurvivorMerged(survivor_id=target.customer_id)
    new_request = NewRequest(
        kind=kind,
        customer_id=customer.customer_id,
        target_id=target.customer_id if target else None,
        **RequestIn.read(item),
    )
    return new_request, customer


def _find_customer(view: V11View, item: Item) -> CustomerMatch:
    customer = item.get("customer")
    if not isinstance(customer, Mapping) or not read_identifiers(customer):
        raise errors.RequestCustomerMissing()
    try:
        return find_item_customer(view, customer)
    except DomainError as refusal:
        raise errors.RequestCustomerUnknown() from refusal


def _find_target(view: V11View, item: Item) -> CustomerMatch | None:
    misc_info = item.get("misc_info")
    target = misc_info.get("target_customer") if isinstance(misc_info, Mapping) else None
    if not isinstance(target, Mapping) or not read_identifiers(target):
        return None
    try:
        return find_item_customer(view, target)
    except DomainError as refusal:
        raise errors.TargetUnknown() from refusal


def _read_merge_id(raw: Any) -> int | None:
    return read_number(read_string(raw))


# --- What is read -----------------------------------------------------------------------


class MiscIn(serializers.Serializer):
    target_customer = CustomerLookupIn(required=False)


class RequestIn(ItemShape):
    reference_id = optional_text(help_text="The caller's own reference, returned in the answer.")
    type = not_read(
        serializers.CharField(help_text="`CHANGE_IDENTIFIER`, `GOODWILL`, `TRANSACTION_UPDATE`.")
    )
    base_type = not_read(
        serializers.CharField(
            help_text="`MOBILE` `EMAIL` `EXTERNAL_ID` `ADDRESS` `MERGE` `MERGE_UNDO` "
            "`MOBILE_REALLOC`; `POINTS` `COUPON`; `RETRO`."
        )
    )
    customer = not_read(CustomerLookupIn())
    old_value = optional_text()
    new_value = optional_text()
    misc_info = not_read(MiscIn(required=False))
    points = optional_text()
    program_id = optional_text()
    series_id = optional_text()
    transaction_id = optional_text()
    old_type = optional_text()
    new_type = optional_text()
    merge_id = read_by(optional_text(), _read_merge_id)
    reason = optional_text()
    comments = optional_text()


class DecisionIn(ItemShape):
    type = not_read(serializers.CharField())
    base_type = not_read(serializers.CharField())
    id = read_by(serializers.CharField(), read_request_id)
    points = optional_text(help_text="The approved value of goodwill points.")
    reason = optional_text(help_text="The reason of a rejection.")
    updated_comments = read_by(optional_text(source="comments"), read_string)


class IdentityIn(ItemShape):
    identifier = read_by(
        serializers.CharField(help_text="`mobile`, `email` or `external_id`."), read_string
    )
    old_value = serializers.CharField()
    new_value = serializers.CharField()


ADD = describe_body("AddRequest", "request", RequestIn)
DECIDE = describe_body("DecideRequest", "request", DecisionIn)
UPDATE_IDENTITY = describe_body("UpdateIdentity", "customer", IdentityIn)
