"""GET /v2/customers/lookup ..."""

import pytest

from crm.tenancy.models import Organization
from tests.builders import get_or_make_source_account, make_customer, make_profile
from tests.contract.v2.answers import read_refusal

pytestmark = pytest.mark.django_db

MOBILE = "919111111111"


@pytest.fixture
def person(till):
    return make_customer(identifiers=[("mobile", MOBILE), ("email", "tom@example.com")])


def look_up(till, name="mobile", value=MOBILE, **query):
    return till.get("customers/lookup", {"identifierName": name, "identifierValue": value, **query})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mobile", MOBILE),
        ("Mobile", "+91 91111 11111"),
        ("mobile", "9111111111"),
        ("mobile", " 919111111111"),
        ("mobile", "0091 91111.11111"),
        ("mobile", "+91 (0)91111-11111"),
        ("mobile", " 9111111111 "),
        ("mobile", "\u200b919111111111"),
        ("EMAIL", "TOM@example.com"),
    ],
)
@pytest.mark.parametrize("source", [{}, {"source": "ALL"}, {"source": "instore"}])
def test_answers_the_id(till, person, name, value, source):
    answer = look_up(till, name, value, **source)

    assert answer.status_code == 200
    assert answer.json() == {"entity": person.pk, "warnings": []}


def test_answers_the_survivor_of_a_merge(till, person):
    wechat = get_or_make_source_account("WECHAT", "22232")
    other = make_customer(identifiers=[("wechat", "w-1")], source_account=wechat)
    till.post(
        f"customers/{other.pk}/changeIdentifier?source=WECHAT&accountId=22232",
        {"add": [{"type": "mobile", "value": MOBILE}]},
    )

    assert look_up(till, "wechat", "w-1").json()["entity"] == person.pk
    answer = look_up(till, "id", str(other.pk))
    assert read_refusal(answer) == (410, 8069)
    assert answer.json()["errors"][0]["survivorId"] == person.pk


def test_needs_only_a_profile_in_the_source_named(till, person):
    make_profile(person, get_or_make_source_account("WECHAT", "22232"))

    answer = look_up(till, source="WECHAT", accountId="22232")

    assert answer.json()["entity"] == person.pk


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"value": "919111111112"}, (404, 8015)),
        ({"name": "id", "value": "404"}, (404, 8015)),
        ({"source": "WECHAT", "accountId": "22232"}, (404, 8065)),
        ({"source": "WECHAT"}, (400, 8045)),
        ({"source": "WECHAT", "accountId": "nope"}, (400, 8011)),
        ({"source": "NOWHERE"}, (400, 8011)),
        ({"name": "cardnumber"}, (404, 8015)),
        ({"name": "shoesize"}, (400, 8013)),
        ({"name": ""}, (400, 8013)),
        ({"value": ""}, (400, 8013)),
        ({"value": "no number"}, (400, 8013)),
        ({"value": "1\0"}, (400, 400)),
        ({"value": "1" * 1001}, (400, 400)),
    ],
)
def test_refuses(till, person, query, expected):
    assert read_refusal(look_up(till, **query)) == expected


def test_takes_one_query_besides_the_log_in(till, person, django_assert_num_queries):
    look_up(till, source="INSTORE")

    with django_assert_num_queries(2):
        look_up(till, source="INSTORE")


def test_reads_a_blank_before_a_foreign_number_as_a_plus(till):
    # 41 44 668 18 00 is a number of Switzerland; without its plus it is none of the country's.
    Organization.objects.update(default_country="DE")
    swiss = make_customer(identifiers=[("mobile", "41446681800")])

    assert look_up(till, "mobile", " 41446681800").json()["entity"] == swiss.pk
