"""Property tests of merges by request: the plan comes true, and an unmerge restores all."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from crm.approvals.domain.previews import plan_requests
from crm.approvals.models import Request
from crm.usecases.merge_plan import plan_merge
from crm.usecases.unmerge_customers import plan_unmerge
from customers.models import Customer, MergeJournal, Profile, Subscription
from loyalty.models import Enrollment
from loyalty.queries.ledger_check import find_ledger_violations
from tests.approval_builders import approve, make_request, reject
from tests.builders import NOON, make_origin
from tests.crm.dumping import dump_rows
from tests.merge_world import CUSTOMER, MOVES, SLOW_SETTINGS, MergeWorld

# Requested email addresses; both customers may request the same.
ADDRESSES = st.sets(st.sampled_from(["a@example.com", "b@example.com"]))


def make_email_requests(customer, addresses):
    return [make_request(customer, "EMAIL", new_value=address) for address in sorted(addresses)]


def merge(survivor, victim):
    request = make_request(victim, "MERGE", target_id=survivor.pk)
    digest = plan_requests(org=request.org, requests=[request], now=NOON)[request.pk].digest
    assert approve(request, digests={request.pk: digest}).refusal is None
    return MergeJournal.objects.get(victim=victim)


def make_unmerge_request(survivor, journal):
    return make_request(survivor, "MERGE_UNDO", merge_id=journal.pk, reason="A mistake")


def list_requests(*kinds):
    rows = Request.objects.filter(kind__in=kinds).order_by("pk")
    return list(rows.values_list("pk", "customer", "other_customer", "status"))


def list_opt_outs(customer):
    rows = Subscription.objects.filter(customer=customer, status="OPTOUT")
    return {(r.get_channel_display(), r.get_priority_display(), r.source_account_id) for r in rows}


class MergeByRequestTests(TestCase):
    @SLOW_SETTINGS
    @given(CUSTOMER, CUSTOMER, ADDRESSES)
    def test_the_plan_is_what_happens(self, survivor_data, victim_data, addresses):
        world = MergeWorld()
        survivor, victim = world.draw_customer(survivor_data), world.draw_customer(victim_data)
        make_email_requests(survivor, addresses), make_email_requests(victim, {"a@example.com"})
        outs, rows = list_opt_outs(survivor), dump_rows()

        plan = plan_merge(origin=make_origin(), survivor_id=survivor.pk, victim_id=victim.pk)
        assert dump_rows() == rows
        journal = merge(survivor, victim)

        assert plan.counts == plan_unmerge(org_id=journal.org_id, merge_id=journal.pk).counts
        members = Enrollment.objects.filter(customer=survivor).select_related("program", "tier")
        assert {p.program: (p.after.points, p.after.tier) for p in plan.programs} == {
            m.program.name: (m.points, m.tier.name) for m in members
        }
        assert len(plan.consent) == len(list_opt_outs(survivor) - outs)
        closed = Profile.objects.filter(customer=victim, closed_at__isnull=False)
        assert len(plan.closing) == closed.count()
        now = Customer.objects.get(pk=survivor.pk)
        assert plan.fraud_status in ("", now.get_fraud_status_display())
        assert bool(plan.fraud_status) == (now.fraud_status != survivor.fraud_status)
        assert plan.joins_loyalty == (now.loyalty_type != survivor.loyalty_type)

    @SLOW_SETTINGS
    @given(CUSTOMER, CUSTOMER, ADDRESSES, ADDRESSES)
    def test_an_undo_brings_back_every_row_and_every_request(
        self, survivor_data, victim_data, mine, theirs
    ):
        world = MergeWorld()
        survivor, victim = world.draw_customer(survivor_data), world.draw_customer(victim_data)
        make_email_requests(survivor, mine), make_email_requests(victim, theirs)
        before, waiting = dump_rows(), list_requests("EMAIL")

        undo = make_unmerge_request(survivor, merge(survivor, victim))

        assert approve(undo).refusal is None
        assert dump_rows() == before
        assert list_requests("EMAIL") == waiting
        assert find_ledger_violations() == []

    @SLOW_SETTINGS
    @given(CUSTOMER, CUSTOMER, ADDRESSES, MOVES, st.booleans())
    def test_what_was_decided_or_spent_since_blocks_by_name(
        self, survivor_data, victim_data, addresses, moves, decides
    ):
        world = MergeWorld()
        survivor, victim = world.draw_customer(survivor_data), world.draw_customer(victim_data)
        moved = make_email_requests(victim, addresses)
        undo = make_unmerge_request(survivor, merge(survivor, victim))

        world.post(survivor, world.programs[0], moves)
        later = make_request(survivor, "EXTERNAL_ID", new_value="later")
        for request in moved if decides else ():
            assert reject(request).refusal is None
        [plan] = plan_requests(org=undo.org, requests=[undo], now=NOON).values()
        before, stands = dump_rows(), list_requests("EMAIL", "EXTERNAL_ID")
        refusal = approve(undo).refusal

        if decides and moved:
            assert (
                f"Request {moved[0].pk}, which moved, was decided since the merge." in plan.blockers
            )
        if plan.blockers:
            assert refusal.facts == {"blockers": " ".join(plan.blockers)}
            assert (dump_rows(), list_requests("EMAIL", "EXTERNAL_ID")) == (before, stands)
            return
        assert refusal is None
        assert find_ledger_violations() == []
        assert Request.objects.get(pk=later.pk).customer == survivor
        assert {r.customer for r in Request.objects.filter(kind="EMAIL")} <= {victim}
