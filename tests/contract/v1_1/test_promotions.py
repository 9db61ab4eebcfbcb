"""Promotions in transaction/add, and in the promotion_points of customer/get."""

import pytest

from tests.builders import make_customer, make_enrollment, make_program
from tests.promotion_builders import make_promotion

pytestmark = pytest.mark.django_db

MOBILE = "919999000001"


def test_a_bill_tells_its_promotional_points_and_the_customer_shows_them(till, read_answer):
    program = make_program(is_default=True, thresholds=(0, 10**6))
    make_enrollment(make_customer(identifiers=[("mobile", MOBILE)]), program)
    make_promotion(program, name="Ten more")
    bill = {"number": "b-1", "amount": "100", "customer": {"mobile": MOBILE}}

    added = till.post("transaction/add", {"root": {"transaction": [bill]}})

    [row] = read_answer(added)[1]["transactions"]["transaction"]
    assert row["customer"]["loyalty_points"] == "110"
    assert row["side_effects"]["effect"][-1]["awarded_points"] == "110"
    query = {"mobile": MOBILE, "promotion_points": "true"}
    [customer] = read_answer(till.get("customer/get", query))[1]["customers"]["customer"]
    text = str(customer["promotion_points"])
    assert "'promotion': 'Ten more'" in text
    assert "'points': '10'" in text
