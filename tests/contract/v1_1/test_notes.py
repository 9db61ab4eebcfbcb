"""Notes in v1.1 ..."""

import pytest

from customers.models import Note
from tests.builders import make_customer
from tests.contract.v1_1.answers import build_item_status, build_status, list_item_codes
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


def build_note(**other):
    return {"id": "15", "date": "2016-05-05 15:15:00", "description": "Likes noodles", **other}


def build_item(*notes, **other):
    data = {"user_id": "15", "mobile": MOBILE, "loyalty_id": "434412", "associate_id": "443"}
    return {**data, "notes": {"note": list(notes) or [build_note()]}, **other}


def build_body(*items):
    return {"root": {"customer": list(items)}}


def build_heading(person):
    return {
        "user_id": str(person.pk),
        "firstname": "Rita",
        "lastname": "Rao",
        "mobile": MOBILE,
        "email": EMAIL,
        "external_id": "R-1",
    }


def list_descriptions(response):
    return [row["description"] for row in response["customer"]["notes"]["note"]]


def test_are_written_and_read_in_json(till, person, read_answer):
    written = till.post(PATH, build_body(build_item()))

    kept = Note.objects.get()
    assert read_answer(written) == (
        build_status(),
        {
            "customer": {
                **build_heading(person),
                "associate_id": "443",
                "notes": {"note": [build_note(id=str(kept.pk))]},
                "item_status": build_item_status("The notes were added or updated.", "200"),
            }
        },
    )
    assert (kept.added_by, kept.store) == (till.entity, till.entity.parent)
    assert read_answer(till.get(PATH, {"identifier": MOBILE, "associate_id": "443"})) == (
        build_status(),
        {
            "customer": {
                **build_heading(person),
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
                "item_status": build_item_status("The notes were retrieved."),
            }
        },
    )


def test_are_written_and_read_in_xml(till, person, read_answer):
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
    _, read = read_answer(till.get(PATH, {"mobile": MOBILE, "format": "xml"}))
    assert read["customer"]["notes"]["note"]["added_on"] == "2016-05-05 15:15:00"


def test_change_one_by_its_id_and_take_any_other_for_the_callers_own(till, person, read_answer):
    till.post(PATH, build_body(build_item()))
    pk = str(Note.objects.get().pk)

    changes = [build_note(id=pk, description="Changed"), build_note(id="-1"), build_note(id="x")]
    _, written = read_answer(till.post(PATH, build_body(build_item(*changes))))

    assert list_descriptions(written) == ["Changed", "Likes noodles", "Likes noodles"]
    assert Note.objects.get(pk=pk).description == "Changed"
    assert Note.objects.count() == 3


def test_of_several_notes_leave_out_those_that_cannot_be_kept(till, person, read_answer):
    notes = [build_note(), build_note(date="yesterday"), build_note(description="x" * 2001)]

    status, written = read_answer(till.post(PATH, build_body(build_item(*notes))))

    assert status == build_status()
    ids = [row["id"] for row in written["customer"]["notes"]["note"]]
    assert ids == [str(Note.objects.get().pk), "-1", "-1"]
    warnings = written["customer"]["item_status"]["warnings"]["warning"]
    assert [warning["code"] for warning in warnings] == ["1036", "1037", "1037"]


def test_let_one_customer_fail_and_do_the_others(till, person, read_answer):
    items = [
        build_item(),
        build_item(associate_id=""),
        build_item(build_note(date="")),
        build_item(notes={}),
        build_item(notes={"note": ["x"]}),
        build_item(mobile="917000000000", user_id=""),
        {"associate_id": "1"},
    ]

    status, answer = read_answer(till.post(PATH, build_body(*items)))

    assert status == build_status(201, len(items), success_count=1)
    assert list_item_codes(answer["customers"]["customer"]) == [
        ("true", "200"),
        ("false", "1037"),
        ("false", "1037"),
        ("false", "1037"),
        ("false", "400"),
        ("false", "1012"),
        ("false", "1015"),
    ]
    assert Note.objects.count() == 1


def test_are_a_hundred_in_all_at_most(till, person, read_answer):
    answer = till.post(
        PATH, build_body(build_item(*[build_note()] * 50), build_item(*[build_note()] * 51))
    )

    assert answer.status_code == 400
    assert read_answer(answer)[0]["code"] == 1060
    assert not Note.objects.exists()


def test_are_read_of_the_associates_asked_for(till, person, read_answer):
    till.post(
        PATH, build_body(build_item(build_note(description="One")), build_item(associate_id="7"))
    )

    _, mine = read_answer(till.get(PATH, {"mobile": MOBILE, "associate_id": "443"}))
    _, both = read_answer(till.get(PATH, {"mobile": MOBILE, "associate_id": "443, 7"}))
    status, nobodys = read_answer(till.get(PATH, {"mobile": MOBILE, "associate_id": "8"}))
    _, odd = read_answer(till.get(PATH, {"mobile": MOBILE, "associate_id": "a\0b"}))

    assert list_descriptions(mine) == ["One"]
    assert len(list_descriptions(both)) == 2
    assert status == build_status(500)
    assert list_item_codes([nobodys["customer"], odd["customer"]]) == [("false", "1028")] * 2
    assert nobodys["customer"]["notes"] == {"note": []}


@pytest.mark.parametrize(
    "parameter", ["mobile", "email", "external_id", "identifier", "user_id", "id"]
)
def test_are_read_by_any_identifier(till, person, read_answer, parameter):
    till.post(PATH, build_body(build_item()))
    value = {"email": EMAIL, "external_id": "R-1", "user_id": person.pk, "id": person.pk}

    _, answer = read_answer(till.get(PATH, {parameter: value.get(parameter, MOBILE)}))

    assert list_descriptions(answer) == ["Likes noodles"]


def test_of_several_customers_are_listed(till, person, read_answer):
    other = make_customer(identifiers=[("mobile", "447700900112")])
    till.post(PATH, build_body(build_item(), build_item(mobile="447700900112")))

    status, answer = read_answer(till.get(PATH, {"mobile": f"{MOBILE},447700900112,447700900113"}))

    assert status == build_status(201, 3)
    rows = answer["customers"]["customer"]
    assert [row.get("user_id") for row in rows] == [str(person.pk), str(other.pk), None]
    assert list_item_codes(rows) == [("true", "1000"), ("true", "1000"), ("false", "1012")]


def test_of_a_merged_customer_are_the_survivors(till, person, read_answer):
    victim = make_customer(merged_into=person, identifiers=[])

    _, written = read_answer(
        till.post(PATH, build_body(build_item(mobile="", user_id=str(victim.pk))))
    )
    _, read = read_answer(till.get(PATH, {"id": victim.pk}))

    assert written["customer"]["user_id"] == read["customer"]["user_id"] == str(person.pk)
    [warning] = written["customer"]["item_status"]["warnings"]["warning"]
    assert warning["code"] == read["customer"]["item_status"]["code"] == "91009"


def test_ask_for_as_much_of_many_customers_as_of_one(till, person):
    make_customer(identifiers=[("mobile", "447700900112")])
    till.post(PATH, build_body(build_item(), build_item(mobile="447700900112")))
    till.get(PATH, {"mobile": MOBILE})

    for_one = count_queries(lambda: till.get(PATH, {"mobile": MOBILE}))
    for_two = count_queries(lambda: till.get(PATH, {"mobile": f"{MOBILE},447700900112"}))

    assert for_one == for_two
