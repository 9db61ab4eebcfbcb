"""Registering and updating a customer together with whoever belongs to them ..."""

import pytest

from crm.kernel.transactions import unit_of_work
from crm.usecases.bulk_association import (
    Family,
    HierarchyPlacement,
    register_with_family,
    update_with_family,
)
from crm.usecases.register_customers import UNASSIGNED_CUSTOMER, SignUp
from customers import errors
from customers.models import Association, Company, Customer, Identifier, Profile
from customers.rules.customer_update import CustomerChange
from customers.rules.identifiers import Channel
from customers.rules.registration import ProfileEntry, Registration
from loyalty import errors as loyalty_errors
from loyalty.models import Effect
from loyalty.operations.cards.issue import CardIssueRequest
from tests.builders import get_or_make_source_account, make_customer, make_origin, make_program
from tests.card_builders import make_card_label, make_card_series
from tests.group_builders import make_association, make_hierarchy
from tests.queries import count_queries

pytestmark = pytest.mark.django_db


def make_profile_entry(*mobiles, account=None, **more):
    return ProfileEntry(
        source_account_id=(account or get_or_make_source_account()).pk,
        identifiers=[("mobile", mobile) for mobile in mobiles],
        **{"first_name": "Asha", **more},
    )


def make_sign_up(*mobiles, cards=(), **more):
    return SignUp(
        registration=Registration(profiles=[make_profile_entry(*mobiles, **more)]), cards=cards
    )


def make_sign_up_with_card(mobile, number):
    account = get_or_make_source_account().pk
    card = CardIssueRequest(
        customer_id=UNASSIGNED_CUSTOMER,
        source_account_id=account,
        number=number,
        series_code="club",
    )
    return make_sign_up(mobile, cards=[card])


def register_family(sign_up, *, children=(), parent=None, **placement):
    return unit_of_work(register_with_family)(
        origin=make_origin(),
        sign_up=sign_up,
        family=Family(
            placement=HierarchyPlacement(**{"hierarchy": "fleet", "role": "FA", **placement}),
            parent=parent,
            children=children,
        ),
    )


def update_family(profile, *, children=(), parent=None, **placement):
    return unit_of_work(update_with_family)(
        origin=make_origin(),
        change=CustomerChange(customer_id=UNASSIGNED_CUSTOMER, profiles=[profile]),
        family=Family(
            placement=HierarchyPlacement(**{"hierarchy": "fleet", **placement}),
            parent=parent,
            children=children,
        ),
    )


def list_parents():
    return {
        row.customer_id: row.parent.customer_id if row.parent else None
        for row in Association.objects.select_related("parent")
    }


HEAD, ONE, TWO, THREE = "919800000001", "919800000002", "919800000003", "919800000004"


def test_registers_everybody_and_places_them():
    make_hierarchy()

    result = register_family(
        make_sign_up(HEAD), children=[make_sign_up(ONE), make_sign_up(TWO)], company="ex1"
    )

    ids = [child.customer_id for child in result.children]
    assert list_parents() == {result.customer_id: None, **dict.fromkeys(ids, result.customer_id)}
    assert [child.is_new for child in result.children] == [True, True]
    assert Customer.objects.count() == 3
    assert Company.objects.get().external_id == "ex1"


def test_registers_a_parent_who_takes_the_role_above():
    make_hierarchy()

    result = register_family(make_sign_up(HEAD), role="FC", parent=make_sign_up(ONE))

    assert result.parent.is_new
    assert list_parents() == {
        result.parent.customer_id: None,
        result.customer_id: result.parent.customer_id,
    }


def test_places_those_who_are_known_without_registering_or_changing_them():
    make_hierarchy()
    known = make_customer(identifiers=[("mobile", ONE)], first_name="Old")
    elsewhere = make_customer(identifiers=[("mobile", TWO)])
    wechat = get_or_make_source_account("WECHAT", "22232")

    result = register_family(
        make_sign_up(HEAD, account=wechat),
        children=[make_sign_up(ONE), make_sign_up(TWO, account=wechat)],
    )

    assert [child.customer_id for child in result.children] == [known.pk, elsewhere.pk]
    assert [[n.code for n in child.notices] for child in result.children] == [
        [],
        ["customers.combined"],
    ]
    assert known.profiles.get().first_name == "Old"
    assert elsewhere.profiles.count() == 2
    assert set(list_parents().values()) == {None, result.customer_id}


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
            register_family(make_sign_up(HEAD), children=[make_sign_up(ONE)], company="ex1", **ties)

    assert not Customer.objects.exists()
    assert not Company.objects.exists()


def test_keeps_nothing_when_somebody_is_their_own_child_or_the_head_is_known():
    make_hierarchy()
    with pytest.raises(errors.HierarchyCycle):
        register_family(make_sign_up(HEAD), children=[make_sign_up(HEAD)])
    assert not Customer.objects.exists()

    make_customer(identifiers=[("mobile", HEAD)])
    with pytest.raises(errors.IdentifierRegistered):
        register_family(make_sign_up(HEAD), children=[make_sign_up(ONE)])
    assert Customer.objects.count() == 1


def test_tells_of_children_who_cannot_be_registered_and_keeps_the_others():
    make_hierarchy()
    make_customer(identifiers=[("mobile", ONE)])
    make_customer(identifiers=[("mobile", TWO)])

    result = register_family(
        make_sign_up(HEAD),
        children=[
            make_sign_up("12"),
            make_sign_up(),
            errors.SourceAccountUnknown(),
            make_sign_up(ONE, TWO),
            make_sign_up(THREE),
            make_sign_up(THREE),
        ],
    )

    assert [type(child.refusal) for child in result.children] == [
        errors.MobileInvalid,
        errors.NoIdentifier,
        errors.SourceAccountUnknown,
        errors.IdentifiersOfSeveralCustomers,
        type(None),
        errors.IdentifierRegistered,
    ]
    assert list_parents() == {
        result.customer_id: None,
        result.children[4].customer_id: result.customer_id,
    }
    assert Customer.objects.count() == 4


def test_passes_over_what_cannot_be_read_of_a_child_who_is_known_otherwise():
    make_hierarchy()
    driver = SignUp(
        registration=Registration(
            profiles=[
                ProfileEntry(
                    source_account_id=get_or_make_source_account().pk,
                    identifiers=[("mobile", "12"), ("cuid", "cuid_1")],
                    channels=[
                        Channel(type="mobile", value="12"),
                        Channel(type="email", value="a@example.com"),
                    ],
                )
            ]
        )
    )

    [child] = register_family(make_sign_up(HEAD), children=[driver]).children

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

    result = register_family(
        make_sign_up_with_card(HEAD, "CARD1"),
        children=[
            make_sign_up_with_card(ONE, "CARD1"),
            make_sign_up_with_card(TWO, "CARD2"),
            make_sign_up(THREE),
        ],
    )

    assert [type(child.refusal) for child in result.children] == [
        loyalty_errors.CardTaken,
        type(None),
        type(None),
    ]
    assert not Identifier.objects.filter(value=ONE).exists()
    assert Customer.objects.count() == Profile.objects.count() == 3


def test_notes_what_loyalty_owes_each_of_them():
    make_program(is_default=True)
    make_hierarchy()

    result = register_family(make_sign_up(HEAD), children=[make_sign_up(ONE), make_sign_up(TWO)])

    everybody = {result.customer_id, *(child.customer_id for child in result.children)}
    assert set(result.effects) == everybody
    assert set(Effect.objects.values_list("customer_id", flat=True)) == everybody


def test_an_update_moves_who_is_known_and_registers_who_is_not():
    old = make_association()
    driver = make_customer(identifiers=[("mobile", ONE)])
    make_association(driver, role="FC", parent=old)
    new = make_association(make_customer(identifiers=[("mobile", HEAD)]), hierarchy=old.hierarchy)

    result = update_family(
        make_profile_entry(HEAD, first_name="Mira"), children=[make_sign_up(ONE), make_sign_up(TWO)]
    )

    assert [child.is_new for child in result.children] == [False, True]
    assert list_parents()[driver.pk] == new.customer_id
    assert new.customer.profiles.get().first_name == "Mira"


def test_an_update_refuses_who_is_unknown_and_several_at_once():
    make_hierarchy()
    with pytest.raises(errors.IdentifierNotFound):
        update_family(make_profile_entry(HEAD), role="FA", children=[make_sign_up(ONE)])
    assert not Customer.objects.exists()

    for mobile in (HEAD, ONE):
        make_customer(identifiers=[("mobile", mobile)])
    with pytest.raises(errors.IdentifiersOfSeveralCustomers):
        update_family(make_profile_entry(HEAD, ONE), role="FA")


def test_asks_as_much_of_the_database_for_ten_children_as_for_two():
    make_hierarchy()
    register_family(make_sign_up("919800001000"), children=[make_sign_up("919800001001")])

    def queries(number, count):
        children = [make_sign_up(f"9198{number:02}000{n:03}") for n in range(1, count + 1)]
        return count_queries(
            lambda: register_family(make_sign_up(f"9198{number:02}000000"), children=children)
        )

    assert queries(11, 2) == queries(12, 10)
