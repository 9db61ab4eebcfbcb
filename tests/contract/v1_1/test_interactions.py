"""Interactions in v1.1 ..."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crm.kernel.transactions import unit_of_work
from crm.usecases.merge_customers import merge_customers
from customers.operations.interactions import record_interactions
from customers.rules.interactions import NewInteraction
from tests.builders import make_customer, make_origin
from tests.contract.v1_1.answers import build_item_status, build_status, list_item_codes
from tests.queries import count_queries

MOBILE, EMAIL = "447700900111", "rita@example.com"
PATH = "customer/interaction"
THEN = datetime(2013, 12, 11, 11, 43, 55, tzinfo=ZoneInfo("Asia/Kolkata"))
DAY = timedelta(days=1)


def record_for(customer, *interactions):
    return unit_of_work(record_interactions)(
        origin=make_origin(),
        interactions=[
            NewInteraction(**{"customer_id": customer.pk, "happened_at": THEN, **interaction})
            for interaction in interactions
        ],
    )


@pytest.fixture
def person(till):
    rita = make_customer(
        identifiers=[("mobile", MOBILE), ("email", EMAIL), ("externalId", "R-1")],
    )
    record_for(
        rita,
        {"type": "checkin", "network": "facebook", "latitude": 22.23, "longitude": 23.33},
        {"type": "tweet", "times": 10},
        {"type": "retweet", "times": 5},
        {
            "type": "sms",
            "sender": "918867702348",
            "receiver": MOBILE,
            "subject": "Points",
            "delivered_at": THEN + timedelta(seconds=5),
            "delivery_status": "sent",
        },
        {
            "type": "survey",
            "survey_name": "Feedback",
            "nps_score": 9,
            "sent_by": "Asha",
            "response_url": "https://survey.example/?a=1&b=2",
            "completed_at": THEN + DAY,
        },
        {"type": "survey", "survey_name": "Review", "happened_at": THEN + DAY / 2},
    )
    return rita


def read_networks(answer, read_answer):
    return read_answer(answer)[1]["customer"]["interactions"]["network"]


def test_are_told_by_network_and_type_in_json(till, person, read_answer):
    answer = till.get(PATH, {"mobile": MOBILE})

    status, rest = read_answer(answer)
    assert status == {**build_status(), "response_code": "200"}
    customer = rest["customer"]
    sms = customer["interactions"]["network"][2]["interaction"][0]
    assert sms["messages"]["message"][0].pop("id").isdecimal()
    assert customer == {
        "user_id": str(person.pk),
        "id": str(person.pk),
        "mobile": MOBILE,
        "email": EMAIL,
        "external_id": "R-1",
        "interactions": {
            "network": [
                {
                    "name": "facebook",
                    "interaction": {
                        "type": "checkin",
                        "count": "1",
                        "locs": {
                            "loc": [
                                {"lat": "22.23", "long": "23.33", "time": "2013-12-11 11:43:55"}
                            ]
                        },
                    },
                },
                {
                    "name": "twitter",
                    "interaction": [
                        {"type": "tweet", "count": "10"},
                        {"type": "retweet", "count": "5"},
                    ],
                },
                {
                    "name": "capillary",
                    "interaction": [
                        {
                            "type": "sms",
                            "count": "1",
                            "messages": {
                                "message": [
                                    {
                                        "sender": "918867702348",
                                        "receiver": MOBILE,
                                        "subject": "Points",
                                        "sent_time": "2013-12-11 11:43:55",
                                        "delivered_time": "2013-12-11 11:44:00",
                                        "status": "SENT",
                                    }
                                ]
                            },
                        },
                        {
                            "type": "survey",
                            "count": "2",
                            "latest_nps_score": "9",
                            "latest_survey_name": "Feedback",
                            "latest_survey_interaction_time": "2013-12-12 11:43:55",
                            "surveys": {
                                "survey": [
                                    {
                                        "name": "Feedback",
                                        "nps_score": "9",
                                        "sent_by": "Asha",
                                        "response_url": "https://survey.example/?a=1&b=2",
                                        "sent_time": "2013-12-11 11:43:55",
                                        "completion_time": "2013-12-12 11:43:55",
                                    },
                                    {
                                        "name": "Review",
                                        "nps_score": None,
                                        "sent_by": "",
                                        "response_url": "",
                                        "sent_time": "2013-12-11 23:43:55",
                                        "completion_time": None,
                                    },
                                ]
                            },
                        },
                    ],
                },
            ]
        },
        "item_status": build_item_status("The interactions were retrieved."),
    }


def test_are_told_alike_in_xml(till, person, read_answer):
    answer = till.get(PATH, {"mobile": MOBILE, "format": "xml"})

    status, rest = read_answer(answer)
    assert (status["code"], status["response_code"]) == ("200", "200")
    facebook, twitter, own = rest["customer"]["interactions"]["network"]
    assert facebook["interaction"]["locs"]["loc"]["lat"] == "22.23"
    assert [group["count"] for group in twitter["interaction"]] == ["10", "5"]
    assert own["interaction"][1]["latest_survey_name"] == "Feedback"
    assert b"https://survey.example/?a=1&amp;b=2" in answer.content


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"network": "twitter"}, [("twitter", ["tweet", "retweet"])]),
        (
            {"network": "Twitter,Facebook", "type": "tweet,checkin"},
            [("facebook", ["checkin"]), ("twitter", ["tweet"])],
        ),
        ({"type": "survey", "end_date": "2013-12-11"}, [("capillary", ["survey"])]),
        ({"start_date": "2013-12-11 12:00:00"}, [("capillary", ["survey"])]),
        ({"start_date": "2013-12-12"}, []),
        ({"end_date": "2013-12-11 11:43:54"}, []),
    ],
)
def test_are_filtered(till, person, read_answer, filters, expected):
    networks_answer = read_networks(till.get(PATH, {"mobile": MOBILE, **filters}), read_answer)

    assert [
        (
            network["name"],
            [
                group["type"]
                for groups in [network["interaction"]]
                for group in (groups if isinstance(groups, list) else [groups])
            ],
        )
        for network in networks_answer
    ] == expected


@pytest.mark.parametrize(
    "filters", [{"network": "myspace"}, {"type": "shout"}, {"start_date": "someday"}]
)
def test_refuse_filters_that_make_no_sense(till, person, read_answer, filters):
    answer = till.get(PATH, {"mobile": MOBILE, **filters})

    assert (answer.status_code, read_answer(answer)[0]["code"]) == (400, 400)


def test_tell_of_each_of_several_customers(till, person, read_answer):
    other = make_customer(identifiers=[("mobile", "447700900222")])

    status, rest = read_answer(till.get(PATH, {"mobile": f"{MOBILE},447700900222,447700900333"}))

    assert status == {**build_status(201, total=3, success_count=2), "response_code": "201"}
    rows = rest["customers"]["customer"]
    assert list_item_codes(rows) == [("true", "1000"), ("true", "1000"), ("false", "1012")]
    assert rows[1]["user_id"] == str(other.pk)
    assert rows[1]["interactions"] == {"network": []}
    assert rows[2]["mobile"] == "447700900333"


def test_lead_from_a_merged_customer_to_the_survivor(till, person, read_answer):
    victim = make_customer()
    unit_of_work(merge_customers)(
        origin=make_origin(), survivor_id=person.pk, victim_id=victim.pk, cause="STAFF"
    )

    _, rest = read_answer(till.get(PATH, {"user_id": str(victim.pk)}))

    assert rest["customer"]["user_id"] == str(person.pk)
    assert rest["customer"]["item_status"]["code"] == "91009"


def test_cost_the_same_for_one_and_for_many(till, person):
    others = [make_customer() for _ in range(4)]
    for other in others:
        record_for(other, {"type": "tweet"}, {"type": "sms"})
    till.get(PATH, {"user_id": str(person.pk)})

    for_one = count_queries(lambda: till.get(PATH, {"user_id": str(person.pk)}))
    for_many = count_queries(
        lambda: till.get(PATH, {"user_id": ",".join(str(p.pk) for p in (person, *others))})
    )

    assert for_one == for_many
