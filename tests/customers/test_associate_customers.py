"""Associating a customer with parent, children and company ..."""

import pytest

from crm.audit.models import Event
from crm.kernel.transactions import unit_of_work
from customers import errors
from customers.models import Association, Company
from customers.operations.hierarchies.associate import (
    AssociationRequest,
    PlaceResult,
    associate_customer,
)
from tests.builders import make_customer, make_organization, make_origin
from tests.group_builders import make_association, make_company, make_hierarchy
from tests.queries import count_queries

pytestmark = pytest.mark.django_db


def associate(customer, hierarchy="fleet", **details):
    return unit_of_work(associate_customer)(
        origin=make_origin(),
        request=AssociationRequest(customer_id=customer.pk, hierarchy=hierarchy, **details),
    )


def list_places():
    """Return role, parent and company of all places, by customer."""
    return {
        row.customer_id: (
            row.role.code if row.role else None,
            row.parent.customer_id if row.parent else None,
            row.company.external_id if row.company else None,
        )
        for row in Association.objects.select_related("role", "parent", "company")
    }


def test_places_everybody_and_founds_the_company():
    hierarchy = make_hierarchy()
    boss, *drivers = [make_customer() for _ in range(3)]
    ids = [driver.pk for driver in drivers]

    result = associate(boss, role="FA", child_ids=ids, child_role="FC", company=" ex1 ")

    assert list_places() == {
        boss.pk: ("FA", None, "ex1"),
        ids[0]: ("FC", boss.pk, "ex1"),
        ids[1]: ("FC", boss.pk, "ex1"),
    }
    company = Company.objects.get()
    top = hierarchy.roles.get(code="FA")
    assert (result.hierarchy, result.hierarchy_id, result.skip_level) == (
        "fleet",
        hierarchy.pk,
        False,
    )
    assert result.places == {
        boss.pk: PlaceResult(True, "FA", None, "ex1", company.pk),
        **{pk: PlaceResult(True, "FC", top.pk, "ex1", company.pk) for pk in ids},
    }


def test_writes_down_who_was_placed_where():
    make_hierarchy()
    boss, driver = make_customer(), make_customer()

    associate(driver, role="FC", parent_id=boss.pk, company="ex1")
    associate(driver, role="FC", parent_id=boss.pk, company="ex1")

    events = list(Event.objects.order_by("pk").values_list("kind", "subject_id", "before", "after"))
    place = {"hierarchy": "fleet", "company": "ex1"}
    assert events == [
        ("company.added", Company.objects.get().pk, None, {"external_id": "ex1"}),
        ("customer.associated", boss.pk, None, {**place, "role": "FA", "parent": None}),
        ("customer.associated", driver.pk, None, {**place, "role": "FC", "parent": boss.pk}),
    ]


def test_moves_a_child_only_when_told_to():
    old = make_association()
    driver = make_association(role="FC", parent=old)
    new = make_association(hierarchy=old.hierarchy)

    refused = associate(new.customer, child_ids=[driver.customer_id]).refusals
    assert refused == {driver.customer_id: errors.AssociationTaken()}
    assert list_places()[driver.customer_id][1] == old.customer_id

    result = associate(new.customer, child_ids=[driver.customer_id], replaces=True)
    assert (result.refusals, result.places[driver.customer_id].is_new) == ({}, False)
    assert list_places()[driver.customer_id][1] == new.customer_id


def test_knows_hierarchies_and_roles_in_any_case_and_its_own_only():
    make_hierarchy("Fleet")
    make_hierarchy("theirs", make_organization())
    make_hierarchy("closed", is_active=False)
    boss = make_customer()

    associate(boss, "FLEET", role="fa")

    assert list_places() == {boss.pk: ("FA", None, None)}
    for code in ("theirs", "closed", "nobody", "x" * 5_000):
        with pytest.raises(errors.HierarchyUnknown):
            associate(boss, code, role="FA")


def test_joins_a_company_without_a_hierarchy():
    make_company("ex1")
    person = make_customer()

    result = associate(person, "", company="ex1")
    assert result.places[person.pk] == PlaceResult(
        True, company="ex1", company_id=Company.objects.get().pk
    )
    with pytest.raises(errors.AssociationTaken):
        associate(person, "", company="ex2")
    assert list_places() == {person.pk: (None, None, "ex1")}

    associate(person, "", company="ex2", replaces=True)
    assert list_places() == {person.pk: (None, None, "ex2")}
    assert Association.objects.count() == 1


@pytest.mark.parametrize("rest", [{"role": "FA"}, {"child_ids": [1]}, {"parent_id": 1}, {}])
def test_needs_a_hierarchy_for_everything_else(rest):
    company = {"company": "ex1"} if rest else {}

    with pytest.raises(errors.HierarchyUnknown):
        associate(make_customer(), "", **company, **rest)
    assert not Company.objects.exists()


@pytest.mark.parametrize("raw", ["", "  ", "x" * 101, "a\0b", True, 1.5, {}, ["ex1"]])
def test_refuses_a_company_that_cannot_be_kept(raw):
    make_hierarchy()

    with pytest.raises(errors.CompanyInvalid):
        associate(make_customer(), role="FA", company=raw)
    assert list_places() == {}


def test_refuses_a_company_that_takes_in_nobody():
    make_hierarchy()
    make_company("ex1", is_active=False)

    with pytest.raises(errors.CompanyInactive):
        associate(make_customer(), role="FA", company="ex1")


def test_refuses_strangers_and_those_who_were_merged():
    make_hierarchy()
    boss, survivor = make_customer(), make_customer()
    stranger, victim = make_customer(make_organization()), make_customer(merged_into=survivor)

    with pytest.raises(errors.CustomerUnknown):
        associate(boss, role="FA", child_ids=[stranger.pk])
    with pytest.raises(errors.CustomerMerged):
        associate(boss, role="FA", child_ids=[victim.pk])
    assert list_places() == {}


def test_closes_no_ring_over_several_levels():
    hierarchy = make_hierarchy(roles={"A": 1, "B": 2, "C": 3})
    top = make_association(hierarchy=hierarchy, role="A")
    middle = make_association(role="B", parent=top)
    bottom = make_association(role="C", parent=middle)

    with pytest.raises(errors.HierarchyCycle):
        associate(top.customer, role="C", parent_id=bottom.customer_id, replaces=True)
    with pytest.raises(errors.HierarchyCycle):
        associate(bottom.customer, role="A", child_ids=[top.customer_id], replaces=True)
    with pytest.raises(errors.HierarchyOrderBroken):
        associate(middle.customer, role="C", replaces=True)


def test_asks_as_much_of_the_database_for_many_children_as_for_one():
    boss = make_association(company=make_company("ex1"))
    for _ in range(30):
        make_association(role="FC", parent=boss)
    first, one_child, *many = [make_customer().pk for _ in range(22)]
    associate(boss.customer, child_ids=[first])  # What is remembered is remembered now.

    def queries(ids):
        return count_queries(
            lambda: associate(boss.customer, child_ids=ids, company="ex1", replaces=True)
        )

    assert queries([one_child]) == queries(many) == 14
