"""What loyalty does for registrations, updates and changes of identifiers (issue of cards too)."""

import pytest
from django.db import connection

from crm.kernel.transactions import unit_of_work
from customers.models import Customer
from loyalty.models import Card, Coupon, Effect, Enrollment
from loyalty.operations import effects
from loyalty.operations.effects import retry_effects
from tests.builders import make_customer, make_program
from tests.card_builders import make_card_series, make_coupon_series
from tests.contract.v2.answers import read_refusal
from tests.queries import count_queries

pytestmark = pytest.mark.django_db

MOBILE = "919010000022"


def build_customer(*identifiers, **more):
    rows = [{"type": kind, "value": value, **rest} for kind, value, rest in identifiers]
    return {
        "profiles": [{"identifiers": rows or [{"type": "mobile", "value": MOBILE}]}],
        "loyaltyInfo": {"loyaltyType": "loyalty"},
        **more,
    }


def register_customer(till, body, query="source=INSTORE", **headers):
    return till.post(f"customers?{query}", body, **headers)


def list_codes(answer):
    return [warning["code"] for warning in answer.json()["warnings"]]


@pytest.fixture
def program(till):
    series = make_coupon_series("welcome", description="Test Offer 20", discount_code="TEN")
    return make_program(is_default=True, registration_bonus=100, welcome_series=series)


def test_a_newcomer_gets_the_bonus_and_the_welcome_coupon(till, program):
    answer = register_customer(till, build_customer(), "source=INSTORE&rawSideEffects=true")

    coupon = Coupon.objects.get()
    points, coupon_effect = answer.json()["sideEffects"]
    assert points == {
        "awardedPoints": 100.0,
        "type": "points",
        "awardedOn": points["awardedOn"],
        "expiryDate": None,
        "strategyId": program.pk,
        "programId": program.pk,
    }
    assert coupon_effect == {
        "id": coupon.pk,
        "couponType": "PE",
        "couponCode": coupon.code,
        "validTill": None,
        "description": "Test Offer 20",
        "discountCode": "TEN",
        "trimmedCouponCode": coupon.code,
        "type": "coupon",
        "awardedOn": coupon_effect["awardedOn"],
        "expiryDate": None,
        "strategyId": program.pk,
        "programId": program.pk,
    }
    member = Enrollment.objects.get()
    assert (member.customer_id, member.points) == (answer.json()["createdId"], 100)
    assert list_codes(answer) == []


def test_registering_with_everything_on_takes_few_statements(till, program):
    register_customer(till, build_customer())

    def register_another():
        body = build_customer(
            ("mobile", "919010000023", {}), ("email", "tom@example.com", {}), ("cuid", "c-1", {})
        )
        assert len(register_customer(till, body).json()["sideEffects"]) == 2

    # With the savepoints that a unit of work and its effects are in a test.
    assert count_queries(register_another) <= {"postgresql": 16, "sqlite": 26}[connection.vendor]
    assert not Effect.objects.exists()


def test_updating_takes_few_statements(till, program):
    customer = make_customer(identifiers=[("mobile", MOBILE)])

    def rename(name):
        body = {"profiles": [{"firstName": name}]}
        assert till.put(f"customers/{customer.pk}?source=INSTORE", body).status_code == 200

    rename("Tommy")

    assert count_queries(lambda: rename("Thomas")) <= 13


def test_somebody_combined_gets_nothing(till, program):
    known = make_customer(identifiers=[("mobile", MOBILE)])

    answer = register_customer(till, build_customer(), "source=WECHAT&accountId=22232")

    assert (answer.json()["createdId"], answer.json()["sideEffects"]) == (known.pk, [])
    assert list_codes(answer) == [8050]
    assert Enrollment.objects.get().points == 0


def test_a_non_loyalty_customer_joins_nothing(till, program):
    answer = register_customer(till, build_customer(loyaltyInfo={"loyaltyType": "non_loyalty"}))

    assert answer.json()["sideEffects"] == []
    assert not Enrollment.objects.exists()
    assert not Effect.objects.exists()


@pytest.mark.parametrize(
    "headers", [{"wait_for_downstream": "false"}, {"x_cap_direct_replay": "true"}]
)
def test_whoever_does_not_wait_leaves_it_to_the_worker(till, program, headers):
    answer = register_customer(till, build_customer(), **headers)

    assert answer.json()["sideEffects"] == []
    assert not Enrollment.objects.exists()
    due = Effect.objects.get()
    assert unit_of_work(retry_effects)(now=due.due_at) == 1
    assert unit_of_work(retry_effects)(now=due.due_at) == 0
    assert Enrollment.objects.get().points == 100


def test_a_failure_of_loyalty_never_loses_the_registration(till, program, monkeypatch):
    def fail(**arguments):
        raise ZeroDivisionError

    monkeypatch.setattr(effects, "enroll_customers", fail)

    answer = register_customer(till, build_customer())

    assert answer.status_code == 200
    assert list_codes(answer) == [19223]
    assert answer.json()["sideEffects"] == []
    assert Customer.objects.filter(pk=answer.json()["createdId"]).exists()
    monkeypatch.undo()
    due = Effect.objects.get()
    assert unit_of_work(retry_effects)(now=due.due_at) == 1
    assert Enrollment.objects.get().points == 100


def test_a_failure_that_is_over_at_once_is_not_noticed(till, program, monkeypatch):
    enroll, calls = effects.enroll_customers, []

    def fail_once(**arguments):
        calls.append(1)
        if len(calls) == 1:
            raise ZeroDivisionError
        return enroll(**arguments)

    monkeypatch.setattr(effects, "enroll_customers", fail_once)

    answer = register_customer(till, build_customer())

    assert [effect["type"] for effect in answer.json()["sideEffects"]] == ["points", "coupon"]
    assert list_codes(answer) == []
    assert Enrollment.objects.get().points == 100
    assert Effect.objects.get().state == "DONE"


def test_the_same_request_again_gives_the_bonus_once(till, program):
    first = register_customer(till, build_customer(), idempotency_key="k-1")

    again = register_customer(till, build_customer(), idempotency_key="k-1")

    assert again.json() == first.json()
    assert again["Idempotent-Replayed"] == "true"
    assert Enrollment.objects.get().points == 100
    assert Coupon.objects.count() == 1


def test_enrolments_asked_for_are_opened(till, program):
    other = make_program("Other")
    body = build_customer(
        loyaltyProgramEnrollments=[
            {"programId": other.pk, "tierNumber": 2, "loyaltyPoints": 75},
            {"programId": program.pk, "tierNumber": 234},
        ]
    )

    answer = register_customer(till, body)

    rows = Enrollment.objects.order_by("program_id").values_list(
        "program_id", "tier__serial", "points"
    )
    assert list(rows) == [(program.pk, 1, 100), (other.pk, 2, 75)]
    assert list_codes(answer) == [91101]


def test_an_update_to_loyalty_joins_without_a_bonus(till, program):
    customer = make_customer(loyalty_type="NON_LOYALTY")
    body = {"loyaltyInfo": {"loyaltyType": "loyalty"}}

    answer = till.put(f"customers/{customer.pk}?source=INSTORE", body)
    again = till.put(f"customers/{customer.pk}?source=INSTORE", body)

    assert answer.json() == {"createdId": customer.pk, "warnings": [], "sideEffects": []}
    assert again.json() == answer.json()
    assert Enrollment.objects.get().points == 0


def test_an_update_that_enrols_again_is_a_warning(till, program):
    customer = make_customer()
    body = {"loyaltyProgramEnrollments": [{"programId": program.pk, "loyaltyPoints": 5}]}
    till.put(f"customers/{customer.pk}?source=INSTORE", body)

    again = till.put(f"customers/{customer.pk}?source=INSTORE", body)

    assert list_codes(again) == [1023]
    assert Enrollment.objects.get().points == 5


def test_registering_with_a_card_issues_it(till):
    series = make_card_series("GOLD")
    card = {"seriesCode": "GOLD", "statusLabel": "ACTIVE", "cardExternalId": "x-1"}

    answer = register_customer(
        till, build_customer(("mobile", MOBILE, {}), ("cardNumber", "EXT1", card))
    )

    issued = Card.objects.get()
    assert (issued.number, issued.external_id, issued.series_id) == ("EXT1", "x-1", series.pk)
    assert issued.customer_id == answer.json()["createdId"]
    lookup = till.get("customers/lookup?identifierName=cardnumber&identifierValue=EXT1")
    assert lookup.json()["entity"] == answer.json()["createdId"]


def test_a_card_that_cannot_be_issued_refuses_the_whole_registration(till):
    answer = register_customer(
        till, build_customer(("mobile", MOBILE, {}), ("cardnumber", "NOBODYS", {}))
    )

    assert read_refusal(answer) == (400, 8013)
    assert not Customer.objects.exists()


def test_a_card_recognises_who_holds_it(till):
    make_card_series("GOLD")
    card = ("cardnumber", "EXT1", {"seriesCode": "GOLD"})
    first = register_customer(till, build_customer(("mobile", MOBILE, {}), card))

    answer = register_customer(
        till, build_customer(("email", "a@example.com", {}), card), "source=WECHAT&accountId=22232"
    )

    assert answer.json()["createdId"] == first.json()["createdId"]
    assert list_codes(answer) == [8050]


def test_cards_are_issued_and_taken_back_by_changing_identifiers(till):
    make_card_series("GOLD")
    customer = make_customer()
    path = f"customers/{customer.pk}/changeIdentifier?source=INSTORE"
    add = {"add": [{"type": "cardnumber", "value": "EXT1", "seriesCode": "GOLD"}]}

    issued = till.post(path, add)
    card = Card.objects.get()
    assert (issued.status_code, card.customer_id) == (200, customer.pk)

    taken = till.post(path, {"remove": [{"type": "card", "value": "EXT1"}]})

    card.refresh_from_db()
    assert (taken.status_code, card.customer_id) == (200, None)
    assert not customer.identifiers.filter(type="cardnumber").exists()
