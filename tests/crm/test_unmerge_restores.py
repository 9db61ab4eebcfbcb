"""Whoever merges: an undo brings back every row exactly, and keeps what came later."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from crm.kernel.transactions import unit_of_work
from crm.usecases.merge_customers import merge_customers
from crm.usecases.unmerge_customers import plan_unmerge, unmerge_customers
from customers.models import (
    Customer,
    Identifier,
    MergeJournalRow,
    Profile,
    ProfileIdentifier,
    SearchKey,
)
from customers.operations.customers.register import register_customers
from customers.operations.customers.search_index import reindex_customers
from customers.rules.registration import ProfileEntry, Registration
from loyalty.models import PointsTransfer
from loyalty.operations.points.scheduled import expire_points, mature_points
from loyalty.queries.ledger_check import find_ledger_violations
from tests.builders import NOON, get_or_make_source_account, make_origin
from tests.crm.dumping import dump_rows
from tests.merge_world import CUSTOMER, DAY, MOVES, SLOW_SETTINGS, MergeWorld


def merge(survivor, victim, at=NOON + DAY):
    return unit_of_work(merge_customers)(
        origin=make_origin(at=at), survivor_id=survivor.pk, victim_id=victim.pk, cause="REQUEST"
    )


def undo(key, at=NOON + 2 * DAY):
    return unit_of_work(unmerge_customers)(
        origin=make_origin(at=at), merge_id=key, reason="A mistake"
    )


class TestUnmergeRestores(TestCase):
    @SLOW_SETTINGS
    @given(CUSTOMER, CUSTOMER)
    def test_an_undo_brings_back_every_row(self, first_drawn, second_drawn):
        world = MergeWorld()
        survivor, victim = world.draw_customer(first_drawn), world.draw_customer(second_drawn)
        before = dump_rows()

        key = merge(survivor, victim)
        plan = plan_unmerge(org_id=survivor.org_id, merge_id=key)
        undo(key)

        assert plan.blockers == []
        assert dump_rows() == before
        assert find_ledger_violations() == []

    @SLOW_SETTINGS
    @given(CUSTOMER, CUSTOMER, CUSTOMER)
    def test_merges_come_apart_again_in_the_opposite_order(
        self, first_drawn, second_drawn, third_drawn
    ):
        world = MergeWorld()
        first, second, last = (
            world.draw_customer(first_drawn),
            world.draw_customer(second_drawn),
            world.draw_customer(third_drawn),
        )
        before = dump_rows()
        inner = merge(second, first)
        between = dump_rows()
        outer = merge(last, second)

        assert {b.kind for b in plan_unmerge(org_id=first.org_id, merge_id=inner).blockers} == {
            "later merge"
        }
        undo(outer)
        assert dump_rows() == between
        undo(inner)
        assert dump_rows() == before

    @SLOW_SETTINGS
    @given(CUSTOMER, CUSTOMER, st.integers(0, 2), MOVES, st.integers(0, 12))
    def test_what_came_later_stays_and_what_blocks_is_named(
        self, first_drawn, second_drawn, bills, moves, days
    ):
        world = MergeWorld()
        survivor, victim = world.draw_customer(first_drawn), world.draw_customer(second_drawn)
        theirs = {p.pk for p in Profile.objects.filter(customer=victim)}
        key, now = merge(survivor, victim), NOON + DAY + days * DAY

        for _ in range(bills):
            world.buy(survivor, at=now)
        world.post(survivor, world.programs[0], moves, at=now)
        unit_of_work(mature_points)(now=now)
        unit_of_work(expire_points)(now=now)
        unit_of_work(register_customers)(
            origin=make_origin(at=now),
            registrations=[
                Registration(
                    profiles=[
                        ProfileEntry(
                            source_account_id=get_or_make_source_account("LINE", "l").pk,
                            identifiers=[
                                ("line", "new"),
                                ("cuid", self.a_key_of(survivor, theirs)),
                            ],
                        )
                    ]
                )
            ],
        )
        after = dump_rows()
        plan = plan_unmerge(org_id=survivor.org_id, merge_id=key)
        if plan.blockers:
            assert {blocker.kind for blocker in plan.blockers} <= {"points"}
            assert all("since" in blocker.message for blocker in plan.blockers)
            assert dump_rows() == after
            return
        undo(key, at=now)

        assert find_ledger_violations() == []
        new = Profile.objects.get(source_account__source="LINE")
        assert new.customer_id == survivor.pk
        assert {p.pk for p in Profile.objects.filter(customer=victim)} == theirs
        assert survivor.transactions.filter(recorded_at=now).count() == bills
        assert not victim.transactions.filter(recorded_at=now).exists()
        assert self.is_whole(survivor, victim)

    @staticmethod
    def a_key_of(survivor, theirs):
        """An identifier that was the survivor's before the merge."""
        return (
            Identifier.objects.filter(customer=survivor, type="cuid")
            .exclude(profile_identifiers__profile__in=theirs)
            .exclude(pk__in=_moved_identifiers())
            .values_list("value", flat=True)[0]
        )

    @staticmethod
    def is_whole(*customers):
        pairs = ProfileIdentifier.objects.select_related("profile", "identifier")
        assert all(p.profile.customer_id == p.identifier.customer_id for p in pairs)
        assert not Customer.objects.filter(merged_into__isnull=False).exists()
        columns = ("text", "customer_id", "kind")
        stored_keys = set(SearchKey.objects.values_list(*columns))
        unit_of_work(reindex_customers)(
            org_id=customers[0].org_id, customer_ids=[p.pk for p in customers]
        )
        assert stored_keys == set(SearchKey.objects.values_list(*columns))
        assert all(t.from_customer_id != t.to_customer_id for t in PointsTransfer.objects.all())
        return True


def _moved_identifiers():
    return MergeJournalRow.objects.filter(model="customers.Identifier").values("row")
