"""The demo: the requests of the documents work with it as they are."""

import pytest

from customers.models import Identifier


def profile(*identifiers, **more):
    return {
        "firstName": "Tom",
        "lastName": "Sawyer",
        "identifiers": [{"type": kind, "value": value} for kind, value in identifiers],
        **more,
    }


def test_registers_the_newest_documents_customer(ask):
    status, answer = ask(
        "post",
        "customers",
        {
            "loyaltyInfo": {"loyaltyType": "loyalty"},
            "associatedWith": "bukl.till",
            "profiles": [
                profile(
                    ("mobile", "919010000022"),
                    ("cuid", "cuid_91901000002"),
                    ("unionId", "unionId_91901000002"),
                    commChannels=[
                        {
                            "type": "mobilePush",
                            "meta": {"lastViewedDate": "2019-10-10T22:04:38+05:30"},
                            "verified": "true",
                            "primary": "true",
                            "value": "abc123456",
                        },
                        {"type": "mobile", "value": "91901000001", "primary": True},
                    ],
                    source="MOBILE_APP",
                    accountId="400",
                    fields={"employee": "true", "dateofbirth": "22-10-2000"},
                )
            ],
            "extendedFields": {"gender": "Male", "city": "Bangalore"},
        },
    )

    assert (status, answer["warnings"]) == (200, [])
    assert answer["createdId"] > 500_002_000


@pytest.mark.parametrize("loyalty_type", ["loyalty", "non_loyalty"])
def test_registers_the_older_documents_customer(ask, loyalty_type):
    status, answer = ask(
        "post",
        "customers?source=WECHAT&accountId=22232",
        {
            "profiles": [
                profile(
                    ("email", "tom.sayer@example.com"),
                    fields={"Favorite Color": "Green", "Favorite Sport": "Cricket"},
                    commChannels=[
                        {"type": "wechat", "value": "ojOPTwFOX-aBmdRlE9MHptPjt2w19"},
                    ],
                )
            ],
            "loyaltyInfo": {
                "loyaltyType": loyalty_type,
                "attributionV2": {"createDate": "2016-06-23T19:11:18+08:00"},
            },
            "extendedFields": {"gender": "Male", "city": "Bangalore"},
        },
    )

    assert (status, answer["warnings"]) == (200, [])


@pytest.mark.parametrize(
    ("path", "body_account"),
    [
        ("customers/329?source=WECHAT&accountId=22232", "1234"),
        (
            "customers/lookup?source=INSTORE&identifierName=mobile&identifierValue=919999000001",
            "WeChat1234",
        ),
    ],
)
def test_updates_names_fields_and_channels(ask, path, body_account):
    status, answer = ask(
        "put",
        path,
        {
            "profiles": [
                profile(
                    ("email", "tom.sawyer@example.com"),
                    ("wechat", "wc_2"),
                    fields={"gender": "Male", "city": "Bangalore"},
                    commChannels=[
                        {
                            "type": "wechat",
                            "value": "wc_2",
                            "primary": "true",
                            "verified": "true",
                            "meta": {"residence": True},
                        }
                    ],
                    source="WECHAT",
                    accountId=body_account,
                )
            ],
            "loyaltyInfo": {"loyaltyType": "loyalty"},
            "extendedFields": {"gender": "MALE", "city": "Bangalore"},
        },
    )

    assert status == 200
    assert {warning["code"] for warning in answer["warnings"]} == {91006}


def test_changes_the_identifiers_of_418(ask):
    status, answer = ask(
        "post",
        "customers/418/changeIdentifier?source=WECHAT&accountId=22232",
        {
            "add": [{"type": "wechat", "value": "ray11"}],
            "remove": [{"type": "email", "value": "tom.sawyer@example.com"}],
        },
    )

    assert (status, answer["createdId"], answer["warnings"]) == (200, 418, [])


@pytest.mark.parametrize(
    ("query", "customer_id"),
    [
        ("source=INSTORE&identifierName=mobile&identifierValue=919111111111", 306),
        ("identifierName=mobile&identifierValue=919111111111", 306),
        ("source=ALL&identifierName=mobile&identifierValue=44700900000", 418),
        ("source=INSTORE&identifierName=email&identifierValue=tom.sawyer@example.com", 418),
        ("source=INSTORE&identifierName=externalId&identifierValue=ts1234", 418),
        ("source=INSTORE&identifierName=mobile&identifierValue=447700900000", 29372667),
        ("source=INSTORE&identifierName=externalId&identifierValue=888555888555898855", 481220846),
        (
            "source=WECHAT&accountId=WeChat1234&identifierName=mobile&identifierValue=919999000001",
            481220846,
        ),
        (
            "source=WECHAT&accountId=WECHAT-CM&identifierName=mobile&identifierValue=917169721931",
            409967643,
        ),
        ("source=INSTORE&identifierName=mobile&identifierValue=44700900990", 430000001),
        ("source=INSTORE&identifierName=mobile&identifierValue=44700900999", 430000002),
        ("source=INSTORE&identifierName=mobile&identifierValue=19889999999", 430000003),
        ("source=INSTORE&identifierName=mobile&identifierValue=919740798372", 430000004),
        ("source=INSTORE&identifierName=mobile&identifierValue=918867710031", 420007388),
    ],
)
def test_finds_the_documents_people_by_their_identifiers(ask, query, customer_id):
    assert ask("get", f"customers/lookup?{query}") == (
        200,
        {"entity": customer_id, "warnings": []},
    )


@pytest.mark.parametrize(
    "customer_id",
    [
        *(9113108, 130238908, 161670039, 343014824, 343015431, 343015432, 343040815),
        *(368881003, 379061018, 401031250, 420007388),
    ],
)
def test_knows_the_documents_people_by_their_ids(ask, customer_id):
    status, answer = ask("get", f"customers/{customer_id}?source=INSTORE")

    assert (status, answer["id"], len(answer["profiles"])) == (200, customer_id, 1)


def test_shows_17742_as_the_documents_do(ask):
    _, answer = ask("get", "customers/17742?source=WECHAT&accountId=22232&embed=subscriptions")

    [shown] = answer["profiles"]
    assert (shown["firstName"], shown["lastName"], shown["accountId"]) == ("Tom", "Sawyer", "22232")
    assert shown["fields"].items() >= {"Gender": "Male", "Favorite Color": "Green"}.items()
    assert {identifier["type"] for identifier in shown["identifiers"]} == {
        "line",
        "email",
        "cardnumber",
        "cardExternalId",
    }
    assert {identifier["type"] for identifier in shown["identifiersAll"]} >= {"mobile", "email"}
    assert [
        (channel["type"], channel["verified"], channel["meta"], channel["attributes"])
        for channel in shown["commChannels"]
    ] == [
        ("wechat", True, {"residence": False, "office": False}, {}),
        ("email", False, {"residence": False, "office": False}, {}),
    ]
    assert shown["attribution"]["createdBy"]["code"] == "rr.till"
    assert shown["attribution"]["createDate"] == "2016-06-23T16:41:18+05:30"
    assert shown["attribution"]["modifiedDate"] == "2016-08-12T16:20:23+05:30"
    assert answer["loyaltyInfo"]["loyaltyType"] == "loyalty"
    assert answer["extendedFields"].items() >= {"city": "Bangalore", "gender": "Male"}.items()
    assert {row["type"] for row in answer["subscriptionInfo"]["subscriptions"]} == {"OPTIN"}


def test_shows_919999000001_as_the_documents_do(ask):
    _, answer = ask(
        "get",
        "customers/lookup/customerDetails?source=WECHAT&accountId=22232"
        "&identifierName=mobile&identifierValue=919999000001&embed=mlp",
    )

    [shown] = answer["profiles"]
    assert shown["fields"].keys() >= {"ihcl_active", "tcp_active", "tierup_airasia"}
    assert {identifier["type"] for identifier in shown["identifiers"]} == {
        "externalId",
        "line",
        "mobile",
        "cardnumber",
        "cardExternalId",
    }
    assert answer["associatedWith"] == "sit.admin"
    assert answer["extendedFields"].keys() >= {"city", "gender"}
    assert answer["fraudDetails"]["status"] == "NOT_FRAUD"


def test_shows_343014824_as_the_documents_do(ask):
    _, answer = ask("get", "customers/343014824?source=INSTORE")

    [shown] = answer["profiles"]
    assert {(one["type"], one["value"]) for one in shown["identifiers"]} == {
        ("email", "jimc@example.com"),
        ("externalId", "0RE100003436"),
        ("mobile", "919750000000"),
    }
    assert shown["fields"].keys() >= {"age_group", "birthday"}
    assert shown["attribution"]["modifiedBy"]["code"] == "krishna.till01"
    assert answer["associatedWith"] == "admin.till01"
    assert answer["extendedFields"].keys() >= {"dob", "gender"}


def test_reads_the_fields_of_17742_in_another_language(ask):
    _, answer = ask("get", "customers/17742?source=ALL", HTTP_LANGUAGE="zh")

    assert (answer["extendedFields"]["gender"], answer["extendedFields"]["city"]) == (
        "男",
        "班加罗尔",
    )


def test_finds_toms(ask):
    _, answer = ask("get", "customers/search?limit=10&offset=0&q=tom")

    assert {found["userId"] for found in answer["data"]} >= {329, 418, 17742}


@pytest.mark.parametrize("names_unit", [True, False])
def test_changes_the_subscriptions_of_17742(ask, names_unit):
    unit = {"orgUnitId": 200031782} if names_unit else {}
    status, answer = ask(
        "post",
        "customers/17742/subscriptions",
        {
            "communicationId": -1,
            "campaignId": -1,
            "reason": "Example reason",
            "scope": {"scope": "USER", "subScope": "NONE"},
            "subscriptions": [
                {"channel": "EMAIL", "accountId": "", "priority": "BULK", "type": "OPTOUT", **unit},
                {"channel": "MOBILE", "accountId": "123", "priority": "TRANS", "type": "OPTIN"}
                | unit,
            ],
        },
    )

    assert (status, answer["warnings"]) == (200, [])


def test_labels_919999000001(ask):
    status, answer = ask(
        "put",
        "customers/lookup/status?source=INSTORE&identifierName=mobile&identifierValue=919999000001",
        {"reason": "testing2", "createdOn": "2021-09-16T12:10:45Z", "label": "Active"},
    )

    assert (status, answer["warnings"]) == (200, [])


@pytest.mark.parametrize(
    ("path", "least"),
    [
        ("customers/481220846/statusLog", 2),
        ("customers/17742/subscriptionStatusChangeLog", 4),
        ("customers/29372667/subscriptionStatusChangeLog", 5),
    ],
)
def test_has_something_in_the_logs(ask, path, least):
    status, answer = ask("get", path)

    assert status == 200
    assert len(answer["data"]) >= least


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("mobile", "919010000022"),
        ("cuid", "cuid_91901000002"),
        ("unionId", "unionId_91901000002"),
        ("email", "tom.sayer@example.com"),
        ("mobile", "44700900090"),
        ("mobile", "917979000000"),
        ("cuid", "cuid_917979000000"),
        ("unionId", "unionId_917979000000"),
        ("mobile", "917875000000"),
        ("wechat", "ray11"),
        ("email", "rita.john@example.com"),
        ("externalId", "XYPZ001"),
        ("externalId", "XYPZ006"),
        ("mobile", "918867710032"),
    ],
)
def test_leaves_free_what_the_documents_register_anew(kind, value):
    assert not Identifier.objects.filter(type=kind, value=value).exists()


def test_shows_the_other_organization_its_own_namesake_only(ask):
    path = "customers/lookup?source=INSTORE&identifierName=mobile&identifierValue=44700900000"

    assert ask("get", path, login="other.till") == (200, {"entity": 480000001, "warnings": []})
    assert ask("get", "customers/418", login="other.till")[0] == 404
