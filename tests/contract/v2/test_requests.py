"""GET /v2/customers/{id}/retroRequest, changeRequest and goodwillRequest ..."""

from datetime import timedelta
from decimal import Decimal

import pytest

from crm.approvals.domain.decisions import Verdict, decide_requests
from crm.approvals.domain.drafts import NewRequest
from crm.approvals.domain.new_requests import file_request
from crm.kernel.transactions import unit_of_work
from crm.tenancy.operations.settings import change_settings
from loyalty.operations.points.post import post_movement
from loyalty.operations.transactions.enter import enter_transaction
from loyalty.rules.movements import Movement
from loyalty.rules.transactions import Sale
from tests.approval_builders import make_person, make_request, reject
from tests.builders import (
    NOON,
    make_customer,
    make_enrollment,
    make_origin,
    make_program,
    make_store,
    make_till,
)
from tests.card_builders import make_coupon_series
from tests.contract.v2.answers import read_refusal
from tests.queries import count_queries

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def format_local(day, clock="17:30:00"):
    return f"2026-03-{day:02}T{clock}+05:30"


@pytest.fixture
def clerk(till):
    store = make_store(code="store_india", name="StoreIndia")
    return make_till(code="till.india1", name="till.india1", parent=store)


@pytest.fixture
def checker(till):
    return make_person(code="Patel", name="Nayan Kumar")


@pytest.fixture
def tom(till):
    program = make_program(is_default=True)
    customer = make_customer(
        identifiers=[("mobile", "919800000001"), ("email", "dore@example.com")], at=NOON - 9 * DAY
    )
    return make_enrollment(customer, program).customer


def file_one_request(customer, kind, maker, *, at=NOON, **fields):
    flags = {name: fields.pop(name) for name in ("auto_approve", "one_step") if name in fields}
    return unit_of_work(file_request)(
        origin=make_origin(actor=maker, at=at),
        new_request=NewRequest(kind=kind, customer_id=customer.pk, **fields),
        **flags,
    ).request


def decide_request(request, checker, *, at=NOON + DAY, **fields):
    [decided] = unit_of_work(decide_requests)(
        origin=make_origin(actor=checker, at=at),
        request_ids=[request.pk],
        verdict=Verdict(**{"approve": True, **fields}),
    )
    assert decided.refusal is None


def build_person(entity):
    return {
        "id": entity.pk,
        "code": entity.code,
        "description": "",
        "name": entity.name,
        "type": entity.type,
        "adminType": "GENERAL",
        "isActive": True,
        "isOuEnabled": True,
        "timeZoneId": 0,
        "currencyId": 0,
        "languageId": -1,
    }


def build_page(*rows, **pagination):
    return {
        "pagination": {"limit": 10, "offset": 0, "total": len(rows), **pagination},
        "data": list(rows),
        "warnings": [],
        "errors": [],
    }


def list_ids(answer):
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["data"]]


def file_retro_request(customer, maker, **fields):
    unit_of_work(change_settings)(
        org_id=customer.org_id, values={"CONF_RETRO_TRANSACTION_ENABLE": 1}
    )
    transaction_id = unit_of_work(enter_transaction)(
        origin=make_origin(),
        sale=Sale(number="b1", type="NOT_INTERESTED", amount=600, billed_at=NOON - DAY),
    ).transaction_id
    return file_one_request(
        customer, "RETRO", maker, transaction_id=transaction_id, **fields
    ), transaction_id


def test_shows_a_claim_of_a_till_with_its_store_and_who_decided(till, tom, clerk, checker):
    request, bill = file_retro_request(
        tom, clerk, reason="forgot the card", comments="has the slip"
    )
    decide_request(request, checker, comments="seen")

    answer = till.get(f"customers/{tom.pk}/retroRequest")

    assert answer.json() == build_page(
        {
            "id": request.pk,
            "requestId": request.pk,
            "status": "APPROVED",
            "addedBy": build_person(clerk),
            "enteredBy": build_person(clerk),
            "addedByParent": build_person(clerk.parent),
            "updatedBy": build_person(checker),
            "addedOn": format_local(2),
            "updatedOn": format_local(3),
            "userId": tom.pk,
            "changeType": "RETRO",
            "baseType": "RETRO",
            "reason": "forgot the card",
            "comments": "has the slip",
            "updatedComments": "seen",
            "updatedReason": "",
            "transactionId": bill,
            "secUserId": 0,
            "reqAdd": True,
            "oneStep": False,
            "autoApproved": False,
            "warnings": [],
        }
    )


def test_shows_a_change_that_approved_itself(till, tom, checker):
    request = file_one_request(
        tom,
        "EMAIL",
        checker,
        old_value="dore@example.com",
        new_value="iwan@example.com",
        auto_approve=True,
    )

    [row] = till.get(f"customers/{tom.pk}/changeRequest", {"source": "INSTORE"}).json()["data"]

    assert row["changeIdentifiers"] == {
        "add": [{"type": "EMAIL", "value": "iwan@example.com"}],
        "remove": [{"type": "EMAIL", "value": "dore@example.com"}],
    }
    assert (row["id"], row["status"], row["changeType"]) == (request.pk, "APPROVED", "EMAIL")
    assert (row["comments"], row["autoApproved"]) == (f"auto approved by {checker.pk}", True)
    assert row["addedBy"] == row["updatedBy"] == build_person(checker)
    assert "addedByParent" not in row


def test_shows_goodwill_approved_and_pending(till, tom, clerk, checker):
    approved = file_one_request(tom, "POINTS", clerk, points=500, comments="sample")
    decide_request(
        approved, checker, points={approved.pk: Decimal("450.5")}, comments="less will do"
    )
    pending = file_one_request(tom, "POINTS", clerk, points=12, at=NOON + 2 * DAY)
    series = make_coupon_series()
    coupon = file_one_request(tom, "COUPON", clerk, series_id=series.pk, at=NOON + 3 * DAY)
    decide_request(coupon, checker, at=NOON + 4 * DAY)

    last, waiting, first = till.get(f"customers/{tom.pk}/goodwillRequest").json()["data"]

    keys = ("goodwillType", "goodwillStatus", "requestedValue", "comments", "updatedComments")
    assert [first[key] for key in keys] == ["POINTS", "APPROVED", "500", "sample", "less will do"]
    assert (first["approvedValue"], first["programId"]) == (
        "450.5",
        tom.enrollments.get().program_id,
    )
    assert [waiting[key] for key in keys] == ["POINTS", "PENDING", "12", "", ""]
    assert "approvedValue" not in waiting
    assert waiting["addedBy"] == waiting["enteredBy"] == waiting["updatedBy"] == build_person(clerk)
    assert waiting["updatedOn"] == format_local(4)
    assert waiting["id"] == pending.pk
    assert (last["approvedValue"], last["seriesId"]) == (str(series.pk), series.pk)


def test_says_what_broke_and_why_it_was_rejected(till, tom, checker):
    failed = make_request(tom, "EMAIL", old_value="dore@example.com", new_value="x@example.com")
    make_customer(identifiers=[("email", "x@example.com")])
    unit_of_work(decide_requests)(
        origin=make_origin(actor=checker), request_ids=[failed.pk], verdict=Verdict(approve=True)
    )
    rejected = make_request(tom, "POINTS", points=1)
    reject(rejected, reason="too much")

    [row] = till.get(f"customers/{tom.pk}/changeRequest").json()["data"]
    [other] = till.get(f"customers/{tom.pk}/goodwillRequest").json()["data"]

    assert (row["status"], row["failure"]) == ("FAILED", "customers.identifier_taken")
    assert (other["goodwillStatus"], other["updatedReason"]) == ("REJECTED", "too much")
    assert "approvedValue" not in other


@pytest.fixture
def several(tom, clerk, checker):
    """One of each list, a day apart; the first was decided last."""
    change = file_one_request(
        tom, "EMAIL", clerk, old_value="dore@example.com", new_value="iwan@example.com", at=NOON
    )
    points = file_one_request(tom, "POINTS", clerk, points=1, at=NOON + DAY, one_step=True)
    retro, _ = file_retro_request(tom, clerk, at=NOON + 2 * DAY)
    decide_request(change, checker, at=NOON + 5 * DAY)
    return change.pk, points.pk, retro.pk


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({}, "210"),
        ({"changeType": "email"}, "0"),
        ({"changeType": "POINTS,RETRO"}, "21"),
        ({"changeType": "MERGE"}, ""),
        ({"startDate": "2026-03-03"}, "21"),
        ({"endDate": "2026-03-03"}, "10"),
        ({"startDate": "2026-03-03", "endDate": "2026-03-03"}, "1"),
        ({"endDate": "2026-03-03T17:30:00"}, "10"),
        ({"endDate": "2026-03-03T17:29:59"}, "0"),
        ({"sortOrder": "asc"}, "012"),
        ({"sortBy": "lastUpdatedOn"}, "021"),
        ({"sortBy": "createdon", "limit": 1, "offset": 1}, "1"),
        ({"is_one_step_change": "true"}, "1"),
        ({"is_one_step_change": "false"}, "20"),
        ({"autoApprove": "true"}, "1"),
        ({"autoApprove": "false"}, "20"),
        ({"source": "ALL"}, "210"),
    ],
)
def test_lists_what_the_filters_leave(till, tom, several, query, wanted):
    answer = till.get(f"customers/{tom.pk}/retroRequest", query)

    assert list_ids(answer) == [several[int(which)] for which in wanted]


def test_picks_by_id_and_program_and_counts_what_lies_on_other_pages(till, tom, several):
    first, second, third = several
    path = f"customers/{tom.pk}/retroRequest"
    program_id = tom.enrollments.get().program_id

    assert list_ids(till.get(path, {"startId": second})) == [third, second]
    assert list_ids(till.get(path, {"endId": second})) == [second, first]
    assert list_ids(till.get(path, {"requestId": second})) == [second]
    assert list_ids(till.get(path, {"programId": program_id})) == [second]
    assert list_ids(till.get(path, {"programId": 2**40})) == []
    assert till.get(path, {"limit": 1}).json()["pagination"] == {
        "limit": 1,
        "offset": 0,
        "total": 3,
    }
    assert list_ids(till.get(f"customers/{tom.pk}/changeRequest")) == [first]
    assert list_ids(till.get(f"customers/{tom.pk}/goodwillRequest")) == [second]
    assert list_ids(till.get(f"customers/{tom.pk}/changeRequest", {"changeType": "RETRO"})) == [
        third
    ]


def test_lists_the_changes_of_tiers(till, tom, clerk):
    member = tom.enrollments.get()
    unit_of_work(post_movement)(
        origin=make_origin(actor=clerk),
        movement=Movement(customer_id=tom.pk, kind="AWARD", points=1, purchases=2000),
    )
    change = member.tier_changes.get()
    path = f"customers/{tom.pk}/changeRequest"

    [row] = till.get(path, {"changeType": "TIER"}).json()["data"]

    assert row["changeIdentifiers"] == {
        "add": [{"type": "TIER", "value": "GOLD"}],
        "remove": [{"type": "TIER", "value": "SILVER"}],
    }
    assert (row["id"], row["status"], row["reason"]) == (change.pk, "APPROVED", "LIFTED")
    assert (row["addedBy"], row["addedByParent"]) == (
        build_person(clerk),
        build_person(clerk.parent),
    )
    assert (row["programId"], row["userId"]) == (member.program_id, tom.pk)
    for query, many in (
        ({"startDate": "2026-03-03"}, 0),
        ({"endDate": "2026-03-02"}, 1),
        ({"programId": 2**40}, 0),
        ({"requestId": change.pk + 1}, 0),
    ):
        assert len(list_ids(till.get(path, {"changeType": "TIER", **query}))) == many


@pytest.mark.parametrize(
    "query",
    [
        {"changeType": "NOTHING"},
        {"changeType": "TIER,EMAIL"},
        {"startDate": "soon"},
        {"endDate": "2026-13-01"},
        {"startId": "x"},
        {"endId": 2**70},
        {"requestId": 0},
        {"limit": 0},
        {"limit": 101},
        {"offset": -1},
        {"sortBy": "name"},
        {"sortOrder": "UP"},
        {"is_one_step_change": "perhaps"},
        {"autoApprove": "2"},
        {"programId": "x"},
    ],
)
def test_refuses_a_query_that_cannot_be_read(till, tom, query):
    for name in ("retroRequest", "changeRequest", "goodwillRequest"):
        assert read_refusal(till.get(f"customers/{tom.pk}/{name}", query))[0] == 400


def test_takes_dates_at_the_edges(till, tom, several):
    path = f"customers/{tom.pk}/retroRequest"

    for query in ({"startDate": "9999-12-31"}, {"endDate": "9999-12-31"}, {"startDate": ""}):
        assert till.get(path, query).status_code == 200


def test_knows_only_the_organizations_own_customers_and_sources(till, tom, stranger, several):
    victim = make_customer(merged_into=tom)
    for name in ("retroRequest", "changeRequest", "goodwillRequest"):
        assert read_refusal(stranger.get(f"customers/{tom.pk}/{name}"))[0] == 404
        assert read_refusal(till.get(f"customers/{2**62}/{name}"))[0] == 404
        assert read_refusal(till.get(f"customers/{victim.pk}/{name}")) == (410, 8069)
        wechat = {"source": "WECHAT", "accountId": "1234"}
        assert read_refusal(till.get(f"customers/{tom.pk}/{name}", wechat)) == (404, 8065)
        assert read_refusal(till.get(f"customers/{tom.pk}/{name}", {"source": "NOWHERE"}))[0] == 400


def test_reads_any_number_of_requests_in_as_many_queries(till, tom, several, clerk):
    path = f"customers/{tom.pk}/retroRequest"
    till.get(path)
    few = count_queries(lambda: till.get(path, {"limit": 1}))

    assert count_queries(lambda: till.get(path)) == few == 4
    assert count_queries(lambda: till.get(path, {"changeType": "TIER"})) == 4
