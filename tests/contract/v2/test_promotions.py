"""Promotions in POST /v2/transactions, and in the details of customers ..."""

import pytest

from tests.builders import make_customer, make_enrollment, make_program
from tests.contract.v2.bills import MOBILE, bring_back, points, sell
from tests.promotion_builders import make_promotion

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sums_hold")]


@pytest.fixture
def member(till):
    program = make_program(is_default=True, thresholds=(0, 10**6))
    return make_enrollment(make_customer(identifiers=[("mobile", MOBILE)]), program)


def get_awarded(answer):
    assert answer.status_code == 200, answer.content
    return sum(effect["awardedPoints"] for effect in answer.json()["sideEffects"])


def test_a_bill_asks_for_a_promotion_by_name(till, member):
    make_promotion(member.program, name="Birthday", is_on_request=True)

    without = sell(till, "1", billAmount=100)
    asked = sell(till, "2", billAmount=100, loyaltyPromotionIdentifiers=["nothing", "birthday"])

    assert (get_awarded(without), get_awarded(asked), points(member)) == (100, 110, 210)
    assert get_awarded(bring_back(till, "2", returnType="FULL")) == -110


@pytest.mark.parametrize("names", ["Birthday", [{}], ["a\0b"], ["x" * 151], ["x"] * 51, 7])
def test_names_that_cannot_be_are_refused_and_nothing_is_entered(till, member, names):
    make_promotion(member.program)
    answer = sell(till, "1", billAmount=100, loyaltyPromotionIdentifiers=names)
    assert answer.status_code == 400
    assert points(member) == 0


def test_details_list_the_points_by_the_scope_of_their_promotion(till, member):
    ids = {
        scope: make_promotion(member.program, name=f"For {scope}", scope=scope).pk
        for scope in ("CUSTOMER", "TRANSACTION", "LINE_ITEM")
    }
    sell(till, "1", billAmount=100)

    customer = f"customers/{member.customer_id}"
    answer = till.get(f"{customer}?embed=promotionalPoints").json()["promotionalPoints"]

    for scope, key in (
        ("CUSTOMER", "customerPromotionType"),
        ("TRANSACTION", "transactionPromotionType"),
        ("LINE_ITEM", "lineitemPromotionType"),
    ):
        [row] = answer[key]
        assert row["promotionName"] == f"For {scope}"
        assert row["promotionSource"] == {
            "promotionSourceId": ids[scope],
            "promotionSourceType": "PROMOTION",
        }
