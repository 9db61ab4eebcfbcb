"""Subscriptions in v1.1 ..."""

import pytest

from crm.dialects.v1_1.batch_items import as_list
from customers.models import ScopedSubscription, Subscription, SubscriptionChange
from tests.builders import make_customer
from tests.contract.v1_1.answers import build_item_status, build_status, list_item_codes
from tests.queries import count_queries

MOBILE, EMAIL = "447700900111", "rita@example.com"
PATH = "customer/subscriptions"


@pytest.fixture
def person(till):
    return make_customer(
        identifiers=[("mobile", MOBILE), ("email", EMAIL), ("externalId", "R-1")],
    )


def build_item(**other):
    return {
        "email": EMAIL,
        "priority": "bulk",
        "scope": "all",
        "channel": "email",
        "is_subscribed": "0",
        **other,
    }


def build_body(*items):
    return {"root": {"subscription": list(items)}}


def list_subscriptions():
    return sorted(Subscription.objects.values_list("channel", "priority", "status"))


def build_preferences(**preference_by_key):
    return [
        {
            "name": channel,
            "priority": [
                {
                    "name": priority,
                    "subscribed": "NONE" if preference == "UNSUBSCRIBED" else "ALL",
                    "user_preference": preference,
                }
                for priority in ("TRANS", "BULK")
                for preference in [preference_by_key.get(f"{channel}_{priority}", "NOT_SET")]
            ],
        }
        for channel in ("EMAIL", "SMS", "ANDROID", "IOS")
    ]


def test_are_written_and_read_in_json(till, person, read_answer):
    written = till.post(
        PATH, build_body(build_item(), build_item(channel="sms", is_subscribed="1"))
    )

    row = {"user_id": str(person.pk), "email": EMAIL, "priority": "BULK", "scope": "ALL"}
    status = build_item_status("The subscription was updated.")
    assert written.status_code == 200
    assert read_answer(written) == (
        build_status(total=2),
        {
            "subscriptions": {
                "subscription": [
                    {**row, "channel": "EMAIL", "is_subscribed": "0", "item_status": status},
                    {**row, "channel": "SMS", "is_subscribed": "1", "item_status": status},
                ]
            }
        },
    )
    assert read_answer(till.get(PATH, {"mobile": MOBILE})) == (
        build_status(),
        {
            "subscriptions": {
                "subscription": [
                    {
                        "user_id": str(person.pk),
                        "mobile": MOBILE,
                        "email": EMAIL,
                        "external_id": "R-1",
                        "channel": build_preferences(
                            EMAIL_BULK="UNSUBSCRIBED", SMS_BULK="SUBSCRIBED"
                        ),
                        "item_status": build_item_status("The subscriptions were retrieved."),
                    }
                ]
            }
        },
    )


def test_are_written_and_read_in_xml(till, person, read_answer):
    body = (
        f"<root><subscription><email>{EMAIL}</email><priority>bulk</priority><scope>all</scope>"
        "<!-- a comment --><channel>email</channel><is_subscribed>0</is_subscribed>"
        "</subscription></root>"
    )

    written = till.post_xml(f"{PATH}?format=xml", body.encode())

    assert written["Content-Type"] == "application/xml; charset=utf-8"
    assert written.content.decode() == (
        '<?xml version="1.0" encoding="UTF-8"?><response><status><success>true</success>'
        "<code>200</code><message>SUCCESS</message><total>1</total>"
        "<success_count>1</success_count></status><subscriptions><subscription>"
        f"<user_id>{person.pk}</user_id><email>{EMAIL}</email><channel>EMAIL</channel>"
        "<priority>BULK</priority><scope>ALL</scope><is_subscribed>0</is_subscribed><item_status>"
        "<success>true</success><code>1000</code><message>The subscription was updated.</message>"
        "<warnings></warnings></item_status></subscription></subscriptions></response>"
    )
    status, read = read_answer(till.get(PATH, {"id": person.pk, "format": "xml"}))
    assert status["code"] == "200"
    shown = read["subscriptions"]["subscription"]
    assert (shown["mobile"], shown["external_id"]) == (MOBILE, "R-1")
    assert shown["channel"] == build_preferences(EMAIL_BULK="UNSUBSCRIBED")


def test_take_one_wish_as_an_object(till, person, read_answer):
    status, _ = read_answer(till.post(PATH, {"root": {"subscription": build_item()}}))

    assert status == build_status()
    assert list_subscriptions() == [("EMAIL", "BULK", "OPTOUT")]


def test_let_one_wish_fail_and_do_the_others(till, person, read_answer):
    items = [
        build_item(),
        build_item(channel="pigeon"),
        build_item(priority="never"),
        build_item(is_subscribed="2"),
        build_item(scope="pigeons"),
        build_item(scope="points,pigeons"),
        build_item(email="nobody@example.com"),
        build_item(email="no address"),
        build_item(email=""),
        {"id": str(2**62), "channel": "sms"},
        build_item(email={"a": "b"}),
    ]

    status, read = read_answer(till.post(PATH, build_body(*items)))

    rows = read["subscriptions"]["subscription"]
    assert status == build_status(201, total=11, success_count=1)
    assert list_item_codes(rows) == [
        ("true", "1000"),
        ("false", "1101"),
        ("false", "1102"),
        ("false", "1106"),
        ("false", "1103"),
        ("false", "1103"),
        ("false", "1012"),
        ("false", "1104"),
        ("false", "1104"),
        ("false", "1011"),
        ("false", "1104"),
    ]
    assert rows[1] == {
        "email": EMAIL,
        "channel": "pigeon",
        "priority": "bulk",
        "scope": "all",
        "is_subscribed": "0",
        "item_status": {
            "success": "false",
            "code": "1101",
            "message": "The channel type is invalid.",
            "warnings": {"warning": []},
        },
    }
    assert list_subscriptions() == [("EMAIL", "BULK", "OPTOUT")]


def test_say_when_every_wish_failed(till, person, read_answer):
    answer = till.post(PATH, build_body(build_item(channel="pigeon")))

    assert answer.status_code == 200
    assert read_answer(answer)[0] == build_status(500)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"channel": "sms"}, ["SMS"]),
        ({"channel": "WECHAT", "priority": "bulk"}, ["WECHAT"]),
        ({"scope": "ALL"}, ["EMAIL", "SMS", "ANDROID", "IOS"]),
    ],
)
def test_are_filtered(till, person, read_answer, query, expected):
    _, read = read_answer(till.get(PATH, {"mobile": MOBILE, **query}))

    [row] = read["subscriptions"]["subscription"]
    assert [channel["name"] for channel in row["channel"]] == expected
    if "priority" in query:
        assert [priority["name"] for priority in row["channel"][0]["priority"]] == ["BULK"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"mobile": MOBILE, "channel": "pigeon"}, "1101"),
        ({"mobile": MOBILE, "priority": "never"}, "1102"),
        ({"mobile": MOBILE, "scope": "points,pigeons"}, "1103"),
        ({}, "1104"),
        ({"mobile": "1"}, "1104"),
        ({"mobile": "447700900199"}, "1012"),
        ({"user_id": "77"}, "1011"),
        ({"id": "9" * 30}, "1104"),
    ],
)
def test_refuse(till, person, read_answer, query, code):
    answer = till.get(PATH, query)

    status, read = read_answer(answer)
    assert answer.status_code == 200
    assert status == build_status(500)
    assert list_item_codes(read["subscriptions"]["subscription"]) == [("false", code)]


def test_are_read_for_several_at_once(till, person, read_answer):
    other = make_customer(identifiers=[("mobile", "447700900112")])

    status, read = read_answer(till.get(PATH, {"mobile": f"{MOBILE}, 447700900112,447700900113"}))

    rows = read["subscriptions"]["subscription"]
    assert status == build_status(201, total=3, success_count=2)
    assert [row.get("user_id") for row in rows] == [str(person.pk), str(other.pk), None]
    assert rows[2]["mobile"] == "447700900113"


def test_take_as_many_queries_for_many_as_for_one(till, person):
    for number in range(5):
        make_customer(identifiers=[("mobile", f"44770090012{number}")])
    many = ",".join(f"44770090012{number}" for number in range(5))
    till.get(PATH, {"mobile": MOBILE})

    # The log-in, who they are, their headings (2), and what they said, in general and by scope.
    assert count_queries(lambda: till.get(PATH, {"mobile": MOBILE})) == 6
    assert count_queries(lambda: till.get(PATH, {"mobile": many})) == 6


def test_follow_a_victim_to_the_survivor_and_say_so(till, person, read_answer):
    victim = make_customer(merged_into=person)

    _, written = read_answer(
        till.post(PATH, build_body({**build_item(), "email": "", "id": victim.pk}))
    )
    _, read = read_answer(till.get(PATH, {"id": victim.pk}))

    [row] = written["subscriptions"]["subscription"]
    assert row["user_id"] == str(person.pk)
    assert row["item_status"]["code"] == "1000"
    assert [warning["code"] for warning in row["item_status"]["warnings"]["warning"]] == ["91009"]
    [row] = read["subscriptions"]["subscription"]
    assert (row["user_id"], list_item_codes([row])) == (str(person.pk), [("true", "91009")])


def test_go_to_the_first_known_identifier_where_they_disagree(till, person, read_answer):
    other = make_customer(identifiers=[("email", "other@example.com")])

    for known, expected in [
        ({"mobile": MOBILE, "email": "other@example.com"}, person),
        ({"mobile": "447700900199", "email": "other@example.com", "external_id": "R-1"}, other),
        ({"mobile": "x", "external_id": "R-1", "id": str(other.pk)}, person),
        ({"card": "nobody's", "user_id": str(other.pk)}, other),
    ]:
        _, read = read_answer(till.get(PATH, known))
        [row] = read["subscriptions"]["subscription"]
        assert row["user_id"] == str(expected.pk), known


def test_are_written_once_by_an_idempotency_key(till, person, read_answer):
    first = till.post(PATH, build_body(build_item()), idempotency_key="k1")
    again = till.post(PATH, build_body(build_item()), idempotency_key="k1")

    assert again.content == first.content
    assert again["Idempotent-Replayed"] == "true"


def opt(till, read_answer, status, scope, **more):
    item = build_item(**{"channel": "sms", "is_subscribed": status, "scope": scope, **more})
    _, read = read_answer(till.post(PATH, build_body(item)))
    [row] = read["subscriptions"]["subscription"]
    return row.get("scope"), row["item_status"]["code"]


def read_sms(till, read_answer, priority="BULK", **query):
    _, read = read_answer(till.get(PATH, {"mobile": MOBILE, "channel": "sms", **query}))
    [row] = read["subscriptions"]["subscription"]
    [channel] = row["channel"]
    [shown] = [shown for shown in channel["priority"] if shown["name"] == priority]
    return shown["subscribed"], shown["user_preference"]


def test_read_again_consent_is_kept_by_scope(till, person, read_answer):
    assert opt(till, read_answer, "0", "points, COUPONS") == ("POINTS,COUPONS", "1000")
    assert not Subscription.objects.exists()
    assert read_sms(till, read_answer) == ("GENERAL", "NOT_SET")
    assert read_sms(till, read_answer, scope="points") == ("NONE", "UNSUBSCRIBED")
    assert read_sms(till, read_answer, scope="general") == ("GENERAL", "NOT_SET")
    assert read_sms(till, read_answer, scope="general,points") == ("GENERAL", "UNSUBSCRIBED")
    assert read_sms(till, read_answer, "TRANS", scope="points") == ("POINTS", "NOT_SET")

    assert opt(till, read_answer, "1", "coupons,coupons") == ("COUPONS", "1000")
    assert opt(till, read_answer, "0", "general") == ("GENERAL", "1000")
    assert read_sms(till, read_answer) == ("COUPONS", "UNSUBSCRIBED")
    assert read_sms(till, read_answer, scope="coupons") == ("COUPONS", "SUBSCRIBED")
    # A scope without its own consent follows the general one.
    assert opt(till, read_answer, "0", "general", priority="trans") == ("GENERAL", "1000")
    assert read_sms(till, read_answer, "TRANS", scope="points") == ("NONE", "UNSUBSCRIBED")

    assert opt(till, read_answer, "1", "all") == ("ALL", "1000")
    assert read_sms(till, read_answer) == ("ALL", "SUBSCRIBED")
    assert sorted(ScopedSubscription.objects.values_list("scope", "status")) == [
        ("COUPONS", "OPTIN"),
        ("POINTS", "OPTIN"),
    ]


@pytest.mark.parametrize("scope", ["", None, "ALL", "all,points", "GENERAL,POINTS,coupons", ","])
def test_read_again_all_scopes_are_one(till, person, read_answer, scope):
    assert opt(till, read_answer, "0", scope) == ("ALL", "1000")
    assert list_subscriptions() == [("SMS", "BULK", "OPTOUT")]
    assert not ScopedSubscription.objects.exists()


def test_read_again_changes_of_a_scope_are_logged(till, person, read_answer):
    for scope, status in (("points", "0"), ("points", "0"), ("all", "1"), ("all", "1")):
        opt(till, read_answer, status, scope)

    assert list(
        SubscriptionChange.objects.order_by("pk").values_list("scope", "previous_status", "status")
    ) == [("POINTS", "", "OPTOUT"), ("", "", "OPTIN"), ("POINTS", "OPTOUT", "OPTIN")]


@pytest.mark.parametrize("channel", ["SOCIAL", "reminder_text", "RE_ISSUAL_TEXT", "Client"])
@pytest.mark.parametrize("form", ["json", "xml"])
def test_read_again_unused_channels_give_an_empty_list(till, person, read_answer, channel, form):
    status, read = read_answer(
        till.get(PATH, {"mobile": MOBILE, "channel": channel, "format": form})
    )

    assert status["success"] == "true"
    [row] = as_list(read["subscriptions"]["subscription"])
    assert not row.get("channel")
    assert opt(till, read_answer, "0", "all", channel=channel)[1] == "1101"


def test_a_channel_that_is_set_for_a_scope_only_is_shown(till, person, read_answer):
    till.post(PATH, build_body(build_item(channel="wechat", scope="points")))

    _, read = read_answer(till.get(PATH, {"mobile": MOBILE}))

    [row] = read["subscriptions"]["subscription"]
    assert row["channel"][-1] == {
        "name": "WECHAT",
        "priority": [
            {"name": "BULK", "subscribed": "GENERAL,COUPONS", "user_preference": "NOT_SET"}
        ],
    }
