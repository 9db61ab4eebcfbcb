"""GET /v2/customers/coupons and /v2/customers/{id}/coupons ..."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from crm.kernel.transactions import unit_of_work
from loyalty.operations.coupons.redeem import redeem_coupon
from tests.builders import NOON, make_concept, make_customer, make_origin, make_store, make_till
from tests.card_builders import make_coupon, make_coupon_series
from tests.contract.v2.answers import read_refusal
from tests.queries import count_queries

pytestmark = pytest.mark.django_db

NOON_THERE = "2026-03-02T17:30:00+05:30"
MOBILE = ("mobile", "918860000001")


@pytest.fixture
def person(till):
    return make_customer(
        identifiers=[MOBILE, ("email", "tom@example.com"), ("externalId", "ts1234")],
        first_name="Tom",
        last_name="Sawyer",
    )


@pytest.fixture
def store(till):
    return make_store(code="storecode", name="webstore1", description="webenagestore")


@pytest.fixture
def series(till, store):
    return make_coupon_series(
        "GM0V3HXC",
        description="Mobile Push offer 1",
        info="About it",
        discount_code="MobilePush",
        valid_till_date=date(2118, 9, 10),
        valid_days=30,
        max_create=1000,
        terms="T&C apply",
        redeemable_when={"days_of_month": [1, 2], "days_of_week": [], "hours": []},
    )


def test_answers_a_coupon_under_its_holder(till, person, series, store):
    coupon = make_coupon(
        person, series, "KNRYHMRW", issued_in=store, transaction_number="2147877652"
    )

    answer = till.get("customers/coupons", {"id": person.pk})

    assert answer.status_code == 200, answer.content
    assert answer.json() == {
        "entity": {
            "pagination": {"limit": "100", "offset": "0", "total": 1},
            "customers": [
                {
                    "firstname": "Tom",
                    "lastname": "Sawyer",
                    "mobile": MOBILE[1],
                    "id": person.pk,
                    "coupons": [
                        {
                            "code": "KNRYHMRW",
                            "seriesId": series.pk,
                            "description": "Mobile Push offer 1",
                            "validTill": "2026-04-01T17:30:00+05:30",
                            "discountType": "PERC",
                            "discountValue": 10.0,
                            "discountUpto": 0.0,
                            "redemptionCount": 0,
                            "redemptionsLeft": 1,
                            "id": coupon.pk,
                            "createdDate": NOON_THERE,
                            "transactionNumber": "2147877652",
                            "issuedAt": {"code": "storecode", "name": "webstore1"},
                            "redemptions": [],
                        }
                    ],
                }
            ],
        },
        "warnings": [],
        "errors": [],
        "success": True,
    }


@pytest.mark.parametrize(
    "query",
    [
        {"mobile": "+91 88600 00001"},
        {"email": "TOM@example.com"},
        {"externalId": "ts1234"},
        {"mobile": MOBILE[1], "email": "tom@example.com"},
    ],
)
def test_finds_the_holder_by_any_identifier_once(till, person, query):
    [holder] = till.get("customers/coupons", query).json()["entity"]["customers"]

    assert (holder["id"], holder["coupons"]) == (person.pk, [])


def test_tells_of_several_and_names_who_is_not_found(till, person):
    other = make_customer()
    make_coupon(other, code="THEIRS")
    victim = make_customer(merged_into=person)

    answer = till.get("customers/coupons", {"id": f"{other.pk},{person.pk},404,{victim.pk}"}).json()

    holders = answer["entity"]["customers"]
    assert [holder["id"] for holder in holders] == [other.pk, person.pk]
    assert [[c["code"] for c in holder["coupons"]] for holder in holders] == [["THEIRS"], []]
    assert [error["code"] for error in answer["errors"]] == [8015, 8069]
    assert answer["errors"][1]["survivorId"] == person.pk


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, (400, 400)),
        ({"mobile": "919999999999"}, (404, 8015)),
        ({"mobile": "no number"}, (400, 8013)),
        ({"id": "x"}, (400, 8013)),
        ({"id": "9" * 19}, (404, 8015)),
        ({"id": ",".join(str(n) for n in range(1, 102))}, (400, 1060)),
        ({"mobile": MOBILE[1], "status": "Lost"}, (400, 400)),
        ({"mobile": MOBILE[1], "limit": 101}, (400, 400)),
        ({"mobile": MOBILE[1], "offset": -1}, (400, 400)),
    ],
)
def test_refuses(till, person, query, expected):
    assert read_refusal(till.get("customers/coupons", query)) == expected


def test_filters_by_status_and_pages(till, person):
    now = {"at": NOON, "expires_at": None}
    for n in range(3):
        make_coupon(person, code=f"C{n}", **now)
    make_coupon(person, code="OVER", expires_at=NOON - timedelta(days=1))

    def codes(**query):
        entity = till.get("customers/coupons", {"id": person.pk, **query}).json()["entity"]
        return entity["pagination"]["total"], [c["code"] for c in entity["customers"][0]["coupons"]]

    assert codes(status="Active_Unredeemed") == (3, ["C2", "C1", "C0"])
    assert codes(status="EXPIRED_UNREDEEMED") == (1, ["OVER"])
    assert codes(status="active,Expired_Unredeemed", limit=2, offset=1) == (4, ["C2", "C1"])
    whole = till.get(f"customers/{person.pk}/coupons", {"status": "active", "limit": 2}).json()
    assert [coupon["code"] for coupon in whole["entity"]] == ["C2", "C1"]
    assert read_refusal(till.get(f"customers/{person.pk}/coupons", {"status": "x"})) == (400, 400)


def test_answers_a_coupon_with_its_whole_series(till, person, series, store):
    clerk = make_till(parent=store)
    coupon = make_coupon(person, series, "ER07BCJ8", issued_by=clerk, issued_in=store)
    place = {
        "id": store.pk,
        "code": "storecode",
        "description": "webenagestore",
        "name": "webstore1",
        "type": "STORE",
        "adminType": "GENERAL",
        "isOrgUnit": False,
    }

    answer = till.get(f"customers/{person.pk}/coupons").json()

    assert answer == {"entity": answer["entity"], "warnings": [], "errors": [], "success": True}
    [entity] = answer["entity"]
    whole_series, status = entity.pop("series"), entity.pop("status")
    expired = {"code": 400, "message": "The coupon is over."}
    assert entity == {
        "id": coupon.pk,
        "seriesId": series.pk,
        "code": "ER07BCJ8",
        "description": "Mobile Push offer 1",
        "createdDate": NOON_THERE,
        "validTill": "2026-04-01T17:30:00+05:30",
        "isRedeemed": False,
        "issuedTo": person.pk,
        "issuedBy": clerk.pk,
        "orgId": till.org.pk,
        "refId": 0,
        "issuedAt": place,
        "couponDiscountType": "PERC",
        "issuedOn": NOON_THERE,
        "activeFrom": NOON_THERE,
        "redemptionsLeft": 1,
        "couponStatus": {
            "statusCode": {"status": False, **expired},
            "warnings": [],
            "warningsAsStatusCode": [],
            **expired,
            "success": False,
        },
        "redemptionInfo": [],
        "discountType": False,
        "discountValue": 10.0,
        "discountUpto": 0.0,
        "redeemed": False,
        "seriesName": "Mobile Push offer 1",
        "trimmedCode": "ER07BCJ8",
    }
    assert status == entity["couponStatus"]
    last_moment = "2118-09-10T23:59:59+05:30"
    assert (
        whole_series.items()
        >= {
            "id": series.pk,
            "orgId": till.org.pk,
            "seriesCode": "GM0V3HXC",
            "discountCode": "MobilePush",
            "validTillDate": last_moment,
            "validTilldateFormat": "2118-09-10",
            "validDaysFromCreation": 30,
            "maxCreate": 1000,
            "maxRedeem": -1,
            "isMultipleUseAllowed": False,
            "minBillAmount": 0.0,
            "maxBillAmount": 9007199254740991,
            "redeemAtStore": "[-1]",
            "redemptionRange": '{"dom":["1","2"],"dow":["-1"],"hours":["-1"]}',
            "redemptionValidFrom": "1970-01-01T05:30:00+05:30",
            "redemptionValidFromFormat": "1970-01-01",
            "termsAndConditions": "T&C apply",
            "lastUsed": None,
            "validRedemptionOrgEntityDetails": {
                "concepts": [],
                "zones": [],
                "stores": [],
                "tills": [],
            },
        }.items()
    )


def test_shows_redemptions_and_where_coupons_are_redeemed(till, person, series, store):
    clerk, concept = make_till(parent=store), make_concept(code="demo.brand")
    series.redeemable_at.set([store, concept])
    series.valid_till_date = None
    series.redeemable_when = {}
    series.save()
    make_coupon(person, series, "ER07BCJ8")
    result = unit_of_work(redeem_coupon)(
        origin=make_origin(actor=clerk),
        code="ER07BCJ8",
        customer_id=person.pk,
        bill_amount=Decimal("12.5"),
        transaction_number="BIL2042040",
    )

    [entity] = till.get(f"customers/{person.pk}/coupons").json()["entity"]
    basic = till.get("customers/coupons", {"id": person.pk}).json()["entity"]

    assert (entity["redeemed"], entity["isRedeemed"], entity["redemptionsLeft"]) == (True, True, 0)
    [redemption] = entity["redemptionInfo"]
    assert redemption["redeemedAt"]["code"] == "storecode"
    assert redemption == {
        "id": result.redemption_id,
        "redeemedBy": person.pk,
        "redeemedOn": NOON_THERE,
        "redeemedAt": redemption["redeemedAt"],
        "transactionNumber": "BIL2042040",
        "billAmount": 12.5,
        "discount": 1.25,
    }
    assert entity["issuedAt"] == {}
    whole_series = entity["series"]
    assert whole_series["redeemAtStore"] == f"[{store.pk}]"
    places = whole_series["validRedemptionOrgEntityDetails"]
    assert [place["isOrgUnit"] for place in places["concepts"]] == [True]
    assert [place["id"] for place in places["stores"]] == [store.pk]
    assert whole_series["validTilldateFormat"] == "2126-03-03"
    assert whole_series["numRedeemed"] == 1
    [coupon] = basic["customers"][0]["coupons"]
    assert (coupon["redemptions"], coupon["redemptionCount"]) == ([result.redemption_id], 1)


def test_takes_as_many_queries_for_any_number_of_coupons_and_holders(till, person):
    first_customer, second_customer = make_customer(), make_customer()
    make_coupon(first_customer, redemption_count=1)
    paths = [f"customers/coupons?id={first_customer.pk}", f"customers/{first_customer.pk}/coupons"]
    for path in paths:
        till.get(path)
    few = [count_queries(lambda path=path: till.get(path)) for path in paths]

    for customer in (first_customer, first_customer, second_customer):
        make_coupon(customer)
    paths[0] += f",{second_customer.pk},{person.pk}"
    many = [count_queries(lambda path=path: till.get(path)) for path in paths]

    assert few == many
    assert many == [8, 7]


def test_never_shows_anybody_to_another_organization(till, stranger, person):
    make_coupon(person)

    assert read_refusal(stranger.get(f"customers/{person.pk}/coupons")) == (404, 8015)
    assert read_refusal(stranger.get("customers/coupons", {"id": person.pk})) == (404, 8015)
    assert read_refusal(stranger.get("customers/coupons", {"mobile": MOBILE[1]})) == (404, 8015)
    assert read_refusal(till.get("customers/404/coupons")) == (404, 8015)


def test_reads_mobiles_as_people_write_them(till):
    person = make_customer(identifiers=[("mobile", "447400123456")])

    for written in (" 447400123456", "+44 (0)7400 123456,", "0044 7400-123456"):
        answer = till.get("customers/coupons", {"mobile": written}).json()
        assert [holder["id"] for holder in answer["entity"]["customers"]] == [person.pk]


def test_read_again_each_status_is_that_of_the_coupon_as_it_is(till, person, series):
    later = make_coupon_series(redeemable_from=timezone.now() + timedelta(days=1))
    make_coupon(person, series, "GOOD", expires_at=None)
    make_coupon(person, series, "OVER", expires_at=NOON)
    make_coupon(person, series, "GONE", expires_at=None, revoked_at=NOON)
    make_coupon(person, series, "USED", expires_at=None, redemption_count=1)
    make_coupon(person, later, "EARLY", expires_at=None)

    coupons = till.get(f"customers/{person.pk}/coupons").json()["entity"]

    assert {coupon["code"]: coupon["status"]["code"] for coupon in coupons} == {
        "GOOD": 200,
        "OVER": 400,
        "GONE": 400,
        "USED": 409,
        "EARLY": 400,
    }
    for coupon in coupons:
        status = coupon["status"]
        assert status == coupon["couponStatus"]
        assert status["success"] is (coupon["code"] == "GOOD")
        assert status["statusCode"] == {
            "status": status["success"], "code": status["code"], "message": status["message"],
        }  # fmt: skip
    assert len({coupon["status"]["message"] for coupon in coupons}) == 5
