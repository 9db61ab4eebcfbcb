"""Subscriptions of customers, and the log of their changes (operations 16 and 29)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from customers.models import ScopedSubscription, Subscription, SubscriptionChange
from customers.rules.subscriptions import ALWAYS_SHOWN, OPTOUT, Consent, summarise


@dataclass(frozen=True, slots=True)
class SubscriptionLine:
    """One line of a subscription log; a blank previous status means that it was not set.

    ``scope`` blank: the general consent.
    """

    id: int
    source: str
    account_id: str
    source_account_id: int
    org_unit_id: int | None
    channel: str
    priority: str
    scope: str
    status: str
    previous_status: str
    reason: str
    campaign_id: int
    communication_id: int
    changed_by_id: int | None
    changed_by: str | None
    changed_at: datetime


def list_subscriptions(
    *, org_id: int, customer_id: int, always: Iterable[str] = ALWAYS_SHOWN
) -> list[Consent]:
    """Return the customer's consent with the summary rows of ``summarise``; one query.

    ``always`` are the channels that are shown even if they were never set.
    """
    return list_subscriptions_by_customer(org_id=org_id, customer_ids=[customer_id], always=always)[
        customer_id
    ]


def list_subscriptions_by_customer(
    *, org_id: int, customer_ids: Collection[int], always: Iterable[str] = ALWAYS_SHOWN
) -> dict[int, list[Consent]]:
    """Return the consent of each of these customers, by id; one query."""
    consents: dict[int, list[Consent]] = {customer_id: [] for customer_id in customer_ids}
    if not consents:
        return {}
    for (
        customer_id,
        channel,
        priority,
        status,
        source,
        account_id,
        org_unit_id,
    ) in Subscription.objects.filter(
        customer__org_id=org_id, customer_id__in=customer_ids
    ).values_list(
        "customer_id",
        "channel",
        "priority",
        "status",
        "source_account__source",
        "source_account__account_id",
        "org_unit_id",
    ):
        consents[customer_id].append(
            Consent(
                channel=channel,
                priority=priority,
                status=status,
                source=source,
                account_id=account_id,
                org_unit_id=org_unit_id,
            )
        )
    always_shown = list(always)
    return {
        customer_id: summarise(rows, always=always_shown) for customer_id, rows in consents.items()
    }


def list_scoped_statuses(
    *, org_id: int, customer_ids: Collection[int]
) -> dict[int, dict[tuple[str, str], dict[str, str]]]:
    """Return the consent that customers gave or refused for a scope of its own; one query.

    By customer, channel and priority, and scope. Scopes without consent of their own are left out:
    they follow the general one.
    """
    statuses: dict[int, dict[tuple[str, str], dict[str, str]]] = {pk: {} for pk in customer_ids}
    if not statuses:
        return statuses
    rows = ScopedSubscription.objects.filter(customer__org_id=org_id, customer_id__in=statuses)
    for customer_id, channel, priority, scope, status in rows.order_by("pk").values_list(
        "customer_id", "channel", "priority", "scope", "status"
    ):
        statuses[customer_id].setdefault((channel, priority), {})[scope] = status
    return statuses


def list_opted_out(
    *, customer_ids: Collection[int], channel: str, priority: str, scope: str
) -> set[int]:
    """Return those of the customers who opted out of the messages of a scope; two queries.

    Without consent of its own the scope follows the general one, in any source account or unit.
    """
    conditions = {"customer_id__in": customer_ids, "channel": channel, "priority": priority}
    own = dict(
        ScopedSubscription.objects.filter(scope=scope, **conditions).values_list(
            "customer_id", "status"
        )
    )
    general = Subscription.objects.filter(status=OPTOUT, **conditions)
    opted_out = {pk for pk in general.values_list("customer_id", flat=True) if pk not in own}
    return opted_out | {pk for pk, status in own.items() if status == OPTOUT}


def list_subscription_changes(
    *, org_id: int, customer_id: int, limit: int, offset: int = 0
) -> list[SubscriptionLine]:
    """List a customer's subscription log, newest first; one query."""
    return [
        SubscriptionLine(*row)
        for row in SubscriptionChange.objects.filter(
            customer__org_id=org_id, customer_id=customer_id
        )
        .order_by("-changed_at", "-id")
        .values_list(
            "id",
            "source_account__source",
            "source_account__account_id",
            "source_account_id",
            "org_unit_id",
            "channel",
            "priority",
            "scope",
            "status",
            "previous_status",
            "reason",
            "campaign_id",
            "communication_id",
            "changed_by_id",
            "changed_by__name",
            "changed_at",
        )[offset : offset + limit]
    ]


# Customer, channel, priority, source, account id, org unit.
StoredConsentKey = tuple[int, str, str, str, str, int | None]


def list_stored_consents(*, customer_ids: Collection[int]) -> dict[StoredConsentKey, str]:
    """Return the status of every consent that these customers have given or refused; one query."""
    rows = Subscription.objects.filter(customer_id__in=customer_ids).values_list(
        "customer_id",
        "channel",
        "priority",
        "source_account__source",
        "source_account__account_id",
        "org_unit_id",
        "status",
    )
    return {(pk, *key): status for pk, *key, status in rows}  # type: ignore[misc]
