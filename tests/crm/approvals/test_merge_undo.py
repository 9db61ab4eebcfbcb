"""Requests to undo a merge (contract, rule 2.6 and section 6)."""

import pytest

from crm.approvals import errors
from crm.approvals.domain.previews import plan_requests
from crm.approvals.models import Request
from crm.kernel.transactions import unit_of_work
from crm.usecases.merge_customers import merge_customers
from customers.errors import MergeUndoBlocked, MergeUndone, MergeUnknown, ReasonMissing
from customers.models import Customer, MergeJournal
from tests.approval_builders import approve, make_person, make_request, reject
from tests.builders import (
    NOON,
    make_customer,
    make_enrollment,
    make_organization,
    make_origin,
)
from tests.crm.dumping import dump_rows

pytestmark = pytest.mark.django_db


def merge(survivor, victim):
    return unit_of_work(merge_customers)(
        origin=make_origin(survivor.org),
        survivor_id=survivor.pk,
        victim_id=victim.pk,
        cause="REQUEST",
    )


def make_unmerge_request(survivor, merge_id, reason="A mistake", **fields):
    return make_request(survivor, "MERGE_UNDO", merge_id=merge_id, reason=reason, **fields)


def plan_of(request):
    request = Request.objects.get(pk=request.pk)
    [plan] = plan_requests(org=request.org, requests=[request], now=NOON).values()
    return plan


def test_both_are_as_before_once_somebody_else_approves():
    survivor, victim = make_customer(), make_customer()
    make_enrollment(victim, points=70)
    before = dump_rows()
    request = make_unmerge_request(survivor, merge(survivor, victim))
    checker = make_person()

    plan = plan_of(request)
    decided = approve(request, checker, digests={request.pk: plan.digest})

    assert (request.customer, request.other_customer) == (survivor, victim)
    assert ("Identifiers", 1) in plan.moves
    assert "70" in [fact.words for fact in plan.facts]
    assert decided.refusal is None
    assert dump_rows() == before
    journal = MergeJournal.objects.get()
    assert (journal.undone_by, journal.undo_reason) == (checker, "A mistake")


def test_refuses_at_once_what_cannot_be_undone():
    survivor, victim = make_customer(), make_customer()
    key = merge(survivor, victim)
    org = make_organization()
    theirs = merge(make_customer(org), make_customer(org))
    for who, merge_id, reason, refusal in (
        (survivor, None, "A mistake", MergeUnknown),
        (survivor, 2**70, "A mistake", MergeUnknown),
        (survivor, theirs, "A mistake", MergeUnknown),
        (make_customer(), key, "A mistake", MergeUnknown),
        (survivor, key, " ", ReasonMissing),
        (survivor, key, "\x00", errors.ValueTooLong),
        (victim, key, "A mistake", errors.VictimMerged),
    ):
        with pytest.raises(refusal):
            make_unmerge_request(who, merge_id, reason)
    first = make_unmerge_request(survivor, key)
    with pytest.raises(errors.SameRequestPending):
        make_unmerge_request(survivor, key, "Somebody else's words")
    approve(first)
    with pytest.raises(MergeUndone):
        make_unmerge_request(survivor, key)


def test_refuses_what_is_blocked_already():
    survivor, victim, later = make_customer(), make_customer(), make_customer()
    key = merge(survivor, victim)
    merge(survivor, later)

    with pytest.raises(MergeUndoBlocked, match="blocked"):
        make_unmerge_request(survivor, key)


def test_what_blocks_by_now_is_shown_and_fails_the_request():
    survivor, victim, last = make_customer(), make_customer(), make_customer()
    request = make_unmerge_request(survivor, merge(survivor, victim))
    later = merge(last, survivor)
    words = f"Customer {survivor.pk} was merged into customer {last.pk} later. Unmerge those first."

    assert plan_of(request).blockers == [words]
    assert approve(request).refusal == MergeUndoBlocked(blockers=words)
    assert Customer.objects.get(pk=victim.pk).merged_into == last

    approve(make_unmerge_request(last, later))
    assert approve(request).refusal is None
    assert not Customer.objects.filter(merged_into__isnull=False).exists()


def test_a_request_that_moved_and_was_decided_since_blocks_by_name():
    survivor, victim = make_customer(), make_customer()
    moved = make_request(victim)
    key = merge(survivor, victim)
    request = make_unmerge_request(survivor, key)
    reject(moved)

    blockers = plan_of(request).blockers

    assert list(blockers) == [f"Request {moved.pk}, which moved, was decided since the merge."]
    assert approve(request).refusal == MergeUndoBlocked(blockers=" ".join(blockers))


def test_requests_that_wait_go_back_with_their_customer_and_later_ones_stay():
    survivor, victim = make_customer(), make_customer()
    waiting = make_request(victim)
    key = merge(survivor, victim)
    later = make_request(survivor, "EMAIL", new_value="late@example.com")

    approve(make_unmerge_request(survivor, key))

    assert Request.objects.get(pk=waiting.pk).customer == victim
    assert Request.objects.get(pk=later.pk).customer == survivor
