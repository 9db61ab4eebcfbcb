"""Finding customers by the beginning of a word."""

import pytest

from crm.kernel.transactions import unit_of_work
from customers.errors import SearchTextInvalid
from customers.operations.customers.register import register_customer
from customers.queries.customers import search
from customers.queries.customers.search import SearchMatch, find_customer_ids, find_customers
from customers.rules.registration import ProfileEntry, Registration
from tests.builders import (
    get_or_make_organization,
    get_or_make_source_account,
    make_customer,
    make_organization,
    make_origin,
    make_profile,
)

pytestmark = pytest.mark.django_db


def find(text, limit=10, offset=0):
    return find_customers(
        org_id=get_or_make_organization().pk, text=text, limit=limit, offset=offset
    )


def test_names_the_matches_and_the_profiles():
    customer = make_customer(
        first_name="Tom", last_name="Sawyer", identifiers=[("email", "tom@example.com")]
    )
    wechat = get_or_make_source_account("WECHAT", "22232")
    make_profile(customer, wechat, first_name="Thomas", last_name="S", identifiers=[])

    page = find("tom")

    assert (page.total, page.is_capped) == (1, False)
    [tom] = page.customers
    assert tom.customer_id == customer.pk
    assert tom.matches == [
        SearchMatch("firstName", "Tom", "INSTORE", ""),
        SearchMatch("fullName", "Tom Sawyer", "INSTORE", ""),
        SearchMatch("email", "tom@example.com", "INSTORE", ""),
    ]
    assert tom.profiles == [
        ("INSTORE", "", "Tom", "Sawyer"),
        ("WECHAT", "22232", "Thomas", "S"),
    ]


@pytest.mark.parametrize(
    "text",
    ["rené", "RENE", "muller", "Müller", "rene mu", "9010000022", "919010", "ren@", "Ｒｅｎé"],
)
def test_ignores_case_accents_width_and_the_country_code(text):
    customer = make_customer(
        first_name="René",
        last_name="Müller",
        identifiers=[("mobile", "919010000022"), ("email", "ren@example.com")],
    )

    assert [c.customer_id for c in find(text).customers] == [customer.pk]


@pytest.mark.parametrize("text", ["+919010000022", "+91 90100-00022", " +91 (901", "+91"])
def test_finds_a_mobile_typed_with_a_plus(text):
    customer = make_customer(identifiers=[("mobile", "919010000022")])

    assert [c.customer_id for c in find(text).customers] == [customer.pk]


def test_finds_a_name_that_folding_makes_too_long_to_keep():
    # One letter of Arabic that stands for eighteen.
    origin = make_origin()
    account = get_or_make_source_account()
    entry = ProfileEntry(
        source_account_id=account.pk,
        first_name="\ufdfa" * 100,
        last_name="\ufdfa" * 100,
        identifiers=[("externalId", "peace")],
    )

    result = unit_of_work(register_customer)(
        origin=origin, registration=Registration(profiles=[entry])
    )

    assert [c.customer_id for c in find("\ufdfa" * 100).customers] == [result.customer_id]


@pytest.mark.parametrize("text", ["awyer", "example.com", "%", "_om", "tom\U0010ffff"])
def test_finds_beginnings_only_and_knows_no_wildcards(text):
    make_customer(first_name="Tom", last_name="Sawyer", identifiers=[("email", "t@example.com")])

    assert find(text).customers == []


@pytest.mark.parametrize("text", ["", "   ", "\u0301", "x" * 101])
def test_refuses_a_text_that_is_empty_or_too_long(text):
    with pytest.raises(SearchTextInvalid):
        find(text)


def test_never_finds_another_organizations_customers():
    make_customer(make_organization(), first_name="Tom")

    assert find("tom").total == 0


def test_pages_in_the_order_of_the_words_and_names_each_customer_once():
    names = ["Tom", "Toma", "Tomas", "Tomasz", "Tome"]
    ids = [make_customer(first_name=name, last_name="Tom").pk for name in names]

    pages = [find("tom", limit=2, offset=offset) for offset in (0, 2, 4, 6)]

    assert [[c.customer_id for c in page.customers] for page in pages] == [
        ids[:2],
        ids[2:4],
        ids[4:],
        [],
    ]
    assert {page.total for page in pages} == {5}


def test_counts_up_to_a_cap_and_says_so(monkeypatch):
    monkeypatch.setattr(search, "MAX_COUNT", 3)
    for _ in range(3):
        make_customer(first_name="Tom")
    exact = find("tom", limit=2)
    make_customer(first_name="Tom")

    capped = find("tom", limit=2)

    assert (exact.total, exact.is_capped) == (3, False)
    assert (capped.total, capped.is_capped) == (3, True)


def test_counts_on_when_few_customers_have_many_words(monkeypatch):
    monkeypatch.setattr(search, "MAX_COUNT", 2)
    make_customer(identifiers=[("cuid", f"tom{n:02}") for n in range(30)])
    make_customer(first_name="Tomas")

    assert find("tom", limit=1).total == 2


@pytest.mark.parametrize("many", [1, 30])
def test_needs_four_queries_however_many_match(many, django_assert_max_num_queries):
    for _ in range(many):
        make_customer(first_name="Tom")
    get_or_make_organization()

    with django_assert_max_num_queries(5):
        assert len(find("tom").customers) == min(many, 10)


def test_gives_just_the_keys_to_lists():
    ids = [make_customer(first_name="Tom").pk for _ in range(3)]

    assert find_customer_ids(org_id=get_or_make_organization().pk, text="tom", limit=2) == ids[:2]
    assert find_customer_ids(org_id=get_or_make_organization().pk, text=" ", limit=2) == []
