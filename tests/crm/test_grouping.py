"""Registering and updating a customer together with whoever belongs to them ..."""

import pytest

from crm.kernel.transactions import unit_of_work
from crm.usecases.grouping import Kin, Ties, register_group, update_group
from crm.usecases.registering import NOBODY_YET, Person
from customers import errors
from customers.models import Association, Company, Customer, Identifier, Profile
from customers.rules.registration import Channel, ProfileEntry, Registration
from customers.rules.updating import CustomerChange
from loyalty import errors as loyalty_errors
from loyalty.models import Effect
from loyalty.operations.issuing_cards import CardIssue
from tests.builders import make_customer, make_origin, make_program, the_source_account
from tests.card_builders import make_card_label, make_card_series
from tests.group_builders import make_association, make_hierarchy
from tests.queries import count_queries

pytestmark = pytest.mark.django_db


def entry(*mobiles, account=None, **more):
    return ProfileEntry(
        source_account_id=(account or the_source_account()).pk,
        identifiers=[("mobile", mobile) for mobile in mobiles],
        **{"first_name": "Asha", **more},
    )


def person(*mobiles, cards=(), **more):
    return Person(registration=Registration(profiles=[entry(*mobiles, **more)]), cards=cards)


def with_card(mobile, number):
    account = the_source_account().pk
    wish = CardIssue(
        customer_id=NOBODY_YET, source_account_id=account, number=number, series_code="club"
    )
    return person(mobile, cards=[wish])


def register(head, *, children=(), parent=None, **ties):
    return unit_of_work(register_group)(
        origin=make_origin(),
        person=head,
        kin=Kin(
            ties=Ties(**{"hierarchy": "fleet", "role": "FA", **ties}),
            parent=parent,
            children=children,
        ),
    )


def update(profile, *, children=(), parent=None, **ties):
    return unit_of_work(update_group)(
        origin=make_origin(),
        change=CustomerChange(customer_id=NOBODY_YET, profiles=[profile]),
        kin=Kin(ties=Ties(**{"hierarchy": "fleet", **ties}), parent=parent, children=children),
    )


def parents():
    return {
        row.customer_id: row.parent.customer_id if row.parent else None
        for row in Association.objects.select_related("parent")
    }


HEAD, ONE, TWO, THREE = "919800000001", "919800000002", "919800000003", "919800000004"


def test_registers_everybody_and_places_them():
    make_hierarchy()

    done = register(person(HEAD), children=[person(ONE), person(TWO)], company="ex1")

    ids = [child.customer_id for child in done.children]
    assert parents() == {done.customer_id: None, **dict.fromkeys(ids, done.customer_id)}
    assert [child.is_new for child in done.children] == [True, True]
    assert Customer.objects.count() == 3
    assert Company.objects.get().external_id == "ex1"


def test_registers_a_parent_who_takes_the_role_above():
    make_hierarchy()

    done = register(person(HEAD), role="FC", parent=person(ONE))

    assert done.parent.is_new
    assert parents() == {done.parent.customer_id: None, done.customer_id: done.parent.customer_id}


def test_places_those_who_are_known_without_registering_or_changing_them():
    make_hierarchy()
    known = make_customer(identifiers=[("mobile", ONE)], first_name="Old")
    elsewhere = make_customer(identifiers=[("mobile", TWO)])
    wechat = the_source_account("WECHAT", "22232")

    done = register(
        person(HEAD, account=wechat),
        children=[person(ONE), person(TWO, account=wechat)],
    )

    assert [child.customer_id for child in done.children] == [known.pk, elsewhere.pk]
    assert [[n.code for n in child.notices] for child in done.children] == [
        [],
        ["customers.combined"],
    ]
    assert known.profiles.get().first_name == "Old"
    assert elsewhere.profiles.count() == 2
    assert set(parents().values()) == {None, done.customer_id}


def test_keeps_nothing_of_a_group_that_breaks_the_hierarchy():
    make_hierarchy()

    for ties in ({"role": "FC"}, {"child_role": "FA"}, {"hierarchy": "x"}, {"role": "x"}):
        with pytest.raises(
            (
                errors.HierarchyOrderBroken,
                errors.HierarchyUnknown,
                errors.HierarchyRoleUnknown,
            )
        ):
            register(person(HEAD), children=[person(ONE)], company="ex1", **ties)

    assert not Customer.objects.exists()
    assert not Company.objects.exists()


def test_keeps_nothing_when_somebody_is_their_own_child_or_the_head_is_known():
    make_hierarchy()
    with pytest.raises(errors.HierarchyCycle):
        register(person(HEAD), children=[person(HEAD)])
    assert not Customer.objects.exists()

    make_customer(identifiers=[("mobile", HEAD)])
    with pytest.raises(errors.IdentifierRegistered):
        register(person(HEAD), children=[person(ONE)])
    assert Customer.objects.count() == 1


def test_tells_of_children_who_cannot_be_registered_and_keeps_the_others():
    make_hierarchy()
    make_customer(identifiers=[("mobile", ONE)])
    make_customer(identifiers=[("mobile", TWO)])

    done = register(
        person(HEAD),
        children=[
            person("12"),
            person(),
            errors.SourceAccountUnknown(),
            person(ONE, TWO),
            person(THREE),
            person(THREE),
        ],
    )

    assert [type(child.refusal) for child in done.children] == [
        errors.MobileInvalid,
        errors.NoIdentifier,
        errors.SourceAccountUnknown,
        errors.IdentifiersOfSeveralCustomers,
        type(None),
        errors.IdentifierRegistered,
    ]
    assert parents() == {
        done.customer_id: None,
        done.children[4].customer_id: done.customer_id,
    }
    assert Customer.objects.count() == 4


def test_passes_over_what_cannot_be_read_of_a_child_who_is_known_otherwise():
    make_hierarchy()
    driver = Person(
        registration=Registration(
            profiles=[
                ProfileEntry(
                    source_account_id=the_source_account().pk,
                    identifiers=[("mobile", "12"), ("cuid", "cuid_1")],
                    channels=[
                        Channel(type="mobile", value="12"),
                        Channel(type="email", value="a@example.com"),
                    ],
                )
            ]
        )
    )

    [child] = register(person(HEAD), children=[driver]).children

    assert (child.refusal, [notice.code for notice in child.notices]) == (
        None,
        ["customers.mobile_invalid", "customers.channel_mobile_invalid"],
    )
    assert list(
        Identifier.objects.filter(customer_id=child.customer_id).values_list("type", "value")
    ) == [("cuid", "cuid_1")]


def test_keeps_nothing_of_a_child_whose_card_cannot_be_issued():
    make_hierarchy()
    for label, status in (("NOT_ISSUED", "NOT_ISSUED"), ("ISSUED", "ISSUED")):
        make_card_label(label, status, is_default=True)
    make_card_series("club", takes_external=True)

    done = register(
        with_card(HEAD, "CARD1"),
        children=[with_card(ONE, "CARD1"), with_card(TWO, "CARD2"), person(THREE)],
    )

    assert [type(child.refusal) for child in done.children] == [
        loyalty_errors.CardTaken,
        type(None),
        type(None),
    ]
    assert not Identifier.objects.filter(value=ONE).exists()
    assert Customer.objects.count() == Profile.objects.count() == 3


def test_notes_what_loyalty_owes_each_of_them():
    make_program(is_default=True)
    make_hierarchy()

    done = register(person(HEAD), children=[person(ONE), person(TWO)])

    everybody = {done.customer_id, *(child.customer_id for child in done.children)}
    assert set(done.effects) == everybody
    assert set(Effect.objects.values_list("customer_id", flat=True)) == everybody


def test_an_update_moves_who_is_known_and_registers_who_is_not():
    old = make_association()
    driver = make_customer(identifiers=[("mobile", ONE)])
    make_association(driver, role="FC", parent=old)
    new = make_association(make_customer(identifiers=[("mobile", HEAD)]), hierarchy=old.hierarchy)

    done = update(entry(HEAD, first_name="Mira"), children=[person(ONE), person(TWO)])

    assert [child.is_new for child in done.children] == [False, True]
    assert parents()[driver.pk] == new.customer_id
    assert new.customer.profiles.get().first_name == "Mira"


def test_an_update_refuses_who_is_unknown_and_several_at_once():
    make_hierarchy()
    with pytest.raises(errors.IdentifierNotFound):
        update(entry(HEAD), role="FA", children=[person(ONE)])
    assert not Customer.objects.exists()

    for mobile in (HEAD, ONE):
        make_customer(identifiers=[("mobile", mobile)])
    with pytest.raises(errors.IdentifiersOfSeveralCustomers):
        update(entry(HEAD, ONE), role="FA")


def test_asks_as_much_of_the_database_for_ten_children_as_for_two():
    make_hierarchy()
    register(person("919800001000"), children=[person("919800001001")])

    def queries(number, count):
        children = [person(f"9198{number:02}000{n:03}") for n in range(1, count + 1)]
        return count_queries(lambda: register(person(f"9198{number:02}000000"), children=children))

    assert queries(11, 2) == queries(12, 10)
