"""Referrals of somebody who is merged ..."""

from datetime import timedelta

import pytest

from crm.kernel.transactions import unit_of_work
from crm.usecases.merging import merge_customers
from crm.usecases.unmerging import plan_undo, undo_merge
from loyalty.models import Invitation, Referee, ReferralCode
from loyalty.queries.referral_claims import find_claims_by_code, list_claims
from loyalty.queries.referrals import list_referrals
from tests.builders import NOON, make_customer, make_origin, the_source_account
from tests.crm.dumping import dump_rows
from tests.referral_builders import make_campaign, make_code, make_invitation, make_referee

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign():
    return make_campaign("CWRME", is_default=True)


@pytest.fixture
def pair():
    return make_customer(), make_customer(source_account=the_source_account("WECHAT", "22"))


def merge(survivor, victim):
    return unit_of_work(merge_customers)(
        origin=make_origin(), survivor_id=survivor.pk, victim_id=victim.pk, cause="REQUEST"
    )


def undo(key):
    later = make_origin(at=NOON + timedelta(days=1))
    return unit_of_work(undo_merge)(origin=later, merge_id=key, reason="A mistake")


def told(customer):
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
    count, [one] = told(survivor)
    assert (count, one.code, len(one.invitees), len(one.referees)) == (1, "victims", 1, 1)
    assert told(victim) == (0, [])
    counts = dict(plan_undo(org_id=survivor.org_id, merge_id=key).counts)
    assert {"Referral codes", "Invitations", "Referees"} <= counts.keys()
    undo(key)
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

    [one] = told(survivor)[1]
    assert one.code == "own"
    assert sorted(line.identifier for line in one.invitees) == [
        "919810000001",
        "only-own@example.com",
        "only-victims@example.com",
    ]
    assert len(one.referees) == 2
    # Both codes lead to the survivor.
    claims = find_claims_by_code(org=survivor.org, codes={1: "own", 2: "victims"}, at=NOON)
    assert {claim.referrer_id for claim in claims.values()} == {survivor.pk}
    undo(key)
    assert dump_rows() == apart


def test_count_the_survivors_coming_where_both_came(pair, campaign):
    survivor, victim = pair
    friend = make_customer()
    make_code(friend, campaign)
    make_referee(friend, survivor, campaign)
    make_referee(friend, victim, campaign)
    apart = dump_rows()

    key = merge(survivor, victim)

    [one] = told(friend)[1]
    assert [line.person.id for line in one.referees] == [survivor.pk]
    undo(key)
    assert dump_rows() == apart


def test_that_stayed_with_the_victim_bring_nobody(pair, campaign):
    survivor, victim = pair
    make_invitation(survivor, campaign)
    make_invitation(victim, campaign)
    merge(survivor, victim)
    guest = make_customer(identifiers=[("mobile", "919810000001")])

    claims = list_claims(customer_ids=[guest.pk], event="REGISTRATION")

    assert [claim.referrer_id for claim in claims[guest.pk]] == [survivor.pk]


def test_block_an_undo_when_they_were_changed_since(pair, campaign):
    survivor, victim = pair
    make_code(victim, campaign)
    key = merge(survivor, victim)
    ReferralCode.objects.update(code="another")

    [blocker] = plan_undo(org_id=survivor.org_id, merge_id=key).blockers

    assert blocker.words.startswith("Referral code ")
