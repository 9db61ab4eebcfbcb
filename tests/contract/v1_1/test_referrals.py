"""Referrals in v1.1 ..."""

import pytest

from crm.kernel.transactions import unit_of_work
from crm.usecases.merge_customers import merge_customers
from loyalty.models import Invitation, Referee, ReferralCode
from tests.builders import NOON, make_customer, make_origin, make_store, make_till
from tests.card_builders import make_coupon, make_coupon_series
from tests.contract.v1_1.answers import build_item_status, build_status, list_item_codes
from tests.queries import count_queries
from tests.referral_builders import make_campaign, make_code, make_invitation, make_referee

PATH = "customer/referrals"
MOBILE, EMAIL = "447700900111", "rita@example.com"
ANN, BOB = "919810000001", "bob@example.com"
INVITED, READ = "The referrals were invited.", "The referral statistics were retrieved."
NOON_THERE = "2026-03-02 17:30:00"
ADDED = {"success": "true", "code": "100", "message": "Invitee added successfully."}


@pytest.fixture
def campaign(till):
    return make_campaign("12511", is_default=True)


@pytest.fixture
def person(campaign):
    return make_customer(
        identifiers=[("mobile", MOBILE), ("email", EMAIL), ("externalId", "R-1")],
        first_name="Rita",
        last_name="Ray",
    )


def build_heading(person):
    return {
        "email": EMAIL,
        "mobile": MOBILE,
        "external_id": "R-1",
        "id": str(person.pk),
        "user_id": str(person.pk),
        "firstname": "Rita",
        "lastname": "Ray",
    }


def build_invitee(identifier=BOB, **more):
    return {"id": "1", "name": "Bob", "identifier": identifier, **more}


def build_item(*invitees, type="EMAIL", **more):
    data = {"campaign_token": "12511", "referral_type": {"type": type, "referral": list(invitees)}}
    return {"mobile": MOBILE, "referrals": data, **more}


def build_body(*items):
    return {"root": {"customer": list(items)}}


def test_are_written_in_json(till, person, read_answer):
    answer = till.post(
        PATH,
        build_body(
            build_item(
                build_invitee(invited_on="20160912T15:19:21+05:30"),
                build_invitee("eddard@example.com", id=2, invited_on="2016-09-12 T15:19:21+05:30"),
            )
        ),
    )

    assert read_answer(answer) == (
        build_status(),
        {
            "customers": {
                "customer": [
                    {
                        **build_heading(person),
                        "referral_code": ReferralCode.objects.get().code,
                        "referrals": {
                            "referral_type": [
                                {
                                    "type": "EMAIL",
                                    "referral": [
                                        {
                                            "id": number,
                                            "name": "Bob",
                                            "identifier": identifier,
                                            "invited_on": "2016-09-12 15:19:21",
                                            "status": ADDED,
                                        }
                                        for number, identifier in (
                                            ("1", BOB),
                                            ("2", "eddard@example.com"),
                                        )
                                    ],
                                }
                            ]
                        },
                        "item_status": build_item_status(INVITED),
                    }
                ]
            }
        },
    )


def test_are_written_and_read_in_xml(till, person, read_answer):
    body = f"""<?xml version="1.0" encoding="UTF-8"?>
    <root><customer><!-- any one --><email/><mobile>{MOBILE}</mobile><id/><external_id/>
      <referrals><campaign_token>12511</campaign_token>
        <referral_type><type>EMAIL</type>
          <referral><id>1</id><name>Bob</name><identifier>{BOB}</identifier>
            <invited_on>20160912T15:
19:21+05:30</invited_on></referral>
        </referral_type>
      </referrals></customer></root>"""

    status, written = read_answer(till.post_xml(f"{PATH}?format=xml", body.encode()))

    assert status["code"] == "200", written
    group = written["customers"]["customer"]["referrals"]["referral_type"]
    assert group["referral"]["invited_on"] == "2016-09-12 15:19:21"
    assert group["referral"]["status"] == ADDED
    status, response = read_answer(
        till.get(PATH, {"mobile": MOBILE, "format": "xml", "store_code": "all"})
    )
    assert response["customer"]["invitees"]["referral_type"]["invitee"]["identifier"] == BOB


def test_tell_of_each_person_what_became_of_them(till, person, read_answer):
    item = build_item(build_invitee(), build_invitee("nobody"), build_invitee(EMAIL))
    item["referrals"]["referral_type"] = [
        item["referrals"]["referral_type"],
        {"type": "MOBILE", "referral": build_invitee(ANN)},
        {"type": "WECHAT", "referral": [build_invitee("x")]},
    ]

    status, response = read_answer(till.post(PATH, build_body(item)))

    assert status == build_status()
    [row] = response["customers"]["customer"]
    outcomes = [
        (
            group["type"],
            invitee["identifier"],
            invitee["status"]["success"],
            invitee["status"]["code"],
        )
        for group in row["referrals"]["referral_type"]
        for invitee in group["referral"]
    ]
    assert outcomes == [
        ("EMAIL", BOB, "true", "100"),
        ("EMAIL", "nobody", "false", "400"),
        ("EMAIL", EMAIL, "false", "1204"),
        ("MOBILE", ANN, "true", "100"),
        ("WECHAT", "x", "false", "1206"),
    ]
    assert Invitation.objects.count() == 2


def test_let_one_customer_fail_and_do_the_others(till, person, read_answer):
    make_campaign("over", is_active=False)
    items = [
        build_item(build_invitee()),
        build_item(build_invitee("nobody")),
        build_item(build_invitee("x"), type="FAX"),
        build_item(build_invitee(), mobile="nobody"),
        build_item(build_invitee(invited_on="one day")),
        {"mobile": MOBILE, "referrals": {"campaign_token": "nothing"}},
        {"mobile": MOBILE, "referrals": {"campaign_token": "over"}},
        {"mobile": MOBILE, "referrals": "x"},
        {"mobile": MOBILE, "referrals": {"referral_type": ["x"]}},
        {"mobile": MOBILE, "referrals": {"referral_type": {"type": "EMAIL", "referral": ["x"]}}},
        build_item(*[build_invitee()] * 101),
        {"mobile": MOBILE},
    ]

    status, response = read_answer(till.post(PATH, build_body(*items)))

    assert status == build_status(201, total=12, success_count=2)
    assert [code for _, code in list_item_codes(response["customers"]["customer"])] == [
        "1000", "400", "1206", "1042", "400", "1202", "1203", "400", "400", "400", "400", "1000",
    ]  # fmt: skip
    assert Invitation.objects.count() == 1


def test_are_done_once_for_one_key(till, person):
    sent = build_body(build_item(build_invitee()))
    first = till.post(PATH, sent, idempotency_key="a")

    assert till.post(PATH, sent, idempotency_key="a").content == first.content
    assert Invitation.objects.count() == 1


def test_tell_what_became_of_it(till, person, campaign, read_answer):
    code = make_code(person, campaign)
    came = make_invitation(person, campaign, ANN, invited_by=till.entity)
    make_invitation(person, campaign, BOB, invited_by=till.entity)
    ann = make_customer(
        identifiers=[("mobile", ANN), ("email", "ann@example.com")],
        first_name="Ann",
        last_name="Bee",
    )
    coupon = make_coupon(person, make_coupon_series(discount_type="ABS", discount_value=50))
    make_referee(person, ann, campaign, invitation=came, coupon=coupon, added_by=till.entity)

    def invitee(identifier, success):
        return {
            "identifier": identifier,
            "invited_on": NOON_THERE,
            "till": {"code": till.entity.code, "name": till.entity.name},
            "success": success,
        }

    assert read_answer(till.get(PATH, {"mobile": MOBILE})) == (
        build_status(),
        {
            "customer": {
                **build_heading(person),
                "referral_code": code,
                "invitees": {
                    "referral_type": [
                        {"type": "EMAIL", "invitee": [invitee(BOB, "false")]},
                        {"type": "MOBILE", "invitee": [invitee(ANN, "true")]},
                    ]
                },
                "referees": {
                    "referee": [
                        {
                            "event_type": "REGISTRATION",
                            "user_id": str(ann.pk),
                            "firstname": "Ann",
                            "lastname": "Bee",
                            "email": "ann@example.com",
                            "mobile": ANN,
                            "external_id": "",
                            "added_on": NOON_THERE,
                        }
                    ]
                },
                "incentives": {
                    "event_type": [
                        {
                            "name": "REGISTRATION",
                            "coupons": {
                                "coupon": [
                                    {
                                        "code": coupon.code,
                                        "valid_till": "2026-04-01 17:30:00",
                                        "value": "50",
                                        "redemption_info": {
                                            "redeemed": "false",
                                            "redeemed_on": None,
                                        },
                                    }
                                ]
                            },
                        }
                    ]
                },
                "item_status": build_item_status(READ),
            }
        },
    )


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ({}, [BOB]),
        ({"store_code": "all"}, ["far@example.com", BOB, "old@example.com"]),
        ({"store_code": "far"}, ["far@example.com", "old@example.com"]),
        ({"store_code": "all", "start_date": "2026-03-01"}, ["far@example.com", BOB]),
        ({"store_code": "all", "end_date": "2026-02-01"}, ["old@example.com"]),
        ({"store_code": "all", "end_date": "2026-03-02", "start_date": "2026-03-02"}, [
            "far@example.com", BOB,
        ]),
        ({"store_code": "all", "campaign_token": "other"}, ["elsewhere@example.com"]),
    ],
)  # fmt: skip
def test_are_of_a_store_a_time_and_a_campaign(till, person, campaign, read_answer, query, seen):
    far = make_till(parent=make_store(code="far"))
    other = make_campaign("OTHER")
    make_code(person, campaign)
    make_code(person, other)
    make_invitation(person, campaign, "old@example.com", at=NOON.replace(month=1), invited_by=far)
    make_invitation(person, campaign, BOB, invited_by=till.entity)
    make_invitation(person, campaign, "far@example.com", invited_by=far)
    make_invitation(person, other, "elsewhere@example.com", invited_by=far)

    _, response = read_answer(till.get(PATH, {"mobile": MOBILE, **query}))

    shown = [
        invitee["identifier"]
        for group in response["customer"]["invitees"]["referral_type"]
        for invitee in group["invitee"]
    ]
    assert shown == seen


def test_are_only_the_code_where_nothing_else_is_asked_for(till, person, campaign, read_answer):
    code = make_code(person, campaign)

    _, response = read_answer(till.get(PATH, {"mobile": MOBILE, "only_referral_code": "true"}))

    assert response == {
        "customer": {
            **build_heading(person),
            "referral_code": code,
            "item_status": build_item_status(READ),
        }
    }


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"mobile": MOBILE}, "1205"),
        ({"mobile": "447700900999"}, "1012"),
        ({"mobile": MOBILE, "campaign_token": "nothing"}, "1202"),
        ({"mobile": MOBILE, "store_code": "nowhere"}, "1150"),
    ],
)
def test_say_why_there_are_none(till, person, read_answer, query, code):
    status, response = read_answer(till.get(PATH, query))

    assert status == build_status(500)
    assert list_item_codes([response["customer"]]) == [("false", code)]


def test_refuse_dates_that_are_none(till, person):
    assert till.get(PATH, {"mobile": MOBILE, "start_date": "soon"}).status_code == 400


def test_are_read_for_many_in_as_many_queries_as_for_one(till, person, campaign, read_answer):
    def customer(n):
        referrer = make_customer(identifiers=[("mobile", f"4477009002{n:02}")])
        make_code(referrer, campaign)
        make_invitation(referrer, campaign)
        make_referee(referrer, make_customer(), campaign, Referee.Event.TRANSACTION)
        return f"4477009002{n:02}"

    def count_read_queries(mobiles):
        query = {"mobile": ",".join(mobiles), "store_code": "all"}
        return count_queries(lambda: till.get(PATH, query))

    mobiles = [customer(n) for n in range(6)]
    count_read_queries(mobiles[:1])

    assert count_read_queries(mobiles[:1]) == count_read_queries(mobiles) <= 14
    status, several = read_answer(
        till.get(PATH, {"mobile": ",".join(mobiles), "store_code": "all"})
    )
    assert status == build_status(total=6)
    assert len(several["customers"]["customer"]) == 6


def test_lead_to_the_survivor_of_a_merge(till, person, campaign, read_answer):
    victim = make_customer(identifiers=[("externalId", "V-1")])
    make_code(person, campaign)
    unit_of_work(merge_customers)(
        origin=make_origin(), survivor_id=person.pk, victim_id=victim.pk, cause="REQUEST"
    )

    _, response = read_answer(till.get(PATH, {"id": victim.pk}))
    _, written = read_answer(
        till.post(PATH, build_body({**build_item(build_invitee()), "mobile": "", "id": victim.pk}))
    )

    assert list_item_codes([response["customer"]]) == [("true", "91009")]
    [row] = written["customers"]["customer"]
    assert row["user_id"] == str(person.pk)
    assert [w["code"] for w in row["item_status"]["warnings"]["warning"]] == ["91009"]
