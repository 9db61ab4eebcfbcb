"""GET, POST and PUT /v2/coupon/series ..."""

import json

import pytest

from crm.audit.models import Event
from loyalty.models import CouponSeries
from tests.builders import make_organization, make_store
from tests.card_builders import make_coupon_series
from tests.contract.v2.answers import read_refusal
from tests.queries import count_queries

pytestmark = pytest.mark.django_db

RULES = {
    "seriesCode": "tea",
    "description": "Ten percent off tea",
    "discountType": "PERC",
    "discountValue": 10,
}


def add(till, headers=None, **more):
    return till.post("coupon/series", {**RULES, **more}, **(headers or {}))


def test_creates_a_series_with_its_rules(till):
    store = make_store()

    answer = add(
        till,
        discountUpto="25.5",
        maxRedeem=5,
        maxRedemptionsPerCoupon=-1,
        validTillDate="2030-12-31",
        redemptionRange={"dow": ["6", "7"], "hours": [-1]},
        redeemableAt=[store.pk],
        isValidationRequired=True,
        exclusiveGroup="sale",
        brands=["Puma"],
        doNotResendExistingVoucher=False,
    )

    assert answer.status_code == 200, answer.content
    series, body = CouponSeries.objects.get(), answer.json()
    assert (body["id"], body["seriesCode"], body["discountUpto"]) == (series.pk, "tea", 25.5)
    assert (body["maxRedeem"], body["maxRedemptionsPerCoupon"], body["maxCreate"]) == (5, -1, -1)
    assert json.loads(body["redemptionRange"]) == {
        "dom": ["-1"],
        "dow": ["6", "7"],
        "hours": ["-1"],
    }
    assert body["redeemAtStore"] == f"[{store.pk}]"
    assert (body["isActive"], body["exclusiveGroup"], body["numIssued"]) == (True, "sale", 0)
    assert (series.resend_held, series.validation_required, series.brands) == (True, True, ["Puma"])
    assert (series.created_by, str(series.valid_till_date)) == (till.entity, "2030-12-31")
    event = Event.objects.get(kind="coupon_series.added")
    assert (event.subject_id, event.after["discount_upto"]) == (series.pk, "25.500")


def test_a_repeat_creates_one(till):
    key = {"Idempotency_Key": "k-1"}

    assert add(till, key).json() == add(till, key).json()
    assert CouponSeries.objects.count() == 1


def test_changes_what_is_sent_and_nothing_else(till):
    series = make_coupon_series("tea", max_redeem=5, discount_upto=7, redeemed_count=3)
    body = {"id": series.pk, "seriesCode": "other", "maxRedeem": 4, "isActive": False}

    answer = till.put("coupon/series", body)

    assert answer.status_code == 200, answer.content
    shown = answer.json()
    assert (shown["seriesCode"], shown["maxRedeem"], shown["isActive"]) == ("tea", 4, False)
    assert (shown["discountUpto"], shown["numRedeemed"]) == (7, 3)
    event = Event.objects.get(kind="coupon_series.changed")
    assert event.before == {"max_redeem": 5, "is_active": True}
    assert event.after == {"max_redeem": 4, "is_active": False}
    assert read_refusal(till.put("coupon/series", {"id": series.pk, "maxRedeem": 2})) == (400, 400)


def test_what_an_answer_shows_can_be_sent_again(till):
    first = add(till, exclusiveGroup="sale", maxRedeem=5).json()

    again = till.put("coupon/series", {**first, "validTillDate": None, "maxBillAmount": None})

    assert again.status_code == 200, again.content
    assert again.json() == {**first, "redemptionValidFrom": again.json()["redemptionValidFrom"]}


@pytest.mark.parametrize(
    "rules",
    [
        {"seriesCode": ""},
        {"seriesCode": None},
        {"seriesCode": "x" * 61},
        {"description": " "},
        {"discountType": "MUCH"},
        {"discountType": None},
        {"discountValue": None},
        {"discountValue": 101},
        {"discountValue": -1},
        {"discountValue": "NaN"},
        {"discountValue": 1e300},
        {"discountValue": [1]},
        {"discountUpto": "1e9999999"},
        {"maxRedeem": "9" * 30},
        {"maxRedeem": -2},
        {"validTillDate": "soon"},
        {"redemptionValidFrom": "soon"},
        {"redemptionRange": {"hours": [24]}},
        {"redemptionRange": {"dow": "x"}},
        {"redemptionRange": {"dow": {"a": 1}}},
        {"redemptionRange": [1]},
        {"redemptionRange": None},
        {"redemptionRange": "{"},
        {"redeemableAt": [987654]},
        {"redeemableAt": ["x"]},
        {"brands": "Puma"},
        {"brands": [{}]},
        {"info": "x" * 256},
        {"isActive": "perhaps"},
        {"seriesType": "NONE"},
    ],
)
def test_bad_rules_are_refused_and_create_nothing(till, rules):
    answer = add(till, **rules)

    assert read_refusal(answer)[0] == 400
    assert not CouponSeries.objects.exists()


def test_codes_and_places_are_of_the_organization(till):
    elsewhere = make_coupon_series("tea", make_organization())
    assert read_refusal(add(till, redeemableAt=[make_store(elsewhere.org).pk])) == (400, 400)
    assert add(till).status_code == 200
    assert read_refusal(add(till, seriesCode="TEA")) == (409, 409)
    for missing in ({"id": elsewhere.pk}, {"id": 987654}, {}):
        assert read_refusal(till.put("coupon/series", {**missing, "isActive": False})) == (404, 404)
    elsewhere.refresh_from_db()
    assert elsewhere.is_active


def test_lists_series_with_those_that_exclude_them(till):
    one, other = (make_coupon_series(name, exclusive_group="sale") for name in ("one", "other"))
    off = make_coupon_series("off", is_active=False)
    make_coupon_series("elsewhere", make_organization(), exclusive_group="sale")

    def list_ids(**query):
        return [row["id"] for row in till.get("coupon/series", query).json()["data"]]

    listed = till.get("coupon/series").json()
    assert listed["pagination"] == {"limit": 10, "offset": 0, "total": 3}
    assert [row["mutualExclusiveSeriesIds"] for row in listed["data"]] == [
        "[]",
        f"[{one.pk}]",
        f"[{other.pk}]",
    ]
    assert list_ids(isActive="true") == [other.pk, one.pk]
    assert list_ids(seriesCode="OFF") == list_ids(id=off.pk) == [off.pk]
    assert list_ids(limit=1, offset=1) == [other.pk]
    make_coupon_series(exclusive_group="sale")
    assert count_queries(lambda: till.get("coupon/series")) == count_queries(
        lambda: till.get("coupon/series?limit=1")
    )
