"""Concurrent writes never share, lose or half-merge an identity (contract, rule 2.7)."""

from collections import Counter

import pytest

from crm.kernel.transactions import unit_of_work
from crm.usecases.change_identifiers import change_identifiers
from customers.models import Customer, Identifier, Profile, ProfileIdentifier
from customers.operations.customers.register import register_customer, register_customers
from customers.operations.customers.update import update_customer
from customers.rules.customer_update import CustomerChange
from customers.rules.identifier_change import IdentityChange
from customers.rules.registration import ProfileEntry, Registration
from tests.builders import get_or_make_source_account, make_customer, make_field, make_origin
from tests.races.threads import at_once

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


def make_registration(account, *identifiers):
    return Registration(
        profiles=[ProfileEntry(source_account_id=account.pk, identifiers=identifiers)]
    )


def test_sixteen_clients_registering_the_same_mobile_make_one_customer():
    origin, account = make_origin(), get_or_make_source_account()
    registrations = make_registration(account, ("mobile", "9010000022"))
    register = unit_of_work(register_customer)

    results = at_once(*[lambda: register(origin=origin, registration=registrations)] * 16)

    assert Customer.objects.count() == Identifier.objects.count() == Profile.objects.count() == 1
    assert Counter(isinstance(result, str) for result in results) == {True: 15, False: 1}
    assert set(filter(lambda r: isinstance(r, str), results)) == {"customers.identifier_registered"}


def test_the_same_person_registering_in_several_sources_at_once_is_one_customer():
    origin = make_origin()
    accounts = [get_or_make_source_account("WECHAT", f"w{n}") for n in range(8)]
    register = unit_of_work(register_customer)

    results = at_once(
        *(
            lambda account=account: register(
                origin=origin,
                registration=make_registration(
                    account, ("mobile", "9010000022"), ("cuid", account.account_id)
                ),
            )
            for account in accounts
        )
    )

    assert {result.customer_id for result in results} == {Customer.objects.get().pk}
    assert sum(result.is_new for result in results) == 1
    assert Profile.objects.count() == 8
    assert ProfileIdentifier.objects.count() == 16
    assert Identifier.objects.count() == 9


def test_lists_that_overlap_in_opposite_orders_make_each_customer_once():
    origin, account = make_origin(), get_or_make_source_account()
    numbers = [
        make_registration(account, ("cuid", f"c{n:02}"), ("line", f"l{n:02}")) for n in range(30)
    ]
    register = unit_of_work(register_customers)

    results = at_once(
        *(
            lambda numbers=order: register(origin=origin, registrations=numbers)
            for order in (numbers, numbers[::-1], numbers[10:] + numbers[:10], numbers[::2])
        )
    )

    assert Customer.objects.count() == 30
    made = [outcome for outcomes in results for outcome in outcomes if outcome.is_new]
    assert len(made) == 30


def test_two_customers_adding_the_same_identifier_at_once_do_not_both_get_it():
    origin, account = make_origin(), get_or_make_source_account()
    customers = [make_customer() for _ in range(6)]
    add = unit_of_work(change_identifiers)

    results = at_once(
        *(
            lambda customer=customer: add(
                origin=origin,
                change=IdentityChange(
                    customer_id=customer.pk,
                    source_account_id=account.pk,
                    add=[("email", "a@example.com")],
                ),
            )
            for customer in customers
        )
    )

    assert Counter(result for result in results if isinstance(result, str)) == {
        "customers.identifier_held_in_source": 5
    }
    assert Identifier.objects.filter(type="email").count() == 1


def test_two_customers_each_claiming_the_others_identifier_merge_once():
    origin = make_origin()
    store, wechat = get_or_make_source_account(), get_or_make_source_account("WECHAT", "22232")
    first = make_customer(source_account=store, identifiers=[("mobile", "919010000022")])
    two = make_customer(source_account=wechat, identifiers=[("mobile", "919010000033")])
    claim = unit_of_work(change_identifiers)

    results = at_once(
        lambda: claim(
            origin=origin,
            change=IdentityChange(
                customer_id=first.pk, source_account_id=store.pk, add=[("mobile", "9010000033")]
            ),
        ),
        lambda: claim(
            origin=origin,
            change=IdentityChange(
                customer_id=two.pk, source_account_id=wechat.pk, add=[("mobile", "9010000022")]
            ),
        ),
    )

    merged = Customer.objects.get(merged_into__isnull=False)
    assert merged.merged_into.profiles.count() == 2
    assert merged.identifiers.count() == 0
    # Whoever comes second finds the identifier already with the survivor, in both profiles then.
    assert Counter(result.merged for result in results) == {True: 1, False: 1}
    assert {result.customer_id for result in results} == {merged.merged_into_id}


def test_registering_while_the_owner_is_being_merged_lands_at_the_survivor():
    origin = make_origin()
    store, wechat = get_or_make_source_account(), get_or_make_source_account("WECHAT", "22232")
    website = get_or_make_source_account("WEBSITE")
    for turn in range(8):
        survivor = make_customer(
            source_account=wechat, identifiers=[("mobile", f"91901000{turn:04}")]
        )
        victim = make_customer(source_account=store, identifiers=[("cuid", f"v{turn}")])

        at_once(
            lambda victim=victim, turn=turn: unit_of_work(change_identifiers)(
                origin=origin,
                change=IdentityChange(
                    customer_id=victim.pk,
                    source_account_id=store.pk,
                    add=[("mobile", f"901000{turn:04}")],
                ),
            ),
            lambda turn=turn: unit_of_work(register_customer)(
                origin=origin, registration=make_registration(website, ("cuid", f"v{turn}"))
            ),
        )

        assert set(survivor.profiles.values_list("source_account__source", flat=True)) == {
            "INSTORE",
            "WECHAT",
            "WEBSITE",
        }
        assert not victim.profiles.exists()


def test_no_update_is_lost():
    for n in range(6):
        make_field(f"f{n}")
    customer, origin = make_customer(), make_origin()

    at_once(
        *(
            lambda n=n: unit_of_work(update_customer)(
                origin=origin,
                change=CustomerChange(customer_id=customer.pk, extended_fields={f"f{n}": str(n)}),
            )
            for n in range(6)
        )
    )

    customer.refresh_from_db()
    assert customer.extended_fields == {f"f{n}": str(n) for n in range(6)}
