"""Undo imports of points, bills, coupons, cards, interactions and requests."""

import pytest
from django.utils import timezone

from crm.approvals.models import Request
from crm.imports.queries.import_states import get_state
from crm.kernel.transactions import unit_of_work
from crm.runs.models import ImportRow
from customers.models import Interaction
from loyalty.models import (
    Card,
    Coupon,
    PointsEntry,
    Transaction,
)
from loyalty.operations.points.post import post_movement
from loyalty.queries.ledger_check import find_ledger_violations
from loyalty.rules.movements import Movement
from tests.approval_builders import make_person
from tests.builders import (
    make_customer,
    make_enrollment,
    make_origin,
    make_program,
    make_till,
)
from tests.card_builders import make_card, make_card_series, make_coupon_series
from tests.crm.dumping import dump_rows
from tests.crm.undo_helpers import (
    CONFIGURATION,
    MOBILE,
    dump_kept,
    list_obstacles,
    make_undo_origin,
    undo,
)
from tests.loyalty import import_helpers as loyalty_files
from tests.loyalty.import_helpers import check_file, import_file

pytestmark = pytest.mark.django_db

ADJUSTMENTS = "Mobile,Program,Points,Reason,Reference\n"
BILLS = "Bill number,Type,Return of,Date,Mobile,Amount\n"


@pytest.fixture(autouse=True)
def _sums_hold():
    yield
    assert find_ledger_violations() == []


@pytest.fixture
def member():
    customer = make_customer(identifiers=[("mobile", MOBILE)])
    return make_enrollment(customer, make_program("Stars", is_default=True), points=50)


def test_reverses_adjustments_of_points(member):
    before = dump_kept()
    upload = import_file(
        check_file(
            "points_adjustments", f"{ADJUSTMENTS}{MOBILE},,30,Sorry,a\n{MOBILE},,-70,Slip,b\n"
        )
    )
    member.refresh_from_db()
    assert member.points == 10

    upload = undo(upload)

    after = dump_kept()
    lots = after["loyalty.PointsLot"]
    assert {
        pk: lot["remaining"] for pk, lot in lots.items() if pk in before["loyalty.PointsLot"]
    } == {pk: lot["remaining"] for pk, lot in before["loyalty.PointsLot"].items()}
    assert after["loyalty.Enrollment"] == before["loyalty.Enrollment"]
    assert get_state(upload) == "UNDONE"
    adjustments = PointsEntry.objects.filter(kind="ADJUST").order_by("pk")
    assert [entry.points for entry in adjustments] == [30, -70, 70, -30]
    # A reference that was reversed is still spent: nothing counts twice under it.
    assert adjustments[0].reference == "import:a"


def test_leaves_points_that_were_spent_since(member):
    upload = import_file(
        check_file("points_adjustments", f"{ADJUSTMENTS}{MOBILE},,30,Sorry,a\n{MOBILE},,5,More,b\n")
    )
    unit_of_work(post_movement)(
        origin=make_undo_origin(make_till(name="Till of Goa")),
        movement=Movement(customer_id=member.customer_id, kind="REDEEM", points=60),
    )

    upload = undo(upload)

    member.refresh_from_db()
    assert member.points == 20
    [(number, [sentence])] = list_obstacles(upload).items()
    assert number == 2
    assert sentence.startswith("Points were redeemed by Till of Goa on ")
    assert get_state(upload) == "PARTLY_UNDONE"


def test_reverses_bills_and_puts_the_tier_back(member):
    before = dump_kept()
    upload = import_file(
        check_file(
            "transactions",
            f"{BILLS}A1,,,2024-05-01,{MOBILE},1500\nA2,,,2024-05-02,,20\n",
        )
    )
    member.refresh_from_db()
    assert (member.tier.name, member.points) == ("GOLD", 1550)

    upload = undo(upload)

    assert list_obstacles(upload) == {}
    after = dump_kept()
    for name in ("loyalty.Enrollment", "loyalty.TierChange", "loyalty.LineItem"):
        assert after[name] == before[name]
    # A bill that had moved points stays in the books as deleted, the other one is gone.
    assert list(Transaction.objects.values_list("number", "outlier_status")) == [("A1", "DELETED")]
    # Its number is free: the same file can be imported again.
    again = check_file(
        "transactions", f"{BILLS}A1,,,2024-05-01,{MOBILE},1500\nA2,,,2024-05-02,,20\n"
    )
    import_file(again)
    member.refresh_from_db()
    assert member.points == 1550


def test_finds_the_points_of_bills_that_an_older_release_imported(member):
    upload = import_file(check_file("transactions", f"{BILLS}A1,,,2024-05-01,{MOBILE},100\n"))
    ImportRow.objects.update(trail=None)

    undo(upload)

    member.refresh_from_db()
    assert (member.points, member.purchases) == (50, 0)


def test_leaves_a_bill_whose_goods_came_back_since(member):
    upload = import_file(check_file("transactions", f"{BILLS}A1,,,2024-05-01,{MOBILE},100\n"))
    back = import_file(check_file("transactions", f"{BILLS}R1,RETURN,A1,2024-05-03,{MOBILE},40\n"))
    assert list_obstacles(undo(upload)) == {2: ["Its goods were brought back since."]}

    undo(back)
    upload = undo(upload)

    member.refresh_from_db()
    assert (member.points, member.purchases, member.returned) == (50, 0, 0)
    assert get_state(upload) == "UNDONE"


def test_removes_coupons_that_nobody_redeemed():
    tom = make_customer(identifiers=[("mobile", MOBILE)])
    series = make_coupon_series("TENOFF")
    before = dump_rows()
    upload = import_file(
        check_file("coupons", f"Mobile,Series,Code\n{MOBILE},TENOFF,A\n{MOBILE},TENOFF,B\n")
    )

    upload = undo(upload, rows=[3])
    assert get_state(upload) == "PARTLY_UNDONE"
    assert list(Coupon.objects.values_list("code", flat=True)) == ["A"]
    Coupon.objects.update(redemption_count=1)
    assert list_obstacles(undo(upload)) == {2: ["Its coupon was redeemed or revoked since."]}
    Coupon.objects.update(redemption_count=0)
    upload = undo(upload)

    assert dump_rows() == before
    series.refresh_from_db()
    assert (series.issued_count, tom.coupons.count()) == (0, 0)


def test_puts_cards_back():
    make_customer(identifiers=[("mobile", MOBILE)])
    series = make_card_series("GOLD")
    make_card("100", series)
    make_card("101", series)
    before = dump_kept(CONFIGURATION)
    upload = import_file(
        check_file(
            "cards",
            f"Card number,External id of the card,Label,Mobile\n"
            f"100,,DELETED,\n101,,,{MOBILE}\n102,X102,,{MOBILE}\n103,,,\n",
            series_id=series.pk,
        )
    )
    assert Card.objects.filter(customer__isnull=False).count() == 2

    upload = undo(upload)

    assert list_obstacles(upload) == {}
    assert dump_kept(CONFIGURATION) == before


def test_removes_interactions():
    make_customer(identifiers=[("mobile", MOBILE)])
    before = dump_rows()
    upload = import_file(
        check_file("interactions", f"Mobile,Network,Type,Date\n{MOBILE},TWITTER,TWEET,2024-05-01\n")
    )
    assert Interaction.objects.count() == 1

    undo(upload)

    assert dump_rows() == before


def test_rejects_requests_that_wait_but_not_ones_own(monkeypatch):
    make_customer(identifiers=[("mobile", MOBILE)])
    maker, other = make_person(), make_person()
    monkeypatch.setattr(
        loyalty_files, "make_origin", lambda **_: make_origin(actor=maker, at=timezone.now())
    )
    content = (
        f"Kind,Mobile,Old value,New value,Reason\nMOBILE,{MOBILE},{MOBILE},919800000009,Lost\n"
    )
    upload = import_file(check_file("requests", content))
    assert Request.objects.get().status == "PENDING"

    assert list(list_obstacles(undo(upload, actor=maker))) == [2]
    upload = undo(upload, actor=other)

    assert Request.objects.get().status == "REJECTED"
    assert get_state(upload) == "UNDONE"
