"""POST /v2/coupon/redeem, /bulk/redeem, /reactivate, and GET /v2/coupon/is_redeemable ..."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from customers.models import OneTimeCode
from customers.rules.one_time_codes import CodeTarget, hash_code
from loyalty.models import Coupon, CouponRedemption
from tests.builders import make_customer, make_status_label
from tests.card_builders import make_coupon, make_coupon_series
from tests.contract.v2.answers import read_refusal
from tests.queries import count_queries

pytestmark = pytest.mark.django_db

MOBILE = "919999000001"
USER = {"mobile": MOBILE}
LATER = timezone.now() + timedelta(days=900)
DONE = {"status": True, "code": 700, "message": "The coupons were redeemed."}


@pytest.fixture
def holder(till):
    return make_customer(first_name="Asha", identifiers=[("mobile", MOBILE)])


def give(holder, code=None, series=None, **more):
    return make_coupon(holder, series, code, **{"expires_at": LATER, **more})


def build_body(*codes, **more):
    return {"redemptionRequestList": [{"code": code} for code in codes], "user": USER, **more}


def redeem(till, *codes, headers=None, **more):
    return till.post("coupon/redeem", build_body(*codes, **more), **(headers or {}))


def test_redeems_and_says_what_it_is_worth(till, holder):
    series = make_coupon_series("tea", discount_upto=15, discount_code="TEA10")
    coupon = give(holder, "TEN", series)

    answer = redeem(
        till, " ten", transactionNumber="b-1", billAmount="200", redemptionTime="2026-07-25 10:00"
    )

    assert answer.status_code == 200, answer.content
    row = CouponRedemption.objects.get()
    assert answer.json() == {
        "redemption": [
            {
                "id": row.pk,
                "code": "TEN",
                "discountCode": "TEA10",
                "seriesId": series.pk,
                "seriesCode": "tea",
                "isAbsolute": False,
                "couponValue": 15,
                "discountType": "PERC",
                "discountValue": 10,
                "discountUpto": 15,
                "appendedErrorMessage": None,
                "redemptionStatus": {**DONE, "message": "The coupon was redeemed."},
                "warnings": [],
            }
        ],
        "redemptionStatus": DONE,
        "customer": {
            "id": holder.pk,
            "firstName": "Asha",
            "lastName": holder.profiles.get().last_name,
            "mobile": MOBILE,
            "email": None,
            "externalId": None,
        },
        "warnings": [],
    }
    assert (row.coupon, row.transaction_number, row.bill_amount) == (coupon, "b-1", 200)
    assert row.redeemed_by_id == till.entity.pk
    assert read_refusal(redeem(till, "TEN")) == (409, 409)


def test_redeems_all_or_none(till, holder):
    give(holder, "ONE"), give(holder, "TWO", expires_at=timezone.now() - timedelta(days=1))

    assert read_refusal(redeem(till, "ONE", "TWO")) == (400, 400)
    assert read_refusal(redeem(till, "ONE", "NOBODY")) == (404, 404)
    assert not CouponRedemption.objects.exists()
    assert redeem(till, "ONE").status_code == 200


def test_a_repeat_answers_the_first_redemption(till, holder):
    give(holder, "ONE")
    key = {"Idempotency_Key": "k-1"}

    assert redeem(till, "ONE", headers=key).json() == redeem(till, "ONE", headers=key).json()
    assert CouponRedemption.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"billAmount": "NaN"}, None),
        ({"billAmount": -1}, None),
        ({"billAmount": 1e300}, None),
        ({"billAmount": [1]}, None),
        ({"redemptionTime": "soon"}, (400, 400)),
        ({"redemptionTime": "2999-01-01"}, None),
        ({"transactionNumber": "\u0000"}, (400, 400)),
        ({"transactionNumber": "x" * 101}, (400, 400)),
        ({"redemptionRequestList": []}, (400, 400)),
        ({"redemptionRequestList": [{"code": "ONE"}] * 51}, (400, 400)),
        ({"redemptionRequestList": [{"code": "ONE"}, {"code": "one"}]}, (400, 400)),
        ({"redemptionRequestList": [{"code": ["ONE"]}]}, (400, 400)),
        ({"redemptionRequestList": [{"code": "\u0000"}]}, (400, 400)),
        ({"redemptionRequestList": [{"code": "9" * 99}]}, (404, 404)),
        ({"redemptionRequestList": "ONE"}, (400, 400)),
        ({"user": {"mobile": "918888000001"}}, (404, 8015)),
        ({"user": {"id": "9" * 30}}, (400, 8013)),
        ({"user": {"type": "shoe", "value": 9}}, (400, 8013)),
        ({"user": {}}, (400, 8013)),
        ({"user": "me"}, (400, 400)),
        ({"validationCode": "123456"}, (400, 808)),
    ],
)
def test_bad_input_is_refused_and_changes_nothing(till, holder, body, expected):
    give(holder, "ONE")

    answer = till.post("coupon/redeem", {**build_body("ONE"), **body})

    assert 400 <= answer.status_code < 500
    assert answer.json()["errors"][0]["code"]
    if expected is not None:
        assert read_refusal(answer) == expected
    assert Coupon.objects.get().redemption_count == 0


def test_a_code_is_asked_for_and_wrong_ones_are_counted(till, holder):
    give(holder, "ONE", make_coupon_series(validation_required=True))
    target = CodeTarget("MOBILE", MOBILE, "COUPON")
    code = OneTimeCode.objects.create(
        org=till.org,
        entity_type=target.type,
        entity_value=target.value,
        action=target.action,
        code_hash=hash_code("123456", target, org_id=till.org.pk, secret=settings.SECRET_KEY),
        sent_at=timezone.now(),
        expires_at=LATER,
    )

    assert read_refusal(redeem(till, "ONE")) == (400, 819)
    assert read_refusal(redeem(till, "ONE", validationCode="654321")) == (400, 808)
    many = [build_body("ONE", validationCode="654322")] * 2
    assert till.post("coupon/bulk/redeem", many).json()["failureCount"] == 2
    code.refresh_from_db()
    assert code.failed_attempts == 3
    assert redeem(till, "ONE", validationCode="123456").status_code == 200
    code.refresh_from_db()
    assert code.used_at is not None


def test_redeems_many_bills_each_by_itself(till, holder):
    other = make_customer()
    give(holder, "ONE"), give(other, "TWO")
    bodies = [
        build_body("ONE", billAmount=50),
        build_body("ONE"),
        {**build_body("TWO"), "user": {"id": other.pk}},
        {**build_body("TWO"), "user": {"mobile": "918888000001"}},
        "nothing",
        build_body("ONE", redemptionTime="soon"),
    ]

    answer = till.post("coupon/bulk/redeem", bodies).json()

    rows = answer["response"]
    assert (answer["totalCount"], answer["failureCount"]) == (6, 4)
    assert [[error["code"] for error in row["errors"]] for row in rows] == [
        [], [409], [], [8015], [400], [400],
    ]  # fmt: skip
    assert [row["entityId"] for row in rows] == [
        holder.pk, holder.pk, other.pk, None, None, None,
    ]  # fmt: skip
    assert rows[0]["result"]["redemption"][0]["couponValue"] == 5
    assert rows[1]["result"] == {}
    assert CouponRedemption.objects.count() == 2


def test_many_bills_are_limited_and_cost_no_more_queries(till):
    assert read_refusal(till.post("coupon/bulk/redeem", [])) == (400, 400)
    assert till.post("coupon/bulk/redeem", [build_body("A")] * 101).status_code == 400

    def run(count):
        people = [make_customer() for _ in range(count)]
        bodies = [{**build_body(give(person).code), "user": {"id": person.pk}} for person in people]
        return count_queries(lambda: till.post("coupon/bulk/redeem", bodies))

    run(1)
    assert run(6) == run(1)


def test_asking_says_why_not_and_changes_nothing(till, holder):
    series = make_coupon_series(exclusive_group="sale", max_redemptions_per_coupon=3)
    give(holder, "ONE", series), give(holder, "TWO", series)
    query = {"mobile": MOBILE, "code": "one,TWO,NOBODY", "details": "true", "billAmount": "50"}

    answer = till.get("coupon/is_redeemable", query).json()

    first, second, third = answer["redemption"]
    assert (first["code"], first["isRedeemable"], first["couponValue"]) == ("ONE", True, 5)
    assert (first["redemptionsLeft"], first["numberOfRedemptionsByUser"]) == (3, 0)
    assert second["appendedErrorMessage"] == (
        "The coupon cannot be combined with another one on the same bill."
    )
    assert (third["isRedeemable"], third["redemptionsLeft"]) == (False, 0)
    assert answer["redemptionStatus"]["code"] == 409
    assert answer["customer"]["id"] == holder.pk
    assert not CouponRedemption.objects.exists()
    one = till.get("coupon/is_redeemable", {**query, "code": "ONE", "details": "extended"}).json()
    assert one["redemptionStatus"]["status"] is True
    assert one["redemption"][0]["series"]["id"] == series.pk


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"code": "ONE"}, (400, 8013)),
        ({"mobile": MOBILE}, (400, 400)),
        ({"mobile": MOBILE, "code": "ONE", "details": "much"}, (400, 400)),
        ({"mobile": MOBILE, "code": "ONE", "billAmount": "NaN"}, None),
        ({"mobile": MOBILE, "code": ",".join(map(str, range(51)))}, (400, 400)),
        ({"identifierName": "id", "identifierValue": "987", "code": "ONE"}, (404, 8015)),
    ],
)
def test_asking_badly_is_refused(till, holder, query, expected):
    answer = till.get("coupon/is_redeemable", query)

    assert 400 <= answer.status_code < 500
    if expected is not None:
        assert read_refusal(answer) == expected


def test_a_customer_marked_as_fraud_redeems_nothing(till, holder):
    holder.fraud_status = "CONFIRMED"
    holder.save()
    give(holder, "ONE")

    assert read_refusal(redeem(till, "ONE")) == (400, 618)
    asked = till.get("coupon/is_redeemable", {"mobile": MOBILE, "code": "ONE"}).json()
    assert (asked["redemption"][0]["isRedeemable"], asked["redemptionStatus"]["code"]) == (
        False,
        618,
    )


def test_a_customer_whose_label_blocks_it_redeems_nothing(till, holder):
    holder.status_label = make_status_label("Suspended", "SUSPENDED")
    holder.save()
    give(holder, "ONE")

    assert read_refusal(redeem(till, "ONE")) == (400, 400)
    answer = till.get("coupon/is_redeemable", {"mobile": MOBILE, "code": "ONE"})
    assert answer.status_code == 200
    assert answer.json()["redemption"][0]["isRedeemable"] is False
    assert answer.json()["redemptionStatus"]["status"] is False


def test_takes_redemptions_back_once(till, holder):
    give(holder, "ONE")
    [redeemed] = redeem(till, "ONE").json()["redemption"]
    body = {"redemptionIds": [redeemed["id"]]}

    assert till.post("coupon/reactivate", body).json() == {
        "success": True,
        "warnings": [],
        "errors": [],
    }
    assert read_refusal(till.post("coupon/reactivate", body)) == (409, 409)
    assert redeem(till, "ONE").status_code == 200


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        ([], (400, 400)),
        ("1", (400, 400)),
        ([1.5], (400, 400)),
        (["9" * 30], (400, 400)),
        (["x"], (400, 400)),
        ([987654], (404, 404)),
        ([1] * 101, (400, 400)),
    ],
)
def test_takes_nothing_else_back(till, ids, expected):
    assert read_refusal(till.post("coupon/reactivate", {"redemptionIds": ids})) == expected


def test_read_again_line_items_decide_what_a_coupon_is_good_for(till, holder):
    series = make_coupon_series(products=["SH-1"], discount_on="ITEM")
    give(holder, "ONE", series), give(holder, "TWO", series)
    shirt, socks = {"itemCode": "sh-1", "amount": "30"}, {"itemCode": "so-1", "amount": 20}

    asked = till.get("coupon/is_redeemable", {**USER, "code": "ONE", "billAmount": 50}).json()
    assert (asked["redemption"][0]["isRedeemable"], asked["redemption"][0]["itemsNeeded"]) == (
        True,
        True,
    )
    assert read_refusal(redeem(till, "ONE", billAmount=50)) == (400, 400)
    assert read_refusal(redeem(till, "ONE", lineItems=[])) == (400, 400)
    assert read_refusal(redeem(till, "ONE", lineItems=[socks])) == (400, 400)
    for hostile in ("x", [1], [{"itemCode": "sh-1", "amount": "x"}], [shirt] * 1_001):
        assert read_refusal(redeem(till, "ONE", lineItems=hostile)) == (400, 400)
    assert Coupon.objects.filter(redemption_count__gt=0).count() == 0

    answer = redeem(till, "ONE", lineItems=[socks, shirt])

    assert answer.json()["redemption"][0]["couponValue"] == 3.0
    assert CouponRedemption.objects.get().bill_amount == 50
