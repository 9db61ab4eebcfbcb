"""Opting customers in and out of messages, one or thousands at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from crm.kernel.errors import DomainError
from crm.kernel.ids import LARGEST_ID
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.models import OrgEntity
from crm.tenancy.origin import Origin
from customers import errors
from customers.models import Customer, ScopedSubscription, Subscription
from customers.operations.customers.lock import lock_customers
from customers.operations.subscriptions.write_consent import (
    ConsentChange,
    ConsentKey,
    write_consent,
)
from customers.queries.customers.active import find_inactive_refusal
from customers.queries.source_accounts import (
    INSTORE,
    Account,
    SourceAccounts,
    get_source_accounts,
)
from customers.rules.subscriptions import (
    GENERAL,
    SCOPES,
    Consent,
    check_scope,
    read_campaign_id,
    read_channel,
    read_communication_id,
    read_priority,
    read_status,
)
from customers.rules.text import clean_reason

# In place of a scope: those for which the customer has consent of its own.
EXISTING = "*"
# Id and status of stored consents, by customer.
_Stored: TypeAlias = dict[tuple[int, ConsentKey], tuple[int, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionChangeIn:
    """One opt-in or opt-out as the caller sent it: in any case, with MOBILE or SMS.

    Without a source, the accountId must belong to a single account; without both, the account is
    INSTORE. Without an org unit, the change is for the whole organization. ``scopes`` are those of
    ``read_scopes``: without any, the change is for all messages, so that consent for a scope of its
    own changes as well if the account is INSTORE.
    """

    channel: object
    priority: object
    status: object
    source: str | None = None
    account_id: str | None = None
    org_unit_id: int | None = None
    scopes: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionRequest:
    """The changes of one customer, the reason, and the campaign and message, if any."""

    customer_id: int
    changes: Sequence[SubscriptionChangeIn]
    reason: str = ""
    campaign_id: object = None
    communication_id: object = None


@dataclass(slots=True)
class SubscriptionResult:
    """The result of one request: the consent that now applies, or the error."""

    consents: list[Consent] = field(default_factory=list)
    refusal: DomainError | None = None


@dataclass(slots=True)
class _Item:
    request: SubscriptionRequest
    outcome: SubscriptionResult
    reason: str
    campaign_id: int
    communication_id: int
    new_consents: dict[ConsentKey, Consent] = field(default_factory=dict)


@within_unit_of_work
def subscribe(
    *,
    origin: Origin,
    customer_id: int,
    changes: Sequence[SubscriptionChangeIn],
    reason: str = "",
    campaign_id: object = None,
    communication_id: object = None,
    scope: object = None,
    sub_scope: object = None,
) -> list[Consent]:
    """Opt a customer in or out, all changes or none; return the consent that now applies.

    A status that does not change is not logged; from "not set" to opted in is a change. If two
    changes name the same channel, priority, account and unit, the last one wins.
    Reference: "Update Subscription Details".

    Raises:
        SubscriptionScopeInvalid, SubscriptionScopesSeveral: the scope is not supported.
        SubscriptionChannelInvalid, SubscriptionPriorityInvalid, SubscriptionStatusInvalid: a
            choice is unknown.
        AccountIdMissing: the source has several accounts.
        SubscriptionUnitUnknown: the organization has no such source account or org unit.
        CampaignIdInvalid, CommunicationIdInvalid: an id is not a whole number from -1 on.
        ReasonInvalid: the reason is not valid.
        CustomerUnknown, CustomerMerged: the customer does not exist or was merged.
    """
    check_scope(scope, sub_scope)
    [outcome] = subscribe_customers(
        origin=origin,
        requests=[
            SubscriptionRequest(
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
def subscribe_customers(
    *, origin: Origin, requests: Sequence[SubscriptionRequest]
) -> list[SubscriptionResult]:
    """Opt customers in and out; return one result for each request, in order.

    A refused request changes nothing and does not affect the others. Requests of one customer are
    applied in order. The number of queries does not depend on the number of requests.
    """
    outcomes, items = _read_requests(origin, requests)
    # Other units that set the same consent, or merge the customer, wait for the lock.
    customers = lock_customers({item.request.customer_id for item in items})
    accepted = [item for item in items if _check_customer(origin, customers, item)]
    stored = _load_stored(origin, accepted)
    write_consent(
        origin=origin,
        changes=_list_changes(accepted, stored),
        stored_ids={key: pk for key, (pk, _) in stored.items()},
    )
    return outcomes


def _read_requests(
    origin: Origin, requests: Sequence[SubscriptionRequest]
) -> tuple[list[SubscriptionResult], list[_Item]]:
    accounts = get_source_accounts(org_id=origin.org.pk)
    units = _load_known_units(origin, requests)
    outcomes: list[SubscriptionResult] = []
    items: list[_Item] = []
    for request in requests:
        outcome = SubscriptionResult()
        outcomes.append(outcome)
        try:
            item = _read_request(request, outcome)
            for change in request.changes:
                _read_change(change, accounts, units, item)
        except DomainError as refusal:
            outcome.refusal = refusal.detached()
        else:
            items.append(item)
    return outcomes, items


def _read_request(request: SubscriptionRequest, outcome: SubscriptionResult) -> _Item:
    return _Item(
        request,
        outcome,
        reason=clean_reason(request.reason),
        campaign_id=read_campaign_id(request.campaign_id),
        communication_id=read_communication_id(request.communication_id),
    )


def _read_change(
    change: SubscriptionChangeIn, accounts: SourceAccounts, units: set[int], item: _Item
) -> None:
    channel, priority = read_channel(change.channel), read_priority(change.priority)
    status = read_status(change.status)
    try:
        account = _find_account(change, accounts)
    except errors.SourceAccountUnknown as error:
        raise errors.SubscriptionUnitUnknown(channel=channel, priority=priority) from error
    if change.org_unit_id is not None and change.org_unit_id not in units:
        raise errors.SubscriptionUnitUnknown(channel=channel, priority=priority)
    consent = Consent(
        channel=channel,
        priority=priority,
        status=status,
        source=account.source,
        account_id=account.account_id,
        org_unit_id=change.org_unit_id,
    )
    place = channel, priority, account.id, change.org_unit_id
    scopes = ["" if scope == GENERAL else scope for scope in change.scopes]
    if not scopes:
        scopes = [""]
        if account.source == INSTORE and change.org_unit_id is None:
            scopes.append(EXISTING)
            # What the request said of a scope before is over.
            for scope in SCOPES:
                item.new_consents.pop((*place, scope), None)
    for scope in scopes:
        # The last change of a consent wins, and takes its place in the order.
        item.new_consents.pop((*place, scope), None)
        item.new_consents[*place, scope] = replace(consent, scope=scope)


def _find_account(change: SubscriptionChangeIn, accounts: SourceAccounts) -> Account:
    if (change.source or "").strip():
        return accounts.find(change.source or "", change.account_id)
    if (change.account_id or "").strip():
        return accounts.find_by_account_id(change.account_id or "")
    return accounts.find(INSTORE, None)


def _load_known_units(origin: Origin, requests: Sequence[SubscriptionRequest]) -> set[int]:
    unit_ids = {change.org_unit_id for request in requests for change in request.changes}
    storable_ids = [unit for unit in unit_ids if unit is not None and 0 < unit <= LARGEST_ID]
    if not storable_ids:
        return set()
    return set(
        OrgEntity.objects.filter(
            org_id=origin.org.pk, type=OrgEntity.Type.CONCEPT, is_active=True, pk__in=storable_ids
        ).values_list("pk", flat=True)
    )


def _check_customer(origin: Origin, customers: Mapping[int, Customer], item: _Item) -> bool:
    item.outcome.refusal = find_inactive_refusal(origin.org.pk, customers, item.request.customer_id)
    if item.outcome.refusal is None:
        consents = item.new_consents.values()
        item.outcome.consents = [row for row in consents if row.scope != EXISTING]
    return item.outcome.refusal is None


def _load_stored(origin: Origin, items: Sequence[_Item]) -> _Stored:
    customers = {item.request.customer_id for item in items}
    if not customers:
        return {}
    general = Subscription.objects.filter(customer_id__in=customers).values_list(
        "pk",
        "customer_id",
        "channel",
        "priority",
        "source_account_id",
        "org_unit_id",
        "status",
    )
    stored: _Stored = {
        (customer, (channel, priority, account, unit, "")): (pk, status)
        for pk, customer, channel, priority, account, unit, status in general
    }
    scoped = list(
        ScopedSubscription.objects.filter(customer_id__in=customers).values_list(
            "pk", "customer_id", "channel", "priority", "scope", "status"
        )
    )
    if scoped:
        instore_id = get_source_accounts(org_id=origin.org.pk).find(INSTORE, None).id
        for pk, customer, channel, priority, scope, status in scoped:
            key: ConsentKey = channel, priority, instore_id, None, scope
            stored[customer, key] = pk, status
    return stored


def _list_changes(items: Sequence[_Item], stored: _Stored) -> list[ConsentChange]:
    statuses = {key: status for key, (_, status) in stored.items()}
    changes = []
    for item in items:
        for consent_key, consent in _list_new_consents(item, statuses):
            key = item.request.customer_id, consent_key
            if statuses.get(key) != consent.status:
                changes.append(
                    ConsentChange(
                        customer_id=item.request.customer_id,
                        consent_key=consent_key,
                        previous_status=statuses.get(key, ""),
                        status=consent.status,
                        reason=item.reason,
                        campaign_id=item.campaign_id,
                        communication_id=item.communication_id,
                    )
                )
                statuses[key] = consent.status
    return changes


def _list_new_consents(
    item: _Item, statuses: Mapping[tuple[int, ConsentKey], str]
) -> list[tuple[ConsentKey, Consent]]:
    """Return the consents of a request; ``EXISTING`` stands for the scopes that have their own."""
    consents: list[tuple[ConsentKey, Consent]] = []
    for (channel, priority, account, unit, scope), consent in item.new_consents.items():
        keys: list[ConsentKey] = [
            (channel, priority, account, unit, name)
            for name in (SCOPES if scope == EXISTING else (scope,))
        ]
        consents += [
            (key, consent)
            for key in keys
            if scope != EXISTING or (item.request.customer_id, key) in statuses
        ]
    return consents
