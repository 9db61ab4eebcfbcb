"""GET and POST /v2/customers/{id}/subscriptions, and their log ..."""

import pytest

from customers.models import Subscription, SubscriptionChange
from tests.builders import make_concept, make_customer, make_organization
from tests.contract.v2.answers import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(till):
    return make_customer()


@pytest.fixture
def concept(till):
    return make_concept()


def body(*rows, **more):
    return {
        "communicationId": -1,
        "campaignId": -1,
        "reason": "Example reason",
        "scope": {"scope": "USER", "subScope": "NONE"},
        "subscriptions": list(rows),
        **more,
    }


def row(channel="EMAIL", priority="BULK", type="OPTOUT", **more):
    return {"channel": channel, "priority": priority, "type": type, **more}


def test_opting_out_answers_what_now_holds(till, person, concept):
    answer = till.post(
        f"customers/{person.pk}/subscriptions",
        body(
            row(accountId="", orgUnitId=concept.pk, sourceName="INSTORE"),
            row("mobile", "trans", "optin", accountId="1234", sourceName="WECHAT"),
            campaignId=7,
        ),
    )

    assert answer.status_code == 200
    assert answer.json() == {
        "scope": {
            "scopeId": 0,
            "scope": "USER",
            "subScope": "NONE",
            "setCreatedOn": False,
            "setPriority": False,
            "setScopeId": False,
            "setScope": True,
            "setSubScope": True,
        },
        "subscriptions": [
            {
                "channel": "EMAIL",
                "accountId": "",
                "priority": "BULK",
                "type": "OPTOUT",
                "sourceName": "INSTORE",
                "orgUnitId": concept.pk,
            },
            {
                "channel": "SMS",
                "accountId": "1234",
                "priority": "TRANS",
                "type": "OPTIN",
                "sourceName": "WECHAT",
                "orgUnitId": None,
            },
        ],
        "campaignId": 7,
        "communicationId": -1,
        "reason": "Example reason",
        "warnings": [],
    }


def test_needs_no_scope_and_no_reason(till, person):
    answer = till.post(f"customers/{person.pk}/subscriptions", {"subscriptions": [row()]})

    assert (answer.json()["reason"], answer.json()["campaignId"]) == ("", -1)
    assert answer.json()["scope"]["setScope"] is False


def test_retrieving_answers_sums_and_then_what_was_set(till, person):
    till.post(f"customers/{person.pk}/subscriptions", body(row()))

    answer = till.get(f"customers/{person.pk}/subscriptions")

    assert answer.json() == {
        "subscriptions": [
            row("EMAIL", "TRANS", "OPTIN"),
            row("SMS", "TRANS", "OPTIN"),
            row("EMAIL", "BULK", "OPTOUT"),
            row("SMS", "BULK", "OPTIN"),
            row("EMAIL", "BULK", "OPTOUT", sourceName="INSTORE", accountId="", orgUnitId=None),
        ],
        "campaignId": 0,
        "communicationId": 0,
        "warnings": [],
    }


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (body(row("PIGEON")), (400, 1101)),
        (body({"priority": "BULK", "type": "OPTIN"}), (400, 1101)),
        (body(row(priority="URGENT")), (400, 1102)),
        (body(row(), scope={"scope": "STORE"}), (400, 1103)),
        (body(row(), scope={"scope": ["USER", "STORE"]}), (400, 1105)),
        (body(row(type="MAYBE")), (400, 1106)),
        (body(row(orgUnitId=404)), (400, 91022)),
        (body(row(sourceName="NOWHERE")), (400, 91022)),
        (body(row(sourceName="WECHAT")), (400, 8045)),
        (body(row(), row("PIGEON")), (400, 1101)),
        (body(row(), reason="x" * 256), (400, 400)),
        (body(), (400, 400)),
        (body(*[row()] * 101), (400, 400)),
        (body(row(orgUnitId=2**63)), (400, 400)),
        (body(row(orgUnitId="x")), (400, 400)),
        (body(row(channel=["EMAIL"])), (400, 400)),
        (body(row(), scope="USER"), (400, 400)),
        (body(row(), scope={"scope": {"a": 1}}), (400, 400)),
        (body(row(), campaignId=2**63), (400, 400)),
        ({}, (400, 400)),
    ],
)
def test_refuse_and_change_nothing(till, person, said, expected):
    assert refused(till.post(f"customers/{person.pk}/subscriptions", said)) == expected
    assert (Subscription.objects.count(), SubscriptionChange.objects.count()) == (0, 0)


def test_refuse_units_of_another_organization(till, person):
    unit = make_concept(make_organization())

    answer = till.post(f"customers/{person.pk}/subscriptions", body(row(orgUnitId=unit.pk)))

    assert refused(answer) == (400, 91022)


def test_the_log_tells_each_change_newest_first(till, person, concept):
    for said in (row(), row(type="OPTIN"), row(type="OPTIN"), row("SMS", orgUnitId=concept.pk)):
        till.post(f"customers/{person.pk}/subscriptions", body(said))

    lines = till.get(f"customers/{person.pk}/subscriptionStatusChangeLog").json()["data"]

    assert [(line["commChannelType"], line["status"]) for line in lines] == [
        ("SMS", "OPTOUT"),
        ("EMAIL", "OPTIN"),
        ("EMAIL", "OPTOUT"),
    ]
    change = SubscriptionChange.objects.order_by("-pk").first()
    assert lines[0].pop("addedOn").endswith("+05:30")
    assert lines[0] == {
        "source": "INSTORE",
        "accountId": "",
        "orgUnitId": concept.pk,
        "orgSourceId": change.source_account_id,
        "commChannelId": -1,
        "commChannelType": "SMS",
        "communicationCategoryId": -1,
        "priority": "BULK",
        "status": "OPTOUT",
        "addedBy": "rr.till",
        "reason": "Example reason",
    }


@pytest.mark.parametrize("path", ["subscriptions", "subscriptionStatusChangeLog"])
def test_refuse_nobody_victims_and_strangers(till, stranger, person, path):
    victim = make_customer(merged_into=person)

    assert refused(till.get(f"customers/404/{path}")) == (404, 8015)
    assert refused(stranger.get(f"customers/{person.pk}/{path}")) == (404, 8015)
    answer = till.get(f"customers/{victim.pk}/{path}")
    assert refused(answer) == (410, 8069)
    assert answer.json()["errors"][0]["survivorId"] == person.pk


def test_refuse_to_write_to_victims_and_strangers(till, stranger, person):
    victim = make_customer(merged_into=person)

    assert refused(till.post(f"customers/{victim.pk}/subscriptions", body(row()))) == (410, 8069)
    assert refused(stranger.post(f"customers/{person.pk}/subscriptions", body(row()))) == (
        404,
        8009,
    )
    assert Subscription.objects.count() == 0


def test_take_as_many_queries_for_many_rows_as_for_none(till, person, django_assert_num_queries):
    for path in ("subscriptions", "subscriptionStatusChangeLog"):
        till.get(f"customers/{person.pk}/{path}")
        with django_assert_num_queries(3):
            till.get(f"customers/{person.pk}/{path}")
        till.post(f"customers/{person.pk}/subscriptions", body(row(), row("SMS")))
        with django_assert_num_queries(3):
            till.get(f"customers/{person.pk}/{path}")
