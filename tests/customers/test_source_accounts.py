"""The source account that a request names ..."""

import pytest

from customers.errors import AccountIdMissing, SourceAccountMissing, SourceAccountUnknown
from customers.queries.source_accounts import (
    Account,
    forget_source_accounts,
    get_source_account,
    get_source_accounts,
)
from tests.builders import get_or_make_organization, make_organization, make_source_account

pytestmark = pytest.mark.django_db


def get_requested_account(source, account_id=None, on="write"):
    return get_source_account(
        org_id=get_or_make_organization().pk, source=source, account_id=account_id, on=on
    )


@pytest.mark.parametrize("source", ["INSTORE", "instore", " InStore "])
@pytest.mark.parametrize("account_id", [None, "", " "])
@pytest.mark.parametrize("on", ["read", "write"])
def test_is_found_in_whichever_case(source, account_id, on):
    instore = make_source_account("INSTORE", name="Shops")

    assert get_requested_account(source, account_id, on) == Account(
        instore.pk, "INSTORE", "", "Shops", True
    )


def test_is_told_apart_by_its_account_id_where_a_source_has_several():
    first = make_source_account("WECHAT", "22232")
    second = make_source_account("WECHAT", "WeChat1234")

    assert get_requested_account("wechat", "22232").id == first.pk
    assert get_requested_account("WECHAT", " WeChat1234 ").id == second.pk


def test_of_martjack_without_an_id_is_its_default():
    outlet = make_source_account("MARTJACK", "outlet")
    with pytest.raises(AccountIdMissing):
        get_requested_account("MARTJACK")
    default = make_source_account("MARTJACK")

    assert get_requested_account("MARTJACK").id == default.pk
    assert get_requested_account("MARTJACK", "outlet").id == outlet.pk


@pytest.mark.parametrize("source", [None, "", "ALL", "all"])
def test_is_none_for_reads_of_all(source):
    make_source_account()

    assert get_requested_account(source, "22232", on="read") is None


@pytest.mark.parametrize("source", [None, "", "  "])
def test_must_be_named_on_writes(source):
    with pytest.raises(SourceAccountMissing):
        get_requested_account(source)


@pytest.mark.parametrize("on", ["read", "write"])
@pytest.mark.parametrize("account_id", [None, "", " "])
def test_must_be_named_whole_where_a_source_has_several(account_id, on):
    make_source_account("WECHAT", "22232")

    with pytest.raises(AccountIdMissing):
        get_requested_account("WECHAT", account_id, on)


@pytest.mark.parametrize(
    ("source", "account_id"),
    [
        ("ALL", None),
        ("NOWHERE", None),
        ("IN\x00STORE", None),
        ("INSTORE", "22232"),
        ("WECHAT", "1"),
        ("WECHAT", "\x00"),
        ("WECHAT", "closed"),
        ("WECHAT", "theirs"),
        ("JD", None),
    ],
)
def test_is_unknown_unless_the_organization_has_it_and_it_is_active(source, account_id):
    make_source_account("INSTORE")
    make_source_account("WECHAT", "22232")
    make_source_account("WECHAT", "closed", is_active=False)
    make_source_account("WECHAT", "theirs", make_organization())

    with pytest.raises(SourceAccountUnknown):
        get_requested_account(source, account_id)


def test_is_still_there_by_its_key_when_inactive():
    closed = make_source_account("WECHAT", "closed", is_active=False)
    accounts = get_source_accounts(org_id=get_or_make_organization().pk)

    assert accounts.by_id(closed.pk) == Account(closed.pk, "WECHAT", "closed", "", False)
    with pytest.raises(SourceAccountUnknown):
        accounts.by_id(closed.pk + 1)


def test_is_found_by_its_account_id_alone_when_no_other_has_it():
    wechat = make_source_account("WECHAT", "22232")
    make_source_account("WECHAT", "123")
    make_source_account("LINE", "123")
    accounts = get_source_accounts(org_id=get_or_make_organization().pk)

    assert accounts.find_by_account_id("22232").id == wechat.pk
    for ambiguous_or_unknown in ("123", "1", ""):
        with pytest.raises(SourceAccountUnknown):
            accounts.find_by_account_id(ambiguous_or_unknown)


def test_takes_one_query_for_all_and_then_none(django_assert_num_queries):
    org = get_or_make_organization()
    make_source_account("INSTORE")
    make_source_account("WECHAT", "22232")

    with django_assert_num_queries(1):
        get_source_accounts(org_id=org.pk).find("INSTORE", None)
    with django_assert_num_queries(0):
        get_source_accounts(org_id=org.pk).find("WECHAT", "22232")
    forget_source_accounts(org.pk)
    with django_assert_num_queries(1):
        get_source_accounts(org_id=org.pk)
