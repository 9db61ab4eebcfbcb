"""Writing the crowd: month by month and till by till, each a list of its own."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from crm.demo.crowd import WEBSITE, Stranger
from crm.demo.ids import continue_after
from crm.demo.organizations import Shop
from crm.demo.people import INSTORE
from crm.kernel.transactions import within_unit_of_work
from crm.usecases.change_identifiers import change_identifiers
from customers.models import Customer
from customers.operations.customers.register import register_customers
from customers.operations.status_labels import label_customer
from customers.operations.subscriptions.change import (
    SubscriptionChangeIn,
    SubscriptionWish,
    subscribe_many,
)
from customers.rules.identifier_change import IdentityChange
from customers.rules.registration import ProfileEntry, Registration

FIRST_ID = 500_000_001
CLERK = "demo.till"


@within_unit_of_work
def gather(shop: Shop, *, crowd: Sequence[Stranger], now: datetime) -> dict[int, int]:
    """Register the crowd, and write what they said and what became of them; return their ids.

    Their ids begin at 500,000,001, and whoever comes later has a higher one.
    """
    continue_after(Customer, FIRST_ID - 1)
    ids: dict[int, int] = {}
    for group in _by_month_and_till(crowd, shop):
        origin = shop.origin(group[0].till, group[-1].joined)
        outcomes = register_customers(
            origin=origin, registrations=[_registration(shop, stranger) for stranger in group]
        )
        for stranger, outcome in zip(group, outcomes, strict=True):
            if outcome.refusal is not None:
                raise outcome.refusal
            assert outcome.customer_id is not None  # noqa: S101 - there was no refusal
            ids[stranger.number] = outcome.customer_id
        _subscribe(shop, group, ids, origin.at)
    _label(shop, crowd, ids, now)
    _merge(shop, crowd, ids, now)
    return ids


def _by_month_and_till(crowd: Sequence[Stranger], shop: Shop) -> list[list[Stranger]]:
    groups: dict[tuple[int, int, str], list[Stranger]] = defaultdict(list)
    for stranger in sorted(crowd, key=lambda one: (one.joined, one.number)):
        day = stranger.joined.astimezone(shop.org.zone)
        groups[day.year, day.month, stranger.till].append(stranger)
    return [groups[key] for key in sorted(groups)]


def _registration(shop: Shop, stranger: Stranger) -> Registration:
    return Registration(
        profiles=[
            ProfileEntry(
                source_account_id=shop.account_ids[account],
                first_name=stranger.first,
                last_name=stranger.last,
                identifiers=keys,
                channels=stranger.channels[account],
            )
            for account, keys in stranger.places.items()
        ],
        loyalty_type=stranger.loyalty_type,
        extended_fields=stranger.extended_fields,
        registered_at=stranger.joined,
    )


def _subscribe(shop: Shop, group: Sequence[Stranger], ids: Mapping[int, int], at: datetime) -> None:
    wishes = [
        SubscriptionWish(
            customer_id=ids[stranger.number],
            changes=[
                SubscriptionChangeIn(channel=channel, priority=priority, status=status)
                for channel, priority, status in stranger.consent
            ],
            reason="Said so when joining",
        )
        for stranger in group
        if stranger.consent
    ]
    for outcome in subscribe_many(origin=shop.origin(group[0].till, at), wishes=wishes):
        if outcome.refusal is not None:
            raise outcome.refusal


def _label(shop: Shop, crowd: Sequence[Stranger], ids: Mapping[int, int], now: datetime) -> None:
    reasons = {
        "Suspended": "Returned mail twice",
        "Deleted": "Asked to be forgotten",
        "Active": "Address confirmed",
    }
    for stranger in crowd:
        if stranger.label:
            at = min(stranger.joined + timedelta(days=20 + stranger.number % 60), now)
            label_customer(
                origin=shop.origin(CLERK, at),
                customer_id=ids[stranger.number],
                label=stranger.label,
                reason=reasons[stranger.label],
            )


def _merge(shop: Shop, crowd: Sequence[Stranger], ids: Mapping[int, int], now: datetime) -> None:
    """Let those who joined twice give the website the mobile that the shops know."""
    mobiles = {
        stranger.number: value
        for stranger in crowd
        for kind, value in stranger.places.get(INSTORE, ())
        if kind == "mobile"
    }
    for stranger in crowd:
        if stranger.same_as is not None:
            change_identifiers(
                origin=shop.origin(stranger.till, min(stranger.joined + timedelta(days=9), now)),
                change=IdentityChange(
                    customer_id=ids[stranger.number],
                    source_account_id=shop.account_ids[WEBSITE],
                    add=[("mobile", mobiles[stranger.same_as])],
                ),
            )
