"""Referrals of a merged customer ..."""

from datetime import timedelta

import pytest

from crm.kernel.transactions import unit_of_work
from crm.usecases.merge_customers import merge_customers
from crm.usecases.unmerge_customers import plan_unmerge, unmerge_customers
from loyalty.models import Invitation, Referee, ReferralCode
from loyalty.queries.referrals.campaigns import find_claims_by_code, list_referral_claims
from loyalty.queries.referrals.referrals import list_referrals
from tests.builders import NOON, get_or_make_source_account, make_customer, make_origin
from tests.crm.dumping import dump_rows
from tests.referral_builders import make_campaign, make_code, make_invitation, make_referee

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign():
    return make_campaign("CWRME", is_default=True)


@pytest.fixture
def pair():
    return make_customer(), make_customer(source_account=get_or_make_source_account("WECHAT", "22"))


def merge(survivor, victim):
    return unit_of_work(merge_customers)(
        origin=make_origin(), survivor_id=survivor.pk, victim_id=victim.pk, cause="REQUEST"
    )


def unmerge(key):
    later = make_origin(at=NOON + timedelta(days=1))
    return unit_of_work(unmerge_customers)(origin=later, merge_id=key, reason="A mistake")


def list_events(customer):
    return list_referrals(org_id=customer.org_id, customer_id=customer.pk, limit=10)


def test_move_to_the_survivor_and_back(pair, campaign):
    survivor, victim = pair
    make_code(victim, campaign, "victims")
    make_invitation(victim, campaign)
    make_referee(victim, make_customer(), campaign)
    apart = dump_rows()

    key = merge(survivor, victim)

    assert {Invitation.objects.get().customer_id, Referee.objects.get().customer_id} == {
        survivor.pk
    }
    count, [referral] = list_events(survivor)
    assert (count, referral.code, len(referral.invitees), len(referral.referees)) == (
        1,
        "victims",
        1,
        1,
    )
    assert list_events(victim) == (0, [])
    counts = dict(plan_unmerge(org_id=survivor.org_id, merge_id=key).counts)
    assert {"Referral codes", "Invitations", "Referees"} <= counts.keys()
    unmerge(key)
    assert dump_rows() == apart


def test_are_joined_where_both_take_part_and_parted_again(pair, campaign):
    survivor, victim = pair
    guest = make_customer()
    for customer, code in ((survivor, "own"), (victim, "victims")):
        make_code(customer, campaign, code)
        make_invitation(customer, campaign, "919810000001")
        make_invitation(customer, campaign, f"only-{code}@example.com")
    make_referee(survivor, guest, campaign)
    make_referee(victim, guest, campaign, Referee.Event.TRANSACTION)
    apart = dump_rows()

    key = merge(survivor, victim)

    [referral] = list_events(survivor)[1]
    assert referral.code == "own"
    assert sorted(line.identifier for line in referral.invitees) == [
        "919810000001",
        "only-own@example.com",
        "only-victims@example.com",
    ]
    assert len(referral.referees) == 2
    # Both codes lead to the survivor.
    claims = find_claims_by_code(org=survivor.org, codes={1: "own", 2: "victims"}, moment=NOON)
    assert {claim.referrer_id for claim in claims.values()} == {survivor.pk}
    unmerge(key)
    assert dump_rows() == apart


def test_count_the_survivors_coming_where_both_came(pair, campaign):
    survivor, victim = pair
    friend = make_customer()
    make_code(friend, campaign)
    make_referee(friend, survivor, campaign)
    make_referee(friend, victim, campaign)
    apart = dump_rows()

    key = merge(survivor, victim)

    [referral] = list_events(friend)[1]
    assert [line.customer.id for line in referral.referees] == [survivor.pk]
    unmerge(key)
    assert dump_rows() == apart


def test_that_stayed_with_the_victim_bring_nobody(pair, campaign):
    survivor, victim = pair
    make_invitation(survivor, campaign)
    make_invitation(victim, campaign)
    merge(survivor, victim)
    guest = make_customer(identifiers=[("mobile", "919810000001")])

    claims = list_referral_claims(customer_ids=[guest.pk], event="REGISTRATION")

    assert [claim.referrer_id for claim in claims[guest.pk]] == [survivor.pk]


def test_block_an_undo_when_they_were_changed_since(pair, campaign):
    survivor, victim = pair
    make_code(victim, campaign)
    key = merge(survivor, victim)
    ReferralCode.objects.update(code="another")

    [blocker] = plan_unmerge(org_id=survivor.org_id, merge_id=key).blockers

    assert blocker.message.startswith("Referral code ")
