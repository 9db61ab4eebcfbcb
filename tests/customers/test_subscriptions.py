"""Subscribing a customer: consent is stored, and real changes are logged and audited."""

import pytest

from crm.audit.models import Event
from crm.kernel.transactions import unit_of_work
from customers import errors
from customers.models import Subscription, SubscriptionChange
from customers.operations.subscriptions.change import (
    SubscriptionChangeIn,
    SubscriptionRequest,
    subscribe,
    subscribe_customers,
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


def make_change(channel="EMAIL", priority="BULK", status="OPTOUT", **place):
    return SubscriptionChangeIn(channel=channel, priority=priority, status=status, **place)


def make_request(customer, *changes, **details):
    return unit_of_work(subscribe)(
        origin=details.pop("origin", None) or make_origin(),
        customer_id=customer.pk,
        changes=changes,
        **details,
    )


def list_stored(customer):
    return sorted(
        Subscription.objects.filter(customer=customer).values_list(
            "channel", "priority", "source_account__account_id", "org_unit_id", "status"
        )
    )


def list_log(customer, limit=10, offset=0):
    return list_subscription_changes(
        org_id=customer.org_id, customer_id=customer.pk, limit=limit, offset=offset
    )


def test_keeps_consent_by_channel_priority_account_and_unit():
    customer = make_customer()
    make_source_account("WECHAT", "123")
    unit = make_concept()

    consents = make_request(
        customer,
        make_change(
            "EMAIL", "BULK", "OPTOUT", source="INSTORE", account_id="", org_unit_id=unit.pk
        ),
        make_change("MOBILE", "TRANS", "OPTIN", source="WECHAT", account_id="123"),
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
    assert list_stored(customer) == [
        ("EMAIL", "BULK", "", unit.pk, "OPTOUT"),
        ("SMS", "TRANS", "123", None, "OPTIN"),
    ]


def test_logs_each_change_with_its_reason_and_campaign():
    till = make_till(name="Till 1")
    customer = make_customer()

    make_request(
        customer,
        make_change(),
        origin=make_origin(actor=till),
        reason=" no more mail ",
        campaign_id=12,
        communication_id=34,
    )

    [line] = list_log(customer)
    assert line == SubscriptionLine(
        id=line.id,
        source="INSTORE",
        account_id="",
        source_account_id=get_or_make_source_account().pk,
        org_unit_id=None,
        channel="EMAIL",
        priority="BULK",
        scope="",
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
    make_request(customer, make_change(status="OPTIN"), make_change("SMS", status="OPTIN"))

    make_request(customer, make_change(status="OPTIN"), make_change("SMS", status="OPTOUT"))
    make_request(customer, make_change("SMS", status="OPTOUT"))

    assert [(line.channel, line.previous_status, line.status) for line in list_log(customer)] == [
        ("SMS", "OPTIN", "OPTOUT"),
        ("SMS", "", "OPTIN"),
        ("EMAIL", "", "OPTIN"),
    ]
    assert list_stored(customer) == [
        ("EMAIL", "BULK", "", None, "OPTIN"),
        ("SMS", "BULK", "", None, "OPTOUT"),
    ]


def test_tells_the_audit_once_and_only_of_changes():
    customer = make_customer()
    account = get_or_make_source_account()
    make_request(customer, make_change("EMAIL", status="OPTIN"))

    make_request(
        customer, make_change("EMAIL", status="OPTOUT"), make_change("SMS", status="OPTIN")
    )
    make_request(customer, make_change("SMS", status="OPTIN"))

    def list_events(channel, status):
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
            {"subscriptions": [list_events("EMAIL", None)]},
            {"subscriptions": [list_events("EMAIL", "OPTIN")]},
        ),
        (
            "customer.subscribed",
            customer.pk,
            {"subscriptions": [list_events("EMAIL", "OPTIN"), list_events("SMS", None)]},
            {"subscriptions": [list_events("EMAIL", "OPTOUT"), list_events("SMS", "OPTIN")]},
        ),
    ]


def test_lets_the_last_of_two_changes_of_one_consent_win():
    customer = make_customer()

    consents = make_request(customer, make_change(status="OPTIN"), make_change(status="OPTOUT"))

    assert [consent.status for consent in consents] == ["OPTOUT"]
    assert list_stored(customer) == [("EMAIL", "BULK", "", None, "OPTOUT")]


def test_finds_the_account_by_its_id_alone_else_takes_instore():
    customer = make_customer()
    make_source_account("WECHAT", "123")

    consents = make_request(
        customer, make_change("SMS", account_id="123"), make_change("EMAIL", account_id="")
    )

    assert [(consent.source, consent.account_id) for consent in consents] == [
        ("WECHAT", "123"),
        ("INSTORE", ""),
    ]


def assert_refused(refusal, customer, *changes, **details):
    """Assert that the error is raised and nothing is written."""
    with pytest.raises(refusal) as caught:
        make_request(customer, *changes, **details)
    assert not Subscription.objects.exists()
    assert not SubscriptionChange.objects.exists()
    assert not Event.objects.exists()
    return caught.value


@pytest.mark.parametrize(
    ("bad", "refusal"),
    [
        (make_change("FAX"), errors.SubscriptionChannelInvalid),
        (make_change(priority="SOON"), errors.SubscriptionPriorityInvalid),
        (make_change(status="MAYBE"), errors.SubscriptionStatusInvalid),
        (make_change(source="WECHAT"), errors.AccountIdMissing),
        (make_change(source="WECHAT", account_id="9"), errors.SubscriptionUnitUnknown),
        (make_change(source="ALL"), errors.SubscriptionUnitUnknown),
        (make_change(source="NOWHERE"), errors.SubscriptionUnitUnknown),
        (make_change(account_id="9\x00"), errors.SubscriptionUnitUnknown),
        (make_change(org_unit_id=0), errors.SubscriptionUnitUnknown),
        (make_change(org_unit_id=-1), errors.SubscriptionUnitUnknown),
        (make_change(org_unit_id=10**30), errors.SubscriptionUnitUnknown),
    ],
)
def test_refuses_all_when_one_change_cannot_be_read(bad, refusal):
    assert_refused(refusal, make_customer(), make_change("SMS"), bad)


def test_refuses_units_that_are_no_concepts_of_the_organization():
    customer = make_customer()

    for unit in (
        make_store(),
        make_concept(is_active=False),
        make_concept(make_organization()),
    ):
        unknown = assert_refused(
            errors.SubscriptionUnitUnknown, customer, make_change(org_unit_id=unit.pk)
        )
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
    assert_refused(refusal, make_customer(), make_change(), **details)


def test_refuses_strangers_and_names_the_survivor_of_victims():
    survivor = make_customer()
    victim = make_customer(merged_into=survivor)
    other = make_organization()
    make_source_account(org=other)

    assert_refused(errors.CustomerUnknown, survivor, make_change(), origin=make_origin(other))
    merged = assert_refused(errors.CustomerMerged, victim, make_change())
    assert merged.facts == {"survivor_id": survivor.pk}


def test_of_many_reports_each_wish_and_leaves_the_refused_ones_out():
    first, second = make_customer(), make_customer()
    victim = make_customer(merged_into=first)

    outcomes = unit_of_work(subscribe_customers)(
        origin=make_origin(),
        requests=[
            SubscriptionRequest(customer_id=first.pk, changes=[make_change(status="OPTIN")]),
            SubscriptionRequest(
                customer_id=second.pk, changes=[make_change("SMS"), make_change("FAX")]
            ),
            SubscriptionRequest(customer_id=victim.pk, changes=[make_change()]),
            SubscriptionRequest(customer_id=first.pk, changes=[make_change(status="OPTOUT")]),
        ],
    )

    assert [type(outcome.refusal) for outcome in outcomes] == [
        type(None),
        errors.SubscriptionChannelInvalid,
        errors.CustomerMerged,
        type(None),
    ]
    assert [len(outcome.consents) for outcome in outcomes] == [1, 0, 0, 1]
    assert list_stored(first) == [("EMAIL", "BULK", "", None, "OPTOUT")]
    assert [(line.previous_status, line.status) for line in list_log(first)] == [
        ("OPTIN", "OPTOUT"),
        ("", "OPTIN"),
    ]
    assert list_stored(second) == []


@pytest.mark.parametrize("number", [1, 30])
def test_of_many_takes_as_many_queries_as_of_one(number, django_assert_num_queries):
    origin = make_origin()
    unit = make_concept()
    customers = [make_customer() for _ in range(number)]
    requests = [
        SubscriptionRequest(
            customer_id=customer.pk,
            changes=[make_change("SMS"), make_change("EMAIL", org_unit_id=unit.pk)],
        )
        for customer in customers
    ]

    # Accounts, units, locks, consent (2); then its rows, its log, an event; the savepoint.
    with django_assert_num_queries(10):
        unit_of_work(subscribe_customers)(origin=origin, requests=requests)
    assert Subscription.objects.count() == 2 * number


def test_is_read_back_in_one_query_and_only_within_the_organization(django_assert_num_queries):
    customer = make_customer()
    make_request(
        customer, make_change("WECHAT", "TRANS", "OPTIN"), make_change("EMAIL", "BULK", "OPTOUT")
    )
    other = make_organization()
    org_id = get_or_make_organization().pk

    with django_assert_num_queries(1):
        rows = list_subscriptions(org_id=org_id, customer_id=customer.pk)
    with django_assert_num_queries(1):
        lines = list_log(customer, limit=1, offset=1)

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
