"""POST and GET /v2/customers/{id}/referrals, and POST /v2/customers/referrals ..."""

import pytest

from crm.kernel.transactions import unit_of_work
from crm.tenancy.queries.rate_limits import get_calls_per_hour
from crm.usecases.merge_customers import merge_customers
from loyalty.models import Invitation, Referee, ReferralCode
from loyalty.operations.coupons.redeem import redeem_coupon
from tests.builders import make_customer, make_origin
from tests.card_builders import make_coupon, make_coupon_series
from tests.contract.v2.answers import list_warning_codes, read_refusal
from tests.referral_builders import make_campaign, make_code, make_invitation, make_referee

pytestmark = pytest.mark.django_db
MINE = [("mobile", "919999000001"), ("email", "tom@example.com")]
ANN, BOB = "919810000001", "bob@example.com"


@pytest.fixture
def campaign(till):
    return make_campaign("CWRME", is_default=True)


@pytest.fixture
def person(campaign):
    return make_customer(identifiers=MINE, first_name="Tom", last_name="Sawyer")


def build_group(identifier=ANN, type="MOBILE", **more):
    return {"type": type, "referral": [{"identifier": identifier, **more}]}


def build_element(*groups, **more):
    return {"campaignToken": "CWRME", "referrals": groups, **more}


def add_referrals(till, person, *groups, **more):
    body = {"customerReferrals": [build_element(*groups, **more)]}
    return till.post(f"customers/{person.pk}/referrals", body)


def add_referrals_of_many(till, *elements, **headers):
    return till.post("customers/referrals", {"customerReferrals": elements}, **headers)


def test_answer_who_was_invited(till, person):
    answer = add_referrals(
        till,
        person,
        build_group("98100 00001", name="Ann", invitedOn="2021-12-16 13:15:45"),
        build_group(BOB, "EMAIL", invitedOn="2021-12-17"),
        customer={"id": person.pk, "mobile": MINE[0][1], "email": "", "externalId": ""},
    )

    assert answer.status_code == 200
    assert answer.json() == {
        "customerReferrals": [
            {
                "customer": {
                    "id": person.pk,
                    "mobile": MINE[0][1],
                    "email": MINE[1][1],
                    "externalId": "",
                },
                "campaignToken": "CWRME",
                "referralCode": ReferralCode.objects.get().code,
                "referrals": [
                    {
                        "type": "MOBILE",
                        "referral": [
                            {
                                "name": "Ann",
                                "identifier": ANN,
                                "invitedOn": "2021-12-16 13:15:45",
                            }
                        ],
                    },
                    {
                        "type": "EMAIL",
                        "referral": [
                            {"name": "", "identifier": BOB, "invitedOn": "2021-12-17 00:00:00"}
                        ],
                    },
                ],
            }
        ],
        "warnings": [],
    }


def test_leave_out_whom_they_cannot_invite_with_a_warning(till, person):
    answer = add_referrals(
        till,
        person,
        build_group(),
        build_group("nobody"),
        build_group("x", "WECHAT"),
        build_group(MINE[0][1]),
    )

    assert list_warning_codes(answer) == [400, 1206, 1204]
    [item] = answer.json()["customerReferrals"]
    assert [invitee["identifier"] for g in item["referrals"] for invitee in g["referral"]] == [ANN]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"campaignToken": "nothing"}, (400, 1202)),
        ({"campaignToken": "over"}, (400, 1203)),
        ({"referrals": [build_group("nobody")]}, (400, 400)),
        ({"referrals": [build_group("x", "WECHAT")]}, (400, 1206)),
        ({"referrals": [build_group(MINE[1][1], "EMAIL")]}, (400, 1204)),
        ({"referrals": [build_group("919000000007")]}, (409, 409)),
        ({"referrals": [build_group(invitedOn="one day")]}, (400, 400)),
        ({"referrals": [build_group(name="a\0b")]}, (400, 400)),
        ({"customer": {"id": 5}}, (400, 400)),
        ({"referrals": [{"type": "MOBILE"}]}, (400, 400)),
        ({"referrals": "x"}, (400, 400)),
        ({"referrals": [{"type": "MOBILE", "referral": [{"identifier": ["x"]}]}]}, (400, 400)),
        ({"referrals": [{"type": "MOBILE", "referral": [{"identifier": ANN}] * 101}]}, (400, 400)),
    ],
)
def test_refuse_what_cannot_be(till, person, fields, expected):
    make_campaign("over", is_active=False)
    make_customer(identifiers=[("mobile", "919000000007")])

    answer = till.post(
        f"customers/{person.pk}/referrals", {"customerReferrals": [build_element(**fields)]}
    )

    assert read_refusal(answer) == expected
    assert Invitation.objects.count() == ReferralCode.objects.count() == 0


def test_keep_nothing_of_a_request_of_which_an_element_is_refused(till, person):
    body = {
        "customerReferrals": [
            build_element(build_group()),
            build_element(build_group(), campaignToken="nothing"),
        ]
    }

    answer = till.post(f"customers/{person.pk}/referrals", body)

    assert read_refusal(answer) == (400, 1202)
    assert Invitation.objects.count() == 0


def test_refuse_marked_customers_and_unknown_ones(till, stranger, person):
    marked = make_customer(fraud_status="CONFIRMED")

    assert read_refusal(add_referrals(till, marked, build_group())) == (400, 1204)
    assert read_refusal(add_referrals(stranger, person, build_group())) == (404, 8009)
    assert read_refusal(stranger.get(f"customers/{person.pk}/referrals")) == (404, 8015)
    assert read_refusal(till.get("customers/99999/referrals")) == (404, 8015)


def test_point_at_the_survivor_of_a_merge(till, person):
    survivor = make_customer()
    unit_of_work(merge_customers)(
        origin=make_origin(), survivor_id=survivor.pk, victim_id=person.pk, cause="REQUEST"
    )

    assert read_refusal(add_referrals(till, person, build_group())) == (410, 8069)
    assert read_refusal(till.get(f"customers/{person.pk}/referrals")) == (410, 8069)
    [item] = add_referrals_of_many(
        till, build_element(build_group(), customer={"id": person.pk})
    ).json()["customerReferrals"]
    assert item["errors"][0]["survivorId"] == survivor.pk


def test_do_each_of_several_by_itself(till, person):
    other = make_customer(identifiers=[("externalId", "x1")])

    answer = add_referrals_of_many(
        till,
        build_element(build_group(), customer={"id": "", "mobile": "99990 00001"}),
        build_element(build_group(), customer={"email": "nobody@example.com"}),
        build_element(build_group(), customer={}),
        build_element(build_group(BOB, "EMAIL"), customer={"mobile": "nobody", "externalId": "x1"}),
    )

    assert answer.status_code == 200
    body = answer.json()
    assert body["warnings"] == []
    first, unknown, unnamed, last = body["customerReferrals"]
    assert (first["customer"]["id"], last["customer"]["id"]) == (person.pk, other.pk)
    assert first["errors"] == last["errors"] == first["warnings"] == []
    assert [e["code"] for item in (unknown, unnamed) for e in item["errors"]] == [8015, 8015]
    assert unknown["customer"] == {"email": "nobody@example.com"}
    assert unknown["referrals"] == []
    assert Invitation.objects.count() == 2


def test_do_each_of_several_once_for_one_key(till, person):
    sent = build_element(build_group(), customer={"id": person.pk})
    first = add_referrals_of_many(till, sent, idempotency_key="a")

    again = add_referrals_of_many(till, sent, idempotency_key="a")

    assert again.content == first.content
    assert Invitation.objects.count() == 1


def test_take_a_hundred_customers_at_the_most(till, person):
    customer_element = build_element(customer={"id": person.pk})

    assert read_refusal(add_referrals_of_many(till, *[customer_element] * 101)) == (400, 400)


def test_tell_what_became_of_it(till, person, campaign):
    code = make_code(person, campaign)
    invitation = make_invitation(person, campaign, ANN, name="Ann", invited_by=till.entity)
    make_invitation(person, campaign, BOB)
    ann = make_customer(
        identifiers=[("mobile", ANN), ("externalId", "a1")], first_name="Ann", last_name="Bee"
    )
    coupon = make_coupon(person, make_coupon_series(discount_type="ABS", discount_value=50))
    make_referee(person, ann, campaign, invitation=invitation, coupon=coupon)
    make_referee(person, ann, campaign, Referee.Event.TRANSACTION)

    answer = till.get(f"customers/{person.pk}/referrals")

    body = answer.json()
    assert body.keys() == {"pagination", "data", "warnings", "errors"}
    assert body["pagination"] == {"limit": 10, "offset": 0, "total": 1}
    [part] = body["data"]
    [profile] = part.pop("customer")["profiles"]
    assert (profile["firstName"], profile["userId"]) == ("Tom", person.pk)
    assert part == {
        "campaignToken": "CWRME",
        "referralCode": code,
        "invitees": [
            {
                "type": "MOBILE",
                "identifier": ANN,
                "name": "Ann",
                "invitedOn": "2026-03-02 17:30:00.0",
                "till": {"code": "rr.till", "name": "rr.till"},
                "success": True,
            },
            {
                "type": "EMAIL",
                "identifier": BOB,
                "name": "",
                "invitedOn": "2026-03-02 17:30:00.0",
                "till": {"code": "", "name": ""},
                "success": False,
            },
        ],
        "referee": [
            {
                "eventType": event,
                "userId": ann.pk,
                "firstName": "Ann",
                "lastName": "Bee",
                "mobile": ANN,
                "externalId": "a1",
                "addedOn": "2026-03-02 17:30:00.0",
            }
            for event in ("REGISTRATION", "TRANSACTION")
        ],
        "incentives": [
            {
                "eventType": "REGISTRATION",
                "coupons": [
                    {
                        "code": coupon.code,
                        "validTill": "2026-04-01 17:30:00.0",
                        "value": 50.0,
                        "redemptionInfo": {"redeemed": False, "redeemedOn": None},
                    }
                ],
            }
        ],
    }


def test_tell_of_a_redeemed_incentive(till, person, campaign):
    make_code(person, campaign)
    coupon = make_coupon(person)
    make_referee(person, make_customer(), campaign, coupon=coupon)
    unit_of_work(redeem_coupon)(origin=make_origin(), code=coupon.code, customer_id=person.pk)

    [part] = till.get(f"customers/{person.pk}/referrals").json()["data"]

    assert part["incentives"][0]["coupons"][0]["redemptionInfo"] == {
        "redeemed": True,
        "redeemedOn": "2026-03-02 17:30:00.0",
    }


def test_tell_of_each_campaign_page_by_page_the_newest_first(till, person, campaign):
    make_code(person, campaign)
    make_code(person, make_campaign("NEW"))

    def page(query):
        body = till.get(f"customers/{person.pk}/referrals?{query}").json()
        return body["pagination"]["total"], [part["campaignToken"] for part in body["data"]]

    assert page("") == (2, ["NEW", "CWRME"])
    assert page("limit=1&offset=1") == (2, ["CWRME"])
    assert read_refusal(till.get(f"customers/{person.pk}/referrals?limit=101")) == (400, 400)


def test_tell_nothing_of_who_never_took_part(till, person):
    body = till.get(f"customers/{person.pk}/referrals").json()

    assert (body["pagination"]["total"], body["data"]) == (0, [])


def test_credit_who_brought_somebody_registered_with_a_code(till, person, campaign):
    code = make_code(person, campaign)
    new = {
        "profiles": [
            {"source": "INSTORE", "identifiers": [{"type": "mobile", "value": ANN}]},
        ],
        "referralCode": code,
    }
    assert list_warning_codes(till.post("customers", new)) == []

    [part] = till.get(f"customers/{person.pk}/referrals").json()["data"]
    assert [who["mobile"] for who in part["referee"]] == [ANN]


@pytest.mark.parametrize(("code", "warned"), [("", []), (None, []), ("nobodys", [1205])])
def test_register_with_a_code_that_leads_nowhere_all_the_same(till, person, code, warned):
    new = {
        "profiles": [
            {"source": "INSTORE", "identifiers": [{"type": "mobile", "value": ANN}]},
        ],
        "referralCode": code,
    }

    assert list_warning_codes(till.post("customers", new)) == warned


def test_are_written_a_thousand_times_an_hour(till, person):
    for operation in ("referrals.add", "referrals.addMany"):
        limit = get_calls_per_hour(
            org_id=till.org.pk, credential_id=till.entity.credentials.get().pk, operation=operation
        )
        assert limit == 1_000
