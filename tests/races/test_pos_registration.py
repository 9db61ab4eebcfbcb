"""Concurrent v1.1 registrations of one customer (contract, rules 2.3 and 2.7)."""

import pytest

from crm.kernel.transactions import unit_of_work
from crm.usecases.pos_registration import register_at_pos
from crm.usecases.pos_update import PosRegistration, update_at_pos
from customers.models import Customer, Identifier, Profile
from tests.builders import get_or_make_source_account, make_customer, make_origin
from tests.races.threads import at_once

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]

MOBILE = "447700900111"


def test_make_one_customer_and_update_them():
    origin, _ = make_origin(), get_or_make_source_account()
    enter = unit_of_work(register_at_pos)

    results = at_once(
        *(
            lambda n=number: enter(
                origin=origin,
                registration=PosRegistration(lookup={"mobile": MOBILE}, first_name=f"Rita {n}"),
            )
            for number in range(12)
        )
    )

    assert {result.customer_id for result in results} == {Customer.objects.get().pk}
    assert sum(result.is_new for result in results) == 1
    assert Profile.objects.get().first_name.startswith("Rita ")


def test_give_a_missing_identifier_once():
    customer = make_customer(identifiers=[("mobile", MOBILE)])
    origin, enter = make_origin(), unit_of_work(register_at_pos)

    results = at_once(
        *(
            lambda n=number: enter(
                origin=origin,
                registration=PosRegistration(
                    lookup={"mobile": MOBILE, "email": f"rita{n}@example.com"}
                ),
            )
            for number in range(8)
        )
    )

    warned = [[notice.code for notice in result.notices] for result in results]
    assert sorted(warned) == [[]] + [["customers.identifier_unchanged"]] * 7
    assert Identifier.objects.filter(customer=customer, type="email").count() == 1


def test_give_one_identifier_to_one_of_two_customers():
    numbers = [f"4477009001{n:02}" for n in range(8)]
    for number in numbers:
        make_customer(identifiers=[("mobile", number)])
    origin, amend = make_origin(), unit_of_work(update_at_pos)

    results = at_once(
        *(
            lambda n=number: amend(
                origin=origin,
                registration=PosRegistration(lookup={"mobile": n, "email": "one@example.com"}),
            )
            for number in numbers
        )
    )

    # Whoever came later either was told, or was known by it already.
    assert not [result for result in results if isinstance(result, str)]
    assert Identifier.objects.filter(type="email").count() == 1
    warned = [[notice.code for notice in result.notices] for result in results]
    assert sorted(warned) == [[]] + [["customers.identifier_left_out"]] * 7
