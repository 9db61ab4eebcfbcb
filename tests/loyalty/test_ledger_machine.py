"""Any sequence of operations keeps the sums of the ledger (contract, section 7)."""

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.models import Q, Sum
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from crm.kernel.errors import DomainError
from crm.kernel.transactions import unit_of_work
from customers.operations.customers.lock import lock_customers
from customers.operations.merge.journal import Journal
from loyalty.models import (
    Enrollment,
    PointsAllocation,
    PointsEntry,
    PointsRedemption,
    Transaction,
)
from loyalty.models.enrollment import NON_NEGATIVE_BALANCES
from loyalty.operations.merge.points import merge_points
from loyalty.operations.points.post import post_movements
from loyalty.operations.points.redeem import Redemption, redeem_points, reverse_redemption
from loyalty.operations.points.scheduled import expire_points, mature_points, review_tiers
from loyalty.operations.points.transfer import Transfer, transfer_points_in_bulk
from loyalty.operations.transactions.enter import enter_transactions
from loyalty.queries.enrollments.memberships import list_memberships
from loyalty.queries.ledger_check import find_ledger_violations
from loyalty.rules.amounts import ZERO
from loyalty.rules.movements import Movement
from loyalty.rules.transactions import Sale, SaleLine
from tests.builders import NOON, make_customer, make_enrollment, make_origin, make_program

pytestmark = pytest.mark.django_db

AMOUNTS = st.decimals("0.001", "900", places=3)
CUSTOMERS = st.integers(0, 2)
DAYS = st.integers(0, 12)
GIFTS = st.sampled_from(["AWARD", "PROMOTIONAL", "GOODWILL", "BONUS", "OPENING", "ADJUST"])


class Ledger(RuleBasedStateMachine):
    """Three members of one program, whose points wait three days and live for ten."""

    def __init__(self):
        super().__init__()
        self.block = transaction.atomic()
        self.block._from_testcase = True
        self.block.__enter__()
        self.now = NOON
        self.numbers = 0
        self.program = make_program(
            is_default=True,
            delay_days=3,
            points_expiry="ROLLING",
            expires_after_days=10,
            tier_rule="LIFETIME_POINTS",
            thresholds=(0, 500, 1_500),
            tiers={"validity_days": 20, "renewal_threshold": 100, "earn_rate": Decimal("1.015")},
        )
        self.people = [make_customer() for _ in range(3)]
        for customer in self.people:
            make_enrollment(customer, self.program)
        self.bills = []
        self.till_bills = []
        self.redemptions = []

    def teardown(self):
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    @property
    def origin(self):
        return make_origin(at=self.now)

    @rule(days=DAYS)
    def time_goes_by(self, days):
        self.now += timedelta(days=days)

    @rule(who=CUSTOMERS, kind=GIFTS, points=AMOUNTS, days=st.integers(-2, 9))
    def somebody_is_given_points(self, who, kind, points, days):
        self.post(who, kind, points, expires_at=self.now + timedelta(days=days))

    @rule(who=CUSTOMERS, points=AMOUNTS, kind=st.sampled_from(["REDEEM", "ADJUST"]))
    def somebody_spends(self, who, points, kind):
        self.post(who, kind, points if kind == "REDEEM" else -points)

    @rule(who=CUSTOMERS, amount=AMOUNTS, ago=st.integers(0, 15))
    def somebody_buys(self, who, amount, ago):
        entered = self.enter(who, amount=amount, billed_at=self.now - timedelta(days=ago))
        self.bills.append((self.people[who].pk, entered.transaction_id))

    @rule(pick=st.integers(0, 99), amount=AMOUNTS, ago=st.booleans())
    def something_comes_back(self, pick, amount, ago):
        if self.bills:
            customer_id, bill = self.bills[pick % len(self.bills)]
            who = next((n for n, c in enumerate(self.people) if c.pk == customer_id), 0)
            self.enter(who, type="RETURN", amount=amount, returned_id=bill if ago else None)

    @rule(who=CUSTOMERS, quantity=st.integers(1, 5), rate=AMOUNTS)
    def a_till_sells_lines(self, who, quantity, rate):
        lines = [
            SaleLine(item_code="a", quantity=quantity, rate=rate),
            SaleLine(item_code="b", amount=rate, rate=rate),
        ]
        entered = self.enter(who, lines=lines)
        if entered.transaction_id is not None:
            self.till_bills.append((self.people[who].pk, entered.transaction_id))

    @rule(
        pick=st.integers(0, 99),
        kind=st.sampled_from(["FULL", "CANCELLED", "LINE_ITEM", "AMOUNT"]),
        quantity=st.integers(1, 5),
        amount=AMOUNTS,
    )
    def a_till_takes_back(self, pick, kind, quantity, amount):
        if not self.till_bills:
            return
        customer_id, bill = self.till_bills[pick % len(self.till_bills)]
        who = next((n for n, c in enumerate(self.people) if c.pk == customer_id), 0)
        lines = [SaleLine(item_code="a", quantity=quantity)] if kind == "LINE_ITEM" else []
        self.enter(
            who,
            type="RETURN",
            amount=amount if kind == "AMOUNT" else None,
            returned_id=bill,
            return_type=kind,
            lines=lines,
        )

    @rule(who=CUSTOMERS, points=AMOUNTS)
    def a_till_redeems(self, who, points):
        redemption = Redemption(customer_id=self.people[who].pk, points=points)
        try:
            done = unit_of_work(redeem_points)(origin=self.origin, redemption=redemption)
        except DomainError:
            return
        self.redemptions.append(done.redemption_id)

    @rule(pick=st.integers(0, 99), points=st.none() | AMOUNTS)
    def a_redemption_is_reversed(self, pick, points):
        if not self.redemptions:
            return
        with suppress(DomainError):
            unit_of_work(reverse_redemption)(
                origin=self.origin,
                redemption_id=self.redemptions[pick % len(self.redemptions)],
                points=points,
            )

    @rule(giver=CUSTOMERS, taker=CUSTOMERS, points=AMOUNTS)
    def somebody_gives_points_away(self, giver, taker, points):
        unit_of_work(transfer_points_in_bulk)(
            origin=self.origin,
            transfers=[
                Transfer(
                    from_customer_id=self.people[giver].pk,
                    to_customer_id=self.people[taker].pk,
                    points=points,
                )
            ],
        )

    @rule()
    def the_worker_sweeps(self):
        for sweep in (mature_points, expire_points, review_tiers):
            while unit_of_work(sweep)(now=self.now):
                pass

    @rule(who=CUSTOMERS)
    def two_turn_out_to_be_one(self, who):
        survivor, victim = self.people[who], make_customer()
        make_enrollment(victim, self.program, points=25, at=self.now, expires_at=self.now)

        def merge():
            lock_customers([survivor.pk, victim.pk])
            journal = Journal.open(
                origin=self.origin, survivor_id=survivor.pk, victim_id=victim.pk, cause="REQUEST"
            )
            merge_points(
                journal=journal,
                survivor_id=survivor.pk,
                victim_id=victim.pk,
            )
            journal.close()

        unit_of_work(merge)()

    @invariant()
    def the_sums_hold(self):
        assert find_ledger_violations() == []
        for member in Enrollment.objects.all():
            assert all(getattr(member, name) >= 0 for name in NON_NEGATIVE_BALANCES)
            spendable = member.lifetime - member.redeemed - member.returned + member.adjusted
            spendable += member.transferred_in - member.transferred_out
            # What expired while it still waited was never spendable.
            assert spendable - member.expired <= member.points <= spendable

    @invariant()
    def a_bill_never_costs_more_than_it_gave(self):
        for customer_id, bill in self.bills:
            entries = PointsEntry.objects.filter(enrollment__customer_id=customer_id)
            awards = entries.filter(transaction_id=bill, kind="AWARD").values_list(
                "points", "delayed"
            )
            returns = entries.filter(transaction__returned_id=bill, kind="RETURN").values_list(
                "points", "delayed"
            )
            expired = PointsAllocation.objects.filter(
                lot__transaction_id=bill, entry__kind="EXPIRE"
            ).values_list("points", flat=True)
            awarded = sum(points + delayed for points, delayed in awards)
            lost = sum(expired) - sum(points + delayed for points, delayed in returns)
            # What a reversal put back into the bill can be lost once more.
            put_back = PointsAllocation.objects.filter(
                lot__transaction_id=bill, entry__kind="REVERSE"
            ).values_list("points", flat=True)
            assert lost <= awarded - sum(put_back)

    @invariant()
    def no_more_comes_back_than_was_bought(self):
        for _, bill in self.till_bills:
            row = Transaction.objects.get(pk=bill)
            returned = row.returns.aggregate(total=Sum("amount"))["total"] or ZERO
            assert returned <= row.amount
            for line in row.line_items.annotate(
                back=Sum("returns__quantity"), cost=Sum("returns__amount")
            ):
                assert (line.back or ZERO) <= line.quantity
                assert (line.cost or ZERO) <= line.amount

    @invariant()
    def a_redemption_is_reversed_no_further_than_it_went(self):
        for row in PointsRedemption.objects.filter(pk__in=self.redemptions):
            given_back = row.reversals.aggregate(total=Sum("points"))["total"] or ZERO
            assert given_back == row.reversed_points <= row.points
            kept = PointsAllocation.objects.filter(
                Q(entry_id=row.pk) | Q(entry__reversal__redemption_id=row.pk)
            ).aggregate(total=Sum("points"))["total"]
            assert kept == row.points - row.reversed_points

    @invariant()
    def nothing_over_can_be_spent(self):
        customer = self.people[0]
        [shown] = list_memberships(org_id=customer.org_id, customer_id=customer.pk, now=self.now)
        [posted] = self.post(0, "REDEEM", shown.available + Decimal("0.001"))
        assert isinstance(posted.refusal, DomainError)
        assert posted.refusal.facts["available"] == max(shown.available, ZERO)

    def post(self, who, kind, points, **attributes):
        movement = Movement(customer_id=self.people[who].pk, kind=kind, points=points, **attributes)
        return unit_of_work(post_movements)(origin=self.origin, movements=[movement])

    def enter(self, who, **attributes):
        self.numbers += 1
        sale = Sale(customer_id=self.people[who].pk, number=str(self.numbers), **attributes)
        [entered] = unit_of_work(enter_transactions)(origin=self.origin, sales=[sale])
        return entered


def test_a_ledger_of_random_movements_always_adds_up():
    run_state_machine_as_test(
        Ledger,
        settings=settings(
            max_examples=14,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
