"""/v2/card and what is below it ..."""

import pytest

from loyalty.models import Card, CardSeries
from tests.builders import make_concept, make_customer, make_field
from tests.card_builders import make_card, make_card_label, make_card_series
from tests.contract.v2.answers import list_warning_codes, read_refusal
from tests.queries import count_queries

pytestmark = pytest.mark.django_db

NOON_THERE = "2026-03-02T17:30:00+05:30"
CHANGED_FIELDS = {
    "code": "GOLDPHY98",
    "name": "Gold cards",
    "description": "Plastic",
    "type": "PHYSICAL",
    "expiryDays": 365,
    "cardExpiryEnabled": True,
    "cardGenerationEnabled": True,
    "isActive": True,
    "trigger": "SERIES_ID",
    "maxActiveCardsPerCustomer": 2,
    "cardGenerationConfiguration": {
        "prefix": "GOLD",
        "suffix": "",
        "length": 16,
        "method": "DEFAULT",
    },
}


def test_sets_up_a_series_and_answers_all_of_it(till, django_assert_num_queries):
    made = till.post("card/series", CHANGED_FIELDS)

    assert made.status_code == 200, made.content
    pk = made.json()["entity"]
    assert made.json() == {"entity": pk, "warnings": []}
    answer = till.get(f"card/series/{pk}").json()
    created_on = answer["createdOn"]
    line = {
        **CHANGED_FIELDS,
        "id": pk,
        "orgId": till.org.pk,
        "conceptCode": "",
        "createdBy": till.entity.pk,
        "createdOn": created_on,
        "lastUpdateBy": till.entity.pk,
        "lastUpdatedOn": created_on,
    }
    assert answer == {**line, "warnings": []}
    make_card_series()
    with django_assert_num_queries(2):
        listed = till.get("card/series/get/all").json()
    assert listed["data"][0] == line
    assert len(listed["data"]) == 2


def test_changes_of_a_series_what_is_named(till):
    concept = make_concept(code="demo.brand")
    series = make_card_series("a", name="Old", length=12, prefix="P", max_active_cards=3)

    answer = till.put(
        f"card/series/{series.pk}",
        {
            "name": "New",
            "trigger": "OU_ID",
            "conceptCode": concept.code,
            "maxActiveCardsPerCustomer": None,
            "cardGenerationConfiguration": {"length": 14},
        },
    ).json()

    assert (answer["name"], answer["conceptCode"]) == ("New", "demo.brand")
    assert (answer["code"], answer["maxActiveCardsPerCustomer"]) == ("a", -1)
    assert answer["cardGenerationConfiguration"] == {
        "prefix": "P",
        "suffix": "",
        "length": 14,
        "method": "DEFAULT",
    }
    assert answer["lastUpdateBy"] == till.entity.pk
    assert answer["createdOn"] == NOON_THERE


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"name": "No code"}, (400, 400)),
        ({"code": "TAKEN", "name": "n"}, (409, 409)),
        ({"code": "c", "name": "n", "type": "PAPER"}, (400, 400)),
        ({"code": "c", "name": "n", "trigger": "OU_ID", "conceptCode": "nope"}, (400, 400)),
        ({"code": "c", "name": "n", "cardExpiryEnabled": True}, (400, 400)),
        ({"code": "c" * 61, "name": "n"}, (400, 400)),
        ({"code": {"a": 1}, "name": "n"}, (400, 400)),
        ([], (400, 400)),
    ],
)
def test_refuses_a_series_that_cannot_be(till, data, expected):
    make_card_series("taken")

    assert read_refusal(till.post("card/series", data)) == expected

    assert CardSeries.objects.count() == 1


def test_makes_numbers_and_keeps_a_log(till, django_assert_num_queries):
    series = make_card_series(prefix="77", length=16, method="LUHN")

    answer = till.post("card/generate", {"seriesId": series.pk, "count": 3, "statusLabel": None})

    assert answer.status_code == 200, answer.content
    numbers = answer.json()["entity"]
    assert numbers == sorted(set(numbers))
    assert [len(number) for number in numbers] == [16, 16, 16]
    assert set(numbers) == set(Card.objects.values_list("number", flat=True))
    till.post("card/generate", {"seriesId": series.pk, "count": 1, "description": "more"})
    with django_assert_num_queries(3):
        log = till.get(f"card/generation/logs/{series.pk}").json()["entity"]
    assert [(line["count"], line["description"]) for line in log] == [(1, "more"), (3, "")]
    assert log[0] == {
        "id": log[0]["id"],
        "seriesId": series.pk,
        "count": 1,
        "made": 1,
        "date": log[0]["date"],
        "createdBy": till.entity.pk,
        "description": "more",
        "fileHandle": "",
        "orgId": till.org.pk,
    }
    page = {"limit": 1, "offset": 1}
    assert till.get(f"card/generation/logs/{series.pk}", page).json()["entity"] == [log[1]]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"seriesId": 404}, (404, 404)),
        ({"seriesId": None}, (400, 400)),
        ({"count": 0}, (400, 400)),
        ({"count": 5_001}, (400, 400)),
        ({"count": 2**40}, (400, 400)),
        ({"count": 900}, (400, 400)),
        ({"statusLabel": "nope"}, (400, 400)),
        ({"statusLabel": "ACTIVE"}, (400, 400)),
    ],
)
def test_refuses_to_make_numbers(till, data, expected):
    series = make_card_series(length=3)

    body = {"seriesId": series.pk, "count": 1, **data}

    assert read_refusal(till.post("card/generate", body)) == expected
    assert Card.objects.count() == 0


def test_adds_a_card_that_nobody_holds_and_reads_it(till, django_assert_num_queries):
    series = make_card_series("422", name="sushicard")
    make_field("cardname", kind="CUSTOM", scope="CARD")

    added = till.post(
        "card",
        {
            "seriesId": series.pk,
            "cardNumber": 123456,
            "cardExternalId": "orea7",
            "statusLabel": "not_issued",
            "statusInfo": {"reason": "new"},
            "customFields": {"cardname": "sushi", "hat": 1},
            "mappedEntity": {"type": "STORE"},
        },
    )

    pk = added.json()["entity"]
    assert list_warning_codes(added) == [1017]
    with django_assert_num_queries(4):
        card = till.get("card", {"number": "123456"}).json()
    assert card["cardId"] == card["id"] == card["statusInfo"]["entityId"] == pk
    assert card["issuedDate"] is card["customerId"] is None
    assert (card["cardNumber"], card["cardExternalId"]) == ("123456", "orea7")
    assert (card["seriesCode"], card["maxActiveCards"]) == ("422", -1)
    assert card["customFields"] == {"cardname": "sushi"}
    assert card["entityId"] == till.entity.pk
    assert card["statusInfo"]["reason"] == "new"
    assert card["statusInfo"]["label"] == card["statusInfo"]["status"] == "NOT_ISSUED"
    assert card["transactionNotAllowed"] is True


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"seriesId": 404}, (404, 404)),
        ({"seriesId": None}, (404, 404)),
        ({"cardNumber": "known"}, (409, 409)),
        ({"cardNumber": ""}, (400, 8013)),
        ({"cardNumber": None}, (400, 8013)),
        ({"cardNumber": ["x"]}, (400, 400)),
        ({"cardExternalId": "other"}, (409, 409)),
        ({"statusLabel": "ACTIVE"}, (400, 400)),
        ({"mappedEntity": "x" * 2_000}, (400, 400)),
        ({"statusInfo": {"reason": "r" * 300}}, (400, 400)),
    ],
)
def test_refuses_a_card_that_cannot_be_added(till, data, expected):
    series = make_card_series()
    make_card("known", series, external_id="other")

    body = {"seriesId": series.pk, "cardNumber": "fresh", **data}

    assert read_refusal(till.post("card", body)) == expected
    assert Card.objects.count() == 1


def test_takes_no_number_from_outside_for_a_series_that_makes_its_own(till):
    series = make_card_series(takes_external=False)

    assert read_refusal(till.post("card", {"seriesId": series.pk, "cardNumber": "1"})) == (400, 400)


def test_changes_a_card_and_answers_what_it_is_now(till):
    customer = make_customer()
    card = make_card("visasushi006", customer=customer, external_id="orea7")
    make_card_label("Lost", "SUSPENDED")

    answer = till.put(
        "card",
        {
            "cardNumber": "visasushi006",
            "statusLabel": "lost",
            "statusInfo": {"reason": "on a train"},
            "mappedEntity": {"a": [1]},
        },
    )

    assert answer.status_code == 200, answer.content
    body = answer.json()
    status = body["statusInfo"]
    assert body == {
        "cardId": card.pk,
        "customerId": customer.pk,
        "cardNumber": "visasushi006",
        "cardExternalId": "orea7",
        "seriesId": card.series_id,
        "orgId": till.org.pk,
        "entityId": None,
        "extendedFields": {},
        "customFields": {},
        "mappedEntity": {"a": [1]},
        "statusLabelInfo": {
            "id": status["labelId"],
            "label": "Lost",
            "status": "SUSPENDED",
        },
        "statusInfo": status,
        "transactionNotAllowed": True,
        "warnings": [],
    }
    assert (status["reason"], status["createdBy"]) == ("on a train", till.entity.pk)
    again = till.put("card", {"cardExternalId": "orea7", "statusLabel": "Lost"})
    assert list_warning_codes(again) == [3039]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"cardNumber": "unknown"}, (404, 404)),
        ({"cardNumber": None}, (400, 8013)),
        ({"seriesId": 404}, (404, 404)),
        ({"statusLabel": "nope"}, (400, 400)),
        ({"statusLabel": "ISSUED"}, (400, 400)),
        ({"cardExternalId": "other"}, (409, 409)),
        ({"cardExternalId": "x" * 256}, (400, 8013)),
    ],
)
def test_refuses_a_change(till, data, expected):
    card = make_card("known")
    make_card("another", external_id="other")

    assert read_refusal(till.put("card", {"cardNumber": "known", **data})) == expected

    card.refresh_from_db()
    assert card.status == "NOT_ISSUED"


@pytest.mark.parametrize("wrapped", [False, True])
def test_changes_many_and_lets_one_fail(till, wrapped):
    held = make_card("held", customer=make_customer())
    data = [
        {"cardNumber": "held", "statusLabel": "SUSPENDED"},
        {"cardNumber": "nobody's", "statusLabel": "SUSPENDED"},
        {"cardNumber": "held", "statusLabel": "SUSPENDED"},
    ]

    answer = till.put("card/bulk", {"cards": data} if wrapped else data)

    body = answer.json()
    assert (body["totalCount"], body["failureCount"], body["warnings"]) == (3, 1, [])
    first, second, third = body["response"]
    assert (first["entityId"]["cardId"], first["errors"], first["warnings"]) == (held.pk, [], [])
    assert first["entityId"]["statusLabelInfo"]["status"] == "SUSPENDED"
    assert second["entityId"] == {"cardNumber": "nobody's"}
    assert [error["code"] for error in second["errors"]] == [404]
    assert [warning["code"] for warning in third["warnings"]] == [3039]


def test_tells_as_text_what_named_the_cards_it_did_not_find(till):
    data = [{"cardNumber": 10100, "cardExternalId": 7}, {"cardNumber": None}]

    items = till.put("card/bulk", data).json()["response"]

    assert [item["entityId"] for item in items] == [
        {"cardNumber": "10100", "cardExternalId": "7"},
        {},
    ]
    assert all(item["errors"] for item in items)


def test_changes_at_most_a_hundred(till):
    many = [{"cardNumber": "1"}] * 101

    assert read_refusal(till.put("card/bulk", many)) == (400, 1060)
    assert read_refusal(till.put("card/bulk", {"cards": many})) == (400, 1060)
    assert read_refusal(till.put("card/bulk", {})) == (400, 400)
    assert read_refusal(till.put("card/bulk", [1])) == (400, 400)


def test_changes_any_number_in_as_many_queries(till):
    def change(numbers):
        data = [{"cardNumber": number, "statusLabel": "DELETED"} for number in numbers]
        return count_queries(lambda: till.put("card/bulk", data))

    for n in range(8):
        make_card(f"c{n}")
    change(["c0"])

    assert change(["c1", "c2"]) == change(["c3", "c4", "c5", "c6", "c7"])


def test_is_limited_to_a_thousand_writes_an_hour(settings):
    writes = ("add", "addSeries", "generate", "update", "updateMany", "updateSeries")

    assert {settings.RATE_LIMITS[f"cards.{write}"] for write in writes} == {1_000}


def test_gives_a_card_another_external_id_that_is_free(till):
    customer = make_customer()
    make_card("visasushi006", customer=customer, external_id="orea7")
    make_card("other", external_id="taken")

    answer = till.put("card", {"cardNumber": "visasushi006", "cardExternalId": "orea8"})
    assert (answer.status_code, answer.json()["cardExternalId"]) == (200, "orea8")
    lookup = {"identifierName": "cardExternalId", "identifierValue": "orea8"}
    assert till.get("customers/lookup", lookup).json()["entity"] == customer.pk
    refused = till.put("card", {"cardNumber": "visasushi006", "cardExternalId": "taken"})
    assert read_refusal(refused) == (409, 409)
