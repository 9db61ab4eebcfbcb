"""POST /v2/points/redeem, /isRedeemable and /reverse ..."""

import pytest
from django.db import transaction

from loyalty.models import PointsRedemption, Program
from loyalty.operations.points.post import post_movement
from loyalty.queries.programs import clear_program_cache
from loyalty.rules.movements import Movement
from tests.builders import (
    make_credential,
    make_customer,
    make_enrollment,
    make_origin,
    make_program,
)
from tests.builders import make_till as make_entity
from tests.contract.v2.answers import read_refusal
from tests.contract.v2.conftest import Till

pytestmark = pytest.mark.django_db

MOBILE = "919999000001"
IDENTIFIER = {"type": "mobile", "value": MOBILE}


@pytest.fixture
def member(till):
    program = make_program(is_default=True, points_to_currency=2)
    member = make_enrollment(make_customer(identifiers=[("mobile", MOBILE)]), program)
    with transaction.atomic():
        post_movement(
            origin=make_origin(),
            movement=Movement(customer_id=member.customer_id, kind="BONUS", points=100),
        )
    return member


def redeem(till, points=30, headers=None, **more):
    body = {"points": points, "identifier": IDENTIFIER, **more}
    return till.post("points/redeem", body, **(headers or {}))


def balance(member):
    member.refresh_from_db()
    return member.points


def test_redeems_and_says_what_is_left(till, member):
    answer = redeem(till, transactionNumber="b-1", redemptionTime="2026-03-01 10:00:00")

    redemption = PointsRedemption.objects.select_related("entry").get()
    assert answer.status_code == 200
    assert answer.json() == {
        "redemptionId": redemption.pk,
        "points": 30,
        "pointsRedeemed": 30,
        "redeemedValue": 60,
        "customerId": member.customer_id,
        "programId": member.program_id,
        "balance": 70,
        "warnings": [],
    }
    assert redemption.entry.transaction_number == "b-1"
    assert redemption.entry.entered_by_id == till.entity.pk


def test_a_repeat_answers_the_first_redemption(till, member):
    first = redeem(till, externalReferenceNumber="r-1").json()
    assert redeem(till, externalReferenceNumber="r-1").json() == first
    key = {"Idempotency_Key": "k-1"}
    assert redeem(till, 10, key).json() == redeem(till, 10, key).json()
    assert balance(member) == 60


def test_asking_changes_nothing(till, member):
    yes = till.post("points/isRedeemable", {"points": 30, "identifier": IDENTIFIER}).json()
    no = till.post("points/isRedeemable", {"points": 101, "identifier": IDENTIFIER}).json()

    assert (yes["redeemable"], yes["pointsRedeemValue"], yes["balance"]) == (True, 60, 100)
    assert (no["redeemable"], no["errors"][0]["code"]) == (False, 803)
    assert balance(member) == 100


def test_the_rules_of_the_program_are_obeyed(till, member):
    Program.objects.update(min_redeem_points=20, redeem_needs_code=True)
    clear_program_cache(till.org.pk)

    assert read_refusal(redeem(till, 10)) == (400, 824)
    assert read_refusal(redeem(till, 30)) == (400, 819)
    assert read_refusal(redeem(till, 30, validationCode="123456")) == (400, 808)
    assert balance(member) == 100


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"points": 101}, (400, 803)),
        ({"points": 0}, (400, 813)),
        ({"points": -5}, (400, 813)),
        ({"points": "NaN"}, (400, 813)),
        ({"points": 1e300}, (400, 813)),
        ({"points": True}, (400, 813)),
        ({"points": [1]}, (400, 813)),
        ({"points": 1.23456}, (400, 813)),
        ({"identifier": {"type": "mobile", "value": "918888000001"}}, (404, 8015)),
        ({"identifier": {"type": "shoe", "value": "9"}}, (400, 8013)),
        ({"programId": 987654}, None),
        ({"redemptionTime": "soon"}, (400, 400)),
        ({"redemptionTime": "2999-01-01"}, None),
        ({"notes": "\u0000"}, None),
        ({"identifier": None}, None),
    ],
)
def test_bad_input_is_refused_and_changes_nothing(till, member, body, expected):
    answer = redeem(till, **body)

    assert 400 <= answer.status_code < 500
    if expected is not None:
        assert read_refusal(answer) == expected
    assert balance(member) == 100


def test_reverses_once(till, member):
    redemption_id = redeem(till).json()["redemptionId"]
    body = {"redemptionId": redemption_id, "pointsToBeReversed": 30, "identifier": IDENTIFIER}

    answer = till.post("points/reverse", body)

    done = answer.json()
    assert answer.status_code == 200
    assert done.pop("reversalId")
    assert done == {
        "redemptionId": redemption_id,
        "pointsToBeReversed": 30,
        "orgId": till.org.pk,
        "identifier": IDENTIFIER,
        "customerId": member.customer_id,
        "pointsReversed": 30,
        "balance": 100,
        "warnings": [],
    }
    assert read_refusal(till.post("points/reverse", body)) == (409, 3802)
    assert balance(member) == 100


def test_others_neither_redeem_nor_reverse(till, stranger, member, client):
    redemption_id = redeem(till).json()["redemptionId"]

    assert redeem(stranger, 1).status_code == 404
    assert stranger.post("points/reverse", {"redemptionId": redemption_id}).status_code == 404
    reader = make_entity()
    make_credential(reader, scopes=["customers.read"])
    assert redeem(Till(reader, client), 1).status_code == 403
    assert balance(member) == 70
