"""What the reference of v2 says and is easily overlooked ..."""

import pytest
from django.conf import settings

from customers.models import Customer, CustomerImage, Subscription
from loyalty.models import Card
from tests.builders import make_customer
from tests.card_builders import make_card, make_card_series
from tests.contract.v2.answers import read_refusal
from tests.pictures import make_upload

pytestmark = pytest.mark.django_db

MOBILE = "919800000001"
BY_MOBILE = f"identifierName=mobile&identifierValue={MOBILE}"


@pytest.fixture
def person(till):
    return make_customer(identifiers=[("mobile", MOBILE)])


def test_read_again_identifiers_change_a_thousand_times_an_hour():
    assert settings.RATE_LIMITS["customers.changeIdentifier"] == 1_000


def build_registration(kind, value, loyalty_type="non_loyalty", cards=()):
    identifiers = [{"type": kind, "value": value}]
    identifiers += [{"type": "cardnumber", "value": number} for number in cards]
    profile = {"source": "INSTORE", "identifiers": identifiers}
    return {"loyaltyInfo": {"loyaltyType": loyalty_type}, "profiles": [profile]}


def register(till, *identifier, **more):
    return till.post("customers?source=INSTORE", build_registration(*identifier, **more))


def test_read_again_1045_non_loyalty_needs_a_mobile_or_an_email(till):
    assert read_refusal(register(till, "externalId", "E-1")) == (400, 1045)
    assert not Customer.objects.exists()

    assert register(till, "email", "rita@example.com").status_code == 200
    assert register(till, "mobile", MOBILE).status_code == 200
    assert register(till, "externalId", "E-1", "loyalty").status_code == 200


def test_read_again_1045_in_bulk_refuses_only_the_item(till):
    bodies = [build_registration("externalId", "E-1"), build_registration("mobile", MOBILE)]

    rows = till.post("customers/bulk?source=INSTORE", bodies).json()

    assert [[error["code"] for error in row["errors"]] for row in rows] == [[1045], []]
    assert Customer.objects.get().identifiers.get().value == MOBILE


def test_read_again_1045_of_one_who_becomes_non_loyalty(till):
    unknown = make_customer(identifiers=[("externalId", "E-1")], loyalty_type="NOT_INTERESTED")
    reachable = make_customer(loyalty_type="NOT_INTERESTED")
    body = {"loyaltyInfo": {"loyaltyType": "non_loyalty"}}

    refused = till.put(f"customers/{unknown.pk}?source=INSTORE", body)
    accepted = till.put(f"customers/{reachable.pk}?source=INSTORE", body)

    assert read_refusal(refused) == (400, 1045)
    assert accepted.status_code == 200
    assert [Customer.objects.get(pk=row.pk).loyalty_type for row in (unknown, reachable)] == [
        "NOT_INTERESTED",
        "NON_LOYALTY",
    ]


@pytest.fixture
def card():
    return make_card("CARD0001")


@pytest.mark.parametrize("loyalty_type", ["NON_LOYALTY", "NOT_INTERESTED"])
def test_read_again_1013_a_card_is_for_loyalty_customers(till, card, loyalty_type):
    person = make_customer(loyalty_type=loyalty_type)
    change = {"add": [{"type": "cardnumber", "value": card.number}]}

    refused = till.post(f"customers/{person.pk}/changeIdentifier?source=INSTORE", change)

    assert read_refusal(refused) == (400, 1013)
    assert Card.objects.get().customer_id is None


def test_read_again_1013_leaves_nothing_of_a_registration(till, card):
    refused = register(till, "mobile", MOBILE, cards=[card.number])

    assert read_refusal(refused) == (400, 1013)
    assert not Customer.objects.exists()
    assert register(till, "mobile", MOBILE, "loyalty", cards=[card.number]).status_code == 200


def test_read_again_1013_no_welcome_card_outside_loyalty(till):
    make_card_series(trigger="REGISTRATION")

    answer = register(till, "mobile", MOBILE)

    assert (answer.status_code, answer.json()["warnings"]) == (200, [])
    assert not Card.objects.exists()


def test_read_again_lookup_sets_an_image(till, person):
    path = f"customers/lookup/setImage?{BY_MOBILE}"

    assert till.upload(path, {"file": make_upload()}).status_code == 200
    assert CustomerImage.objects.get().customer_id == person.pk
    assert read_refusal(till.upload(f"{path}&source=WECHAT", {"file": make_upload()}))[0] == 400
    unknown = till.upload(f"{path}9", {"file": make_upload()})
    assert read_refusal(unknown) == (404, 8015)
    assert CustomerImage.objects.count() == 1


def test_read_again_lookup_opts_out_and_shows_it(till, person):
    path = f"customers/lookup/subscriptions?{BY_MOBILE}"
    row = {"channel": "EMAIL", "priority": "BULK", "type": "OPTOUT"}

    assert till.post(path, {"subscriptions": [row]}).status_code == 200

    assert Subscription.objects.get().customer_id == person.pk
    by_id = till.get(f"customers/{person.pk}/subscriptions").json()
    assert till.get(path).json() == by_id
    assert "OPTOUT" in str(by_id)
