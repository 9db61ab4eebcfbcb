"""Setting what a customer prefers (v1.1, "Update Customer Preferences")."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.errors import Notice
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.models import OrgEntity
from crm.tenancy.origin import Origin
from crm.tenancy.queries.entities import find_store
from customers import notices, service_errors
from customers.models import FieldDefinition, Preferences
from customers.operations.customers.lock_active import lock_standing_customer
from customers.queries.customers.by_identifier import LARGEST_ID
from customers.queries.fields import get_field_rules
from customers.rules.customer_update import merged_fields
from customers.rules.preferences import names_the_store
from customers.rules.registration import checked_fields
from customers.rules.text import is_writable


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreNamed:
    """A store as somebody names it: by its code or name, else by its number."""

    called: str = ""
    id: int | None = None


@dataclass(slots=True)
class Preferred:
    """What became of the wish; ``store`` is the store that was set by it."""

    changed: bool = False
    forgets_store: bool = False
    store: OrgEntity | None = None
    notices: list[Notice] = field(default_factory=list)


@within_unit_of_work
def set_preferences(
    *,
    origin: Origin,
    customer_id: int,
    fields: Mapping[str, Any] | None = None,
    store: StoreNamed | None = None,
) -> Preferred:
    """Set preferences of a customer; what is not named stays, a blank value takes one away.

    A field called PREFERRED_STORE names the store, too, unless ``store`` does; blank, it takes the
    store away. Fields that are
    unknown or ill-typed (1017) and an unknown store are noticed, each by its name and once for
    all of them (1035); the rest is saved.

    Raises:
        CustomerUnknown, CustomerMerged: there is nobody here to prefer anything.
        PreferencesNotUpdated: nothing was given, or nothing of it can be kept.
    """
    customer = lock_standing_customer(origin=origin, customer_id=customer_id)
    outcome = Preferred()
    wanted = dict(fields or {})
    store = _store_named(wanted, store, outcome)
    accepted = checked_fields(
        wanted,
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
        outcome.store = _find(origin, store)
        if outcome.store is None:
            outcome.notices.append(Notice(notices.PREFERRED_STORE_UNKNOWN))
    if not accepted and outcome.store is None and not outcome.forgets_store:
        raise service_errors.PreferencesNotUpdated()
    if outcome.notices:
        outcome.notices.append(Notice(notices.PREFERENCES_PARTLY))
    _write(origin, customer.pk, accepted, outcome)
    return outcome


def _store_named(
    wanted: dict[str, Any], store: StoreNamed | None, outcome: Preferred
) -> StoreNamed | None:
    """Take the field that names the store out of the others."""
    for name in [name for name in wanted if names_the_store(name)]:
        value = wanted.pop(name)
        if store is not None:
            continue
        if value is None or value == "" or (isinstance(value, str) and not value.strip()):
            outcome.forgets_store = True
        else:
            store = StoreNamed(called=str(value).strip())
    return store


def _find(origin: Origin, store: StoreNamed) -> OrgEntity | None:
    called = store.called.strip()
    if not is_writable(called):
        return None
    store_id = store.id if store.id and 0 < store.id <= LARGEST_ID else None
    return find_store(org_id=origin.org.pk, name=called, store_id=store_id)


def _write(
    origin: Origin, customer_id: int, accepted: Mapping[str, Any], outcome: Preferred
) -> None:
    row = Preferences.objects.filter(customer_id=customer_id).order_by("customer_id").first()
    old_fields = row.fields if row else {}
    old_store_id = row.preferred_store_id if row else None
    new_fields = merged_fields(old_fields, accepted)
    new_store_id = None if outcome.forgets_store else old_store_id
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
        before["preferred_store"] = _name_of(old_store_id)
        after["preferred_store"] = str(outcome.store) if outcome.store else None
    record_events(
        origin=origin,
        events=[NewEvent("customer.preferences_changed", "customer", customer_id, before, after)],
    )


def _name_of(store_id: int | None) -> str | None:
    return str(OrgEntity.objects.get(pk=store_id)) if store_id else None
