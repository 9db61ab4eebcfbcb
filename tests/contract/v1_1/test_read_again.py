"""What the reference of v1.1 says and is easily overlooked ..."""

from datetime import timedelta

import pytest
from django.utils import timezone

from crm.kernel.transactions import unit_of_work
from crm.tenancy.models import OrgEntity
from crm.tenancy.operations.settings import change_settings
from customers.models import Interaction
from loyalty.models import Transaction
from loyalty.operations.coupons.redeem import redeem_coupon
from loyalty.operations.points.post import post_movement
from loyalty.rules.movements import Movement
from tests.builders import (
    NOON,
    make_customer,
    make_enrollment,
    make_entity,
    make_organization,
    make_origin,
    make_program,
    make_store,
    make_till,
)
from tests.card_builders import make_coupon, make_coupon_series
from tests.contract.v1_1.add_bodies import add_customers, list_identifiers, list_warning_codes
from tests.contract.v1_1.answers import list_item_codes

MOBILE, EMAIL = "447700900111", "rita@example.com"
DAY = timedelta(days=1)


@pytest.fixture
def rita(till):
    return make_customer(identifiers=[("mobile", MOBILE), ("email", EMAIL)])


# --- Registering --------------------------------------------------------------------------


def test_read_again_add_replaces_a_secondary_identifier(till, rita, read_answer):
    names = ["CONF_ALLOW_MOBILE_UPDATE", "CONF_ALLOW_EMAIL_UPDATE"]
    unit_of_work(change_settings)(org_id=till.org.pk, values=dict.fromkeys(names, 1))
    other = make_customer(identifiers=[("email", "o@example.com")])

    [row] = add_customers(till, read_answer, {"mobile": MOBILE, "email": "new@example.com"})
    [taken] = add_customers(till, read_answer, {"mobile": MOBILE, "email": "o@example.com"})
    [primary] = add_customers(
        till, read_answer, {"mobile": "447700900199", "email": "new@example.com"}
    )

    assert (list_warning_codes(row), row["email"]) == ([], "new@example.com")
    assert list_warning_codes(taken) == ["91007"]
    assert list_warning_codes(primary) == ["91005"]
    assert list_identifiers(rita.pk) == [("email", "new@example.com"), ("mobile", MOBILE)]
    assert list_identifiers(other.pk) == [("email", "o@example.com")]


# --- Whom an operation means -----------------------------------------------------------------


def test_read_again_a_loyalty_id_identifies(till, stranger, rita, read_answer):
    enrollment = make_enrollment(rita, make_program(is_default=True))
    loyalty_id = str(enrollment.pk)
    other = make_customer(identifiers=[("mobile", "447700900222")])
    note = {"associate_id": "1", "notes": {"note": [{"date": "2016-01-01", "description": "x"}]}}

    def ask(path, caller=till, **query):
        _, response = read_answer(caller.get(f"customer/{path}", query))
        rows = response.get("customer") or response.get("customers", {}).get("customer")
        return rows if isinstance(rows, dict) else rows[0]

    _, response = read_answer(
        till.post("customer/notes", {"root": {"customer": [{"loyalty_id": loyalty_id, **note}]}})
    )
    assert response["customer"]["user_id"] == str(rita.pk)
    [row] = add_customers(till, read_answer, {"loyalty_id": enrollment.pk, "firstname": "Rita"})
    assert (row["user_id"], row["firstname"]) == (str(rita.pk), "Rita")
    for path in ("get", "notes", "transactions", "coupons", "redemptions", "interaction"):
        assert ask(path, loyalty_id=loyalty_id)["user_id"] == str(rita.pk)
    first_known = ask("get", loyalty_id=loyalty_id, mobile="447700900222")
    assert first_known["user_id"] == str(other.pk)
    for unknown in ("999999", "x", "9" * 30):
        row = ask("get", loyalty_id=unknown)
        assert (row["loyalty_id"], row["item_status"]["success"]) == (unknown, "false")
    assert list_item_codes([ask("get", stranger, loyalty_id=loyalty_id)]) == [("false", "1012")]


def test_read_again_a_loyalty_id_of_a_victim_is_the_survivors(till, rita, read_answer):
    victim = make_customer(merged_into=rita)
    enrollment = make_enrollment(victim, make_program())

    _, response = read_answer(till.get("customer/get", {"loyalty_id": enrollment.pk}))

    assert response["customers"]["customer"][0]["user_id"] == str(rita.pk)


def test_read_again_get_shows_ten_recent_interactions(till, rita, read_answer):
    Interaction.objects.bulk_create(
        Interaction(
            org=rita.org, customer=rita, network=network, type=kind, recorded_at=NOON,
            happened_at=NOON + number * DAY, subject="Hello" if kind == "SMS" else "",
        )
        for number in range(6)
        for network, kind in (("CAPILLARY", "SMS"), ("TWITTER", "TWEET"))
    )  # fmt: skip

    _, response = read_answer(till.get("customer/get", {"mobile": MOBILE}))

    rows = response["customers"]["customer"][0]["recent_interactions"]["interaction"]
    assert len(rows) == 10
    assert [row["date"][:10] for row in rows[::2]] == [f"2026-03-0{day}" for day in "76543"]
    assert [(row["network"], row["type"], row["subject"], row["count"]) for row in rows[:2]] == [
        ("twitter", "tweet", "", "1"),
        ("capillary", "sms", "Hello", "1"),
    ]


# --- Coupons of a store -------------------------------------------------------------------


def get_coupons(till, read_answer, **query):
    _, response = read_answer(till.get("customer/coupons", {"mobile": MOBILE, **query}))
    [customer] = response["customers"]["customer"]
    return customer


def test_read_again_coupons_of_a_store_are_those_redeemable_there(till, rita, read_answer):
    zone = make_entity(OrgEntity.Type.ZONE)
    concept = make_entity(OrgEntity.Type.CONCEPT, parent=zone)
    store = make_store(parent=concept)
    desk = make_till(parent=store)
    places = {"ZONE": zone, "CONCEPT": concept, "STORE": store, "TILL": desk, "OTHER": make_store()}
    for code, place in places.items():
        series = make_coupon_series(code)
        series.redeemable_at.add(place, make_store())
        make_coupon(rita, series, code, expires_at=None)
    anywhere = make_coupon_series("ANYWHERE")
    make_coupon(rita, anywhere, "ANYWHERE", expires_at=None)
    make_coupon(rita, anywhere, "OVER", expires_at=NOON)
    make_coupon(rita, anywhere, "REVOKED", expires_at=None, revoked_at=NOON)
    make_coupon(rita, anywhere, "USED", expires_at=None, redemption_count=1)
    make_coupon(rita, anywhere, "LATER", expires_at=None, active_from=timezone.now() + DAY)
    later = make_coupon_series("LATER", redeemable_from=timezone.now() + DAY)
    make_coupon(rita, later, "LATER SERIES", expires_at=None)

    codes = [
        coupon["code"]
        for coupon in get_coupons(till, read_answer, store_id=store.pk)["coupons"]["coupon"]
    ]

    assert codes == ["ANYWHERE", "TILL", "STORE", "CONCEPT", "ZONE"]


def test_read_again_coupons_of_a_store_that_is_not_there(till, rita, read_answer):
    closed = make_store(is_active=False)
    theirs = make_store(make_organization("third"))

    for store_id in (closed.pk, theirs.pk, till.entity.pk, 99_999_999):
        row = get_coupons(till, read_answer, store_id=store_id)
        assert list_item_codes([row]) == [("false", "1150")]
        assert row["mobile"] == MOBILE


# --- Redemptions of a bill ----------------------------------------------------------------


def make_bill(customer, number, **attributes):
    values = {"type": "REGULAR", "amount": 100, "gross_amount": 100, "billed_at": NOON}
    return Transaction.objects.create(
        org=customer.org,
        customer=customer,
        number=number,
        recorded_at=NOON,
        **{**values, **attributes},
    )


@pytest.fixture
def purchase(till, rita):
    """A purchase whose points and coupon were redeemed before, with a return of its number."""
    program = make_program(is_default=True)
    make_enrollment(rita, program, points=500)
    origin = make_origin(actor=till.entity)
    movement = Movement(
        kind="REDEEM", customer_id=rita.pk, program_id=program.pk, points=40,
        transaction_number="B-1",
    )  # fmt: skip
    unit_of_work(post_movement)(origin=origin, movement=movement)
    make_coupon(rita, code="TEA")
    unit_of_work(redeem_coupon)(
        origin=origin, code="TEA", customer_id=rita.pk, transaction_number="B-1"
    )
    purchase = make_bill(rita, "B-1")
    make_bill(rita, "B-1", type="RETURN", returned=purchase, billed_at=NOON + DAY)
    return purchase


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"order": "desc"}, [("RETURN", "0", []), ("REGULAR", "40", ["TEA"])]),
        ({"order": "asc"}, [("REGULAR", "40", ["TEA"]), ("RETURN", "0", [])]),
        ({"start_date": "2026-03-03"}, [("RETURN", "0", [])]),
        ({"limit": "1"}, [("RETURN", "0", [])]),
    ],
)
def test_read_again_redemptions_belong_to_the_purchase(
    till, purchase, read_answer, query, expected
):
    _, response = read_answer(till.get("customer/transactions", {"mobile": MOBILE, **query}))

    assert [
        (
            bill["type"],
            bill["points"]["redeemed"],
            [coupon["code"] for coupon in bill["coupons"]["coupon"]] if bill["coupons"] else [],
        )
        for bill in response["customer"]["transactions"]["transaction"]
    ] == expected


def test_read_again_redemptions_belong_to_the_purchase_that_used_them(
    till, rita, purchase, read_answer
):
    later = make_bill(rita, "B-2", billed_at=NOON + 2 * DAY)
    redemption = rita.coupon_redemptions.get()
    redemption.used_for = later
    redemption.save()

    _, response = read_answer(till.get("customer/transactions", {"mobile": MOBILE}))

    assert [
        (bill["number"], bool(bill["coupons"]))
        for bill in response["customer"]["transactions"]["transaction"]
    ] == [("B-2", True), ("B-1", False), ("B-1", False)]
