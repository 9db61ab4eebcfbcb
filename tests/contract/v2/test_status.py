"""PUT /v2/customers/lookup/status and GET /v2/customers/{id}/statusLog ..."""

import pytest

from customers.models import StatusChange
from tests.builders import make_customer, make_organization, make_status_label
from tests.contract.v2.answers import read_refusal

pytestmark = pytest.mark.django_db

MOBILE = "919999000001"
BY_MOBILE = f"identifierName=mobile&identifierValue={MOBILE}"


@pytest.fixture
def person(till):
    make_status_label("Active")
    make_status_label("Suspended", "SUSPENDED")
    return make_customer(identifiers=[("mobile", MOBILE)])


def set_label(till, name="Active", reason="testing2", **more):
    return till.put(
        f"customers/lookup/status?source=INSTORE&{BY_MOBILE}",
        {"label": name, "reason": reason, **more},
    )


def test_giving_a_label_answers_two_empty_lists(till, person):
    answer = set_label(till, "active", createdOn="2021-09-16T12:10:45Z")

    assert answer.status_code == 200
    assert answer.json() == {"warnings": [], "error": []}


def test_the_log_tells_every_label_newest_first(till, person):
    set_label(till, "Active", createdOn="2021-09-16T12:10:45Z")
    set_label(till, "Suspended", "card lost", createdOn="2021-09-17")

    body = till.get(f"customers/{person.pk}/statusLog").json()

    assert body.keys() == {"data", "warnings"}
    recorded = [line.pop("autoUpdateTime") for line in body["data"]]
    assert all(moment.endswith("+05:30") for moment in recorded)
    shared = {
        "entityId": person.pk,
        "createdBy": till.entity.pk,
        "createdByUser": "rr.till",
        "actions": [],
    }
    assert body["data"] == [
        {
            **shared,
            "label": "Suspended",
            "prevLabel": "Active",
            "status": "SUSPENDED",
            "reason": "card lost",
            "createdOn": "2021-09-17T00:00:00+05:30",
            "isActive": True,
        },
        {
            **shared,
            "label": "Active",
            "prevLabel": None,
            "status": "ACTIVE",
            "reason": "testing2",
            "createdOn": "2021-09-16T17:40:45+05:30",
            "isActive": False,
        },
    ]


def test_the_log_is_paged(till, person):
    for number in range(3):
        set_label(till, reason=f"r{number}")

    page = till.get(f"customers/{person.pk}/statusLog?limit=1&offset=1").json()["data"]

    assert [line["reason"] for line in page] == ["r1"]


@pytest.mark.parametrize(
    ("query", "body", "expected"),
    [
        (f"source=INSTORE&{BY_MOBILE}", {"label": "Gone", "reason": "r"}, (400, 400)),
        (f"source=INSTORE&{BY_MOBILE}", {"label": "Active"}, (400, 400)),
        (f"source=INSTORE&{BY_MOBILE}", {"reason": "r"}, (400, 400)),
        (f"source=INSTORE&{BY_MOBILE}", {"label": ["Active"], "reason": "r"}, (400, 400)),
        (
            f"source=INSTORE&{BY_MOBILE}",
            {"label": "Active", "reason": "r", "createdOn": "soon"},
            (400, 400),
        ),
        (BY_MOBILE, {"label": "Active", "reason": "r"}, (400, 8011)),
        (
            f"source=WECHAT&accountId=1234&{BY_MOBILE}",
            {"label": "Active", "reason": "r"},
            (404, 8065),
        ),
        (
            "source=INSTORE&identifierName=mobile&identifierValue=919999000009",
            {"label": "Active", "reason": "r"},
            (404, 8015),
        ),
        ("source=INSTORE", {"label": "Active", "reason": "r"}, (400, 8013)),
    ],
)
def test_refuse_and_change_nothing(till, person, query, body, expected):
    assert read_refusal(till.put(f"customers/lookup/status?{query}", body)) == expected
    assert StatusChange.objects.count() == 0


def test_refuse_labels_of_another_organization(till, person):
    make_status_label("Elsewhere", org=make_organization())

    assert read_refusal(set_label(till, "Elsewhere")) == (400, 400)


def test_refuse_strangers_and_victims(till, stranger, person):
    victim = make_customer(merged_into=person)

    assert read_refusal(set_label(stranger)) == (404, 8015)
    assert read_refusal(stranger.get(f"customers/{person.pk}/statusLog")) == (404, 8015)
    assert read_refusal(till.get(f"customers/{victim.pk}/statusLog")) == (410, 8069)
