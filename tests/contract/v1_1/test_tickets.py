"""Tickets in v1.1 ..."""

import pytest

from customers.models import Ticket, TicketReply
from tests.builders import make_customer, make_field
from tests.contract.v1_1.answers import build_item_status, build_status, list_item_codes
from tests.queries import count_queries

MOBILE, EMAIL = "447700900111", "rita@example.com"
PATH = "customer/tickets"


@pytest.fixture
def person(till):
    make_field("field1", kind="CUSTOM", scope="TICKET")
    return make_customer(
        identifiers=[("mobile", MOBILE), ("email", EMAIL), ("externalId", "R-1")],
        first_name="Rita",
        last_name="Rao",
    )


def build_ticket(**other):
    return {
        "status": "OPEN",
        "priority": "high",
        "department": "internal",
        "subject": "points issue",
        "message": "Unable to redeem points",
        "custom_fields": {"field": [{"name": "field1", "value": "value1"}]},
        **other,
    }


def build_item(*tickets, **other):
    return {"id": "1034", "mobile": MOBILE, "ticket": list(tickets) or [build_ticket()], **other}


def build_body(*items):
    return {"root": {"customer": list(items)}}


def build_heading(person):
    return {
        "user_id": str(person.pk),
        "id": str(person.pk),
        "mobile": MOBILE,
        "email": EMAIL,
        "external_id": "R-1",
    }


def build_answer(row, **other):
    return {
        "code": row.code,
        "status": "OPEN",
        "priority": "HIGH",
        "department": "INTERNAL",
        "subject": "points issue",
        "message": "Unable to redeem points",
        "type": "CUSTOMER",
        "reported_from": "CLIENT",
        "assigned_to": "",
        "custom_fields": {"field": [{"name": "field1", "value": "value1"}]},
        **other,
    }


def drop_date(row):
    assert row.pop("created_on")
    return row


def list_subjects(till, read_answer, **query):
    _, answer = read_answer(till.get(PATH, {"mobile": MOBILE, **query}))
    return [row["subject"] for row in answer["customer"]["tickets"]["ticket"]]


def test_are_reported_and_read_in_json(till, person, read_answer):
    status, reported = read_answer(till.post(PATH, build_body(build_item())))

    kept = Ticket.objects.get()
    assert status == build_status()
    [row] = reported["customers"]["customer"]
    drop_date(row["ticket"])
    assert row == {
        **build_heading(person),
        "ticket": build_answer(kept),
        "item_status": build_item_status("The ticket was added.", "1300"),
    }
    assert (kept.created_by, kept.store) == (till.entity, till.entity.parent)
    status, response = read_answer(till.get(PATH, {"mobile": MOBILE}))
    assert status == build_status()
    drop_date(response["customer"]["tickets"]["ticket"][0])
    assert response == {
        "customer": {
            **build_heading(person),
            "firstname": "Rita",
            "lastname": "Rao",
            "tickets": {"ticket": [build_answer(kept)]},
            "item_status": build_item_status("The tickets were retrieved.", "1300"),
        }
    }


def test_are_reported_and_read_in_xml(till, person, read_answer):
    body = (
        f"<root><customer><mobile>{MOBILE}</mobile><ticket><status>OPEN</status>"
        "<priority>HIGH</priority><department>INTERNAL</department>"
        "<subject>points issue</subject><message>Unable to redeem points</message>"
        "<custom_fields><field><name>field1</name><value>value1</value></field></custom_fields>"
        "</ticket></customer></root>"
    )

    status, reported = read_answer(till.post_xml(f"{PATH}?format=xml", body.encode()))

    kept = Ticket.objects.get()
    field = {"field": {"name": "field1", "value": "value1"}}
    assert status["code"] == "200"
    row = reported["customers"]["customer"]
    assert drop_date(row["ticket"]) == build_answer(kept, custom_fields=field)
    _, response = read_answer(till.get(PATH, {"mobile": MOBILE, "format": "xml"}))
    row = response["customer"]["tickets"]["ticket"]
    assert drop_date(row) == build_answer(kept, custom_fields=field)


def test_refuse_the_same_subject_twice_and_none_at_all(till, person, read_answer):
    items = [
        build_item(),
        build_item(build_ticket(subject=" POINTS  issue")),
        build_item(build_ticket(subject=" ")),
        build_item(build_ticket(priority="urgent")),
        build_item(ticket=[]),
        build_item(ticket=["x"]),
        build_item(mobile="917000000000", id=""),
    ]

    status, answer = read_answer(till.post(PATH, build_body(*items)))

    assert status == build_status(201, len(items), success_count=1)
    assert list_item_codes(answer["customers"]["customer"]) == [
        ("true", "1300"),
        ("false", "1301"),
        ("false", "1303"),
        ("false", "1302"),
        ("false", "400"),
        ("false", "400"),
        ("false", "1012"),
    ]
    assert Ticket.objects.count() == 1


def test_of_one_customer_are_all_kept_or_none(till, person, read_answer):
    _, refused = read_answer(
        till.post(PATH, build_body(build_item(build_ticket(), build_ticket())))
    )
    assert list_item_codes(refused["customers"]["customer"]) == [("false", "1301")]
    assert not Ticket.objects.exists()

    _, kept = read_answer(
        till.post(PATH, build_body(build_item(build_ticket(), build_ticket(subject="Other"))))
    )

    [row] = kept["customers"]["customer"]
    assert [ticket_answer["subject"] for ticket_answer in row["ticket"]] == [
        "points issue",
        "Other",
    ]


def test_are_a_hundred_in_all_at_most(till, person, read_answer):
    answer = till.post(PATH, build_body(build_item(*[build_ticket()] * 101)))

    assert answer.status_code == 400
    assert read_answer(answer)[0]["code"] == 1060
    assert not Ticket.objects.exists()


def test_are_refused_with_too_many_fields(till, person, read_answer):
    fields = {"field": [{"name": f"f{n}", "value": "x"} for n in range(501)]}

    _, answer = read_answer(
        till.post(PATH, build_body(build_item(build_ticket(custom_fields=fields))))
    )

    assert list_item_codes(answer["customers"]["customer"]) == [("false", "400")]
    assert not Ticket.objects.exists()


def test_take_from_the_query_what_they_do_not_say(till, person, read_answer):
    query = "status=on hold&priority=low&department=it&reported_from=email&type=Store"

    read_answer(
        till.post(f"{PATH}?{query}&ticket_code=T-1", build_body(build_item({"subject": "Short"})))
    )

    kept = Ticket.objects.get()
    assert (kept.status, kept.priority, kept.department) == ("ON_HOLD", "LOW", "IT")
    assert (kept.reported_from, kept.type, kept.code) == ("EMAIL", "STORE", "T-1")


def test_are_brought_up_to_date_by_the_code_they_have(till, person, read_answer):
    till.post(PATH, build_body(build_item(build_ticket(ticket_code="T-1"))))
    news = {"ticket_code": "T-1", "status": "closed", "message": "Solved at the till"}

    for _ in range(2):
        _, answer = read_answer(till.post(PATH, build_body(build_item(news))))

    [row] = answer["customers"]["customer"]
    assert (row["ticket"]["code"], row["ticket"]["status"]) == ("T-1", "CLOSED")
    assert row["ticket"]["message"] == "Unable to redeem points"
    assert [reply.message for reply in TicketReply.objects.all()] == ["Solved at the till"]
    _, other = read_answer(
        till.post(PATH, build_body(build_item(build_ticket(ticket_code="T-1", subject="Other"))))
    )
    assert list_item_codes(other["customers"]["customer"]) == [("false", "1302")]


def test_keep_the_rest_when_a_custom_field_does_not_fit(till, person, read_answer):
    fields = {"field": [{"name": "field1", "value": "a"}, {"name": "field2", "value": "b"}]}

    _, answer = read_answer(
        till.post(PATH, build_body(build_item(build_ticket(custom_fields=fields))))
    )

    [row] = answer["customers"]["customer"]
    assert row["ticket"]["custom_fields"] == {"field": [{"name": "field1", "value": "a"}]}
    [warning] = row["item_status"]["warnings"]["warning"]
    assert warning["code"] == "1017"


def test_are_read_as_the_filters_say(till, person, read_answer):
    first_ticket = build_ticket(subject="One", reported_from="EMAIL", ticket_code="T-1")
    second_ticket = build_ticket(
        subject="Two", status="closed", priority="low", department="it", type="store"
    )
    till.post(PATH, build_body(build_item(first_ticket, second_ticket)))
    Ticket.objects.filter(subject="One").update(created_at="2016-05-05T20:00:00Z")

    assert list_subjects(till, read_answer) == ["Two", "One"]
    assert (
        list_subjects(till, read_answer, status="Open")
        == list_subjects(till, read_answer, ticket_code="T-1")
        == ["One"]
    )
    assert list_subjects(till, read_answer, reported_from="email") == ["One"]
    assert (
        list_subjects(till, read_answer, priority="LOW")
        == list_subjects(till, read_answer, department="IT")
        == ["Two"]
    )
    assert list_subjects(till, read_answer, type="STORE") == ["Two"]
    # 01:30 of the 6th on the organization's clock.
    assert list_subjects(till, read_answer, start_date="2016-05-06", end_date="2016-05-06") == [
        "One"
    ]
    assert list_subjects(till, read_answer, end_date="2016-05-05") == []
    assert list_subjects(till, read_answer, start_date="2016-05-07") == ["Two"]


@pytest.mark.parametrize(
    "query",
    [
        {"status": "x"},
        {"priority": "x"},
        {"type": "x"},
        {"reported_from": "x"},
        {"ticket_code": "a b"},
        {"department": "a\0b"},
        {"start_date": "yesterday"},
    ],
)
def test_are_not_told_apart_by_words_that_nobody_knows(till, person, read_answer, query):
    status, answer = read_answer(till.get(PATH, {"mobile": MOBILE, **query}))

    assert status == build_status(500)
    assert list_item_codes([answer["customer"]]) == [("false", "400")]


def test_are_an_empty_list_where_there_are_none(till, person, read_answer):
    status, answer = read_answer(till.get(PATH, {"mobile": MOBILE}))

    assert status == build_status()
    assert answer["customer"]["tickets"] == {"ticket": []}


def test_of_a_merged_customer_are_the_survivors(till, person, read_answer):
    victim = make_customer(merged_into=person, identifiers=[])

    _, written = read_answer(till.post(PATH, build_body(build_item(mobile="", id=str(victim.pk)))))
    _, response = read_answer(till.get(PATH, {"id": victim.pk}))

    [row] = written["customers"]["customer"]
    assert row["user_id"] == response["customer"]["user_id"] == str(person.pk)
    [warning] = row["item_status"]["warnings"]["warning"]
    assert warning["code"] == response["customer"]["item_status"]["code"] == "91009"


def test_ask_for_as_much_of_many_customers_as_of_one(till, person):
    make_customer(identifiers=[("mobile", "447700900112")])
    till.post(PATH, build_body(build_item(), build_item(mobile="447700900112")))
    till.get(PATH, {"mobile": MOBILE})

    for_one = count_queries(lambda: till.get(PATH, {"mobile": MOBILE}))
    for_two = count_queries(lambda: till.get(PATH, {"mobile": f"{MOBILE},447700900112"}))

    assert for_one == for_two
