"""Inviting people on behalf of a customer ..."""

from datetime import date, timedelta

import pytest

from crm.audit.models import Event
from crm.kernel.transactions import unit_of_work
from crm.usecases.merge_customers import merge_customers
from customers import errors as customer_errors
from loyalty import errors
from loyalty.models import Invitation, ReferralCode
from loyalty.operations.referrals.invite import invite_people
from loyalty.rules.referrals import Invitee
from tests.builders import NOON, make_customer, make_organization, make_origin, make_till
from tests.crm.dumping import dump_rows
from tests.queries import count_queries
from tests.referral_builders import make_campaign

pytestmark = pytest.mark.django_db
ANN, BOB = "919810000001", "bob@example.com"


def mobile(identifier=ANN, **more):
    return Invitee(type="MOBILE", identifier=identifier, **more)


def email(identifier=BOB, **more):
    return Invitee(type="EMAIL", identifier=identifier, **more)


def invite(customer, *invitees, token="", **origin):
    return unit_of_work(invite_people)(
        origin=make_origin(customer.org, **origin),
        customer_id=customer.pk,
        token=token,
        invitees=invitees,
    )


def refusals(result):
    return [type(outcome.refusal) for outcome in result.outcomes if outcome.refusal]


@pytest.fixture
def campaign():
    return make_campaign("CWRME", is_default=True)


def test_keeps_whom_when_and_where_and_gives_a_code(campaign):
    customer, till = make_customer(), make_till()
    earlier = NOON - timedelta(days=3)

    result = invite(customer, mobile(name="Ann", invited_at=earlier), email(), actor=till)

    assert list(
        Invitation.objects.order_by("pk").values_list(
            "type", "identifier", "name", "invited_at", "invited_by", "campaign"
        )
    ) == [
        ("mobile", ANN, "Ann", earlier, till.pk, campaign.pk),
        ("email", BOB, "", NOON, till.pk, campaign.pk),
    ]
    assert ReferralCode.objects.get().code == result.code
    assert len(result.code) == 10
    assert [outcome.is_new for outcome in result.outcomes] == [True, True]


def test_is_told_in_the_audit(campaign):
    customer = make_customer()
    invite(customer, mobile(), email())

    event = Event.objects.get()
    assert (event.kind, event.subject_id) == ("customer.invited_people", customer.pk)
    assert event.after == {"campaign": "CWRME", "people": [["mobile", ANN], ["email", BOB]]}


def test_again_changes_nothing(campaign):
    customer = make_customer()
    first = invite(customer, mobile(name="Ann"))
    before = dump_rows()

    again = invite(
        customer, mobile(name="Anna"), mobile("98100 00001"), at=NOON + timedelta(days=1)
    )

    assert dump_rows() == before
    assert again.code == first.code
    assert [(outcome.is_new, outcome.name, outcome.invited_at) for outcome in again.outcomes] == [
        (False, "Ann", NOON),
        (False, "Ann", NOON),
    ]


def test_of_one_who_is_named_twice_is_done_once(campaign):
    result = invite(make_customer(), mobile(name="Ann"), mobile("98100 00001", name="Other"))

    assert Invitation.objects.get().name == "Ann"
    assert [outcome.name for outcome in result.outcomes] == ["Ann", "Ann"]


def test_may_be_done_by_several_customers(campaign):
    invite(make_customer(), mobile())
    invite(make_customer(), mobile())

    assert Invitation.objects.count() == 2


def test_without_anybody_gives_a_code_only(campaign):
    result = invite(make_customer())

    assert (ReferralCode.objects.get().code, result.outcomes) == (result.code, [])


def test_leaves_out_the_refused_and_keeps_the_others(campaign):
    make_customer(identifiers=[("mobile", ANN)])
    me = make_customer(identifiers=[("email", "me@example.com")])

    result = invite(
        me,
        mobile(),
        email("me@example.com"),
        mobile("nobody"),
        Invitee(type="WECHAT", identifier="x"),
        email(),
    )

    assert refusals(result) == [
        errors.InviteeIsCustomer,
        errors.InviteeIsReferrer,
        errors.InviteeInvalid,
        errors.ReferralTypeUnsupported,
    ]
    assert Invitation.objects.get().identifier == BOB


def test_takes_customers_where_the_campaign_does():
    make_campaign(is_default=True, takes_customers=True)
    make_customer(identifiers=[("mobile", ANN)])

    assert refusals(invite(make_customer(), mobile())) == []


def test_stops_at_the_limit_of_the_campaign():
    make_campaign(is_default=True, most_invitees=2)
    customer = make_customer()
    invite(customer, mobile())

    result = invite(customer, email(), mobile(), email("third@example.com"))

    assert refusals(result) == [errors.InvitationLimitReached]
    assert Invitation.objects.count() == 2


@pytest.mark.parametrize(
    ("settings", "token", "refusal"),
    [
        ({"is_default": True}, "nothing", errors.CampaignUnknown),
        ({}, "", errors.CampaignNotRunning),
        ({"is_active": False}, "CWRME", errors.CampaignNotRunning),
        ({"last_day": date(2026, 3, 1)}, "CWRME", errors.CampaignNotRunning),
        ({"first_day": date(2026, 3, 3)}, "CWRME", errors.CampaignNotRunning),
    ],
)
def test_needs_a_campaign_that_runs(settings, token, refusal):
    make_campaign("CWRME", **settings)
    customer = make_customer()
    before = dump_rows()

    with pytest.raises(refusal):
        invite(customer, mobile(), token=token)

    assert dump_rows() == before


def test_is_refused_for_who_is_marked_as_fraud(campaign):
    with pytest.raises(errors.ReferrerNotEligible):
        invite(make_customer(fraud_status="CONFIRMED"), mobile())


def test_knows_neither_strangers_nor_their_campaigns(campaign):
    stranger = make_customer(org=make_organization())
    with pytest.raises(errors.CampaignUnknown):
        invite(stranger, mobile(), token="CWRME")
    with pytest.raises(customer_errors.CustomerUnknown):
        unit_of_work(invite_people)(origin=make_origin(campaign.org), customer_id=stranger.pk)


def test_is_refused_for_who_was_merged(campaign):
    survivor, victim = make_customer(), make_customer()
    unit_of_work(merge_customers)(
        origin=make_origin(), survivor_id=survivor.pk, victim_id=victim.pk, cause="REQUEST"
    )

    with pytest.raises(customer_errors.CustomerMerged):
        invite(victim, mobile())


def test_takes_as_many_queries_for_many_as_for_one(campaign):
    customer = make_customer()
    invite(customer)
    few = count_queries(lambda: invite(customer, mobile()))
    many = count_queries(lambda: invite(customer, *(email(f"{n}@example.com") for n in range(50))))

    assert few == many <= 10
