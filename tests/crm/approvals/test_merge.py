"""Requests to merge two customers (contract, rule 2.6 and sections 5.3 and 6)."""

import pytest

from crm.approvals import errors
from crm.approvals.domain.previews import plan_requests
from crm.approvals.models import Request
from crm.kernel.transactions import unit_of_work
from crm.usecases.merge_customers import merge_customers
from crm.usecases.unmerge_customers import plan_unmerge
from customers.models import Customer, MergeJournal, Subscription
from tests.approval_builders import approve, make_request, reject
from tests.builders import (
    NOON,
    get_or_make_source_account,
    make_customer,
    make_enrollment,
    make_organization,
    make_origin,
    make_program,
)
from tests.card_builders import make_card, make_coupon
from tests.crm.dumping import dump_rows

pytestmark = pytest.mark.django_db


def make_merge_request(victim, survivor, **fields):
    return make_request(victim, "MERGE", target_id=survivor.pk, **fields)


def plan_of(request):
    [plan] = plan_requests(org=request.org, requests=[request], now=NOON).values()
    return plan


def merge(survivor, victim):
    return unit_of_work(merge_customers)(
        origin=make_origin(),
        survivor_id=survivor.pk,
        victim_id=victim.pk,
        cause="IDENTIFIER_CHANGE",
    )


def set_consent(customer, status, channel="SMS"):
    Subscription.objects.create(
        customer=customer,
        source_account=get_or_make_source_account(),
        channel=channel,
        priority="BULK",
        status=status,
        changed_at=NOON,
    )


def test_merges_two_who_both_have_a_profile_in_one_source_account():
    survivor, victim = make_customer(first_name=""), make_customer(first_name="Vic")

    decided = approve(make_merge_request(victim, survivor))

    assert (decided.refusal, decided.request.status) == (None, "APPROVED")
    assert Customer.objects.get(pk=victim.pk).merged_into == survivor
    assert survivor.identifiers.count() == 2
    assert survivor.profiles.get().first_name == "Vic"
    assert victim.profiles.get().closed_at == NOON
    assert MergeJournal.objects.get().cause == "REQUEST"


def test_filing_changes_nothing():
    survivor, victim = make_customer(), make_customer()
    before = dump_rows()

    request = make_merge_request(victim, survivor)

    assert (request.customer, request.other_customer) == (victim, survivor)
    assert dump_rows() == before


def test_refuses_at_once_what_cannot_be_done():
    survivor, victim = make_customer(), make_customer()
    merged, theirs = make_customer(merged_into=survivor), make_customer(make_organization())
    for target_id, refusal in (
        (None, errors.TargetUnknown),
        (0, errors.TargetUnknown),
        (theirs.pk, errors.TargetUnknown),
        (2**62, errors.TargetUnknown),
        (2**70, errors.TargetUnknown),
        (victim.pk, errors.SurvivorIsVictim),
        (merged.pk, errors.SurvivorMerged),
    ):
        with pytest.raises(refusal):
            make_request(victim, "MERGE", target_id=target_id)
    with pytest.raises(errors.VictimMerged):
        make_merge_request(merged, survivor)

    assert not Request.objects.exists()


def test_whoever_waits_for_a_merge_takes_part_in_no_other_as_a_victim():
    first_customer, second_customer, third_customer = (
        make_customer(),
        make_customer(),
        make_customer(),
    )
    first = make_merge_request(first_customer, second_customer)

    for victim, survivor, refusal in (
        (first_customer, second_customer, errors.VictimPending),
        (second_customer, first_customer, errors.VictimPending),
        (first_customer, third_customer, errors.VictimPending),
        (second_customer, third_customer, errors.VictimPending),
        (third_customer, first_customer, errors.SurvivorPending),
    ):
        with pytest.raises(refusal) as refused:
            make_merge_request(victim, survivor)
        assert refused.value.facts == {"request_id": first.pk}

    # One survivor may take in several.
    assert make_merge_request(third_customer, second_customer).status == "PENDING"
    reject(first)
    assert make_merge_request(first_customer, second_customer).status == "PENDING"


def test_a_plan_says_what_moves_and_what_the_survivor_has_then():
    survivor, victim = make_customer(), make_customer(fraud_status="INTERNAL")
    shared, new = make_program("Club"), make_program("Extra")
    make_enrollment(survivor, shared, points=900)
    make_enrollment(victim, shared, points=300.5, tier=2)
    make_enrollment(victim, new, points=7, tier=2)
    make_card(customer=victim, number="C7")
    make_coupon(victim)
    set_consent(survivor, "OPTIN"), set_consent(victim, "OPTOUT")
    set_consent(victim, "OPTOUT", "EMAIL")
    request = make_merge_request(victim, survivor)

    plan = plan_of(request)

    assert list(plan.blockers) == []
    assert [(d.name, d.before, d.after) for d in plan.differences] == [
        ("Club", "900 points, SILVER", "1200.5 points, GOLD"),
        ("Extra", "Not a member", "7 points, GOLD"),
        ("Consent for SMS, Bulk (INSTORE)", "Opted in", "Opted out"),
        ("Consent for Email, Bulk (INSTORE)", "Not set", "Opted out"),
        ("Fraud status", "None", "Internal"),
    ]
    assert [(f.name, f.words, f.customer_id) for f in plan.facts] == [
        ("Victim", f"Customer {victim.pk}", victim.pk),
        ("Survivor", f"Customer {survivor.pk}", survivor.pk),
        ("Moved card", "C7, ACTIVE", None),
        ("Profile conflict", "INSTORE: the survivor's profile stays, the victim's is closed", None),
    ]
    assert dict(plan.moves).items() >= {"Identifiers": 2, "Cards": 1, "Coupons": 1}.items()


def test_the_plan_writes_nothing_and_counts_what_the_merge_then_moves():
    survivor, victim = make_customer(), make_customer()
    make_enrollment(survivor, program := make_program(), points=10)
    make_enrollment(victim, program, points=20)
    make_request(victim)
    request = make_merge_request(victim, survivor)
    before = dump_rows()

    plan = plan_of(request)

    assert dump_rows() == before
    assert approve(request, digests={request.pk: plan.digest}).refusal is None
    journal = MergeJournal.objects.get()
    assert plan_unmerge(org_id=journal.org_id, merge_id=journal.pk).counts == plan.moves


def test_points_that_come_in_after_the_preview_change_the_plan():
    survivor, victim = make_customer(), make_customer()
    request = make_merge_request(victim, survivor)
    seen = plan_of(request).digest
    make_enrollment(victim, points=1)

    assert approve(request, digests={request.pk: seen}).refusal == errors.PlanChanged()
    assert approve(request).refusal is None


def test_nobody_is_merged_whom_nobody_asked_about():
    """Either became part of somebody else since: the request goes along, and says no."""
    survivor, victim, third = make_customer(), make_customer(), make_customer()
    as_victim = make_merge_request(victim, survivor)
    merge(third, victim)
    as_survivor = make_merge_request(other := make_customer(), survivor)
    merge(third, survivor)

    assert plan_of(Request.objects.get(pk=as_victim.pk)).blockers == [
        f"Customer {victim.pk} was merged into customer {third.pk} since the request was filed."
    ]
    assert approve(as_victim).refusal == errors.VictimMerged(survivor_id=third.pk)
    assert plan_of(Request.objects.get(pk=as_survivor.pk)).blockers == [
        f"Customer {survivor.pk} was merged into customer {third.pk} since the request was filed."
    ]
    assert approve(as_survivor).refusal == errors.SurvivorMerged(survivor_id=third.pk)
    for request in (as_victim, as_survivor):
        request.refresh_from_db()
        assert request.status == "FAILED"
    assert set(Customer.objects.filter(merged_into__isnull=True)) == {third, other}


def test_of_two_merges_into_one_survivor_each_is_done():
    survivor, first_victim, second_victim = make_customer(), make_customer(), make_customer()
    requests = [
        make_merge_request(first_victim, survivor),
        make_merge_request(second_victim, survivor),
    ]

    assert [approve(request).refusal for request in requests] == [None, None]
    assert survivor.identifiers.count() == 3
