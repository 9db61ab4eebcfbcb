"""GET /v1.1/coupon/isredeemable and POST /v1.1/coupon/redeem ..."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from crm.dialects.v1_1.batch_items import as_list
from customers.models import OneTimeCode
from customers.rules.one_time_codes import CodeTarget, hash_code
from loyalty.models import Coupon, CouponRedemption
from tests.builders import make_customer
from tests.card_builders import make_coupon, make_coupon_series
from tests.contract.v1_1.answers import build_item_status, list_item_codes

pytestmark = pytest.mark.django_db

MOBILE = "919999000001"
LATER = timezone.now() + timedelta(days=900)


@pytest.fixture
def holder(till):
    return make_customer(identifiers=[("mobile", MOBILE)])


def give(holder, code, series=None):
    return make_coupon(holder, series, code, expires_at=LATER)


def build_item(code, number="b-1", amount="50", **more):
    transaction = {"number": number, "amount": amount}
    return {"code": code, "customer": {"mobile": MOBILE}, "transaction": transaction, **more}


def redeem(till, *items, xml=False, **headers):
    send = till.post_xml if xml else till.post
    return send("coupon/redeem", {"root": {"coupon": list(items)}}, **headers)


def list_rows(answer):
    return answer.json()["response"]["coupons"]["coupon"]


@pytest.mark.parametrize("xml", [False, True])
def test_redeems_coupons_each_by_itself(till, holder, read_answer, xml):
    series = make_coupon_series("tea", discount_code="TEA10", description="Ten off")
    give(holder, "ONE", series)

    answer = redeem(till, build_item("one"), build_item("NOBODY"), xml=xml)

    first, second = read_answer(answer)[1]["coupons"]["coupon"]
    row = CouponRedemption.objects.get()
    status = first.pop("item_status")
    assert (status["success"], status["code"]) == ("true", "700")
    assert first == {
        "code": "ONE",
        "redemption_id": str(row.pk),
        "customer": {
            "mobile": MOBILE,
            "email": None,
            "external_id": None,
            "user_id": str(holder.pk),
        },
        "transaction": {"number": "b-1", "amount": "50"},
        "series_id": str(series.pk),
        "series_code": "tea",
        "description": "Ten off",
        "discount_code": "TEA10",
        "discount_type": "PERC",
        "discount_value": "10",
        "discount_upto": "0",
        "is_absolute": "false",
        "coupon_value": "5",
    }
    assert second["code"] == "NOBODY"
    assert second["item_status"]["code"] == "400"
    assert (row.transaction_number, row.bill_amount) == ("b-1", 50)


def test_items_of_one_bill_exclude_each_other(till, holder):
    series = make_coupon_series(exclusive_group="sale")
    give(holder, "ONE", series), give(holder, "TWO", series)

    rows = list_rows(redeem(till, build_item("ONE"), build_item("TWO")))

    assert list_item_codes(rows) == [("true", "700"), ("false", "400")]
    rows = list_rows(redeem(till, build_item("TWO", number="b-2")))
    assert list_item_codes(rows) == [("true", "700")]


def test_a_repeat_answers_the_first_redemption(till, holder):
    give(holder, "ONE")
    key = {"Idempotency_Key": "k-1"}

    first = redeem(till, build_item("ONE"), **key).json()
    assert redeem(till, build_item("ONE"), **key).json() == first
    assert CouponRedemption.objects.count() == 1


def test_wrong_codes_are_counted(till, holder):
    give(holder, "ONE", make_coupon_series(validation_required=True))
    target = CodeTarget("CUSTOMER", str(holder.pk), "COUPON")
    code = OneTimeCode.objects.create(
        org=till.org,
        entity_type=target.type,
        entity_value=target.value,
        action=target.action,
        code_hash=hash_code("123456", target, org_id=till.org.pk, secret=settings.SECRET_KEY),
        sent_at=timezone.now(),
        expires_at=LATER,
    )

    for given, expected in ((None, "819"), ("654321", "808"), ("123456", "700")):
        rows = list_rows(redeem(till, build_item("ONE", validation_code=given)))
        assert rows[0]["item_status"]["code"] == expected
    code.refresh_from_db()
    assert (code.failed_attempts, code.used_at is not None) == (1, True)


@pytest.mark.parametrize(
    "item",
    [
        {"transaction": {"amount": "NaN"}},
        {"transaction": {"amount": "-1"}},
        {"transaction": {"amount": "1e999999999"}},
        {"transaction": {"number": "x" * 101}},
        {"transaction": "b-1", "customer": {}},
        {"customer": "me"},
        {"customer": {"mobile": "918888000001"}},
        {"code": ["ONE"]},
        {"code": None},
        {"redemption_time": "soon"},
        {"redemption_time": "2999-01-01"},
        {"validation_code": "123456"},
    ],
)
def test_a_bad_item_is_refused_and_changes_nothing(till, holder, item):
    give(holder, "ONE")

    [row] = list_rows(redeem(till, {**build_item("ONE"), **item}))

    assert row["item_status"]["success"] == "false"
    assert int(row["item_status"]["code"]) >= 400
    assert Coupon.objects.get().redemption_count == 0


def test_asking_answers_for_each_code_and_changes_nothing(till, holder):
    give(holder, "ONE")
    query = {"mobile": MOBILE, "code": "ONE,NOBODY", "amount": "50"}

    first, second = list_rows(till.get("coupon/isredeemable", query))

    assert first["item_status"] == build_item_status("The coupon can be redeemed.", "700")
    assert (first["is_redeemable"], first["coupon_value"]) == ("true", "5")
    assert (first["redemptions_left"], first["code_needed"]) == ("1", "false")
    assert (second["is_redeemable"], second["item_status"]["code"]) == ("false", "400")
    assert not CouponRedemption.objects.exists()


def test_asking_about_nobody_is_refused(till, holder):
    for query in ({"code": "ONE"}, {"mobile": "918888000001", "code": "ONE"}):
        [row] = list_rows(till.get("coupon/isredeemable", query))
        assert (row["is_redeemable"], row["item_status"]["success"]) == ("false", "false")
    [row] = list_rows(till.get("coupon/isredeemable", {"mobile": MOBILE}))
    assert row["item_status"]["code"] == "400"


@pytest.mark.parametrize("xml", [False, True])
def test_read_again_line_items_decide_what_a_coupon_is_good_for(till, holder, read_answer, xml):
    give(holder, "ONE", make_coupon_series(brands=["Tiger"]))
    attributes = {"attribute": {"name": "brand", "value": "tiger"}}
    lines = [{"item_code": "so-1", "amount": "20"}, {"item_code": "sh-1", "amount": "30"}]
    told = {"number": "b-1", "line_items": {"line_item": [dict(line) for line in lines]}}
    told["line_items"]["line_item"][1]["attributes"] = attributes

    refused = redeem(
        till,
        build_item("ONE"),
        build_item("ONE", transaction={"line_items": {"line_item": lines}}),
        xml=xml,
    )
    answer = redeem(till, build_item("ONE", transaction=told), xml=xml)

    rows = read_answer(refused)[1]["coupons"]["coupon"]
    assert list_item_codes(rows) == [("false", "400")] * 2
    [row] = as_list(read_answer(answer)[1]["coupons"]["coupon"])
    assert (row["coupon_value"], row["transaction"]["amount"]) == ("3", "50")
    asked = till.get("coupon/isredeemable", {"mobile": MOBILE, "code": "ONE"})
    assert list_item_codes(list_rows(asked)) == [("false", "400")]
