"""GET and POST /v2/customers/{id}/subscriptions, and their log ..."""

import pytest

from customers.models import Subscription, SubscriptionChange
from tests.builders import make_concept, make_customer, make_organization
from tests.contract.v2.answers import read_refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(till):
    return make_customer()


@pytest.fixture
def concept(till):
    return make_concept()


def build_body(*rows, **more):
    return {
        "communicationId": -1,
        "campaignId": -1,
        "reason": "Example reason",
        "scope": {"scope": "USER", "subScope": "NONE"},
        "subscriptions": list(rows),
        **more,
    }


def build_row(channel="EMAIL", priority="BULK", type="OPTOUT", **more):
    return {"channel": channel, "priority": priority, "type": type, **more}


def test_opting_out_answers_what_now_holds(till, person, concept):
    answer = till.post(
        f"customers/{person.pk}/subscriptions",
        build_body(
            build_row(accountId="", orgUnitId=concept.pk, sourceName="INSTORE"),
            build_row("mobile", "trans", "optin", accountId="1234", sourceName="WECHAT"),
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
    answer = till.post(f"customers/{person.pk}/subscriptions", {"subscriptions": [build_row()]})

    assert (answer.json()["reason"], answer.json()["campaignId"]) == ("", -1)
    assert answer.json()["scope"]["setScope"] is False


def test_retrieving_answers_sums_and_then_what_was_set(till, person):
    till.post(f"customers/{person.pk}/subscriptions", build_body(build_row()))

    answer = till.get(f"customers/{person.pk}/subscriptions")

    assert answer.json() == {
        "subscriptions": [
            build_row("EMAIL", "TRANS", "OPTIN"),
            build_row("SMS", "TRANS", "OPTIN"),
            build_row("EMAIL", "BULK", "OPTOUT"),
            build_row("SMS", "BULK", "OPTIN"),
            build_row(
                "EMAIL", "BULK", "OPTOUT", sourceName="INSTORE", accountId="", orgUnitId=None
            ),
        ],
        "campaignId": 0,
        "communicationId": 0,
        "warnings": [],
    }


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (build_body(build_row("PIGEON")), (400, 1101)),
        (build_body({"priority": "BULK", "type": "OPTIN"}), (400, 1101)),
        (build_body(build_row(priority="URGENT")), (400, 1102)),
        (build_body(build_row(), scope={"scope": "STORE"}), (400, 1103)),
        (build_body(build_row(), scope={"scope": ["USER", "STORE"]}), (400, 1105)),
        (build_body(build_row(type="MAYBE")), (400, 1106)),
        (build_body(build_row(orgUnitId=404)), (400, 91022)),
        (build_body(build_row(sourceName="NOWHERE")), (400, 91022)),
        (build_body(build_row(sourceName="WECHAT")), (400, 8045)),
        (build_body(build_row(), build_row("PIGEON")), (400, 1101)),
        (build_body(build_row(), reason="x" * 256), (400, 400)),
        (build_body(), (400, 400)),
        (build_body(*[build_row()] * 101), (400, 400)),
        (build_body(build_row(orgUnitId=2**63)), (400, 400)),
        (build_body(build_row(orgUnitId="x")), (400, 400)),
        (build_body(build_row(channel=["EMAIL"])), (400, 400)),
        (build_body(build_row(), scope="USER"), (400, 400)),
        (build_body(build_row(), scope={"scope": {"a": 1}}), (400, 400)),
        (build_body(build_row(), campaignId=2**63), (400, 1107)),
        (build_body(build_row(), campaignId="spring"), (400, 1107)),
        (build_body(build_row(), campaignId=[7]), (400, 1107)),
        (build_body(build_row(), campaignId=-2), (400, 1107)),
        (build_body(build_row(), communicationId=True), (400, 1108)),
        (build_body(build_row(), communicationId="9" * 5000), (400, 1108)),
        ({}, (400, 400)),
    ],
)
def test_refuse_and_change_nothing(till, person, data, expected):
    assert read_refusal(till.post(f"customers/{person.pk}/subscriptions", data)) == expected
    assert (Subscription.objects.count(), SubscriptionChange.objects.count()) == (0, 0)


def test_refuse_units_of_another_organization(till, person):
    unit = make_concept(make_organization())

    answer = till.post(
        f"customers/{person.pk}/subscriptions", build_body(build_row(orgUnitId=unit.pk))
    )

    assert read_refusal(answer) == (400, 91022)


def test_the_log_tells_each_change_newest_first(till, person, concept):
    for data in (
        build_row(),
        build_row(type="OPTIN"),
        build_row(type="OPTIN"),
        build_row("SMS", orgUnitId=concept.pk),
    ):
        till.post(f"customers/{person.pk}/subscriptions", build_body(data))

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
        "scope": "",
        "status": "OPTOUT",
        "addedBy": "rr.till",
        "reason": "Example reason",
        "campaignId": -1,
        "communicationId": -1,
    }


def test_read_again_the_log_tells_campaign_and_communication(till, person):
    body = build_body(build_row(), campaignId="7", communicationId=8)

    answer = till.post(f"customers/{person.pk}/subscriptions", body).json()

    [line] = till.get(f"customers/{person.pk}/subscriptionStatusChangeLog").json()["data"]
    assert (answer["campaignId"], answer["communicationId"]) == (7, 8)
    assert (line["campaignId"], line["communicationId"]) == (7, 8)


@pytest.mark.parametrize("path", ["subscriptions", "subscriptionStatusChangeLog"])
def test_refuse_nobody_victims_and_strangers(till, stranger, person, path):
    victim = make_customer(merged_into=person)

    assert read_refusal(till.get(f"customers/404/{path}")) == (404, 8015)
    assert read_refusal(stranger.get(f"customers/{person.pk}/{path}")) == (404, 8015)
    answer = till.get(f"customers/{victim.pk}/{path}")
    assert read_refusal(answer) == (410, 8069)
    assert answer.json()["errors"][0]["survivorId"] == person.pk


def test_refuse_to_write_to_victims_and_strangers(till, stranger, person):
    victim = make_customer(merged_into=person)

    assert read_refusal(
        till.post(f"customers/{victim.pk}/subscriptions", build_body(build_row()))
    ) == (410, 8069)
    assert read_refusal(
        stranger.post(f"customers/{person.pk}/subscriptions", build_body(build_row()))
    ) == (
        404,
        8009,
    )
    assert Subscription.objects.count() == 0
