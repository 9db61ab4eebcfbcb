"""Tiers that are reached and kept by visits and purchases within a number of days ..."""

from datetime import UTC, timedelta
from decimal import Decimal

import pytest

from crm.kernel.transactions import unit_of_work
from loyalty.models import Tier, TierChange
from loyalty.operations.points.scheduled import review_tiers
from loyalty.operations.transactions.enter import enter_transactions
from loyalty.queries.enrollments.next_tiers import list_tier_progress
from loyalty.queries.programs import clear_program_cache
from loyalty.rules.programs import TierStep
from loyalty.rules.tiers import Purchase, count_visits
from loyalty.rules.transactions import Sale
from tests.builders import NOON, make_customer, make_enrollment, make_origin, make_program
from tests.queries import count_queries

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def make_member(*, customer=None, program=None, tier=1, **rules):
    """A member of a program whose second tier has these rules; a year from noon, or so."""
    program = program or make_program(is_default=True, thresholds=(0, 10_000))
    Tier.objects.filter(program=program, serial=2).update(**rules)
    clear_program_cache(program.org_id)
    member = make_enrollment(customer, program)
    if tier == 2:
        member.tier = program.tiers.get(serial=2)
        member.tier_expires_at = NOON + 30 * DAY
        member.save()
    return member


def buy(member, at, amount=10, number=None, **more):
    number = number or f"{member.pk}-{at:%m%d%H}"
    return Sale(customer_id=member.customer_id, number=number, amount=amount, billed_at=at, **more)


def enter(*sales, at=NOON):
    outcomes = unit_of_work(enter_transactions)(origin=make_origin(at=at), sales=sales)
    assert [outcome.refusal for outcome in outcomes] == [None] * len(sales)


def get_tier(member):
    member.refresh_from_db()
    return member.tier.serial


def test_read_again_visits_within_the_duration_lift():
    member = make_member(lift_days=10, lift_visits=3)

    enter(buy(member, NOON - 11 * DAY), buy(member, NOON - 3 * DAY), buy(member, NOON - 2 * DAY))
    assert get_tier(member) == 1
    # The same day is the same visit.
    enter(buy(member, NOON - 2 * DAY + timedelta(hours=1)))
    assert get_tier(member) == 1
    enter(buy(member, NOON))

    assert get_tier(member) == 2
    assert TierChange.objects.filter(enrollment=member).latest("pk").reason == "LIFTED"


def test_read_again_purchases_within_the_duration_lift_less_returns():
    member = make_member(lift_days=10, lift_purchases=Decimal(500))

    enter(buy(member, NOON - 12 * DAY, 400), buy(member, NOON - DAY, 400, "b"))
    enter(buy(member, NOON, 100, "r", type="RETURN", returned_number="b"))
    enter(buy(member, NOON, 150, "c"))
    assert get_tier(member) == 1
    enter(buy(member, NOON, 50, "d"))

    assert get_tier(member) == 2


def test_ask_for_both_where_both_are_set():
    member = make_member(lift_days=10, lift_visits=2, lift_purchases=Decimal(100))

    enter(buy(member, NOON, 200))
    assert get_tier(member) == 1
    enter(buy(member, NOON - DAY, 1))

    assert get_tier(member) == 2


@pytest.mark.parametrize(("days", "expected"), [([1, 5, 5], 1), ([1, 5, 20], 2)])
def test_read_again_visits_while_it_holds_keep_a_tier(days, expected):
    member = make_member(tier=2, validity_days=30, renewal_visits=3)
    sales = [buy(member, NOON + day * DAY, number=f"{place}") for place, day in enumerate(days)]
    enter(*sales, at=NOON + 25 * DAY)

    reviewed = unit_of_work(review_tiers)(now=NOON + 60 * DAY)

    assert (reviewed, get_tier(member)) == (1, expected)


def test_purchases_and_visits_keep_a_tier_together_only():
    rules = {"validity_days": 30, "renewal_visits": 1, "renewal_threshold": Decimal(100)}
    member = make_member(tier=2, **rules)
    enter(buy(member, NOON, 50))

    unit_of_work(review_tiers)(now=NOON + 60 * DAY)

    assert get_tier(member) == 1


def test_read_again_retention_tells_the_visits_of_the_tier():
    member = make_member(tier=2, validity_days=30, renewal_visits=3, lift_days=9, lift_visits=2)
    enter(buy(member, NOON - 40 * DAY), buy(member, NOON), buy(member, NOON + DAY), at=NOON + DAY)

    progress = list_tier_progress(org=member.org, customer_ids=[member.customer_id])

    shown = progress[member.customer_id]
    assert (shown.tier.renewal_visits, shown.visits_since_start) == (3, 2)


def test_cost_one_query_for_any_number_of_members():
    program = make_program(is_default=True, thresholds=(0, 10_000))
    members = [
        make_member(customer=make_customer(), program=program, lift_days=9, lift_visits=2)
        for _ in range(6)
    ]
    enter(buy(members[0], NOON - DAY))

    few = count_queries(lambda: enter(buy(members[0], NOON)))
    many = count_queries(lambda: enter(*(buy(member, NOON) for member in members[1:])))

    assert few >= many - 24  # SQLite writes row by row
    assert [get_tier(member) for member in members] == [2, 1, 1, 1, 1, 1]


def test_count_days_of_the_organization():
    purchases = [
        Purchase(NOON, Decimal(1)),
        Purchase(NOON + timedelta(hours=1), Decimal(1)),
        Purchase(NOON - DAY, Decimal(1)),
        Purchase(NOON - 2 * DAY, Decimal(-1)),
    ]

    assert count_visits(purchases, (NOON - DAY).date(), UTC) == 2
    assert count_visits(purchases, NOON.date(), UTC) == 1


def test_look_back_no_further_than_their_rules():
    step = {"id": 1, "serial": 1, "name": "", "description": "", "threshold": Decimal(0)}
    step |= {"earn_rate": Decimal(1), "renewal_threshold": None, "validity_days": 30}

    assert TierStep(**step).counted_days == 0
    assert TierStep(**step, renewal_visits=2).counted_days == 31
    assert TierStep(**step, renewal_visits=2, lift_days=90, lift_visits=1).counted_days == 90
