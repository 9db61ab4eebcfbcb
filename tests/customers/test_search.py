"""Finding customers by the beginning of a word."""

import pytest

from crm.kernel.transactions import unit_of_work
from crm.tenancy.models import Organization
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


@pytest.mark.parametrize(
    "text",
    [
        "07400 123456",
        "07400-123456",
        "07400.123/456",
        "0044 7400 123456",
        "00447400123456",
        "+44 (0)7400 123456",
        "+44 (0) 7400 123456",
        "(+44) 7400 123456",
        "+447400123456",
        "447400 123456",
        "44 7400/123.456",
        "7400 123456",
        "7400",
        "0740",
        "074 00",
        "(07400) 12",
        "004474",
        "+44 (0)74",
        "\u0660\u0667\u0664\u0660\u0660 12",
        "\uff10\uff17\uff14\uff10\uff10 12",
    ],
)
@pytest.mark.parametrize("country", ["GB", "IN"])
def test_finds_a_number_as_people_write_it(text, country):
    org = get_or_make_organization()
    Organization.objects.filter(pk=org.pk).update(default_country=country)
    customer = make_customer(identifiers=[("mobile", "447400123456")])
    make_customer(identifiers=[("mobile", "447911123456"), ("externalId", "X0740")])

    page = find(text)

    assert [c.customer_id for c in page.customers] == [customer.pk]
    assert page.total == 1
    assert [m.value for m in page.customers[0].matches] == ["447400123456"]
    assert find_customer_ids(org_id=org.pk, text=text, limit=5) == [customer.pk]


@pytest.mark.parametrize(
    ("country", "mobile", "text"),
    [
        ("HU", "36201234567", "06 20 123 4567"),
        ("HU", "36201234567", "0620 12"),
        ("RU", "79161234567", "8 916 123-45-67"),
        ("RU", "79161234567", "8916 12"),
        ("DE", "4915112345678", "0151 123"),
        ("US", "14155552671", "(415) 555-2671"),
        ("US", "14155552671", "1 415 555"),
    ],
)
def test_knows_what_is_dialled_before_a_number_in_the_country(country, mobile, text):
    org = get_or_make_organization()
    Organization.objects.filter(pk=org.pk).update(default_country=country)
    customer = make_customer(identifiers=[("mobile", mobile)])

    assert find_customer_ids(org_id=org.pk, text=text, limit=5) == [customer.pk]


def test_shows_first_what_begins_with_the_digits_as_they_are_typed():
    mobile = make_customer(identifiers=[("mobile", "919010000022")])
    external = make_customer(identifiers=[("externalId", "09010-X"), ("email", "x@example.com")])

    first, second = find("09010", limit=1), find("09010", limit=1, offset=1)

    assert [c.customer_id for c in first.customers] == [external.pk]
    assert [c.customer_id for c in second.customers] == [mobile.pk]
    assert first.total == second.total == 2


@pytest.mark.parametrize("text", ["091", "09010-X9", "9" * 60])
def test_reads_no_number_from_few_digits_or_other_text(text):
    make_customer(identifiers=[("mobile", "919100000022")])

    assert find(text).customers == []
