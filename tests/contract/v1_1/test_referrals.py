"""Referrals in v1.1 ..."""

import pytest

from crm.kernel.transactions import unit_of_work
from crm.usecases.merging import merge_customers
from loyalty.models import Invitation, Referee, ReferralCode
from tests.builders import NOON, make_customer, make_origin, make_store, make_till
from tests.card_builders import make_coupon, make_coupon_series
from tests.contract.v1_1.answers import codes, done, whole
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


def heading(person):
    return {
        "email": EMAIL,
        "mobile": MOBILE,
        "external_id": "R-1",
        "id": str(person.pk),
        "user_id": str(person.pk),
        "firstname": "Rita",
        "lastname": "Ray",
    }


def guest(identifier=BOB, **more):
    return {"id": "1", "name": "Bob", "identifier": identifier, **more}


def invites(*guests, type="EMAIL", **more):
    said = {"campaign_token": "12511", "referral_type": {"type": type, "referral": list(guests)}}
    return {"mobile": MOBILE, "referrals": said, **more}


def root(*items):
    return {"root": {"customer": list(items)}}


def test_are_written_in_json(till, person, said):
    answer = till.post(
        PATH,
        root(
            invites(
                guest(invited_on="20160912T15:19:21+05:30"),
                guest("eddard@example.com", id=2, invited_on="2016-09-12 T15:19:21+05:30"),
            )
        ),
    )

    assert said(answer) == (
        whole(),
        {
            "customers": {
                "customer": [
                    {
                        **heading(person),
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
                        "item_status": done(INVITED),
                    }
                ]
            }
        },
    )


def test_are_written_and_read_in_xml(till, person, said):
    body = f"""<?xml version="1.0" encoding="UTF-8"?>
    <root><customer><!-- any one --><email/><mobile>{MOBILE}</mobile><id/><external_id/>
      <referrals><campaign_token>12511</campaign_token>
        <referral_type><type>EMAIL</type>
          <referral><id>1</id><name>Bob</name><identifier>{BOB}</identifier>
            <invited_on>20160912T15:
19:21+05:30</invited_on></referral>
        </referral_type>
      </referrals></customer></root>"""

    status, written = said(till.post_xml(f"{PATH}?format=xml", body.encode()))

    assert status["code"] == "200", written
    group = written["customers"]["customer"]["referrals"]["referral_type"]
    assert group["referral"]["invited_on"] == "2016-09-12 15:19:21"
    assert group["referral"]["status"] == ADDED
    status, read = said(till.get(PATH, {"mobile": MOBILE, "format": "xml", "store_code": "all"}))
    assert read["customer"]["invitees"]["referral_type"]["invitee"]["identifier"] == BOB


def test_tell_of_each_person_what_became_of_them(till, person, said):
    people = invites(guest(), guest("nobody"), guest(EMAIL))
    people["referrals"]["referral_type"] = [
        people["referrals"]["referral_type"],
        {"type": "MOBILE", "referral": guest(ANN)},
        {"type": "WECHAT", "referral": [guest("x")]},
    ]

    status, read = said(till.post(PATH, root(people)))

    assert status == whole()
    [row] = read["customers"]["customer"]
    told = [
        (group["type"], one["identifier"], one["status"]["success"], one["status"]["code"])
        for group in row["referrals"]["referral_type"]
        for one in group["referral"]
    ]
    assert told == [
        ("EMAIL", BOB, "true", "100"),
        ("EMAIL", "nobody", "false", "400"),
        ("EMAIL", EMAIL, "false", "1204"),
        ("MOBILE", ANN, "true", "100"),
        ("WECHAT", "x", "false", "1206"),
    ]
    assert Invitation.objects.count() == 2


def test_let_one_customer_fail_and_do_the_others(till, person, said):
    make_campaign("over", is_active=False)
    items = [
        invites(guest()),
        invites(guest("nobody")),
        invites(guest("x"), type="FAX"),
        invites(guest(), mobile="nobody"),
        invites(guest(invited_on="one day")),
        {"mobile": MOBILE, "referrals": {"campaign_token": "nothing"}},
        {"mobile": MOBILE, "referrals": {"campaign_token": "over"}},
        {"mobile": MOBILE, "referrals": "x"},
        {"mobile": MOBILE, "referrals": {"referral_type": ["x"]}},
        {"mobile": MOBILE, "referrals": {"referral_type": {"type": "EMAIL", "referral": ["x"]}}},
        invites(*[guest()] * 101),
        {"mobile": MOBILE},
    ]

    status, read = said(till.post(PATH, root(*items)))

    assert status == whole(201, total=12, done=2)
    assert [code for _, code in codes(read["customers"]["customer"])] == [
        "1000", "400", "1206", "1042", "400", "1202", "1203", "400", "400", "400", "400", "1000",
    ]  # fmt: skip
    assert Invitation.objects.count() == 1


def test_are_done_once_for_one_key(till, person):
    sent = root(invites(guest()))
    first = till.post(PATH, sent, idempotency_key="a")

    assert till.post(PATH, sent, idempotency_key="a").content == first.content
    assert Invitation.objects.count() == 1


def test_tell_what_became_of_it(till, person, campaign, said):
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

    assert said(till.get(PATH, {"mobile": MOBILE})) == (
        whole(),
        {
            "customer": {
                **heading(person),
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
                "item_status": done(READ),
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
def test_are_of_a_store_a_time_and_a_campaign(till, person, campaign, said, query, seen):
    far = make_till(parent=make_store(code="far"))
    other = make_campaign("OTHER")
    make_code(person, campaign)
    make_code(person, other)
    make_invitation(person, campaign, "old@example.com", at=NOON.replace(month=1), invited_by=far)
    make_invitation(person, campaign, BOB, invited_by=till.entity)
    make_invitation(person, campaign, "far@example.com", invited_by=far)
    make_invitation(person, other, "elsewhere@example.com", invited_by=far)

    _, read = said(till.get(PATH, {"mobile": MOBILE, **query}))

    shown = [
        one["identifier"]
        for group in read["customer"]["invitees"]["referral_type"]
        for one in group["invitee"]
    ]
    assert shown == seen


def test_are_only_the_code_where_nothing_else_is_asked_for(till, person, campaign, said):
    code = make_code(person, campaign)

    _, read = said(till.get(PATH, {"mobile": MOBILE, "only_referral_code": "true"}))

    assert read == {
        "customer": {**heading(person), "referral_code": code, "item_status": done(READ)}
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
def test_say_why_there_are_none(till, person, said, query, code):
    status, read = said(till.get(PATH, query))

    assert status == whole(500)
    assert codes([read["customer"]]) == [("false", code)]


def test_refuse_dates_that_are_none(till, person):
    assert till.get(PATH, {"mobile": MOBILE, "start_date": "soon"}).status_code == 400


def test_are_read_for_many_in_as_many_queries_as_for_one(till, person, campaign, said):
    def customer(n):
        one = make_customer(identifiers=[("mobile", f"4477009002{n:02}")])
        make_code(one, campaign)
        make_invitation(one, campaign)
        make_referee(one, make_customer(), campaign, Referee.Event.TRANSACTION)
        return f"4477009002{n:02}"

    def read(mobiles):
        query = {"mobile": ",".join(mobiles), "store_code": "all"}
        return count_queries(lambda: till.get(PATH, query))

    mobiles = [customer(n) for n in range(6)]
    read(mobiles[:1])

    assert read(mobiles[:1]) == read(mobiles) <= 14
    status, several = said(till.get(PATH, {"mobile": ",".join(mobiles), "store_code": "all"}))
    assert status == whole(total=6)
    assert len(several["customers"]["customer"]) == 6


def test_lead_to_the_survivor_of_a_merge(till, person, campaign, said):
    victim = make_customer(identifiers=[("externalId", "V-1")])
    make_code(person, campaign)
    unit_of_work(merge_customers)(
        origin=make_origin(), survivor_id=person.pk, victim_id=victim.pk, cause="REQUEST"
    )

    _, read = said(till.get(PATH, {"id": victim.pk}))
    _, written = said(till.post(PATH, root({**invites(guest()), "mobile": "", "id": victim.pk})))

    assert codes([read["customer"]]) == [("true", "91009")]
    [row] = written["customers"]["customer"]
    assert row["user_id"] == str(person.pk)
    assert [w["code"] for w in row["item_status"]["warnings"]["warning"]] == ["91009"]


def test_know_nobody_of_another_organization(till, stranger, person, campaign, said):
    make_code(person, campaign)
    make_campaign("12511", stranger.org, is_default=True)

    _, read = said(stranger.get(PATH, {"mobile": MOBILE}))
    _, written = said(stranger.post(PATH, root(invites(guest()))))

    assert codes([read["customer"]]) == [("false", "1012")]
    assert codes(written["customers"]["customer"]) == [("false", "1012")]
    assert Invitation.objects.count() == 0
