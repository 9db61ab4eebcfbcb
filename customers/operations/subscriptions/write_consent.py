"""Writing what subscribing decided: tables in turn, each for the whole list."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import bulk_insert, bulk_update
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.models import Subscription, SubscriptionChange

# Channel, priority, source account and org unit: where a consent stands.
Place: TypeAlias = tuple[str, str, int, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentChange:
    """A consent that becomes another; a blank previous status says that it was not set."""

    customer_id: int
    place: Place
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
    stored_ids: Mapping[tuple[int, Place], int],
) -> None:
    """Write consent, its log, and one event for each customer; the customers are locked.

    ``stored_ids`` are the rows that exist. Of several changes in one place the last one stays,
    and all are logged.
    """
    final = {(change.customer_id, change.place): change.status for change in changes}
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
            (customer, *place, status, origin.actor_id, origin.at)
            for (customer, place), status in final.items()
            if (customer, place) not in stored_ids
        ],
    )
    bulk_update(
        Subscription,
        ("status", "changed_by_id", "changed_at"),
        [
            (stored_ids[key], status, origin.actor_id, origin.at)
            for key, status in final.items()
            if key in stored_ids
        ],
    )
    _log(origin, changes)
    record_events(origin=origin, events=_events(changes))


def _log(origin: Origin, changes: Sequence[ConsentChange]) -> None:
    bulk_insert(
        SubscriptionChange,
        (
            "customer_id",
            "channel",
            "priority",
            "source_account_id",
            "org_unit_id",
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
                *change.place,
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


def _events(changes: Sequence[ConsentChange]) -> list[NewEvent]:
    by_customer: dict[int, list[ConsentChange]] = defaultdict(list)
    for change in changes:
        by_customer[change.customer_id].append(change)
    return [
        NewEvent(
            kind="customer.subscribed",
            subject_type="customer",
            subject_id=customer,
            before={"subscriptions": [_told(c.place, c.previous_status) for c in own]},
            after={"subscriptions": [_told(c.place, c.status) for c in own]},
        )
        for customer, own in by_customer.items()
    ]


def _told(place: Place, status: str) -> dict[str, Any]:
    channel, priority, account, unit = place
    return {
        "channel": channel,
        "priority": priority,
        "source_account": account,
        "org_unit": unit,
        "status": status or None,
    }
