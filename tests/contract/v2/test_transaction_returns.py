"""POST /v2/transactions of goods that come back ..."""

import pytest

from loyalty.models import Transaction
from tests.builders import make_customer, make_enrollment, make_program
from tests.contract.v2.answers import read_refusal
from tests.contract.v2.bills import (
    MOBILE,
    bring_back,
    change_setting,
    points,
    sell,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sums_hold")]


@pytest.fixture
def member(till):
    program = make_program(is_default=True, thresholds=(0, 10**6))
    return make_enrollment(make_customer(identifiers=[("mobile", MOBILE)]), program)


def test_returns_by_line_are_bounded_over_all_returns_of_a_bill(till, member):
    sell(till)
    by_line = {"returnType": "LINE_ITEM"}

    first = bring_back(till, **by_line, lineItemsV2=[{"itemCode": "shirt", "qty": 2}])
    assert first.json()["sideEffects"][0]["awardedPoints"] == -40
    too_many = bring_back(till, **by_line, lineItemsV2=[{"itemCode": "shirt", "qty": 2}])
    assert read_refusal(too_many) == (400, 630)
    too_dear = bring_back(
        till, **by_line, lineItemsV2=[{"itemCode": "shirt", "qty": 1, "amount": 21}]
    )
    assert read_refusal(too_dear) == (400, 629)
    foreign = bring_back(till, **by_line, lineItemsV2=[{"itemCode": "hat", "qty": 1}])
    assert read_refusal(foreign) == (400, 633)
    assert read_refusal(bring_back(till, **by_line)) == (400, 639)
    assert read_refusal(bring_back(till, returnType="AMOUNT", billAmount=1)) == (409, 632)
    rest = bring_back(
        till,
        **by_line,
        lineItemsV2=[{"itemCode": "shirt", "qty": 1}, {"itemCode": "socks", "qty": 4}],
    )
    assert rest.status_code == 200
    again = bring_back(till, **by_line, lineItemsV2=[{"itemCode": "socks", "qty": 1}])
    assert read_refusal(again) == (409, 636)
    assert points(member) == 0
    shown = till.get(f"transactions/{Transaction.objects.first().pk}").json()
    assert shown["billDetails"]["returnDetails"]["returnedAmount"] == 100
    assert [
        sum(back["qty"] for back in line["returnLineItemsDtos"]) for line in shown["lineItems"]
    ] == [3, 4]


def test_returns_by_amount_are_bounded_and_do_not_mix_with_lines(till, member):
    sell(till)

    assert bring_back(till, returnType="AMOUNT", billAmount=60).status_code == 200
    assert read_refusal(bring_back(till, returnType="AMOUNT", billAmount=41)) == (409, 626)
    by_line = bring_back(
        till, returnType="LINE_ITEM", lineItemsV2=[{"itemCode": "socks", "qty": 1}]
    )
    assert read_refusal(by_line) == (409, 635)
    full = bring_back(till, returnType="FULL")
    assert full.json()["sideEffects"][0]["awardedPoints"] == -40
    assert read_refusal(bring_back(till, returnType="FULL")) == (409, 636)
    assert points(member) == 0


def test_a_cancelled_bill_takes_everything_back_and_ends_it(till, member):
    created = sell(till).json()["createdId"]

    assert bring_back(till, returnType="CANCELLED").status_code == 200

    assert till.get(f"transactions/{created}").json()["billDetails"]["returnDetails"]["canceled"]
    assert read_refusal(bring_back(till, returnType="AMOUNT", billAmount=1)) == (409, 678)
    assert points(member) == 0


def test_an_unknown_bill_comes_back_only_where_the_organization_says_so(till, member):
    assert read_refusal(bring_back(till, "b-9", billAmount=5)) == (400, 625)
    assert read_refusal(bring_back(till, "b-9", query="source=INSTORE", billAmount=5)) == (400, 625)
    change_setting(till, CONF_ALLOW_NOT_EXISTING_BILL_RETURN=1)
    sell(till, "b-1")
    assert bring_back(till, "b-9", billAmount=5).status_code == 200
    assert points(member) == 95


def test_a_return_that_names_nobody_belongs_to_the_buyer(till, member):
    sell(till)
    answer = bring_back(till, query="source=INSTORE", returnType="FULL")
    assert answer.status_code == 200
    assert points(member) == 0


def test_points_that_were_spent_leave_the_balance_at_zero_and_are_told(till, member):
    sell(till)
    till.post("points/redeem", {"points": 70, "identifier": {"type": "mobile", "value": MOBILE}})

    answer = bring_back(till, returnType="FULL")

    assert [warning["code"] for warning in answer.json()["warnings"]] == [9612]
    assert answer.json()["sideEffects"][0]["awardedPoints"] == -30
    assert points(member) == 0


def test_a_mixed_bill_sells_and_takes_back_at_once(till, member):
    first = sell(till).json()["createdId"]
    back = {"itemCode": "shirt", "qty": 1, "type": "RETURN", "parentBillNumber": "b-1"}

    answer = sell(till, "b-2", lineItemsV2=[{"itemCode": "hat", "qty": 1, "rate": 50}, back])

    created = answer.json()["createdId"]
    assert answer.status_code == 200
    assert Transaction.objects.get(part_of_id=created).returned_id == first
    lines = till.get(f"transactions/{created}").json()["lineItems"]
    assert [(line["type"], line["details"]["itemCode"]) for line in lines] == [
        ("REGULAR", "hat"),
        ("RETURN", "shirt"),
    ]
    assert points(member) == 130


def test_a_mixed_bill_is_entered_whole_or_not_at_all(till, member):
    sell(till)
    back = {"itemCode": "shirt", "qty": 9, "type": "RETURN", "parentBillNumber": "b-1"}

    answer = sell(till, "b-2", lineItemsV2=[{"itemCode": "hat", "qty": 1, "rate": 50}, back])

    assert read_refusal(answer) == (400, 630)
    assert (Transaction.objects.count(), points(member)) == (1, 100)


def test_a_large_return_takes_its_points_back(till, member):
    sell(till, billAmount=500)
    change_setting(till, CONF_LOYALTY_MAX_BILL_AMOUNT=100)

    answer = bring_back(till, returnType="AMOUNT", billAmount=450)

    assert answer.json()["sideEffects"][0]["awardedPoints"] == -450
    assert points(member) == 50
