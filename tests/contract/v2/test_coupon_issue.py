"""POST /v2/coupon/issue and /bulk/issue, GET /v2/coupon ..."""

import pytest

from loyalty.models import Coupon
from tests.builders import make_customer, make_organization, make_store
from tests.card_builders import make_coupon, make_coupon_series
from tests.contract.v2.answers import read_refusal
from tests.queries import count_queries

pytestmark = pytest.mark.django_db

MOBILE = "919999000001"


@pytest.fixture
def holder(till):
    return make_customer(first_name="Asha", identifiers=[("mobile", MOBILE)])


def issue(till, series, headers=None, **more):
    body = {"seriesId": series.pk, "customer": {"mobile": MOBILE}, **more}
    return till.post("coupon/issue", body, **(headers or {}))


def test_issues_a_coupon_at_the_till(till, holder):
    store = make_store()
    till.entity.parent = store
    till.entity.save()
    series = make_coupon_series("tea", info="For any tea", discount_code="TEA10", valid_days=3)

    answer = issue(till, series, transactionNumber="b-1")

    coupon = Coupon.objects.get()
    body = answer.json()
    assert answer.status_code == 200, answer.content
    assert (coupon.customer, coupon.issued_by, coupon.issued_in) == (holder, till.entity, store)
    assert body.pop("validTill")
    assert body.pop("createdDate")
    assert body.pop("customer")["id"] == holder.pk
    assert body == {
        "id": coupon.pk,
        "code": coupon.code,
        "seriesId": series.pk,
        "seriesCode": "tea",
        "description": "tea",
        "discountCode": "TEA10",
        "discountType": "PERC",
        "discountValue": 10,
        "discountUpto": 0,
        "discountOn": "BILL",
        "detailedInfo": "For any tea",
        "transactionNumber": "b-1",
        "redemptionCount": 0,
        "redemptionsLeft": 1,
        "redemptions": [],
        "warnings": [],
    }


def test_obeys_the_series_and_resends_the_one_that_is_held(till, holder):
    off = make_coupon_series(is_active=False)
    single = make_coupon_series(several_per_user=False, resend_held=True)

    assert read_refusal(issue(till, off)) == (400, 400)
    first, second = issue(till, single).json(), issue(till, single).json()
    assert first["id"] == second["id"]
    assert [warning["code"] for warning in second["warnings"]] == [700]


def test_a_repeat_issues_nothing_twice(till, holder):
    series, key = make_coupon_series(), {"Idempotency_Key": "k-1"}

    assert issue(till, series, key).json() == issue(till, series, key).json()
    assert Coupon.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"seriesId": 987654}, (404, 404)),
        ({"seriesId": None}, (404, 404)),
        ({"seriesId": "x"}, (400, 400)),
        ({"seriesId": "9" * 30}, (400, 400)),
        ({"seriesIds": [1, 2]}, (400, 400)),
        ({"customer": {"mobile": "918888000001"}}, (404, 8015)),
        ({"customer": {}}, (400, 8013)),
        ({"customer": None}, (400, 400)),
        ({"transactionNumber": "x" * 101}, (400, 400)),
    ],
)
def test_bad_input_issues_nothing(till, holder, body, expected):
    assert read_refusal(issue(till, make_coupon_series(), **body)) == expected
    assert not Coupon.objects.exists()


def test_a_series_of_another_organization_is_unknown(till, holder):
    assert read_refusal(issue(till, make_coupon_series(org=make_organization()))) == (404, 404)


def test_issues_many_each_by_itself(till, holder):
    one, other = make_coupon_series(), make_coupon_series(max_create=1)
    user = {"mobile": MOBILE}
    items = [
        {"seriesIds": [one.pk, other.pk], "customer": user},
        {"seriesId": other.pk, "customer": user},
        {"seriesId": one.pk, "customer": {"mobile": "918888000001"}},
        {"customer": user},
        "nothing",
    ]

    answer = till.post("coupon/bulk/issue", items).json()

    rows = answer["response"]
    assert (answer["totalCount"], answer["failureCount"]) == (6, 4)
    assert [[error["code"] for error in row["errors"]] for row in rows] == [
        [], [], [409], [8015], [404], [400],
    ]  # fmt: skip
    ids = list(Coupon.objects.order_by("pk").values_list("pk", flat=True))
    assert [row["entityId"] for row in rows] == [*ids, None, None, None, None]
    assert rows[0]["result"]["customer"]["id"] == holder.pk
    alone = till.post("coupon/bulk/issue", {"seriesIds": [one.pk], "customer": user}).json()
    assert (alone["totalCount"], alone["failureCount"]) == (1, 0)


def test_many_are_limited_and_cost_no_more_queries(till, holder):
    series = [make_coupon_series().pk for _ in range(51)]
    item = {"seriesIds": series, "customer": {"mobile": MOBILE}}
    assert till.post("coupon/bulk/issue", [item, item]).status_code == 400
    assert till.post("coupon/bulk/issue", []).status_code == 400
    assert not Coupon.objects.exists()

    one = make_coupon_series()

    def run(count):
        items = [{"seriesId": one.pk, "customer": {"id": make_customer().pk}} for _ in range(count)]
        return count_queries(lambda: till.post("coupon/bulk/issue", items))

    run(1)
    assert run(6) == run(1)


def test_lists_by_customer_code_and_series(till, holder):
    series = make_coupon_series()
    first = make_coupon(holder, series, "ONE", redemption_count=1)
    second = make_coupon(holder, None, "TWO")
    make_coupon(make_customer(make_organization()), None, "ONE")

    def list_ids(**query):
        answer = till.get("coupon", query)
        assert answer.status_code == 200, answer.content
        assert answer.json()["pagination"]["total"] >= len(answer.json()["data"])
        return [row["id"] for row in answer.json()["data"]]

    by_mobile = {"identifierName": "mobile", "identifierValue": MOBILE}
    assert list_ids(**by_mobile) == [second.pk, first.pk]
    assert list_ids(**by_mobile, limit=1, offset=1) == [first.pk]
    assert list_ids(**by_mobile, status="Redeemed") == [first.pk]
    assert list_ids(code="one,NOBODY") == [first.pk]
    assert list_ids(seriesId=series.pk) == [first.pk]
    assert list_ids(seriesId=series.pk, code="TWO") == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, (400, 400)),
        ({"limit": 5}, (400, 400)),
        ({"seriesId": "9" * 30}, (400, 400)),
        ({"code": ",".join(map(str, range(101)))}, (400, 1060)),
        ({"seriesId": 1, "status": "sad"}, (400, 400)),
        ({"identifierName": "mobile"}, (400, 8013)),
        ({"identifierName": "mobile", "identifierValue": "918888000001"}, (404, 8015)),
    ],
)
def test_lists_nothing_else(till, query, expected):
    assert read_refusal(till.get("coupon", query)) == expected
