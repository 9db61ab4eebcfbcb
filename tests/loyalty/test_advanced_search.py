"""The advanced search of customers by attributes of profile and loyalty."""

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from crm.kernel.errors import Notice
from crm.kernel.transactions import unit_of_work
from crm.usecases.merge_customers import merge_customers
from customers.errors import QueryMalformed
from loyalty.models import Transaction
from loyalty.queries import advanced_search
from loyalty.queries.advanced_search import search_customers
from tests.builders import (
    NOON,
    get_or_make_organization,
    get_or_make_source_account,
    make_customer,
    make_enrollment,
    make_field,
    make_organization,
    make_origin,
    make_profile,
    make_program,
    make_store,
    make_till,
)

pytestmark = pytest.mark.django_db

KOLKATA = ZoneInfo("Asia/Kolkata")
_numbers = iter(range(1, 10_000))


def search(query, start=0, rows=10):
    return search_customers(org=get_or_make_organization(), query=query, start=start, rows=rows)


def search_ids(query, **page):
    return [customer.id for customer in search(query, **page).customers]


def make_transaction(customer, amount, *, at=NOON, type="REGULAR"):
    return Transaction.objects.create(
        org_id=customer.org_id,
        customer=customer,
        type=type,
        number=f"B{next(_numbers)}",
        billed_at=at,
        amount=amount,
        gross_amount=amount,
        recorded_at=at,
    )


@pytest.fixture
def program():
    return make_program(is_default=True)


@pytest.fixture
def tom(program):
    tom = make_customer(
        first_name="Tom",
        last_name="Sawyer",
        identifiers=[
            ("mobile", "919740798372"),
            ("email", "tom.sawyer@example.com"),
            ("externalId", "TS1234"),
        ],
        registered_by=make_till(code="tom.1", parent=make_store(code="river", name="River Mall")),
        registered_at=datetime(2012, 12, 25, 11, 25, 32, tzinfo=KOLKATA),
        fields={"occupation": "Student", "age": 12, "baptised": "2001-02-03", "fishing": True},
    )
    # Opening points count for the lifetime too.
    make_enrollment(tom, program, points=355, tier=2, purchases=Decimal("10800.5"))
    make_transaction(tom, 5_000, at=NOON - timedelta(days=2))
    make_transaction(tom, 1_000, at=NOON - timedelta(days=1))
    make_transaction(tom, 70, type="RETURN")
    return tom


@pytest.fixture
def huck(program):
    """A second customer, whom no query about Tom finds."""
    huck = make_customer(
        first_name="Huckleberry",
        last_name="Finn",
        identifiers=[("mobile", "919740700000"), ("email", "huck@river.example")],
        registered_by=make_till(code="huck.1"),
        registered_at=datetime(2013, 1, 5, tzinfo=KOLKATA),
        fields={"occupation": "None", "age": 13, "baptised": "2000-12-31", "fishing": False},
    )
    make_enrollment(huck, program, points=3, purchases=Decimal(20))
    make_transaction(huck, 20)
    return huck


@pytest.fixture
def fields():
    custom = {"kind": "CUSTOM", "scope": "PROFILE"}
    make_field("occupation", **custom)
    make_field("age", **custom, data_type="INTEGER")
    make_field("baptised", **custom, data_type="DATE")
    make_field("fishing", **custom, data_type="BOOLEAN")


@pytest.mark.parametrize(
    "query",
    [
        "firstname:EXACT:tom",
        "FirstName:equals:TÓM",
        "firstname:Tom",
        "firstname:IN:Tim;Tom",
        "firstname:STARTS:to",
        "firstname:ENDS:om",
        "firstname:RANGE:t;tz",
        "firstname:GREATER:i",
        "lastname:EXACT:Sawyer",
        "mobile:EQUALS:9740798372",
        "mobile:EQUALS:+91 97407 98372",
        "mobile:STARTS:9197407983",
        "mobile:STARTS:97407983",
        "mobile:ENDS:98372",
        "mobile:RANGE:9740798000;9740798999",
        "email:EQUALS:Tom.Sawyer@Example.com",
        "email:STARTS:tom.",
        "email:ENDS:@example.com",
        "external_id:EQUALS:TS1234",
        "external_id:IN:TS1;TS1234",
        "external_id:ENDS:1234",
        "registered_date:EQUALS:2012-12-25",
        "registered_date:EQUALS:2012-12-25 11:25:32",
        "registered_date:IN:2012-12-24;2012-12-25",
        "registered_date:RANGE:2012-12-25;2012-12-25",
        "registered_date:LESS:2012-12-26",
        "registered_store:EQUALS:river",
        "registered_store:EQUALS:tom.1",
        "registered_store:EQUALS:River Mall",
        "registered_store:STARTS:riv",
        "registered_store:ENDS:mall",
        "registered_store:IN:lake;RIVER",
        "loyalty_points:EQUALS:355",
        "loyalty_points:GREATER:354.999",
        "loyalty_points:RANGE:355;355",
        "lifetime_points:GREATER:300",
        "lifetime_purchases:EQUALS:10800.5",
        "lifetime_purchases:IN:1;10800.50",
        "slab:EQUALS:gold",
        "slab:STARTS:g",
        "slab:ENDS:LD",
        "slab:IN:GOLD;PLATINUM",
        "last_trans_value:EQUALS:1000",
        "transaction_value:GREATER:900",
        "transaction_value:RANGE:999;1001",
        "(transaction_value:LESS:1001) & (transaction_value:GREATER:20)",
        "occupation:Student",
        "OCCUPATION:STARTS:stu",
        "occupation:ENDS:ent",
        "occupation:GREATER:p",
        "age:EXACT:12",
        "age:LESS:13",
        "age:RANGE:10;12",
        "baptised:EXACT:2001-02-03",
        "baptised:GREATER:2000-12-31",
        "fishing:yes",
        "(firstname:STARTS:t) & (loyalty_points:GREATER:5) & (slab:GOLD) & (occupation:student)",
        "(slab:EQUALS:GOLD & (loyalty_points:GREATER:0 & lifetime_purchases:GREATER:0))",
        "org_id:GREATER:0 & (age:12)",
    ],
)
def test_finds_who_meets_the_conditions(query, tom, huck, fields):
    assert search_ids(query) == [tom.pk]


@pytest.mark.parametrize(
    "query",
    [
        "firstname:EXACT:T%m",
        "firstname:STARTS:om",
        "(firstname:EXACT:tom) & (lastname:EXACT:finn)",
        "(firstname:EXACT:tom) & (loyalty_points:LESS:355)",
        "(slab:GOLD) & (loyalty_points:EQUALS:3)",
        "mobile:EQUALS:not a number",
        "registered_date:GREATER:2013-01-05",
        "registered_date:LESS:2012-12-25",
        "registered_store:EQUALS:lake",
        "slab:EQUALS:DIAMOND",
        # Two days before yesterday's; a return is no purchase.
        "last_trans_value:EQUALS:5000",
        "last_trans_value:EQUALS:70",
        "user_id:EQUALS:999999999999999999",
        "org_id:EQUALS:999999999",
        "occupation:pirate",
        "(occupation:student) & (age:13)",
    ],
)
def test_finds_nobody_who_does_not(query, tom, huck, fields):
    assert search(query).total == 0


@pytest.mark.parametrize("value", ["+6591111111", " 6591111111", "6591111111"])
def test_a_plus_that_arrived_as_a_blank_is_a_plus(value, program):
    """Without it the digits are an Indian number."""
    singapore = make_customer(identifiers=[("mobile", "006591111111")])
    india = make_customer(identifiers=[("mobile", "916591111111")])

    expected = india if value[:1] == "6" else singapore
    assert search_ids(f"mobile:EXACT:{value}") == [expected.pk]


@pytest.mark.parametrize(
    ("query", "position", "reason"),
    [
        ("shoe_size:EXACT:8", 1, "neither an attribute that can be searched nor a field"),
        (
            "(firstname:tom) & (loyalty_points:STARTS:3)",
            20,
            "it is asked by EXACT EQUALS IN RANGE LESS GREATER only",
        ),
        ("slab:LESS:GOLD", 1, "it is asked by EXACT EQUALS IN STARTS ENDS only"),
        (
            "loyalty_points:IN:1;many",
            21,
            "not a number of at most 3 decimals, up to a billion",
        ),
        ("user_id:EQUALS:-1", 16, "not a whole number"),
        ("user_id:EQUALS:" + "9" * 19, 16, "not a whole number"),
        (
            "registered_date:EQUALS:christmas",
            24,
            "not a date, such as 2012-12-25 or 2012-12-25 11:25:32",
        ),
        ("registered_date:EQUALS:9999-12-31", 24, "beyond the last day there is"),
        ("firstname:STARTS:\u0301", 18, "no text is left of the value"),
        ("age:EXACT:old", 11, "the field age has no such values"),
        ("baptised:EXACT:old", 16, "not a date, such as 2012-12-25 or 2012-12-25 11:25:32"),
    ],
)
def test_says_where_a_query_cannot_be_understood(query, position, reason, fields):
    with pytest.raises(QueryMalformed) as raised:
        search(query)

    assert raised.value.facts == {"position": position, "reason": reason}


def test_tells_what_is_known_of_each(tom):
    wechat = get_or_make_source_account("WECHAT", "22232")
    make_profile(tom, wechat, first_name="Thomas", identifiers=[("mobile", "919000000001")])

    [row] = search("firstname:thomas").customers

    assert (row.id, row.org_id) == (tom.pk, tom.org_id)
    assert (row.first_name, row.last_name) == ("Tom", "Sawyer")
    assert (row.mobile, row.email) == ("919740798372", "tom.sawyer@example.com")
    assert row.external_id == "TS1234"
    assert row.fields["occupation"] == "Student"
    assert (row.points, row.lifetime) == (355, 355)
    assert (row.purchases, row.tier, row.last_transaction_amount) == (
        Decimal("10800.5"),
        "GOLD",
        1_000,
    )
    assert row.registered_by == "tom.1"
    assert row.registered_at == datetime(2012, 12, 25, 11, 25, 32, tzinfo=KOLKATA)


def test_tells_of_who_is_no_member_that_they_have_nothing():
    make_customer(first_name="Tom", identifiers=[("cuid", "tom")])

    [row] = search("firstname:tom").customers

    assert (row.points, row.lifetime, row.purchases, row.last_transaction_amount) == (0, 0, 0, 0)
    assert (row.tier, row.mobile, row.registered_by) == ("", "", "")


def test_finds_everybody_of_the_own_organization_only(tom, huck):
    stranger = make_customer(make_organization(), first_name="Tom")

    assert search_ids(f"org_id:EQUALS:{tom.org_id}") == [tom.pk, huck.pk]
    assert search_ids(f"org_id:EQUALS:{stranger.org_id}") == []
    assert search_ids(f"user_id:EQUALS:{stranger.pk}") == []
    assert search_ids("firstname:EXACT:tom") == [tom.pk]


@pytest.mark.parametrize(
    "query",
    [
        "firstname:STARTS:t",
        "mobile:STARTS:9",
        "registered_date:GREATER:2000-01-01",
        "org_id:GREATER:0",
        "loyalty_points:GREATER:-1",
        "slab:STARTS:s",
        "last_trans_value:GREATER:0",
        "firstname:ENDS:m",
    ],
)
def test_never_shows_who_was_merged_into_another(query, program):
    survivor, victim = (make_customer(first_name="Tom") for _ in range(2))
    for customer in (survivor, victim):
        make_enrollment(customer, program, points=10)
        make_transaction(customer, 100)
    unit_of_work(merge_customers)(
        origin=make_origin(), survivor_id=survivor.pk, victim_id=victim.pk, cause="STAFF"
    )

    assert search_ids(query) == [survivor.pk]
    assert search_ids(f"user_id:EQUALS:{victim.pk}") == []


def test_lists_in_the_order_of_the_condition_and_pages():
    program = make_program(is_default=True)
    ids = [make_enrollment(None, program, points=points).customer_id for points in (9, 5, 7, 7)]
    ordered = [ids[1], ids[2], ids[3], ids[0]]

    pages = [search("loyalty_points:GREATER:1", start=start, rows=2) for start in (0, 2, 4)]

    assert [[c.id for c in page.customers] for page in pages] == [ordered[:2], ordered[2:], []]
    assert {page.total for page in pages} == {4}


def test_names_who_has_many_matching_words_once():
    many = make_customer(first_name="To", identifiers=[("mobile", "919740798372")])
    for number in range(5):
        account = get_or_make_source_account("WECHAT", f"w{number}")
        make_profile(many, account, first_name=f"Tom{number}")
    other = make_customer(first_name="Tony")

    page = search("firstname:STARTS:to", rows=1)

    assert ([c.id for c in page.customers], page.total) == ([many.pk], 2)
    assert search_ids("firstname:STARTS:to", start=1) == [other.pk]


def test_counts_up_to_a_cap_and_says_so(monkeypatch):
    monkeypatch.setattr(advanced_search, "MAX_COUNT", 2)
    for _ in range(3):
        make_customer(first_name="Tom")

    page = search("firstname:tom", rows=1)
    beyond = search("firstname:tom", start=2, rows=1)

    assert (page.total, page.notices) == (2, [Notice("customers.search_capped")])
    assert (beyond.total, len(beyond.customers)) == (2, 1)


def test_looks_at_so_many_for_an_ending_and_says_when_there_were_more(monkeypatch):
    monkeypatch.setattr(advanced_search, "MAX_SCANNED", 3)
    monkeypatch.setattr(advanced_search, "SCAN_BATCH_SIZE", 2)
    for _ in range(3):
        make_customer(first_name="Huck")
    whole = search("firstname:ENDS:om")
    make_customer(first_name="Tom")

    partial = search("firstname:ENDS:om")
    narrowed = search("(firstname:ENDS:om) & (firstname:STARTS:t)")

    assert (whole.total, whole.notices) == (0, [])
    assert (partial.total, partial.notices) == (0, [Notice("customers.search_partial", most=3)])
    assert (narrowed.total, narrowed.notices) == (1, [])


def test_passes_over_values_kept_while_a_field_was_of_another_type():
    make_field("age", kind="CUSTOM", scope="PROFILE", data_type="INTEGER")
    make_customer(fields={"age": "twelve"})
    tom = make_customer(fields={"age": 12})

    assert search_ids("age:GREATER:3") == [tom.pk]


def test_asks_the_default_program_only(program):
    customer = make_customer()
    make_enrollment(customer, make_program(), points=100, tier=3)
    make_enrollment(customer, program, points=1)

    assert search_ids("loyalty_points:GREATER:50") == []
    assert search_ids("slab:EQUALS:PLATINUM") == []
    assert search_ids("loyalty_points:EQUALS:1") == [customer.pk]


@pytest.mark.parametrize("many", [1, 12])
def test_needs_as_many_queries_however_many_match(many, program, django_assert_num_queries):
    for _ in range(many):
        make_transaction(make_enrollment(make_customer(first_name="Tom"), program).customer, 5)
    search("firstname:tom")

    # One of them is the builder's own, for the organization.
    with django_assert_num_queries(6):
        page = search("(firstname:tom) & (loyalty_points:LESS:1) & (transaction_value:5)")

    assert page.total == many
