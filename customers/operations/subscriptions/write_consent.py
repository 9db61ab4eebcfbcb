"""Writing decided consent: one table after another, each for the whole list."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import bulk_insert, bulk_update
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.models import ScopedSubscription, Subscription, SubscriptionChange

# Channel, priority, source account, org unit and scope of a consent; blank: the general one.
ConsentKey: TypeAlias = tuple[str, str, int, int | None, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentChange:
    """A change of consent; a blank previous status means that it was not set."""

    customer_id: int
    consent_key: ConsentKey
    previous_status: str
    status: str
    reason: str
    campaign_id: int
    communication_id: int


@within_unit_of_work
def write_consent(
    *,
    origin: Origin,
    changes: Sequence[ConsentChange],
    stored_ids: Mapping[tuple[int, ConsentKey], int],
) -> None:
    """Write consent, its log, and one event for each customer; the customers are locked.

    ``stored_ids`` are the existing rows. Of several changes of one consent the last one is stored,
    and all are logged.
    """
    final = {(change.customer_id, change.consent_key): change.status for change in changes}
    general = {key: status for key, status in final.items() if not key[1][-1]}
    _write_general(origin, general, stored_ids)
    if len(general) < len(final):
        scoped = {key: status for key, status in final.items() if key not in general}
        _write_scoped(origin, scoped, stored_ids)
    _write_log(origin, changes)
    record_events(origin=origin, events=_build_events(changes))


def _write_general(
    origin: Origin,
    consents: Mapping[tuple[int, ConsentKey], str],
    stored_ids: Mapping[tuple[int, ConsentKey], int],
) -> None:
    bulk_insert(
        Subscription,
        (
            "customer_id",
            "channel",
            "priority",
            "source_account_id",
            "org_unit_id",
            "status",
            "changed_by_id",
            "changed_at",
        ),
        [
            (customer, *consent_key[:-1], status, origin.actor_id, origin.at)
            for (customer, consent_key), status in consents.items()
            if (customer, consent_key) not in stored_ids
        ],
    )
    bulk_update(
        Subscription,
        ("status", "changed_by_id", "changed_at"),
        [
            (stored_ids[key], status, origin.actor_id, origin.at)
            for key, status in consents.items()
            if key in stored_ids
        ],
    )


def _write_scoped(
    origin: Origin,
    consents: Mapping[tuple[int, ConsentKey], str],
    stored_ids: Mapping[tuple[int, ConsentKey], int],
) -> None:
    columns = (
        "customer_id",
        "channel",
        "priority",
        "scope",
        "status",
        "changed_by_id",
        "changed_at",
    )
    bulk_insert(
        ScopedSubscription,
        columns,
        [
            (customer, channel, priority, scope, status, origin.actor_id, origin.at)
            for (customer, consent_key), status in consents.items()
            for channel, priority, _account, _unit, scope in [consent_key]
            if (customer, consent_key) not in stored_ids
        ],
    )
    bulk_update(
        ScopedSubscription,
        ("status", "changed_by_id", "changed_at"),
        [
            (stored_ids[key], status, origin.actor_id, origin.at)
            for key, status in consents.items()
            if key in stored_ids
        ],
    )


def _write_log(origin: Origin, changes: Sequence[ConsentChange]) -> None:
    bulk_insert(
        SubscriptionChange,
        (
            "customer_id",
            "channel",
            "priority",
            "source_account_id",
            "org_unit_id",
            "scope",
            "previous_status",
            "status",
            "reason",
            "campaign_id",
            "communication_id",
            "changed_by_id",
            "changed_at",
        ),
        [
            (
                change.customer_id,
                *change.consent_key,
                change.previous_status,
                change.status,
                change.reason,
                change.campaign_id,
                change.communication_id,
                origin.actor_id,
                origin.at,
            )
            for change in changes
        ],
    )


def _build_events(changes: Sequence[ConsentChange]) -> list[NewEvent]:
    by_customer: dict[int, list[ConsentChange]] = defaultdict(list)
    for change in changes:
        by_customer[change.customer_id].append(change)
    return [
        NewEvent(
            kind="customer.subscribed",
            subject_type="customer",
            subject_id=customer,
            before={
                "subscriptions": [
                    _describe_consent(c.consent_key, c.previous_status) for c in customer_changes
                ]
            },
            after={
                "subscriptions": [
                    _describe_consent(c.consent_key, c.status) for c in customer_changes
                ]
            },
        )
        for customer, customer_changes in by_customer.items()
    ]


def _describe_consent(consent_key: ConsentKey, status: str) -> dict[str, Any]:
    channel, priority, account, unit, scope = consent_key
    return {
        **({"scope": scope} if scope else {}),
        "channel": channel,
        "priority": priority,
        "source_account": account,
        "org_unit": unit,
        "status": status or None,
    }
