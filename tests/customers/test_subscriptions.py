"""Subscribing a customer: consent is kept, every real change is logged, and told to the audit."""

import pytest

from crm.audit.models import Event
from crm.kernel.transactions import unit_of_work
from customers import errors
from customers.models import Subscription, SubscriptionChange
from customers.operations.subscriptions.change import (
    SubscriptionChangeIn,
    SubscriptionWish,
    subscribe,
    subscribe_many,
)
from customers.queries.subscriptions import (
    SubscriptionLine,
    list_subscription_changes,
    list_subscriptions,
)
from customers.rules.subscriptions import Consent
from tests.builders import (
    NOON,
    get_or_make_organization,
    get_or_make_source_account,
    make_concept,
    make_customer,
    make_organization,
    make_origin,
    make_source_account,
    make_store,
    make_till,
)

pytestmark = pytest.mark.django_db


def change(channel="EMAIL", priority="BULK", status="OPTOUT", **place):
    return SubscriptionChangeIn(channel=channel, priority=priority, status=status, **place)


def wish(customer, *changes, **details):
    return unit_of_work(subscribe)(
        origin=details.pop("origin", None) or make_origin(),
        customer_id=customer.pk,
        changes=changes,
        **details,
    )


def kept(customer):
    return sorted(
        Subscription.objects.filter(customer=customer).values_list(
            "channel", "priority", "source_account__account_id", "org_unit_id", "status"
        )
    )


def log_of(customer, limit=10, offset=0):
    return list_subscription_changes(
        org_id=customer.org_id, customer_id=customer.pk, limit=limit, offset=offset
    )


def test_keeps_consent_by_channel_priority_account_and_unit():
    customer = make_customer()
    make_source_account("WECHAT", "123")
    unit = make_concept()

    consents = wish(
        customer,
        change("EMAIL", "BULK", "OPTOUT", source="INSTORE", account_id="", org_unit_id=unit.pk),
        change("MOBILE", "TRANS", "OPTIN", source="WECHAT", account_id="123"),
    )

    assert consents == [
        Consent(
            channel="EMAIL",
            priority="BULK",
            status="OPTOUT",
            source="INSTORE",
            account_id="",
            org_unit_id=unit.pk,
        ),
        Consent(channel="SMS", priority="TRANS", status="OPTIN", source="WECHAT", account_id="123"),
    ]
    assert kept(customer) == [
        ("EMAIL", "BULK", "", unit.pk, "OPTOUT"),
        ("SMS", "TRANS", "123", None, "OPTIN"),
    ]


def test_logs_each_change_with_its_reason_and_campaign():
    till = make_till(name="Till 1")
    customer = make_customer()

    wish(
        customer,
        change(),
        origin=make_origin(actor=till),
        reason=" no more mail ",
        campaign_id=12,
        communication_id=34,
    )

    [line] = log_of(customer)
    assert line == SubscriptionLine(
        id=line.id,
        source="INSTORE",
        account_id="",
        source_account_id=get_or_make_source_account().pk,
        org_unit_id=None,
        channel="EMAIL",
        priority="BULK",
        status="OPTOUT",
        previous_status="",
        reason="no more mail",
        campaign_id=12,
        communication_id=34,
        changed_by_id=till.pk,
        changed_by="Till 1",
        changed_at=NOON,
    )


def test_logs_only_what_really_changes():
    customer = make_customer()
    wish(customer, change(status="OPTIN"), change("SMS", status="OPTIN"))

    wish(customer, change(status="OPTIN"), change("SMS", status="OPTOUT"))
    wish(customer, change("SMS", status="OPTOUT"))

    assert [(line.channel, line.previous_status, line.status) for line in log_of(customer)] == [
        ("SMS", "OPTIN", "OPTOUT"),
        ("SMS", "", "OPTIN"),
        ("EMAIL", "", "OPTIN"),
    ]
    assert kept(customer) == [
        ("EMAIL", "BULK", "", None, "OPTIN"),
        ("SMS", "BULK", "", None, "OPTOUT"),
    ]


def test_tells_the_audit_once_and_only_of_changes():
    customer = make_customer()
    account = get_or_make_source_account()
    wish(customer, change("EMAIL", status="OPTIN"))

    wish(customer, change("EMAIL", status="OPTOUT"), change("SMS", status="OPTIN"))
    wish(customer, change("SMS", status="OPTIN"))

    def told(channel, status):
        return {
            "channel": channel,
            "priority": "BULK",
            "source_account": account.pk,
            "org_unit": None,
            "status": status,
        }

    assert list(
        Event.objects.order_by("pk").values_list("kind", "subject_id", "before", "after")
    ) == [
        (
            "customer.subscribed",
            customer.pk,
            {"subscriptions": [told("EMAIL", None)]},
            {"subscriptions": [told("EMAIL", "OPTIN")]},
        ),
        (
            "customer.subscribed",
            customer.pk,
            {"subscriptions": [told("EMAIL", "OPTIN"), told("SMS", None)]},
            {"subscriptions": [told("EMAIL", "OPTOUT"), told("SMS", "OPTIN")]},
        ),
    ]


def test_lets_the_last_of_two_changes_of_one_consent_win():
    customer = make_customer()

    consents = wish(customer, change(status="OPTIN"), change(status="OPTOUT"))

    assert [consent.status for consent in consents] == ["OPTOUT"]
    assert kept(customer) == [("EMAIL", "BULK", "", None, "OPTOUT")]


def test_finds_the_account_by_its_id_alone_else_takes_instore():
    customer = make_customer()
    make_source_account("WECHAT", "123")

    consents = wish(customer, change("SMS", account_id="123"), change("EMAIL", account_id=""))

    assert [(consent.source, consent.account_id) for consent in consents] == [
        ("WECHAT", "123"),
        ("INSTORE", ""),
    ]


def refused(refusal, customer, *changes, **details):
    """The refusal comes, and leaves no trace."""
    with pytest.raises(refusal) as caught:
        wish(customer, *changes, **details)
    assert not Subscription.objects.exists()
    assert not SubscriptionChange.objects.exists()
    assert not Event.objects.exists()
    return caught.value


@pytest.mark.parametrize(
    ("bad", "refusal"),
    [
        (change("FAX"), errors.SubscriptionChannelInvalid),
        (change(priority="SOON"), errors.SubscriptionPriorityInvalid),
        (change(status="MAYBE"), errors.SubscriptionStatusInvalid),
        (change(source="WECHAT"), errors.AccountIdMissing),
        (change(source="WECHAT", account_id="9"), errors.SubscriptionUnitUnknown),
        (change(source="ALL"), errors.SubscriptionUnitUnknown),
        (change(source="NOWHERE"), errors.SubscriptionUnitUnknown),
        (change(account_id="9\x00"), errors.SubscriptionUnitUnknown),
        (change(org_unit_id=0), errors.SubscriptionUnitUnknown),
        (change(org_unit_id=-1), errors.SubscriptionUnitUnknown),
        (change(org_unit_id=10**30), errors.SubscriptionUnitUnknown),
    ],
)
def test_refuses_all_when_one_change_cannot_be_read(bad, refusal):
    refused(refusal, make_customer(), change("SMS"), bad)


def test_refuses_units_that_are_no_concepts_of_the_organization():
    customer = make_customer()

    for unit in (
        make_store(),
        make_concept(is_active=False),
        make_concept(make_organization()),
    ):
        unknown = refused(errors.SubscriptionUnitUnknown, customer, change(org_unit_id=unit.pk))
        assert unknown.facts == {"channel": "EMAIL", "priority": "BULK"}


@pytest.mark.parametrize(
    ("details", "refusal"),
    [
        ({"scope": "ALL"}, errors.SubscriptionScopeInvalid),
        ({"scope": "USER,STORE"}, errors.SubscriptionScopesSeveral),
        ({"scope": "USER", "sub_scope": "ZONE"}, errors.SubscriptionScopeInvalid),
        ({"reason": "x" * 256}, errors.ReasonInvalid),
        ({"reason": "x\x00"}, errors.ReasonInvalid),
    ],
)
def test_refuses_other_scopes_and_reasons_that_cannot_be_kept(details, refusal):
    refused(refusal, make_customer(), change(), **details)


def test_refuses_strangers_and_names_the_survivor_of_victims():
    survivor = make_customer()
    victim = make_customer(merged_into=survivor)
    other = make_organization()
    make_source_account(org=other)

    refused(errors.CustomerUnknown, survivor, change(), origin=make_origin(other))
    merged = refused(errors.CustomerMerged, victim, change())
    assert merged.facts == {"survivor_id": survivor.pk}


def test_of_many_reports_each_wish_and_leaves_the_refused_ones_out():
    first, second = make_customer(), make_customer()
    victim = make_customer(merged_into=first)

    outcomes = unit_of_work(subscribe_many)(
        origin=make_origin(),
        wishes=[
            SubscriptionWish(customer_id=first.pk, changes=[change(status="OPTIN")]),
            SubscriptionWish(customer_id=second.pk, changes=[change("SMS"), change("FAX")]),
            SubscriptionWish(customer_id=victim.pk, changes=[change()]),
            SubscriptionWish(customer_id=first.pk, changes=[change(status="OPTOUT")]),
        ],
    )

    assert [type(outcome.refusal) for outcome in outcomes] == [
        type(None),
        errors.SubscriptionChannelInvalid,
        errors.CustomerMerged,
        type(None),
    ]
    assert [len(outcome.consents) for outcome in outcomes] == [1, 0, 0, 1]
    assert kept(first) == [("EMAIL", "BULK", "", None, "OPTOUT")]
    assert [(line.previous_status, line.status) for line in log_of(first)] == [
        ("OPTIN", "OPTOUT"),
        ("", "OPTIN"),
    ]
    assert kept(second) == []


@pytest.mark.parametrize("number", [1, 30])
def test_of_many_takes_as_many_queries_as_of_one(number, django_assert_num_queries):
    origin = make_origin()
    unit = make_concept()
    customers = [make_customer() for _ in range(number)]
    wishes = [
        SubscriptionWish(
            customer_id=customer.pk, changes=[change("SMS"), change("EMAIL", org_unit_id=unit.pk)]
        )
        for customer in customers
    ]

    # Accounts, units, locks, consent; then its rows, its log, an event; the test's savepoint.
    with django_assert_num_queries(9):
        unit_of_work(subscribe_many)(origin=origin, wishes=wishes)
    assert Subscription.objects.count() == 2 * number


def test_is_read_back_in_one_query_and_only_within_the_organization(django_assert_num_queries):
    customer = make_customer()
    wish(customer, change("WECHAT", "TRANS", "OPTIN"), change("EMAIL", "BULK", "OPTOUT"))
    other = make_organization()
    org_id = get_or_make_organization().pk

    with django_assert_num_queries(1):
        rows = list_subscriptions(org_id=org_id, customer_id=customer.pk)
    with django_assert_num_queries(1):
        lines = log_of(customer, limit=1, offset=1)

    assert [(row.channel, row.priority, row.status, row.was_set, row.source) for row in rows] == [
        ("EMAIL", "TRANS", "OPTIN", False, None),
        ("SMS", "TRANS", "OPTIN", False, None),
        ("WECHAT", "TRANS", "OPTIN", True, None),
        ("EMAIL", "BULK", "OPTOUT", True, None),
        ("SMS", "BULK", "OPTIN", False, None),
        ("WECHAT", "TRANS", "OPTIN", True, "INSTORE"),
        ("EMAIL", "BULK", "OPTOUT", True, "INSTORE"),
    ]
    assert [line.channel for line in lines] == ["WECHAT"]
    assert list_subscription_changes(org_id=other.pk, customer_id=customer.pk, limit=9) == []
    assert not any(
        row.was_set for row in list_subscriptions(org_id=other.pk, customer_id=customer.pk)
    )
