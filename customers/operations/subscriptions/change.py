"""Opting in and out of what customers receive: for one customer and for thousands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from crm.kernel.errors import DomainError
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.models import OrgEntity
from crm.tenancy.origin import Origin
from customers import errors
from customers.models import Customer, Subscription
from customers.operations.customers.lock import lock_customers
from customers.operations.subscriptions.write_consent import ConsentChange, Place, write_consent
from customers.queries.source_accounts import (
    INSTORE,
    Account,
    SourceAccounts,
    get_source_accounts,
)
from customers.rules.reasons import clean_reason
from customers.rules.subscriptions import (
    Consent,
    check_scope,
    read_channel,
    read_priority,
    read_status,
)

LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionChangeIn:
    """One wish as a door hands it on: words in any case, MOBILE or SMS.

    Without a source, an accountId names the only account that has it; without both it is INSTORE.
    Without an org unit it is for the whole organization.
    """

    channel: object
    priority: object
    status: object
    source: str | None = None
    account_id: str | None = None
    org_unit_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionWish:
    """What one customer wishes, why, and which campaign and message led to it (-1: none)."""

    customer_id: int
    changes: Sequence[SubscriptionChangeIn]
    reason: str = ""
    campaign_id: int = -1
    communication_id: int = -1


@dataclass(slots=True)
class Subscribed:
    """What became of one wish: what now holds where it wished something, or the refusal."""

    consents: list[Consent] = field(default_factory=list)
    refusal: DomainError | None = None


@dataclass(slots=True)
class _Item:
    wish: SubscriptionWish
    outcome: Subscribed
    reason: str
    wanted: dict[Place, Consent] = field(default_factory=dict)


@within_unit_of_work
def subscribe(
    *,
    origin: Origin,
    customer_id: int,
    changes: Sequence[SubscriptionChangeIn],
    reason: str = "",
    campaign_id: int = -1,
    communication_id: int = -1,
    scope: object = None,
    sub_scope: object = None,
) -> list[Consent]:
    """Opt a customer in or out, all of it or nothing; return what now holds.

    Whatever is so already is not logged again; "not set" to opted in is a change. Where two
    changes name the same channel, priority, account and unit, the last one wins.
    Reference: "Update Subscription Details".

    Raises:
        SubscriptionScopeInvalid, SubscriptionScopesSeveral: the scope is not the one there is.
        SubscriptionChannelInvalid, SubscriptionPriorityInvalid, SubscriptionStatusInvalid: a word
            that is none of the known ones.
        AccountIdMissing: the source has several accounts.
        SubscriptionUnitUnknown: the organization has no such source account or org unit.
        ReasonInvalid: the reason cannot be kept.
        CustomerUnknown, CustomerMerged: there is nobody here to be subscribed.
    """
    check_scope(scope, sub_scope)
    [outcome] = subscribe_many(
        origin=origin,
        wishes=[
            SubscriptionWish(
                customer_id=customer_id,
                changes=changes,
                reason=reason,
                campaign_id=campaign_id,
                communication_id=communication_id,
            )
        ],
    )
    if outcome.refusal is not None:
        raise outcome.refusal
    return outcome.consents


@within_unit_of_work
def subscribe_many(*, origin: Origin, wishes: Sequence[SubscriptionWish]) -> list[Subscribed]:
    """Opt customers in and out: one outcome for each wish, in order; refused ones change nothing.

    Two wishes of one customer are decided in their order. The number of queries does not depend
    on that of the wishes.
    """
    outcomes, items = _read(origin, wishes)
    # The lock makes other units wait that would set the same consent, or merge the customer.
    customers = lock_customers({item.wish.customer_id for item in items})
    admitted = [item for item in items if _admit(origin, customers, item)]
    stored = _stored(admitted)
    write_consent(
        origin=origin,
        changes=_decide(admitted, stored),
        stored_ids={key: pk for key, (pk, _) in stored.items()},
    )
    return outcomes


def _read(
    origin: Origin, wishes: Sequence[SubscriptionWish]
) -> tuple[list[Subscribed], list[_Item]]:
    accounts = get_source_accounts(org_id=origin.org.pk)
    units = _known_units(origin, wishes)
    outcomes: list[Subscribed] = []
    items: list[_Item] = []
    for wish in wishes:
        outcome = Subscribed()
        outcomes.append(outcome)
        try:
            item = _Item(wish, outcome, clean_reason(wish.reason))
            for change in wish.changes:
                _read_change(change, accounts, units, item)
        except DomainError as refusal:
            outcome.refusal = refusal.detached()
        else:
            items.append(item)
    return outcomes, items


def _read_change(
    change: SubscriptionChangeIn, accounts: SourceAccounts, units: set[int], item: _Item
) -> None:
    channel, priority = read_channel(change.channel), read_priority(change.priority)
    status = read_status(change.status)
    try:
        account = _account(change, accounts)
    except errors.SourceAccountUnknown as unknown:
        raise errors.SubscriptionUnitUnknown(channel=channel, priority=priority) from unknown
    if change.org_unit_id is not None and change.org_unit_id not in units:
        raise errors.SubscriptionUnitUnknown(channel=channel, priority=priority)
    item.wanted[channel, priority, account.id, change.org_unit_id] = Consent(
        channel=channel,
        priority=priority,
        status=status,
        source=account.source,
        account_id=account.account_id,
        org_unit_id=change.org_unit_id,
    )


def _account(change: SubscriptionChangeIn, accounts: SourceAccounts) -> Account:
    if (change.source or "").strip():
        return accounts.find(change.source or "", change.account_id)
    if (change.account_id or "").strip():
        return accounts.find_by_account_id(change.account_id or "")
    return accounts.find(INSTORE, None)


def _known_units(origin: Origin, wishes: Sequence[SubscriptionWish]) -> set[int]:
    asked = {change.org_unit_id for wish in wishes for change in wish.changes}
    keys = [unit for unit in asked if unit is not None and 0 < unit <= LARGEST_ID]
    if not keys:
        return set()
    return set(
        OrgEntity.objects.filter(
            org_id=origin.org.pk, type=OrgEntity.Type.CONCEPT, is_active=True, pk__in=keys
        ).values_list("pk", flat=True)
    )


def _admit(origin: Origin, customers: Mapping[int, Customer], item: _Item) -> bool:
    customer = customers.get(item.wish.customer_id)
    if customer is None or customer.org_id != origin.org.pk:
        item.outcome.refusal = errors.CustomerUnknown(customer_id=item.wish.customer_id)
    elif customer.merged_into_id is not None:
        item.outcome.refusal = errors.CustomerMerged(survivor_id=customer.merged_into_id)
    else:
        item.outcome.consents = list(item.wanted.values())
    return item.outcome.refusal is None


def _stored(items: Sequence[_Item]) -> dict[tuple[int, Place], tuple[int, str]]:
    customers = {item.wish.customer_id for item in items}
    if not customers:
        return {}
    return {
        (customer, (channel, priority, account, unit)): (pk, status)
        for pk, customer, channel, priority, account, unit, status in (
            Subscription.objects.filter(customer_id__in=customers).values_list(
                "pk",
                "customer_id",
                "channel",
                "priority",
                "source_account_id",
                "org_unit_id",
                "status",
            )
        )
    }


def _decide(
    items: Sequence[_Item], stored: Mapping[tuple[int, Place], tuple[int, str]]
) -> list[ConsentChange]:
    statuses = {key: status for key, (_, status) in stored.items()}
    changes = []
    for item in items:
        for place, consent in item.wanted.items():
            key = item.wish.customer_id, place
            if statuses.get(key) != consent.status:
                changes.append(
                    ConsentChange(
                        customer_id=item.wish.customer_id,
                        place=place,
                        previous_status=statuses.get(key, ""),
                        status=consent.status,
                        reason=item.reason,
                        campaign_id=item.wish.campaign_id,
                        communication_id=item.wish.communication_id,
                    )
                )
                statuses[key] = consent.status
    return changes
