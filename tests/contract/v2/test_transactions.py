"""POST, PUT /v2/transactions, /bulk, GET /v2/transactions/{id} and /v2/earning/{id} ..."""

import pytest

from loyalty.models import LineItem, PaymentMode, PointsEntry, Transaction
from tests.builders import (
    make_credential,
    make_customer,
    make_enrollment,
    make_field,
    make_program,
)
from tests.builders import make_till as make_entity
from tests.contract.v2.answers import read_refusal
from tests.contract.v2.bills import (
    BY_MOBILE,
    LINES,
    MOBILE,
    bring_back,
    change_setting,
    points,
    sell,
)
from tests.contract.v2.conftest import Till
from tests.queries import count_queries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sums_hold")]


@pytest.fixture
def member(till):
    program = make_program(is_default=True, thresholds=(0, 10**6))
    return make_enrollment(make_customer(identifiers=[("mobile", MOBILE)]), program)


def test_a_purchase_earns_points_and_is_kept_with_its_lines(till, member):
    make_field("gift", kind="CUSTOM", scope="TRANSACTION")
    answer = sell(
        till,
        billAmount=95,
        discount=5,
        billingDate="2026-03-01 10:00:00",
        note="n",
        deliveryStatus="PLACED",
        customFields={"gift": "yes", "unknown": 1},
        paymentModes=[{"mode": "CASH", "value": 95}],
        creditNote={"number": "c-1", "amount": 5},
    )

    body = answer.json()
    assert answer.status_code == 200
    assert [warning["code"] for warning in body.pop("warnings")] == [669]
    assert body == {
        "createdId": Transaction.objects.get().pk,
        "errors": [],
        "sideEffects": [
            {
                "entityType": "TRANSACTION",
                "rawAwardedPoints": 95,
                "awardedPoints": 95,
                "type": "points",
            }
        ],
        "rawSideEffects": [],
        "customerInfo": {"firstName": "Asha", "lastName": "Rao"},
    }
    shown = till.get(f"transactions/{body['createdId']}").json()
    assert shown["billDetails"]["amount"] == 95
    assert shown["billDetails"]["billingTime"] == "2026-03-01T10:00:00+05:30"
    assert shown["billDetails"]["billingStore"] == till.entity.parent.code
    assert shown["customFields"] == {"gift": "yes"}
    assert [
        (line["details"]["itemCode"], line["details"]["qty"]) for line in shown["lineItems"]
    ] == [
        ("shirt", 3),
        ("socks", 4),
    ]
    assert shown["basketSize"] == 7
    assert shown["paymentModes"][0]["mode"] == "CASH"
    assert shown["creditNote"]["number"] == "c-1"
    assert shown["deliveryStatus"] == "PLACED"
    hidden = till.get(f"transactions/{body['createdId']}?tenders=false&credit_notes=false").json()
    assert (hidden["paymentModes"], hidden["creditNote"]) == ([], None)
    assert points(member) == 95


def test_the_number_is_taken_once_and_nothing_changes(till, member):
    assert sell(till).status_code == 200

    assert read_refusal(sell(till)) == (409, 604)
    assert (Transaction.objects.count(), points(member)) == (1, 100)


def test_a_number_is_free_again_after_the_days_of_the_setting(till, member):
    change_setting(till, CONF_LOYALTY_BILL_NUMBER_UNIQUE_IN_DAYS=30)
    sell(till, billingDate="2026-01-01")

    assert read_refusal(sell(till, billingDate="2026-01-30")) == (409, 604)
    assert sell(till, billingDate="2026-02-01").status_code == 200
    assert list(Transaction.objects.values_list("number_serial", flat=True).order_by("pk")) == [
        0,
        1,
    ]


@pytest.mark.parametrize(
    ("settings", "here", "elsewhere"),
    [
        ({}, 409, 200),
        ({"CONF_LOYALTY_BILL_NUMBER_UNIQUE_ONLY_TILL": 1}, 200, 200),
        ({"CONF_LOYALTY_BILL_NUMBER_UNIQUE_ONLY_STORE": 0}, 409, 409),
    ],
)
def test_the_scope_of_a_number_is_a_setting(till, member, client, settings, here, elsewhere):
    change_setting(till, **settings)
    tills = []
    for parent in (till.entity.parent, None):
        entity = make_entity(**({"parent": parent} if parent else {}))
        make_credential(entity)
        tills.append(Till(entity, client))
    sell(till)

    assert [sell(other).status_code for other in tills] == [here, elsewhere]


def test_a_bill_of_nobody_needs_no_identifier_and_earns_nothing(till, member):
    answer = sell(till, query="source=INSTORE", type="NOT_INTERESTED", notInterestedReason="hurry")

    body = answer.json()
    assert (answer.status_code, body["sideEffects"]) == (200, [])
    row = Transaction.objects.get()
    assert (row.customer_id, row.type, row.not_interested_reason) == (
        None,
        "NOT_INTERESTED",
        "hurry",
    )
    assert till.get(f"transactions/{row.pk}").json()["customerId"] is None


def test_an_unknown_customer_is_not_registered(till, member):
    query = "identifierName=mobile&identifierValue=918888000001"
    assert read_refusal(sell(till, query=query)) == (404, 8015)
    assert read_refusal(sell(till, query="source=INSTORE")) == (400, 8013)
    assert not Transaction.objects.exists()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"type": "GIFT"}, (400, 605)),
        ({"billNumber": ""}, None),
        ({"billNumber": "x" * 101}, None),
        ({"billNumber": "a\u0000b"}, None),
        ({"billAmount": -1}, (400, 661)),
        ({"billAmount": "NaN"}, (400, 661)),
        ({"billAmount": 1e300}, (400, 661)),
        ({"billAmount": {"a": 1}}, (400, 661)),
        ({"discount": -1}, (400, 661)),
        ({"grossAmount": "much"}, (400, 661)),
        ({"billingDate": "soon"}, (400, 400)),
        ({"billingDate": "2999-01-01"}, None),
        ({"outlierStatus": "ODD"}, (400, 1624)),
        ({"lineItemsV2": "none"}, (400, 400)),
        ({"redemptions": {"pointsRedemptions": [1]}}, (400, 640)),
        ({"redemptions": {"couponRedemptions": [2**63 - 1]}}, (400, 640)),
        ({"lineItemsV2": [{"itemCode": "x", "comboDetails": {"a": [1]}}] * 1001}, (400, 400)),
    ],
)
def test_bad_input_is_refused_with_a_code_and_keeps_nothing(till, member, body, expected):
    answer = sell(till, **body)

    assert 400 <= answer.status_code < 500, answer.content
    if expected:
        assert read_refusal(answer) == expected
    assert (Transaction.objects.count(), points(member)) == (0, 0)


def test_a_wrong_line_is_left_out_with_a_warning(till, member):
    answer = sell(till, lineItemsV2=[*LINES, {"itemCode": "bad", "qty": "NaN"}])

    assert [warning["code"] for warning in answer.json()["warnings"]] == [9601]
    assert LineItem.objects.count() == 2
    assert points(member) == 100


def test_an_unknown_payment_mode_is_a_warning(till, member):
    PaymentMode.objects.create(org=till.org, name="Cash")

    answer = sell(till, paymentModes=[{"mode": "CASH"}, {"mode": "shells"}])

    assert [warning["code"] for warning in answer.json()["warnings"]] == [9607]


@pytest.mark.parametrize("body", [{"outlierStatus": "TEST"}, {"billAmount": 5000}])
def test_an_outlier_earns_nothing(till, member, body):
    change_setting(till, CONF_LOYALTY_MAX_BILL_AMOUNT=1000)

    answer = sell(till, **body)

    assert [warning["code"] for warning in answer.json()["warnings"]] == [9611]
    assert Transaction.objects.get().outlier_status != "NORMAL"
    assert points(member) == 0


def test_dates_outside_the_accepted_span_are_refused(till, member):
    change_setting(till, CONF_LOYALTY_BILLING_MAX_AGE_DAYS=10)
    assert read_refusal(sell(till, billingDate="2020-01-01")) == (400, 643)


def test_a_redemption_is_used_for_one_bill(till, member):
    sell(till)
    identifier = {"type": "mobile", "value": MOBILE}
    redeemed = till.post("points/redeem", {"points": 10, "identifier": identifier}).json()
    named = {"redemptions": {"pointsRedemptions": [redeemed["redemptionId"]]}}

    assert sell(till, "b-2", **named).status_code == 200
    assert read_refusal(sell(till, "b-3", **named)) == (400, 640)
    assert Transaction.objects.count() == 2


def test_a_bill_can_be_changed_in_its_fields_only(till, member):
    make_field("gift", kind="CUSTOM", scope="TRANSACTION")
    created = sell(till, customFields={"gift": "no"}).json()["createdId"]

    body = {"number": "b-1", "tillCode": "rr.till", "deliveryStatus": "SENT"}
    answer = till.put(
        f"transactions?{BY_MOBILE}&points=MLP", {**body, "customFields": {"gift": "yes"}}
    )

    assert answer.status_code == 200
    assert answer.json()["loyaltyDetails"][0]["loyaltyPoints"] == 100
    shown = till.get(f"transactions/{created}").json()
    assert (shown["deliveryStatus"], shown["customFields"]) == ("SENT", {"gift": "yes"})
    assert till.put("transactions", {"id": 987654321}).status_code == 404
    assert till.put("transactions", {"number": "b-1", "tillCode": "else"}).status_code == 404


def test_earning_says_what_became_of_the_points(till, member):
    created = sell(till).json()["createdId"]
    till.post("points/redeem", {"points": 30, "identifier": {"type": "mobile", "value": MOBILE}})
    bring_back(till, returnType="AMOUNT", billAmount=10)

    body = till.get(f"earning/{created}").json()

    [bill] = body["billDetails"]["pointsEarningEntities"]["billPoints"]
    summary = bill["currentPointsSummary"]
    assert (summary["availablePoints"], summary["redeemedPoints"], summary["returnedPoints"]) == (
        60,
        30,
        10,
    )
    assert bill["issuedPointsSummary"]["redeemablePointsIssued"] == 100
    assert [
        line["pointsEarningEntities"]["lineItemPoints"][0]["points"] for line in body["lineItems"]
    ] == [60, 40]


def test_bulk_enters_what_it_can(till, member):
    bill = {"identifierType": "mobile", "identifierValue": MOBILE, "billAmount": 10}
    answer = till.post(
        "transactions/bulk",
        [
            {**bill, "billNumber": "m-1"},
            {**bill, "billNumber": "m-1"},
            {**bill, "billNumber": "m-2", "identifierValue": "918888000001"},
            {**bill, "billNumber": "m-3", "billAmount": -1},
            {"billNumber": "m-4", "type": "NOT_INTERESTED", "billAmount": 3},
            "no bill",
            {**bill, "billNumber": "m-1", "type": "RETURN", "returnType": "FULL"},
        ],
    )

    body = answer.json()
    codes = [[error["code"] for error in row["errors"]] for row in body["response"]]
    assert answer.status_code == 200
    assert codes == [[], [604], [8015], [661], [], [400], []]
    assert (body["totalCount"], body["failureCount"]) == (7, 4)
    assert body["response"][0]["result"]["billNumber"] == "m-1"
    assert body["response"][0]["result"]["sideEffects"][0]["awardedPoints"] == 10
    assert points(member) == 0
    huge = b'[{"billNumber": "h", "userGroup2Id": ' + b"9" * 30 + b', "unknown": 1}]'
    [row] = till.post("transactions/bulk", huge).json()["response"]
    assert row["result"] == {"billNumber": "h", "userGroup2Id": "9" * 30}
    assert till.post("transactions/bulk", []).status_code == 400
    assert till.post("transactions/bulk", [bill] * 101).status_code == 400


def test_a_hundred_bills_cost_as_many_queries_as_two(till, member):
    def enter(prefix, count):
        bills = [
            {
                "identifierType": "mobile",
                "identifierValue": MOBILE,
                "billNumber": f"{prefix}-{number}",
                "lineItemsV2": LINES,
            }
            for number in range(count)
        ]
        return lambda: till.post("transactions/bulk", bills)

    enter("warm", 2)()
    for_two = count_queries(enter("few", 2))
    assert count_queries(enter("many", 60)) == for_two
    assert PointsEntry.objects.filter(kind="AWARD").count() == 64


def test_a_repeated_request_answers_the_same(till, member):
    body = {"billNumber": "b-1", "billAmount": 10}
    first, second = (
        till.post(f"transactions?{BY_MOBILE}", body, Idempotency_Key="k-1") for _ in range(2)
    )
    assert first.json() == second.json()
    assert Transaction.objects.count() == 1


def test_others_neither_enter_nor_see(till, stranger, member, client):
    created = sell(till).json()["createdId"]

    assert sell(stranger).status_code == 404
    for path in (f"transactions/{created}", f"earning/{created}"):
        assert stranger.get(path).status_code == 404
    assert stranger.put("transactions", {"id": created}).status_code == 404
    reader = make_entity()
    make_credential(reader, scopes=["customers.read"])
    assert sell(Till(reader, client), "b-5").status_code == 403
    assert Transaction.objects.count() == 1
