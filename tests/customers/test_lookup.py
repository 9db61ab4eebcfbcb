"""Finding a customer by an identifier."""

import pytest

from customers import errors
from customers.queries.customers.active import check_active_customer
from customers.queries.customers.by_identifier import find_customer_id
from customers.queries.source_accounts import get_source_account
from tests.builders import (
    get_or_make_organization,
    get_or_make_source_account,
    make_customer,
    make_organization,
    make_profile,
)

pytestmark = pytest.mark.django_db

MOBILE = "919800000001"


def _account(source="INSTORE", account_id=""):
    get_or_make_source_account(source, account_id)
    return get_source_account(
        org_id=get_or_make_organization().pk, source=source, account_id=account_id, on="read"
    )


def _find(kind="mobile", value=MOBILE, source_account=None):
    return find_customer_id(
        org=get_or_make_organization(), kind=kind, value=value, source_account=source_account
    )


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("mobile", MOBILE),
        ("MOBILE", "98000 00001"),
        ("mobile", 919800000001),
        ("email", " ASHA@example.com"),
        ("externalId", "E-1"),
    ],
)
def test_finds_by_any_spelling_of_an_identifier(kind, value):
    customer = make_customer(
        identifiers=[("mobile", MOBILE), ("email", "asha@example.com"), ("externalId", "E-1")]
    )

    assert _find(kind, value) == customer.pk


def test_finds_by_the_customers_own_id():
    customer = make_customer()

    assert _find("id", str(customer.pk)) == customer.pk


def test_asks_the_database_once(django_assert_num_queries):
    customer = make_customer(identifiers=[("mobile", MOBILE)])
    org, account = get_or_make_organization(), _account()

    with django_assert_num_queries(1):
        customer_id = find_customer_id(org=org, kind="mobile", value=MOBILE, source_account=account)

    assert customer_id == customer.pk


def test_finds_in_a_named_source_by_an_identifier_of_another_profile():
    customer = make_customer(identifiers=[("mobile", MOBILE)])
    make_profile(customer, get_or_make_source_account("WECHAT", "w-1"))

    assert _find(source_account=_account("WECHAT", "w-1")) == customer.pk


@pytest.mark.parametrize("kind", ["mobile", "id"])
def test_refuses_a_source_in_which_the_customer_has_no_profile(kind):
    customer = make_customer(identifiers=[("mobile", MOBILE)])
    value = MOBILE if kind == "mobile" else str(customer.pk)

    with pytest.raises(errors.NoProfileInSource):
        _find(kind, value, source_account=_account("TMALL"))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("shoesize", "44"),
        ("mobile", "no number"),
        ("email", "nobody"),
        ("externalId", "\0"),
        ("id", "12x"),
        ("id", "-4"),
        ("id", "1" * 4300),
        ("", ""),
    ],
)
def test_refuses_what_is_no_identifier(kind, value):
    with pytest.raises(errors.IdentifierInvalid):
        _find(kind, value)


@pytest.mark.parametrize(("kind", "value"), [("mobile", MOBILE), ("id", "9" * 19), ("id", "0")])
def test_refuses_what_nobody_has(kind, value):
    with pytest.raises(errors.IdentifierNotFound):
        _find(kind, value)


@pytest.mark.parametrize("kind", ["mobile", "id"])
def test_never_finds_somebody_of_another_organization(kind):
    other = make_organization()
    account = get_or_make_source_account(org=other)
    stranger = make_customer(other, source_account=account, identifiers=[("mobile", MOBILE)])
    value = MOBILE if kind == "mobile" else str(stranger.pk)

    with pytest.raises(errors.IdentifierNotFound):
        _find(kind, value)


def test_refuses_the_id_of_a_victim_and_names_the_survivor():
    survivor = make_customer()
    victim = make_customer(merged_into=survivor)

    with pytest.raises(errors.CustomerMerged) as caught:
        _find("id", str(victim.pk))

    assert caught.value.facts == {"survivor_id": survivor.pk}


def test_standing_is_refused_to_victims_strangers_and_nobody():
    survivor = make_customer()
    victim = make_customer(merged_into=survivor)
    org_id = get_or_make_organization().pk

    check_active_customer(org_id=org_id, customer_id=survivor.pk)
    with pytest.raises(errors.CustomerMerged):
        check_active_customer(org_id=org_id, customer_id=victim.pk)
    for customer_id in (0, -1, 2**63, 404):
        with pytest.raises(errors.CustomerUnknown):
            check_active_customer(org_id=org_id, customer_id=customer_id)
    with pytest.raises(errors.CustomerUnknown):
        check_active_customer(org_id=make_organization().pk, customer_id=survivor.pk)
