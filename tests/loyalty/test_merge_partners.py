"""Merging customers who are linked to partners' programs ..."""

import pytest

from customers import errors
from loyalty.models import PartnerMembership
from tests.builders import NOON, make_customer, make_enrollment, make_program
from tests.crm.dumping import dump_rows
from tests.loyalty.test_unmerge_points import assert_refused, merge, unmerge
from tests.partner_builders import YEAR, link, make_partner, unlink, update

pytestmark = pytest.mark.django_db


@pytest.fixture
def program():
    return make_program("Stars", is_default=True)


@pytest.fixture
def pair(program):
    """Two members of a program with a partner."""
    make_partner(program)
    return [make_enrollment(program=program).customer for _ in range(2)]


def list_present(customer):
    rows = PartnerMembership.objects.filter(enrollment__customer=customer, unlinked_at__isnull=True)
    return sorted(rows.values_list("partner_program__name", "membership_id"))


def test_moves_a_number_that_the_survivor_has_not(pair):
    survivor, victim = pair
    link(victim, "v")
    before = dump_rows()

    key = merge(survivor, victim)

    assert (list_present(survivor), list_present(victim)) == ([("Miles", "v")], [])
    unmerge(key)
    assert list_present(victim) == [("Miles", "v")]
    assert dump_rows()["loyalty.PartnerMembership"] == before["loyalty.PartnerMembership"]


def test_ends_the_victims_number_where_both_have_one_and_frees_it(pair):
    survivor, victim = pair
    link(survivor, "s"), link(victim, "v")

    key = merge(survivor, victim)

    assert (list_present(survivor), list_present(victim)) == ([("Miles", "s")], [])
    unmerge(key)
    assert (list_present(survivor), list_present(victim)) == ([("Miles", "s")], [("Miles", "v")])


def test_is_not_undone_once_the_freed_number_is_held_again(pair):
    survivor, victim = pair
    link(survivor, "s"), link(victim, "v")
    key = merge(survivor, victim)
    unlink(survivor)
    assert link(survivor, "v").refusal is None

    assert_refused(
        key, "partners", "The membership id v at a partner was given to a customer since."
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda survivor: unlink(survivor),
        lambda survivor: update(survivor, tier_name="Black", tier_expires_at=NOON + 2 * YEAR),
        lambda survivor: link(survivor, "o", partner_name="Other"),
    ],
    ids=["unlinked", "updated", "linked"],
)
def test_is_not_undone_once_links_of_a_moved_enrollment_changed(pair, change):
    _, victim = pair
    make_partner(victim.enrollments.get().program, "Other")
    survivor = make_customer()
    link(victim, "v")
    key = merge(survivor, victim)

    assert change(survivor).refusal is None

    assert_refused(
        key,
        "partners",
        "Links to partners' programs of Stars, which moved, were changed since.",
    )


def test_is_not_undone_once_a_moved_link_changed(pair):
    survivor, victim = pair
    link(victim, "v")
    key = merge(survivor, victim)
    unlink(survivor)

    with pytest.raises(errors.MergeUndoBlocked):
        unmerge(key)
