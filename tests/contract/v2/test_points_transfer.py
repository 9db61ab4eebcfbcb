"""GET, POST /v2/points/transfer, /isTransferrable, and /v2/pointsLedger/... ..."""

import re

import pytest
from django.db import transaction

from loyalty.operations.points.post import post_movement
from loyalty.rules.movements import Movement
from tests.builders import make_customer, make_enrollment, make_origin, make_program
from tests.contract.v2.answers import read_refusal
from tests.contract.v2.test_one_time_codes import Gateway

pytestmark = pytest.mark.django_db

GIVER, RECEIVER = "919999000001", "919999000002"


def identify(mobile):
    return {"type": "mobile", "value": mobile}


@pytest.fixture
def members(till):
    program = make_program("Club", is_default=True)
    members = [
        make_enrollment(
            make_customer(identifiers=[("mobile", mobile), ("email", f"{mobile}@shop.example")]),
            program,
        )
        for mobile in (GIVER, RECEIVER)
    ]
    with transaction.atomic():
        post_movement(
            origin=make_origin(actor=till.entity),
            movement=Movement(customer_id=members[0].customer_id, kind="BONUS", points=100),
        )
    return members


def transfer(till, points=30, path="points/transfer", **more):
    body = {
        "pointsTobeTransferred": points,
        "fromCustomerIdentifier": identify(GIVER),
        "toCustomerIdentifier": identify(RECEIVER),
        **more,
    }
    return till.post(path, body)


def balances(members):
    for member in members:
        member.refresh_from_db()
    return [member.points for member in members]


def test_moves_points_and_lists_the_transfer_on_both_sides(till, members):
    answer = transfer(till, notes="A present")

    [line] = answer.json()["data"]
    assert answer.status_code == 200
    assert (line["transferType"], line["pointsTransferred"], line["notes"]) == (
        "DEDUCTION",
        30,
        "A present",
    )
    assert line["transferredFrom"]["userId"] == members[0].customer_id
    assert line["programName"] == "Club"
    assert balances(members) == [70, 30]
    for mobile, kind in ((GIVER, "DEDUCTION"), (RECEIVER, "ADDITION")):
        listed = till.get(
            "points/transfer", {"identifierName": "mobile", "identifierValue": mobile}
        ).json()["data"]
        assert [(row["transferId"], row["transferType"]) for row in listed] == [
            (line["transferId"], kind)
        ]
    other = {"identifierName": "mobile", "identifierValue": GIVER, "programId": 987}
    assert till.get("points/transfer", other).json()["data"] == []


def test_asking_moves_nothing(till, members):
    yes = transfer(till, 100, "points/isTransferrable").json()
    no = transfer(till, 101, "points/isTransferrable").json()

    assert (yes["data"][0]["transferrable"], yes["errors"]) == (True, [])
    assert yes["data"][0]["transferTo"]["customerId"] == members[1].customer_id
    assert (no["data"][0]["transferrable"], no["errors"][0]["code"]) == (False, 803)
    assert balances(members) == [100, 0]


def test_a_code_of_the_giver_is_checked(
    till, members, settings, django_capture_on_commit_callbacks
):
    settings.SMS_GATEWAY = f"{Gateway.__module__}.Gateway"
    Gateway.sent = []
    giver = {"type": "email", "value": f"{GIVER}@shop.example"}
    with django_capture_on_commit_callbacks(execute=True):
        transfer(till, 5, "points/isTransferrable", fromCustomerIdentifier=giver, issueOtp=True)
    code = re.search(r"\d{6}", Gateway.sent[0][1]).group()
    wrong = f"{(int(code) + 1) % 10**6:06}"

    refused = transfer(till, 5, fromCustomerIdentifier=giver, code=wrong)
    done = transfer(till, 5, fromCustomerIdentifier=giver, code=code)

    assert read_refusal(refused) == (400, 808)
    assert done.status_code == 200
    assert balances(members) == [95, 5]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"pointsTobeTransferred": 0}, (400, 813)),
        ({"pointsTobeTransferred": "x"}, (400, 813)),
        ({"pointsTobeTransferred": 100.5}, (400, 803)),
        ({"toCustomerIdentifier": identify(GIVER)}, None),
        ({"toCustomerIdentifier": identify("918888000009")}, (404, 8015)),
        ({"programId": 987}, None),
    ],
)
def test_bad_input_is_refused_and_moves_nothing(till, members, body, expected):
    answer = transfer(till, **body)

    assert 400 <= answer.status_code < 500
    if expected:
        assert read_refusal(answer) == expected
    assert balances(members) == [100, 0]


def test_the_ledger_closes_with_the_balances_and_lists_its_entries(till, members):
    transfer(till)
    query = {"identifierName": "mobile", "identifierValue": GIVER}

    balance = till.get("pointsLedger/getCustomerLedgerBalance", query).json()
    info = till.get("pointsLedger/getCustomerLedgerInfo", {**query, "pageSize": 1}).json()

    closing = [
        (row["pointsCategory"], row["closingBalance"])
        for row in balance["ledgerDetails"]["ledgerClosingBalance"]
    ]
    assert closing == [("REGULAR_POINTS", 70), ("PROMISED_POINTS", 0)]
    assert balance["customerDetails"]["userId"] == members[0].customer_id
    details = info["ledgerDetails"]
    assert (details["totalEntries"], details["pageCount"], details["pageNumber"]) == (2, 2, 1)
    [entry] = info["ledgerEntries"]
    assert (entry["eventType"], entry["netPointsOnEvent"]) == ("TRANSFER_OUT", -30)
    assert entry["entryDetails"] == [
        {
            "ledgerEntryType": "DEBIT",
            "points": 30,
            "pointsCategory": "REGULAR_POINTS",
            "programName": "Club",
            "programId": members[0].program_id,
        }
    ]
    assert (entry["tillCode"], entry["storeCode"]) == ("rr.till", till.entity.parent.code)
    first = till.get(
        "pointsLedger/getCustomerLedgerInfo", {**query, "pageNumber": 2, "pageSize": 1}
    )
    assert [row["netPointsOnEvent"] for row in first.json()["ledgerEntries"]] == [100]


def test_the_ledger_can_be_limited_by_dates(till, members):
    query = {"identifierName": "mobile", "identifierValue": GIVER, "endDate": "2026-03-02"}
    info = till.get("pointsLedger/getCustomerLedgerInfo", query)
    assert info.json()["ledgerEntries"] == []
    later = till.get(
        "pointsLedger/getCustomerLedgerInfo", {**query, "endDate": "2026-03-03"}
    ).json()
    assert len(later["ledgerEntries"]) == 1
    assert (
        till.get("pointsLedger/getCustomerLedgerInfo", {**query, "endDate": "x"}).status_code == 400
    )
    assert (
        till.get("pointsLedger/getCustomerLedgerInfo", {**query, "pageSize": 101}).status_code
        == 400
    )


def test_another_organization_sees_and_moves_nothing(till, stranger, members):
    query = {"identifierName": "mobile", "identifierValue": GIVER}
    assert transfer(stranger).status_code == 404
    for path in ("points/transfer", "pointsLedger/getCustomerLedgerInfo"):
        assert stranger.get(path, query).status_code == 404
    assert balances(members) == [100, 0]
