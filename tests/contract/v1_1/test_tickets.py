"""Tickets in v1.1 ..."""

import pytest

from crm.tenancy.models import Scope
from customers.models import Ticket, TicketReply
from tests.builders import make_credential, make_customer, make_field
from tests.contract.v1_1.answers import codes, done, whole
from tests.crm.callers import basic
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


def ticket(**other):
    return {
        "status": "OPEN",
        "priority": "high",
        "department": "internal",
        "subject": "points issue",
        "message": "Unable to redeem points",
        "custom_fields": {"field": [{"name": "field1", "value": "value1"}]},
        **other,
    }


def item(*tickets, **other):
    return {"id": "1034", "mobile": MOBILE, "ticket": list(tickets) or [ticket()], **other}


def root(*items):
    return {"root": {"customer": list(items)}}


def head(person):
    return {
        "user_id": str(person.pk),
        "id": str(person.pk),
        "mobile": MOBILE,
        "email": EMAIL,
        "external_id": "R-1",
    }


def shown(kept, **other):
    return {
        "code": kept.code,
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


def without_date(row):
    assert row.pop("created_on")
    return row


def found(till, said, **query):
    _, answer = said(till.get(PATH, {"mobile": MOBILE, **query}))
    return [row["subject"] for row in answer["customer"]["tickets"]["ticket"]]


def test_are_reported_and_read_in_json(till, person, said):
    status, reported = said(till.post(PATH, root(item())))

    kept = Ticket.objects.get()
    assert status == whole()
    [row] = reported["customers"]["customer"]
    without_date(row["ticket"])
    assert row == {
        **head(person),
        "ticket": shown(kept),
        "item_status": done("The ticket was added.", "1300"),
    }
    assert (kept.created_by, kept.store) == (till.entity, till.entity.parent)
    status, read = said(till.get(PATH, {"mobile": MOBILE}))
    assert status == whole()
    without_date(read["customer"]["tickets"]["ticket"][0])
    assert read == {
        "customer": {
            **head(person),
            "firstname": "Rita",
            "lastname": "Rao",
            "tickets": {"ticket": [shown(kept)]},
            "item_status": done("The tickets were retrieved.", "1300"),
        }
    }


def test_are_reported_and_read_in_xml(till, person, said):
    body = (
        f"<root><customer><mobile>{MOBILE}</mobile><ticket><status>OPEN</status>"
        "<priority>HIGH</priority><department>INTERNAL</department>"
        "<subject>points issue</subject><message>Unable to redeem points</message>"
        "<custom_fields><field><name>field1</name><value>value1</value></field></custom_fields>"
        "</ticket></customer></root>"
    )

    status, reported = said(till.post_xml(f"{PATH}?format=xml", body.encode()))

    kept = Ticket.objects.get()
    field = {"field": {"name": "field1", "value": "value1"}}
    assert status["code"] == "200"
    row = reported["customers"]["customer"]
    assert without_date(row["ticket"]) == shown(kept, custom_fields=field)
    _, read = said(till.get(PATH, {"mobile": MOBILE, "format": "xml"}))
    row = read["customer"]["tickets"]["ticket"]
    assert without_date(row) == shown(kept, custom_fields=field)


def test_refuse_the_same_subject_twice_and_none_at_all(till, person, said):
    items = [
        item(),
        item(ticket(subject=" POINTS  issue")),
        item(ticket(subject=" ")),
        item(ticket(priority="urgent")),
        item(ticket=[]),
        item(ticket=["x"]),
        item(mobile="917000000000", id=""),
    ]

    status, answer = said(till.post(PATH, root(*items)))

    assert status == whole(201, len(items), done=1)
    assert codes(answer["customers"]["customer"]) == [
        ("true", "1300"),
        ("false", "1301"),
        ("false", "1303"),
        ("false", "1302"),
        ("false", "400"),
        ("false", "400"),
        ("false", "1012"),
    ]
    assert Ticket.objects.count() == 1


def test_of_one_customer_are_all_kept_or_none(till, person, said):
    _, refused = said(till.post(PATH, root(item(ticket(), ticket()))))
    assert codes(refused["customers"]["customer"]) == [("false", "1301")]
    assert not Ticket.objects.exists()

    _, kept = said(till.post(PATH, root(item(ticket(), ticket(subject="Other")))))

    [row] = kept["customers"]["customer"]
    assert [one["subject"] for one in row["ticket"]] == ["points issue", "Other"]


def test_are_a_hundred_in_all_at_most(till, person, said):
    answer = till.post(PATH, root(item(*[ticket()] * 101)))

    assert answer.status_code == 400
    assert said(answer)[0]["code"] == 1060
    assert not Ticket.objects.exists()


def test_are_refused_with_too_many_fields(till, person, said):
    fields = {"field": [{"name": f"f{n}", "value": "x"} for n in range(501)]}

    _, answer = said(till.post(PATH, root(item(ticket(custom_fields=fields)))))

    assert codes(answer["customers"]["customer"]) == [("false", "400")]
    assert not Ticket.objects.exists()


def test_take_from_the_query_what_they_do_not_say(till, person, said):
    query = "status=on hold&priority=low&department=it&reported_from=email&type=Store"

    said(till.post(f"{PATH}?{query}&ticket_code=T-1", root(item({"subject": "Short"}))))

    kept = Ticket.objects.get()
    assert (kept.status, kept.priority, kept.department) == ("ON_HOLD", "LOW", "IT")
    assert (kept.reported_from, kept.type, kept.code) == ("EMAIL", "STORE", "T-1")


def test_are_brought_up_to_date_by_the_code_they_have(till, person, said):
    till.post(PATH, root(item(ticket(ticket_code="T-1"))))
    news = {"ticket_code": "T-1", "status": "closed", "message": "Solved at the till"}

    for _ in range(2):
        _, answer = said(till.post(PATH, root(item(news))))

    [row] = answer["customers"]["customer"]
    assert (row["ticket"]["code"], row["ticket"]["status"]) == ("T-1", "CLOSED")
    assert row["ticket"]["message"] == "Unable to redeem points"
    assert [reply.message for reply in TicketReply.objects.all()] == ["Solved at the till"]
    _, other = said(till.post(PATH, root(item(ticket(ticket_code="T-1", subject="Other")))))
    assert codes(other["customers"]["customer"]) == [("false", "1302")]


def test_keep_the_rest_when_a_custom_field_does_not_fit(till, person, said):
    fields = {"field": [{"name": "field1", "value": "a"}, {"name": "field2", "value": "b"}]}

    _, answer = said(till.post(PATH, root(item(ticket(custom_fields=fields)))))

    [row] = answer["customers"]["customer"]
    assert row["ticket"]["custom_fields"] == {"field": [{"name": "field1", "value": "a"}]}
    [warning] = row["item_status"]["warnings"]["warning"]
    assert warning["code"] == "1017"


def test_are_read_as_the_filters_say(till, person, said):
    one = ticket(subject="One", reported_from="EMAIL", ticket_code="T-1")
    two = ticket(subject="Two", status="closed", priority="low", department="it", type="store")
    till.post(PATH, root(item(one, two)))
    Ticket.objects.filter(subject="One").update(created_at="2016-05-05T20:00:00Z")

    assert found(till, said) == ["Two", "One"]
    assert found(till, said, status="Open") == found(till, said, ticket_code="T-1") == ["One"]
    assert found(till, said, reported_from="email") == ["One"]
    assert found(till, said, priority="LOW") == found(till, said, department="IT") == ["Two"]
    assert found(till, said, type="STORE") == ["Two"]
    # 01:30 of the 6th on the organization's clock.
    assert found(till, said, start_date="2016-05-06", end_date="2016-05-06") == ["One"]
    assert found(till, said, end_date="2016-05-05") == []
    assert found(till, said, start_date="2016-05-07") == ["Two"]


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
def test_are_not_told_apart_by_words_that_nobody_knows(till, person, said, query):
    status, answer = said(till.get(PATH, {"mobile": MOBILE, **query}))

    assert status == whole(500)
    assert codes([answer["customer"]]) == [("false", "400")]


def test_are_an_empty_list_where_there_are_none(till, person, said):
    status, answer = said(till.get(PATH, {"mobile": MOBILE}))

    assert status == whole()
    assert answer["customer"]["tickets"] == {"ticket": []}


def test_of_a_merged_customer_are_the_survivors(till, person, said):
    victim = make_customer(merged_into=person, identifiers=[])

    _, written = said(till.post(PATH, root(item(mobile="", id=str(victim.pk)))))
    _, read = said(till.get(PATH, {"id": victim.pk}))

    [row] = written["customers"]["customer"]
    assert row["user_id"] == read["customer"]["user_id"] == str(person.pk)
    [warning] = row["item_status"]["warnings"]["warning"]
    assert warning["code"] == read["customer"]["item_status"]["code"] == "91009"


def test_of_another_organization_are_unknown(till, person, stranger, said):
    till.post(PATH, root(item(ticket(ticket_code="T-1"))))

    _, read = said(stranger.get(PATH, {"id": person.pk}))
    _, written = said(stranger.post(PATH, root(item(ticket(ticket_code="T-1")))))

    assert codes([read["customer"]]) == [("false", "1011")]
    assert written["customers"]["customer"][0]["item_status"]["success"] == "false"
    assert Ticket.objects.count() == 1


def test_need_the_right_scopes(till, person, client):
    reader = make_credential(entity=till.entity, login="reader", scopes=[Scope.CUSTOMERS_READ])
    answer = client.post(
        f"/v1.1/{PATH}", root(item()), content_type="application/json", **basic(reader.login)
    )

    assert answer.status_code == 403
    assert not Ticket.objects.exists()


def test_ask_for_as_much_of_many_customers_as_of_one(till, person):
    make_customer(identifiers=[("mobile", "447700900112")])
    till.post(PATH, root(item(), item(mobile="447700900112")))
    till.get(PATH, {"mobile": MOBILE})

    one = count_queries(lambda: till.get(PATH, {"mobile": MOBILE}))
    two = count_queries(lambda: till.get(PATH, {"mobile": f"{MOBILE},447700900112"}))

    assert one == two
