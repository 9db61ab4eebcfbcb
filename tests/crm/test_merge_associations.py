"""A merge and its undo move places in hierarchies and with companies ..."""

from datetime import timedelta

import pytest

from crm.kernel.transactions import unit_of_work
from crm.usecases.merge_customers import merge_customers
from crm.usecases.unmerge_customers import plan_unmerge, unmerge_customers
from customers import errors
from customers.models import Association, MergeJournal
from customers.operations.hierarchies.associate import AssociationRequest, associate_customer
from tests.builders import NOON, make_customer, make_origin
from tests.crm.dumping import dump_rows
from tests.group_builders import make_association, make_company, make_hierarchy

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=1)


@pytest.fixture
def hierarchy(db):
    return make_hierarchy(roles={"A": 1, "B": 2, "C": 3})


def merge(survivor, victim):
    return unit_of_work(merge_customers)(
        origin=make_origin(at=NOON + timedelta(hours=1)),
        survivor_id=survivor.pk,
        victim_id=victim.pk,
        cause="REQUEST",
    )


def undo(key):
    return unit_of_work(unmerge_customers)(
        origin=make_origin(at=LATER), merge_id=key, reason="Two people after all"
    )


def associate(customer, **options):
    return unit_of_work(associate_customer)(
        origin=make_origin(at=LATER),
        request=AssociationRequest(customer_id=customer.pk, hierarchy="fleet", **options),
    )


def places():
    """Role, parent and company of everybody who was not merged into somebody."""
    return {
        row.customer_id: (
            row.role.code,
            row.parent.customer_id if row.parent else None,
            row.company.external_id if row.company else None,
        )
        for row in Association.objects.filter(customer__merged_into=None).select_related(
            "role", "parent", "company"
        )
    }


def blockers(key):
    org_id = MergeJournal.objects.get(pk=key).org_id
    return [b.message for b in plan_unmerge(org_id=org_id, merge_id=key).blockers]


def assert_undone(key, before):
    undo(key)
    after = dump_rows()
    assert after["customers.Association"] == before["customers.Association"]
    assert after["customers.Customer"] == before["customers.Customer"]


def test_a_place_goes_to_who_has_none_with_everybody_below(hierarchy):
    survivor = make_customer()
    top = make_association(hierarchy=hierarchy, role="A")
    victim = make_association(role="B", parent=top, company=make_company("ex1"))
    below = make_association(role="C", parent=victim)
    before = dump_rows()

    key = merge(survivor, victim.customer)

    assert places() == {
        top.customer_id: ("A", None, None),
        survivor.pk: ("B", top.customer_id, "ex1"),
        below.customer_id: ("C", survivor.pk, None),
    }
    assert_undone(key, before)


def test_a_company_without_a_hierarchy_goes_along():
    survivor, victim, firm = make_customer(), make_customer(), make_company("ex1")
    row = Association.objects.create(
        customer=victim, company=firm, created_at=NOON, modified_at=NOON
    )
    before = dump_rows()

    key = merge(survivor, victim)

    row.refresh_from_db()
    assert row.customer == survivor
    assert_undone(key, before)


def test_of_two_places_the_higher_holds_and_blanks_are_filled(hierarchy):
    top = make_association(hierarchy=hierarchy, role="A")
    survivor = make_association(hierarchy=hierarchy, role="C")
    victim = make_association(role="B", parent=top, company=make_company("ex1"))
    below = make_association(role="C", parent=victim)
    before = dump_rows()

    key = merge(survivor.customer, victim.customer)

    assert places() == {
        top.customer_id: ("A", None, None),
        survivor.customer_id: ("B", top.customer_id, "ex1"),
        below.customer_id: ("C", survivor.customer_id, None),
    }
    assert_undone(key, before)


@pytest.mark.parametrize("survivor_is", ["above", "below"])
def test_a_parent_and_a_child_become_one_who_stands_under_nobody(hierarchy, survivor_is):
    above = make_association(hierarchy=hierarchy, role="A")
    below = make_association(role="B", parent=above)
    sibling = make_association(role="B", parent=above)
    grandchild = make_association(role="C", parent=below)
    before = dump_rows()
    survivor, victim = (above, below) if survivor_is == "above" else (below, above)

    key = merge(survivor.customer, victim.customer)

    assert places() == {
        survivor.customer_id: ("A", None, None),
        sibling.customer_id: ("B", survivor.customer_id, None),
        grandchild.customer_id: ("C", survivor.customer_id, None),
    }
    assert not Association.objects.filter(parent__customer=victim.customer).exists()
    assert_undone(key, before)


def test_an_undo_is_blocked_by_whoever_was_placed_below_since(hierarchy):
    survivor = make_customer()
    victim = make_association(hierarchy=hierarchy, role="B")
    key = merge(survivor, victim.customer)
    newcomer = make_customer()
    associate(survivor, child_ids=[newcomer.pk])

    assert blockers(key) == [
        f"Customer {newcomer.pk} was placed under customer {survivor.pk} since."
    ]
    with pytest.raises(errors.MergeUndoBlocked):
        undo(key)
    assert places()[newcomer.pk] == ("C", survivor.pk, None)


def test_an_undo_is_blocked_by_a_child_who_was_moved_since(hierarchy):
    survivor = make_association(hierarchy=hierarchy, role="A")
    victim = make_association(hierarchy=hierarchy, role="A")
    child = make_association(role="B", parent=victim)
    key = merge(survivor.customer, victim.customer)
    other = make_association(hierarchy=hierarchy, role="A")
    associate(other.customer, child_ids=[child.customer_id], replaces=True)

    assert blockers(key) == [f"The place of customer {child.customer_id} was changed since."]


def test_what_the_survivor_was_given_since_stays(hierarchy):
    survivor = make_association(hierarchy=hierarchy, role="A")
    victim = make_association(hierarchy=hierarchy, role="A", company=make_company("ex1"))
    key = merge(survivor.customer, victim.customer)
    associate(survivor.customer, company="ex2", replaces=True)

    undo(key)

    assert places() == {
        survivor.customer_id: ("A", None, "ex2"),
        victim.customer_id: ("A", None, "ex1"),
    }
