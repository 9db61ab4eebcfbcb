"""Read an item of ``request/add`` into a `NewRequest`."""

from collections.abc import Mapping

from crm.approvals import errors
from crm.approvals.domain.drafts import NewRequest
from crm.approvals.rules.request_types import BASE_TYPES
from crm.dialects.v1_1.batch_items import Item, read_text
from crm.dialects.v1_1.views import V11View
from crm.kernel.errors import DomainError
from crm.kernel.ids import read_number
from customers.api.v1_1.customer_lookup import find_item_customer, read_identifiers
from customers.queries.customers.lookup import CustomerMatch
from customers.rules.text import sanitize

MERGES = ("MERGE",)


def read_type(item: Item) -> tuple[str, str]:
    """Return the type and base type of an item, in capitals.

    Raises:
        RequestTypeInvalid, RequestBaseTypeInvalid: they are unknown.
    """
    request_type = (read_text(item.get("type")) or "").upper()
    if request_type not in BASE_TYPES:
        raise errors.RequestTypeInvalid(type=sanitize(request_type))
    base_type = (read_text(item.get("base_type")) or "").upper()
    if base_type not in BASE_TYPES[request_type]:
        raise errors.RequestBaseTypeInvalid(base_type=sanitize(base_type))
    return request_type, base_type


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
    return (
        NewRequest(
            kind=kind,
            customer_id=customer.customer_id,
            target_id=target.customer_id if target else None,
            old_value=_read_text(item, "old_value"),
            new_value=_read_text(item, "new_value"),
            points=_read_text(item, "points"),
            program_id=_read_text(item, "program_id"),
            series_id=_read_text(item, "series_id"),
            transaction_id=_read_text(item, "transaction_id"),
            reference_id=_read_text(item, "reference_id"),
            old_type=_read_text(item, "old_type"),
            new_type=_read_text(item, "new_type"),
            merge_id=read_number(read_text(item.get("merge_id")) or ""),
            reason=_read_text(item, "reason"),
            comments=_read_text(item, "comments"),
        ),
        customer,
    )


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


def _read_text(item: Item, name: str) -> str | None:
    return read_text(item.get(name))
