"""Reading an item of ``request/add`` into what the domain is asked."""

from collections.abc import Mapping
from typing import Any

from crm.approvals import errors
from crm.approvals.domain.asking import Ask
from crm.approvals.rules.types import BASE_TYPES
from crm.dialects.v1_1.items import Item, text
from crm.dialects.v1_1.views import V11View
from crm.kernel.errors import DomainError
from customers.api.v1_1.whom import find_one, whom_in
from customers.queries.whom import Whom
from customers.rules.text import shown

MERGES = ("MERGE",)


def read_type(item: Item) -> tuple[str, str]:
    """The type and base type of an item, in capitals.

    Raises:
        RequestTypeInvalid, RequestBaseTypeInvalid: there is no such one.
    """
    said = (text(item.get("type")) or "").upper()
    if said not in BASE_TYPES:
        raise errors.RequestTypeInvalid(type=shown(said))
    base_type = (text(item.get("base_type")) or "").upper()
    if base_type not in BASE_TYPES[said]:
        raise errors.RequestBaseTypeInvalid(base_type=shown(base_type))
    return said, base_type


def read_ask(view: V11View, item: Item) -> tuple[Ask, Whom]:
    """What the item asks, and whom it names.

    A merged customer's id leads to the survivor, as everywhere in v1.1; only a merge of somebody
    who was merged is refused.

    Raises:
        RequestTypeInvalid, RequestBaseTypeInvalid, RequestCustomerMissing, RequestCustomerUnknown,
        TargetUnknown, VictimMerged, SurvivorMerged: by section 5.3.
    """
    _, kind = read_type(item)
    whom = _customer(view, item)
    target = _target(view, item)
    if kind in MERGES and whom.victim_id is not None:
        raise errors.VictimMerged(survivor_id=whom.customer_id)
    if kind in MERGES and target is not None and target.victim_id is not None:
        raise errors.SurvivorMerged(survivor_id=target.customer_id)
    return (
        Ask(
            kind=kind,
            customer_id=whom.customer_id,
            target_id=target.customer_id if target else None,
            old_value=_value(item, "old_value"),
            new_value=_value(item, "new_value"),
            points=_value(item, "points"),
            program_id=_value(item, "program_id"),
            series_id=_value(item, "series_id"),
            transaction_id=_value(item, "transaction_id"),
            reference_id=_value(item, "reference_id"),
            old_type=_value(item, "old_type"),
            new_type=_value(item, "new_type"),
            merge_id=_number(item.get("merge_id")),
            reason=_value(item, "reason"),
            comments=_value(item, "comments"),
        ),
        whom,
    )


def _customer(view: V11View, item: Item) -> Whom:
    customer = item.get("customer")
    if not isinstance(customer, Mapping) or not whom_in(customer):
        raise errors.RequestCustomerMissing()
    try:
        return find_one(view, customer)
    except DomainError as refusal:
        raise errors.RequestCustomerUnknown() from refusal


def _target(view: V11View, item: Item) -> Whom | None:
    misc = item.get("misc_info")
    target = misc.get("target_customer") if isinstance(misc, Mapping) else None
    if not isinstance(target, Mapping) or not whom_in(target):
        return None
    try:
        return find_one(view, target)
    except DomainError as refusal:
        raise errors.TargetUnknown() from refusal


def _value(item: Item, name: str) -> str | None:
    return text(item.get(name))


def _number(said: Any) -> int | None:
    digits = text(said) or ""
    readable = digits.isascii() and digits.isdecimal() and len(digits) <= 18
    return int(digits) if readable else None
