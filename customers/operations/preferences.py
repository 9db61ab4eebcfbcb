"""Setting preferences of a customer (v1.1, "Update Customer Preferences")."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.errors import Notice
from crm.kernel.ids import LARGEST_ID
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.models import OrgEntity
from crm.tenancy.origin import Origin
from crm.tenancy.queries.entities import find_store
from customers import errors, notices
from customers.models import FieldDefinition, Preferences
from customers.operations.customers.lock import lock_active_customer
from customers.queries.fields import get_field_rules
from customers.queries.status_effects import check_status, get_status_effects
from customers.rules.customer_update import merge_fields
from customers.rules.preferences import is_preferred_store_name
from customers.rules.registration import check_fields
from customers.rules.status_effects import UPDATES
from customers.rules.text import is_writable


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreReference:
    """A reference to a store: by its code or name, else by its id."""

    code_or_name: str = ""
    id: int | None = None


@dataclass(slots=True)
class PreferencesResult:
    """The result of setting preferences; ``store`` is the preferred store that was set."""

    changed: bool = False
    clears_store: bool = False
    store: OrgEntity | None = None
    notices: list[Notice] = field(default_factory=list)


@within_unit_of_work
def set_preferences(
    *,
    origin: Origin,
    customer_id: int,
    fields: Mapping[str, Any] | None = None,
    store: StoreReference | None = None,
) -> PreferencesResult:
    """Set preferences of a customer; fields that are not given stay, a blank value removes one.

    Without ``store``, a field called PREFERRED_STORE sets the store, or removes it if blank.
    Unknown or invalid fields (1017) and an unknown store cause a notice each and one for all of
    them (1035); the rest is saved.

    Raises:
        CustomerUnknown, CustomerMerged: the customer does not exist or was merged.
        StatusBlocksUpdates: the customer's status label blocks it.
        PreferencesNotUpdated: nothing is given, or nothing of it is valid.
    """
    customer = lock_active_customer(origin=origin, customer_id=customer_id)
    check_status(get_status_effects(origin.org.pk), customer, UPDATES)
    outcome = PreferencesResult()
    field_values = dict(fields or {})
    store = _extract_store(field_values, store, outcome)
    accepted = check_fields(
        field_values,
        get_field_rules(
            org_id=origin.org.pk,
            kind=FieldDefinition.Kind.CUSTOM,
            scope=FieldDefinition.Scope.PREFERENCE,
        ),
        origin.org.zone,
        notices.FIELD_INVALID,
        outcome.notices,
    )
    if store is not None:
        outcome.store = _find_store(origin, store)
        if outcome.store is None:
            outcome.notices.append(Notice(notices.PREFERRED_STORE_UNKNOWN))
    if not accepted and outcome.store is None and not outcome.clears_store:
        raise errors.PreferencesNotUpdated()
    if outcome.notices:
        outcome.notices.append(Notice(notices.PREFERENCES_PARTLY))
    _write_preferences(origin, customer.pk, accepted, outcome)
    return outcome


def _extract_store(
    field_values: dict[str, Any], store: StoreReference | None, outcome: PreferencesResult
) -> StoreReference | None:
    """Remove the field that names the store from the values, and return its store."""
    for name in [name for name in field_values if is_preferred_store_name(name)]:
        value = field_values.pop(name)
        if store is not None:
            continue
        if value is None or value == "" or (isinstance(value, str) and not value.strip()):
            outcome.clears_store = True
        else:
            store = StoreReference(code_or_name=str(value).strip())
    return store


def _find_store(origin: Origin, store: StoreReference) -> OrgEntity | None:
    code_or_name = store.code_or_name.strip()
    if not is_writable(code_or_name):
        return None
    store_id = store.id if store.id and 0 < store.id <= LARGEST_ID else None
    return find_store(org_id=origin.org.pk, name=code_or_name, store_id=store_id)


def _write_preferences(
    origin: Origin, customer_id: int, accepted: Mapping[str, Any], outcome: PreferencesResult
) -> None:
    row = Preferences.objects.filter(customer_id=customer_id).order_by("customer_id").first()
    old_fields = row.fields if row else {}
    old_store_id = row.preferred_store_id if row else None
    new_fields = merge_fields(old_fields, accepted)
    new_store_id = None if outcome.clears_store else old_store_id
    if outcome.store is not None:
        new_store_id = outcome.store.pk
    outcome.changed = (new_fields, new_store_id) != (old_fields, old_store_id)
    if not outcome.changed:
        return
    Preferences.objects.update_or_create(
        customer_id=customer_id,
        defaults={
            "org_id": origin.org.pk,
            "fields": new_fields,
            "preferred_store_id": new_store_id,
            "modified_by_id": origin.actor_id,
            "modified_at": origin.at,
        },
    )
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    if new_fields != old_fields:
        before["preferences"], after["preferences"] = old_fields, new_fields
    if new_store_id != old_store_id:
        before["preferred_store"] = _get_store_name(old_store_id)
        after["preferred_store"] = str(outcome.store) if outcome.store else None
    record_events(
        origin=origin,
        events=[NewEvent("customer.preferences_changed", "customer", customer_id, before, after)],
    )


def _get_store_name(store_id: int | None) -> str | None:
    return str(OrgEntity.objects.get(pk=store_id)) if store_id else None
