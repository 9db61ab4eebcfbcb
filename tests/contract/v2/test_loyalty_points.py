"""GET /v2/customers/{id}/pointsTransfers and .../pointsExpirySchedule ..."""

from datetime import timedelta

import pytest
from django.utils import timezone

from crm.kernel.transactions import unit_of_work
from loyalty.operations.points.post import post_movement
from loyalty.operations.points.transfer import Transfer, transfer_points
from loyalty.rules.movements import Movement
from tests.builders import NOON, make_customer, make_enrollment, make_origin, make_program
from tests.contract.v2.answers import read_refusal

pytestmark = pytest.mark.django_db

NOON_THERE = "2026-03-02T17:30:00+05:30"
MOBILE = ("mobile", "919999000001")


@pytest.fixture
def giver(till):
    customer = make_customer(identifiers=[MOBILE], first_name="Tom", last_name="Sawyer")
    return make_enrollment(customer, make_program("Nightly", is_default=True), points=100)


def transfer(giver, points=15):
    receiver = make_enrollment(
        make_customer(first_name="James", last_name="Thomas"), giver.program, points=1
    )
    result = unit_of_work(transfer_points)(
        origin=make_origin(),
        transfer=Transfer(
            from_customer_id=giver.customer_id,
            to_customer_id=receiver.customer_id,
            points=points,
            program_id=giver.program_id,
        ),
    )
    return receiver, result.transfer_id


def test_shows_a_transfer_on_both_sides(till, giver):
    taker, pk = transfer(giver)

    gone = till.get(f"customers/{giver.customer_id}/pointsTransfers")
    came = till.get(f"customers/{taker.customer_id}/pointsTransfers")

    line = {
        "pointsTransferDate": NOON_THERE,
        "pointsTransferred": 15.0,
        "transferId": pk,
        "transferType": "DEDUCTION",
        "transferredFrom": {
            "userId": giver.customer_id,
            "firstName": "Tom",
            "lastName": "Sawyer",
        },
        "transferredTo": {
            "userId": taker.customer_id,
            "firstName": "James",
            "lastName": "Thomas",
        },
        "notes": "",
        "programName": "Nightly",
    }
    assert gone.json() == {"data": [line], "warnings": [], "errors": []}
    assert came.json()["data"] == [line | {"transferType": "ADDITION"}]


@pytest.mark.parametrize("what", ["pointsTransfers", "pointsExpirySchedule"])
def test_refuses_nobody_victims_and_strangers(till, stranger, giver, what):
    victim = make_customer(merged_into=giver.customer)

    assert read_refusal(till.get(f"customers/404/{what}")) == (404, 8015)
    assert read_refusal(till.get(f"customers/{victim.pk}/{what}")) == (410, 8069)
    assert read_refusal(stranger.get(f"customers/{giver.customer_id}/{what}")) == (404, 8015)


@pytest.fixture
def days():
    """Tomorrow's and the day after tomorrow's noon; the door reads the clock itself."""
    today = timezone.now().replace(microsecond=0)
    return today + timedelta(days=1), today + timedelta(days=2)


def award_points(member, points, expires_at):
    unit_of_work(post_movement)(
        origin=make_origin(at=NOON),
        movement=Movement(
            customer_id=member.customer_id,
            program_id=member.program_id,
            kind="BONUS",
            points=points,
            expires_at=expires_at,
        ),
    )


def format_local(moment, till):
    return moment.astimezone(till.org.zone).isoformat()


@pytest.fixture
def schedules(till, giver, days):
    """What will expire of the default program, and of another one."""
    other = make_enrollment(giver.customer, make_program("Other", is_default=False))
    award_points(giver, 5, days[0])
    award_points(giver, 3, days[1])
    award_points(other, 7, days[1])
    rows = [
        (5.0, days[0], giver.program_id),
        (3.0, days[1], giver.program_id),
        (7.0, days[1], other.program_id),
    ]
    return [
        {
            "points": points,
            "expiryDate": format_local(moment, till),
            "programId": program_id,
            "pointsType": "BONUS",
            "expiryType": "FIXED",
        }
        for points, moment, program_id in rows
    ]


def test_lists_what_expires_in_the_default_program_beside_the_customer(till, giver, schedules):
    by_id = till.get(f"customers/{giver.customer_id}/pointsExpirySchedule")
    looked_up = till.get(
        "customers/lookup/pointsExpirySchedule",
        {"identifierName": "mobile", "identifierValue": MOBILE[1], "source": "INSTORE"},
    )

    details = till.get(f"customers/{giver.customer_id}").json()
    assert by_id.json() == {
        "id": giver.customer_id,
        "profiles": details["profiles"],
        "loyaltyInfo": details["loyaltyInfo"],
        "segments": {},
        "extendedFields": {},
        "expirySchedules": schedules[:2],
        "warnings": [],
    }
    assert looked_up.json() == by_id.json()


def test_embeds_what_expires_in_every_program(till, giver, schedules):
    answer = till.get(f"customers/{giver.customer_id}?embed=expirySchedules").json()

    assert answer["expirySchedules"] == schedules


def test_filters_by_program_day_and_earliest(till, giver, schedules, days):
    def listed(**query):
        path = f"customers/{giver.customer_id}/pointsExpirySchedule"
        return till.get(path, query).json()["expirySchedules"]

    first, second, others = schedules
    last_day = days[0].astimezone(till.org.zone).date().isoformat()
    assert listed(programId=others["programId"]) == [others]
    assert listed(fetchDataForAllPrograms="true") == schedules
    assert listed(fetchEarliestExpiryOnly="true") == [first]
    assert listed(fetchDataForAllPrograms=True, fetchEarliestExpiryOnly=True) == [first, others]
    assert listed(endDate=last_day) == [first]
    assert listed(endDate=first["expiryDate"]) == [first]
    assert listed(startDate=second["expiryDate"]) == [second]
    assert listed(startDate="2020-01-01", endDate="9999-12-31") == [first, second]


def test_says_what_expired(till, giver):
    award_points(giver, 6, NOON - timedelta(days=1))

    answer = till.get(f"customers/{giver.customer_id}?embed=expiredPoints,points").json()

    assert answer["expiredPoints"] == [
        {
            "points": 6.0,
            "expiredOn": "2026-03-01T17:30:00+05:30",
            "programId": giver.program_id,
        }
    ]
    assert answer["pointsSummary"]["expired"] == 6.0


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("programId=404", (404, 404)),
        ("programId=-1", (400, 400)),
        ("startDate=yesterday", (400, 400)),
        ("endDate=2026-13-01", (400, 400)),
        ("fetchEarliestExpiryOnly=perhaps", (400, 400)),
        ("source=WECHAT&accountId=22232", (404, 8065)),
        ("source=NOWHERE", (400, 8012)),
    ],
)
def test_refuses_filters_that_cannot_be_read(till, giver, query, expected):
    path = f"customers/{giver.customer_id}/pointsExpirySchedule"

    assert read_refusal(till.get(f"{path}?{query}")) == expected
