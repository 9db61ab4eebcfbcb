"""get, transactions, redemptions and coupons in v1.1: every key of the reference, either format."""

from datetime import timedelta
from decimal import Decimal

import pytest

from crm.dialects.v1_1.batch_items import as_list
from crm.kernel.transactions import unit_of_work
from loyalty.models import LineItem, Transaction
from loyalty.operations.coupons.redeem import redeem_coupon
from loyalty.operations.points.post import post_movement
from loyalty.rules.movements import Movement
from tests.builders import (
    NOON,
    make_customer,
    make_enrollment,
    make_organization,
    make_origin,
    make_program,
    make_store,
)
from tests.card_builders import make_coupon, make_coupon_series
from tests.contract.v1_1.answers import build_status, list_item_codes
from tests.queries import count_queries

MOBILE, OTHER = "447700900111", "447700900222"
FLAGS = (
    "next_slab",
    "slab_history",
    "ndsc_status",
    "optin_status",
    "expiry_schedule",
    "expired_points",
    "points_summary",
    "promotion_points",
    "membership_retention_criteria",
)


def make_bill(customer, number, amount=100, **attributes):
    return Transaction.objects.create(
        org=customer.org,
        customer=customer,
        number=number,
        **{
            "type": "REGULAR",
            "amount": Decimal(amount),
            "gross_amount": Decimal(amount),
            "billed_at": NOON,
            "recorded_at": NOON,
            **attributes,
        },
    )


@pytest.fixture
def rita(till):
    """A member with two bills of which one came back, points spent and a coupon redeemed."""
    rita = make_customer(
        identifiers=[("mobile", MOBILE), ("email", "rita@example.com"), ("externalId", "R-1")],
        registered_by=till.entity,
    )
    program = make_program("Club", is_default=True)
    make_enrollment(rita, program, points=500)
    store = make_store(code="s1", name="Shop one")
    first = make_bill(rita, "B-1", store=store, till=till.entity, notes="by hand")
    make_bill(rita, "B-2", 50, billed_at=NOON + timedelta(days=1))
    make_bill(rita, "C-1", 20, type="RETURN", returned=first, billed_at=NOON + timedelta(days=2))
    LineItem.objects.create(transaction=first, position=1, item_code="x", quantity=3)
    unit_of_work(post_movement)(
        origin=make_origin(actor=till.entity),
        movement=Movement(
            kind="REDEEM",
            customer_id=rita.pk,
            program_id=program.pk,
            points=40,
            transaction_number="B-1",
        ),
    )
    coupon = make_coupon(rita, make_coupon_series("tea"), "TEA1")
    unit_of_work(redeem_coupon)(
        origin=make_origin(actor=till.entity),
        code=coupon.code,
        customer_id=rita.pk,
        transaction_number="B-1",
    )
    return rita


@pytest.fixture
def other(till):
    return make_customer(identifiers=[("mobile", OTHER)])


@pytest.mark.parametrize("form", ["json", "xml"])
def test_get_shows_every_key_of_the_reference(till, rita, read_answer, form):
    status, response = read_answer(till.get("customer/get", {"mobile": MOBILE, "format": form}))

    [row] = as_list(response["customers"]["customer"])
    assert (status["success"], str(status["total"])) == ("true", "1")
    assert set(row) >= {
        "user_id", "firstname", "lastname", "mobile", "email", "external_id", "lifetime_points",
        "lifetime_purchases", "loyalty_points", "current_slab", "registered_on", "updated_on",
        "type", "source", "registered_by", "registered_store", "registered_till", "fraud_details",
        "trackers", "current_nps_status", "custom_fields", "extended_fields", "transactions",
        "coupons", "item_status",
    }  # fmt: skip
    assert [bill["number"] for bill in row["transactions"]["transaction"]] == ["C-1", "B-2", "B-1"]
    assert row["registered_till"]["code"] == "rr.till"
    assert row["registered_store"]["code"] == till.entity.parent.code
    assert row["fraud_details"]["status"] == "NONE"
    assert (row["current_slab"], str(row["loyalty_points"])) == ("SILVER", "460")
    assert row["item_status"]["code"] == "1000"


def test_each_flag_adds_what_it_is_called(till, rita, read_answer):
    plain = read_answer(till.get("customer/get", {"mobile": MOBILE}))[1]["customers"]["customer"][0]
    assert not set(FLAGS) & set(plain)
    for flag in FLAGS:
        query = {"mobile": MOBILE, flag: "true"}
        row = read_answer(till.get("customer/get", query))[1]["customers"]["customer"][0]
        assert set(row) - set(plain) == {flag}

    row = read_answer(till.get("customer/get", {"mobile": MOBILE, **dict.fromkeys(FLAGS, "true")}))[
        1
    ]
    [row] = row["customers"]["customer"]
    assert row["next_slab"] | {"description": ""} == {
        "name": "GOLD",
        "description": "",
        "number": "2",
        "based_on": "LIFETIME_PURCHASES",
        "needed": "1000",
        "missing": "1000",
        "within_days": "",
        "needed_visits": "",
        "needed_purchases": "",
    }
    assert [item["type"] for item in row["points_summary"]["item"]] == ["REDEEM", "OPENING"]
    assert row["ndsc_status"] == {"status": "UNKNOWN"}
    retention = row["membership_retention_criteria"]
    assert (retention["current_slab"], retention["achieved_visits"]) == ("SILVER", "0")
    assert (retention["duration_days"], retention["needed_visits"]) == ("", "")
    assert {service["status"] for service in row["optin_status"]["service"]} == {"NOT_SET"}


def test_several_at_once_cost_as_much_as_one_and_fail_by_themselves(till, rita, other, read_answer):
    query = {"mobile": f"{MOBILE},447700900999,{OTHER}", **dict.fromkeys(FLAGS, "true")}
    till.get("customer/get", query)

    status, response = read_answer(till.get("customer/get", query))
    for_one = count_queries(lambda: till.get("customer/get", {**query, "mobile": MOBILE}))
    for_three = count_queries(lambda: till.get("customer/get", query))

    assert status == build_status(201, total=3, success_count=2)
    assert [success for success, _ in list_item_codes(response["customers"]["customer"])] == [
        "true", "false", "true",
    ]  # fmt: skip
    assert for_three == for_one


@pytest.mark.parametrize("form", ["json", "xml"])
def test_transactions_show_points_coupons_and_what_came_back(till, rita, read_answer, form):
    query = {"mobile": MOBILE, "number": "B-1", "credit_notes": "true", "custom_fields": "true"}

    _, response = read_answer(till.get("customer/transactions", {**query, "format": form}))

    customer = response["customer"]
    [bill] = as_list(customer["transactions"]["transaction"])
    assert (customer["count"], customer["rows"], customer["start"]) == ("1", "1", bill["id"])
    assert set(bill) >= {
        "id", "number", "type", "amount", "notes", "billing_time", "gross_amount", "discount",
        "store", "points", "coupons", "basket_size", "line_items",
    }  # fmt: skip
    assert bill["points"] == {"issued": "0", "redeemed": "40"}
    assert bill["line_items"] == {"line_item": ""}
    assert (bill["store"], bill["basket_size"], bill["amount"]) == ("Shop one", "3", "100")
    assert as_list(bill["coupons"]["coupon"])[0]["code"] == "TEA1"
    notes = as_list(bill["credit_notes"]["credit_note"])
    assert [note["number"] for note in notes] == ["C-1"]


@pytest.mark.parametrize("form", ["json", "xml"])
def test_a_bill_without_coupons_has_an_empty_text_there(till, rita, read_answer, form):
    _, response = read_answer(
        till.get("customer/transactions", {"mobile": MOBILE, "number": "B-2", "format": form})
    )

    [bill] = as_list(response["customer"]["transactions"]["transaction"])
    assert bill["coupons"] == ""


def test_transactions_are_told_apart_by_every_filter(till, rita, read_answer):
    ids = dict(Transaction.objects.values_list("number", "pk"))

    def list_numbers(**query):
        _, response = read_answer(till.get("customer/transactions", {"mobile": MOBILE, **query}))
        return [bill["number"] for bill in response["customer"]["transactions"]["transaction"]]

    assert list_numbers() == ["C-1", "B-2", "B-1"]
    assert list_numbers(order="asc") == list_numbers(sort="asc") == ["B-1", "B-2", "C-1"]
    assert list_numbers(sort="trans_id", order="asc") == ["B-1", "B-2", "C-1"]
    for query, numbers in (
        ({"limit": "1"}, ["C-1"]),
        ({"transaction_id": str(ids["B-2"])}, ["B-2"]),
        ({"start_id": str(ids["B-2"])}, ["C-1", "B-2"]),
        ({"end_id": str(ids["B-1"])}, ["B-1"]),
        ({"amount": "50"}, ["B-2"]),
        ({"number": "b-1"}, []),
        ({"till_code": "rr.till"}, ["B-1"]),
        ({"till_name": "rr.till"}, ["B-1"]),
        ({"till_id": str(till.entity.pk)}, ["B-1"]),
        ({"store_code": "s1"}, ["B-1"]),
        ({"store_name": "Shop one"}, ["B-1"]),
        ({"store_id": "999999"}, []),
        ({"transaction_date": "2026-03-03"}, ["B-2"]),
        ({"start_date": "2026-03-03"}, ["C-1", "B-2"]),
        ({"end_date": "2026-03-02"}, ["B-1"]),
        # Half past five in the organization's time.
        ({"start_date": "2026-03-02 17:30:00", "end_date": "2026-03-02 17:30:00"}, ["B-1"]),
    ):
        assert list_numbers(**query) == numbers, query


@pytest.mark.parametrize("path", ["transactions", "redemptions", "coupons"])
@pytest.mark.parametrize(
    "query",
    [
        {"start_date": "soon"},
        {"limit": "0"},
        {"limit": "101"},
        {"start_id": "x"},
        {"sort": "up"},
        {"order": "up"},
        {"amount": "much"},
        {"type": "cards"},
        {"status": "lost"},
        {"order_by": "x"},
        {"series_id": "9" * 30},
        {"coupons_start_id": "-1"},
        {"number": "x" * 200},
    ],
)
def test_a_filter_that_cannot_be_read_is_a_400_or_none_of_the_operations(till, rita, path, query):
    assert till.get(f"customer/{path}", {"mobile": MOBILE, **query}).status_code in (200, 400)


def test_each_operation_refuses_its_own_unreadable_filters(till, rita):
    for path, query in (
        ("transactions", {"amount": "much"}),
        ("transactions", {"sort": "up"}),
        ("redemptions", {"type": "cards"}),
        ("redemptions", {"points_end_id": "x"}),
        ("coupons", {"status": "redeemed;lost"}),
        ("coupons", {"mobile": f"{MOBILE},{OTHER}"}),
    ):
        assert till.get(f"customer/{path}", {"mobile": MOBILE, **query}).status_code == 400, query


@pytest.mark.parametrize("form", ["json", "xml"])
def test_redemptions_show_coupons_and_points(till, rita, read_answer, form):
    _, response = read_answer(till.get("customer/redemptions", {"mobile": MOBILE, "format": form}))

    customer = response["customer"]
    [coupon] = as_list(customer["redemptions"]["coupons"]["coupon"])
    [point] = as_list(customer["redemptions"]["points"]["point"])
    assert [customer[key] for key in ("rows", "coupons_count", "points_count")] == ["2", "1", "1"]
    assert customer["coupons_start_id"] == coupon["id"]
    assert customer["points_start_id"] == point["id"]
    assert set(coupon) == {
        "id", "code", "series_id", "description", "discount_code", "discount_type",
        "transaction_number", "redeemed_time", "redeemed_at",
    }  # fmt: skip
    assert point | {"id": "", "redeemed_time": ""} == {
        "id": "",
        "points_redeemed": "40",
        "transaction_number": "B-1",
        "redeemed_time": "",
        "redeemed_at": "rr.till",
    }


def test_redemptions_are_told_apart_by_every_filter(till, rita, read_answer):
    def count_redemptions(**query):
        _, response = read_answer(till.get("customer/redemptions", {"mobile": MOBILE, **query}))
        lists = response["customer"]["redemptions"]
        return len(lists["coupons"]["coupon"]), len(lists["points"]["point"])

    assert count_redemptions() == count_redemptions(sort="redemption_id", order="asc") == (1, 1)
    assert (
        count_redemptions(type="coupons") == count_redemptions(points_start_id="999999") == (1, 0)
    )
    assert (
        count_redemptions(type="points") == count_redemptions(coupons_start_id="999999") == (0, 1)
    )
    assert (
        count_redemptions(start_date="2026-03-03")
        == count_redemptions(end_date="2026-03-01")
        == (0, 0)
    )


@pytest.mark.parametrize("form", ["json", "xml"])
def test_coupons_show_how_they_were_redeemed(till, rita, read_answer, form):
    _, response = read_answer(till.get("customer/coupons", {"mobile": MOBILE, "format": form}))

    [customer] = as_list(response["customers"]["customer"])
    [coupon] = as_list(customer["coupons"]["coupon"])
    assert set(customer) >= {
        "firstname", "lastname", "email", "mobile", "external_id", "id", "user_id", "item_status",
    }  # fmt: skip
    assert set(coupon) >= {
        "id", "redemption_count", "created_date", "valid_till", "code", "transaction_number",
        "redemptions",
    }  # fmt: skip
    [use] = as_list(coupon["redemptions"]["redemption"])
    assert (use["transaction_number"], set(use["redeemed_at"])) == ("B-1", {"code", "name"})


def test_coupons_are_told_apart_by_every_filter(till, rita, read_answer):
    series = make_coupon_series("cake")
    make_coupon(rita, series, "CAKE1", issued_at=NOON + timedelta(days=1))
    make_coupon(rita, series, "CAKE0", expires_at=NOON - timedelta(days=1))

    def list_codes(**query):
        _, response = read_answer(till.get("customer/coupons", {"mobile": MOBILE, **query}))
        [customer] = response["customers"]["customer"]
        return {coupon["code"] for coupon in customer["coupons"]["coupon"]}

    assert list_codes() == {"TEA1", "CAKE1", "CAKE0"}
    assert list_codes(series_id=str(series.pk)) == {"CAKE1", "CAKE0"}
    assert list_codes(status="redeemed") == {"TEA1"}
    assert list_codes(status="redeemed;expired") >= {"TEA1", "CAKE0"}
    assert list_codes(start_date="2026-03-03") == {"CAKE1"}
    for order_by in ("created_date", "amount", "valid_till"):
        assert len(list_codes(order_by=order_by, sort_order="asc")) == 3


@pytest.mark.parametrize("path", ["get", "transactions", "redemptions", "coupons"])
def test_another_organizations_customer_is_unknown(till, stranger, rita, read_answer, path):
    theirs = make_customer(make_organization("third"), identifiers=[("mobile", OTHER)])

    assert (
        read_answer(stranger.get(f"customer/{path}", {"id": str(rita.pk)}))[0]["success"] == "false"
    )
    assert (
        read_answer(till.get(f"customer/{path}", {"id": str(theirs.pk)}))[0]["success"] == "false"
    )
    assert read_answer(till.get(f"customer/{path}"))[0]["success"] == "false"


@pytest.mark.parametrize("name", ["mobile", "identifier"])
@pytest.mark.parametrize(
    "written",
    [f" {MOBILE}", f"+{MOBILE}", f"00{MOBILE[:2]} {MOBILE[2:]}", f"x@example.com, {MOBILE}"],
)
def test_a_mobile_is_found_as_people_write_it(till, rita, read_answer, name, written):
    rows = read_answer(till.get("customer/get", {name: written}))[1]["customers"]["customer"]

    assert rows[-1]["user_id"] == str(rita.pk)
