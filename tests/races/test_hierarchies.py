"""Concurrent associations in a hierarchy never break the order of roles."""

from functools import partial

import pytest

from crm.kernel.transactions import unit_of_work
from crm.usecases.bulk_association import Family, HierarchyPlacement, register_with_family
from crm.usecases.merge_customers import merge_customers
from crm.usecases.register_customers import SignUp
from customers.models import Association, Company, Customer
from customers.operations.hierarchies.associate import AssociationRequest, associate_customer
from customers.rules.registration import ProfileEntry, Registration
from tests.builders import get_or_make_source_account, make_customer, make_origin
from tests.group_builders import make_association, make_hierarchy
from tests.races.threads import at_once

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


def associate(customer_id, **details):
    return unit_of_work(associate_customer)(
        origin=make_origin(),
        request=AssociationRequest(customer_id=customer_id, hierarchy="fleet", **details),
    )


def register(head, child):
    def person(mobile):
        profile = ProfileEntry(
            source_account_id=get_or_make_source_account().pk, identifiers=[("mobile", mobile)]
        )
        return SignUp(registration=Registration(profiles=[profile]))

    return unit_of_work(register_with_family)(
        origin=make_origin(),
        sign_up=person(head),
        family=Family(
            placement=HierarchyPlacement(hierarchy="fleet", role="FA", company="ex1"),
            children=[person(child)],
        ),
    )


def assert_ordered():
    for row in Association.objects.exclude(parent=None).select_related("role", "parent__role"):
        assert row.parent.role.level < row.role.level


@pytest.mark.parametrize("replaces", [False, True])
def test_two_who_are_each_to_stand_under_the_other_do_not_both(replaces):
    make_hierarchy()
    for _ in range(10):
        first, other = make_customer().pk, make_customer().pk

        results = at_once(
            partial(associate, first, role="FC", parent_id=other, replaces=replaces),
            partial(associate, other, role="FC", parent_id=first, replaces=replaces),
        )

        assert sum(isinstance(result, str) for result in results) == 1, results
        assert_ordered()


def test_two_groups_that_name_each_other_do_not_both_come_in():
    make_hierarchy()
    get_or_make_source_account()
    for n in range(10):
        first, other = f"9198{n:02}000001", f"9198{n:02}000002"

        results = at_once(partial(register, first, other), partial(register, other, first))

        assert sum(isinstance(result, str) for result in results) == 1, results
        assert Customer.objects.count() == 2 * (n + 1)
        assert_ordered()
    assert Company.objects.count() == 1


def test_four_who_close_a_ring_of_four_do_not_all():
    make_hierarchy(roles={f"R{level}": level for level in range(1, 9)})
    for _ in range(5):
        ring = [make_customer().pk for _ in range(4)]

        results = at_once(
            *[
                partial(
                    associate,
                    child,
                    role=f"R{level}",
                    parent_id=parent,
                    skip_level=True,
                    replaces=True,
                )
                for level, (child, parent) in enumerate(
                    zip(ring, [*ring[1:], ring[0]], strict=True), start=2
                )
            ]
        )

        assert any(isinstance(result, str) for result in results)
        assert_ordered()


def test_a_child_that_is_taken_in_while_the_parent_changes_the_role():
    hierarchy = make_hierarchy(roles={"A": 1, "B": 2, "C": 3, "D": 4})
    for _ in range(10):
        parent = make_association(hierarchy=hierarchy, role="A").customer_id
        child = make_customer().pk

        at_once(
            partial(associate, parent, role="D", replaces=True),
            partial(associate, child, role="B", parent_id=parent),
        )

        assert_ordered()


def test_a_child_that_is_moved_while_the_parent_is_merged_away():
    hierarchy = make_hierarchy()
    for _ in range(10):
        survivor, victim, other = [make_association(hierarchy=hierarchy) for _ in range(3)]
        child = make_association(role="FC", parent=victim)

        merged, moved = at_once(
            partial(
                unit_of_work(merge_customers),
                origin=make_origin(),
                survivor_id=survivor.customer_id,
                victim_id=victim.customer_id,
                cause="REQUEST",
            ),
            partial(associate, other.customer_id, child_ids=[child.customer_id], replaces=True),
        )

        assert not isinstance(merged, str)
        assert not isinstance(moved, str)
        child.refresh_from_db()
        assert child.parent_id == other.pk
