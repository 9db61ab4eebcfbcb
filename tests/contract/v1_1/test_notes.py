"""Notes in v1.1 ..."""

import pytest

from crm.tenancy.models import Scope
from customers.models import Note
from tests.builders import make_credential, make_customer
from tests.contract.v1_1.answers import codes, done, whole
from tests.crm.callers import basic
from tests.queries import count_queries

MOBILE, EMAIL = "447700900111", "rita@example.com"
PATH = "customer/notes"


@pytest.fixture
def person(till):
    return make_customer(
        identifiers=[("mobile", MOBILE), ("email", EMAIL), ("externalId", "R-1")],
        first_name="Rita",
        last_name="Rao",
    )


def note(**other):
    return {"id": "15", "date": "2016-05-05 15:15:00", "description": "Likes noodles", **other}


def item(*notes, **other):
    said = {"user_id": "15", "mobile": MOBILE, "loyalty_id": "434412", "associate_id": "443"}
    return {**said, "notes": {"note": list(notes) or [note()]}, **other}


def root(*items):
    return {"root": {"customer": list(items)}}


def head(person):
    return {
        "user_id": str(person.pk),
        "firstname": "Rita",
        "lastname": "Rao",
        "mobile": MOBILE,
        "email": EMAIL,
        "external_id": "R-1",
    }


def said_notes(response):
    return [row["description"] for row in response["customer"]["notes"]["note"]]


def test_are_written_and_read_in_json(till, person, said):
    written = till.post(PATH, root(item()))

    kept = Note.objects.get()
    assert said(written) == (
        whole(),
        {
            "customer": {
                **head(person),
                "associate_id": "443",
                "notes": {"note": [note(id=str(kept.pk))]},
                "item_status": done("The notes were added or updated.", "200"),
            }
        },
    )
    assert (kept.added_by, kept.store) == (till.entity, till.entity.parent)
    assert said(till.get(PATH, {"identifier": MOBILE, "associate_id": "443"})) == (
        whole(),
        {
            "customer": {
                **head(person),
                "notes": {
                    "note": [
                        {
                            "id": str(kept.pk),
                            "description": "Likes noodles",
                            "added_on": "2016-05-05 15:15:00",
                            "associate_id": "443",
                        }
                    ]
                },
                "item_status": done("The notes were retrieved."),
            }
        },
    )


def test_are_written_and_read_in_xml(till, person, said):
    body = (
        f"<root><customer><mobile>{MOBILE}</mobile><associate_id>443</associate_id><notes><note>"
        "<id>15</id><date>2016-05-05 15:15:00</date><description>Likes noodles</description>"
        "</note></notes></customer></root>"
    )

    written = till.post_xml(f"{PATH}?format=xml", body.encode())

    pk = Note.objects.get().pk
    assert written.content.decode() == (
        '<?xml version="1.0" encoding="UTF-8"?><response><status><success>true</success>'
        "<code>200</code><message>SUCCESS</message><total>1</total>"
        f"<success_count>1</success_count></status><customer><user_id>{person.pk}</user_id>"
        f"<firstname>Rita</firstname><lastname>Rao</lastname><mobile>{MOBILE}</mobile>"
        f"<email>{EMAIL}</email><external_id>R-1</external_id><associate_id>443</associate_id>"
        f"<notes><note><id>{pk}</id><date>2016-05-05 15:15:00</date>"
        "<description>Likes noodles</description></note></notes><item_status>"
        "<success>true</success><code>200</code>"
        "<message>The notes were added or updated.</message><warnings></warnings></item_status>"
        "</customer></response>"
    )
    _, read = said(till.get(PATH, {"mobile": MOBILE, "format": "xml"}))
    assert read["customer"]["notes"]["note"]["added_on"] == "2016-05-05 15:15:00"


def test_change_one_by_its_id_and_take_any_other_for_the_callers_own(till, person, said):
    till.post(PATH, root(item()))
    pk = str(Note.objects.get().pk)

    changes = [note(id=pk, description="Changed"), note(id="-1"), note(id="x")]
    _, written = said(till.post(PATH, root(item(*changes))))

    assert said_notes(written) == ["Changed", "Likes noodles", "Likes noodles"]
    assert Note.objects.get(pk=pk).description == "Changed"
    assert Note.objects.count() == 3


def test_of_several_notes_leave_out_those_that_cannot_be_kept(till, person, said):
    notes = [note(), note(date="yesterday"), note(description="x" * 2001)]

    status, written = said(till.post(PATH, root(item(*notes))))

    assert status == whole()
    ids = [row["id"] for row in written["customer"]["notes"]["note"]]
    assert ids == [str(Note.objects.get().pk), "-1", "-1"]
    warnings = written["customer"]["item_status"]["warnings"]["warning"]
    assert [warning["code"] for warning in warnings] == ["1036", "1037", "1037"]


def test_let_one_customer_fail_and_do_the_others(till, person, said):
    items = [
        item(),
        item(associate_id=""),
        item(note(date="")),
        item(notes={}),
        item(notes={"note": ["x"]}),
        item(mobile="917000000000", user_id=""),
        {"associate_id": "1"},
    ]

    status, answer = said(till.post(PATH, root(*items)))

    assert status == whole(201, len(items), done=1)
    assert codes(answer["customers"]["customer"]) == [
        ("true", "200"),
        ("false", "1037"),
        ("false", "1037"),
        ("false", "1037"),
        ("false", "400"),
        ("false", "1012"),
        ("false", "1015"),
    ]
    assert Note.objects.count() == 1


def test_are_a_hundred_in_all_at_most(till, person, said):
    answer = till.post(PATH, root(item(*[note()] * 50), item(*[note()] * 51)))

    assert answer.status_code == 400
    assert said(answer)[0]["code"] == 1060
    assert not Note.objects.exists()


def test_are_read_of_the_associates_asked_for(till, person, said):
    till.post(PATH, root(item(note(description="One")), item(associate_id="7")))

    _, mine = said(till.get(PATH, {"mobile": MOBILE, "associate_id": "443"}))
    _, both = said(till.get(PATH, {"mobile": MOBILE, "associate_id": "443, 7"}))
    status, nobodys = said(till.get(PATH, {"mobile": MOBILE, "associate_id": "8"}))
    _, odd = said(till.get(PATH, {"mobile": MOBILE, "associate_id": "a\0b"}))

    assert said_notes(mine) == ["One"]
    assert len(said_notes(both)) == 2
    assert status == whole(500)
    assert codes([nobodys["customer"], odd["customer"]]) == [("false", "1028")] * 2
    assert nobodys["customer"]["notes"] == {"note": []}


@pytest.mark.parametrize("asked", ["mobile", "email", "external_id", "identifier", "user_id", "id"])
def test_are_read_by_any_identifier(till, person, said, asked):
    till.post(PATH, root(item()))
    value = {"email": EMAIL, "external_id": "R-1", "user_id": person.pk, "id": person.pk}

    _, answer = said(till.get(PATH, {asked: value.get(asked, MOBILE)}))

    assert said_notes(answer) == ["Likes noodles"]


def test_of_several_customers_are_listed(till, person, said):
    other = make_customer(identifiers=[("mobile", "447700900112")])
    till.post(PATH, root(item(), item(mobile="447700900112")))

    status, answer = said(till.get(PATH, {"mobile": f"{MOBILE},447700900112,447700900113"}))

    assert status == whole(201, 3)
    rows = answer["customers"]["customer"]
    assert [row.get("user_id") for row in rows] == [str(person.pk), str(other.pk), None]
    assert codes(rows) == [("true", "1000"), ("true", "1000"), ("false", "1012")]


def test_of_a_merged_customer_are_the_survivors(till, person, said):
    victim = make_customer(merged_into=person, identifiers=[])

    _, written = said(till.post(PATH, root(item(mobile="", user_id=str(victim.pk)))))
    _, read = said(till.get(PATH, {"id": victim.pk}))

    assert written["customer"]["user_id"] == read["customer"]["user_id"] == str(person.pk)
    [warning] = written["customer"]["item_status"]["warnings"]["warning"]
    assert warning["code"] == read["customer"]["item_status"]["code"] == "91009"


def test_of_another_organization_are_unknown(till, person, stranger, said):
    till.post(PATH, root(item()))

    _, by_mobile = said(stranger.get(PATH, {"mobile": MOBILE}))
    _, by_id = said(stranger.get(PATH, {"id": person.pk}))
    _, written = said(stranger.post(PATH, root(item(user_id=str(person.pk)))))

    assert codes([by_mobile["customer"], by_id["customer"]]) == [
        ("false", "1012"),
        ("false", "1011"),
    ]
    assert written["customer"]["item_status"]["success"] == "false"
    assert Note.objects.count() == 1


def test_need_the_right_scopes(till, person, client):
    reader = make_credential(entity=till.entity, login="reader", scopes=[Scope.CUSTOMERS_READ])
    answer = client.post(
        f"/v1.1/{PATH}", root(item()), content_type="application/json", **basic(reader.login)
    )

    assert answer.status_code == 403
    assert not Note.objects.exists()


def test_ask_for_as_much_of_many_customers_as_of_one(till, person):
    make_customer(identifiers=[("mobile", "447700900112")])
    till.post(PATH, root(item(), item(mobile="447700900112")))
    till.get(PATH, {"mobile": MOBILE})

    one = count_queries(lambda: till.get(PATH, {"mobile": MOBILE}))
    two = count_queries(lambda: till.get(PATH, {"mobile": f"{MOBILE},447700900112"}))

    assert one == two
