"""A mobile that is shown means the same customer when it is given back, at every door."""

import pytest

from customers.models import Customer, Identifier
from customers.rules.mobiles import normalise_mobile
from tests.builders import (
    get_or_make_organization,
    get_or_make_source_account,
    make_credential,
    make_till,
)
from tests.contract.v1_1.add_bodies import build_body
from tests.contract.v1_1.conftest import Till as OldTill
from tests.contract.v2.conftest import Till
from tests.crm.dumping import dump_rows
from tests.crm.test_import_exports import export, import_again
from tests.customers.import_helpers import list_outcomes
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db

# Country of the organization, what is typed, and what is shown.
NUMBERS = [
    ("IN", "+6591111111", "006591111111"),
    ("IN", "6591111111", "916591111111"),
    ("IN", "447400123456", "447400123456"),
    ("DE", "+4915112345678", "4915112345678"),
    ("DE", "+447400123456", "447400123456"),
    ("DE", "+442079460958", "442079460958"),
    ("US", "+2672401234", "002672401234"),
    ("RU", "+84951234567", "0084951234567"),
]


@pytest.fixture
def tills(client):
    """A till by v2 and by v1.1, of one organization."""
    get_or_make_source_account()
    entity = make_till(code="rr.till")
    make_credential(entity)
    return Till(entity, client), OldTill(entity, client)


def register(till, mobile):
    identifiers = [{"type": "mobile", "value": mobile}]
    return till.post(
        "customers",
        {"profiles": [{"firstName": "Ann", "source": "INSTORE", "identifiers": identifiers}]},
    ).json()


@pytest.mark.parametrize(("country", "typed", "shown"), NUMBERS)
def test_a_shown_number_finds_its_customer_at_every_door(tills, country, typed, shown):
    till, old_till = tills
    till.org.default_country = country
    till.org.save()
    created_id = register(till, typed)["createdId"]
    # Somebody has the number that these digits could mean as well.
    register(till, shown.removeprefix("00"))

    details = till.get(f"customers/{created_id}", {"source": "INSTORE"}).json()
    [answer] = [i["value"] for i in details["profiles"][0]["identifiers"]]

    assert answer == shown
    lookup = {"source": "INSTORE", "identifierName": "mobile", "identifierValue": answer}
    assert till.get("customers/lookup", lookup).json()["entity"] == created_id
    found = till.get("customers/search", {"q": answer}).json()["data"]
    assert created_id in [row["userId"] for row in found]
    assert [error["code"] for error in register(till, answer)["errors"]] == [8007]

    [known] = old_till.get("customer/get", {"mobile": answer, "format": "json"}).json()["response"][
        "customers"
    ]["customer"]
    assert (int(known["user_id"]), known["mobile"]) == (created_id, shown)
    added = old_till.post(
        "customer/add?format=json",
        build_body({"mobile": answer, "firstname": "Anna"}),
    )
    assert added.status_code == 200
    assert list(
        Customer.objects.filter(profiles__first_name="Anna").values_list("pk", flat=True)
    ) == [created_id]
    for query in (f"mobile:EQUALS:{answer}", f"mobile:STARTS:{answer[:8]}"):
        searched = old_till.get("customer/search", {"q": query, "format": "json"}).json()
        ids = [int(c["user_id"]) for c in searched["response"]["customer"]["results"]["item"]]
        assert created_id in ids
    assert list(Identifier.objects.filter(customer_id=created_id).values_list("value")) == [
        (shown,)
    ]


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
@pytest.mark.parametrize("country", ["IN", "DE", "US", "RU"])
def test_an_export_of_foreign_numbers_comes_back_and_changes_nobody(tills, country, extension):
    till, _ = tills
    till.org.default_country = country
    till.org.save()
    for number in {typed for _, typed, _ in NUMBERS}:
        register(till, number)
    client = log_in(org=get_or_make_organization())
    before = dump_rows()

    content = export(client, "customers_customer_export", extension)
    upload = import_again(client, "customers", content, f"customers.{extension}")

    assert set(list_outcomes(upload).values()) == {"UNCHANGED"}
    assert dump_rows() == before


def test_a_registration_normalises_a_number_once(tills, monkeypatch):
    till, old_till = tills
    raws = []

    def count(raw, **settings):
        raws.append(raw)
        return normalise_mobile(raw, **settings)

    monkeypatch.setattr("customers.rules.identifiers.normalise_mobile", count)

    register(till, "9811223344")
    for name in ("Ann", "Anna"):
        old_till.post(
            "customer/add?format=json",
            build_body({"mobile": "9811223355", "firstname": name}),
        )

    assert raws == ["9811223344", "9811223355", "9811223355"]
    assert Customer.objects.count() == 2
