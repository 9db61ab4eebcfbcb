"""Query plans: the advanced search never scans a growing table (PostgreSQL)."""

import re

import pytest
from django.db import connection

from crm.tenancy.models import Organization
from loyalty.queries.advanced_search import search_customers
from tests.benchmarks.population import create_town
from tests.builders import make_program, make_till
from tests.races.plans import explain_call

pytestmark = [pytest.mark.races, pytest.mark.django_db]

CUSTOMERS = 30_000
SCANNED = re.compile(r"Seq Scan on (\w+)")
GROWING = {
    "customers_customer",
    "customers_profile",
    "customers_identifier",
    "customers_profileidentifier",
    "customers_searchkey",
    "loyalty_enrollment",
    "loyalty_transaction",
}
QUERIES = [
    "mobile:EQUALS:917000000017",
    "mobile:IN:917000000017;917000000034",
    "mobile:STARTS:9170",
    "mobile:RANGE:917000000000;917000009999",
    "mobile:GREATER:917",
    "email:EQUALS:person7@example.com",
    "email:STARTS:person7",
    "external_id:EQUALS:none",
    "firstname:EXACT:tom",
    "firstname:STARTS:t",
    "firstname:LESS:b",
    "lastname:EXACT:rao5",
    "user_id:GREATER:1",
    "org_id:EQUALS:{org}",
    "registered_date:EQUALS:2026-01-01",
    "registered_date:GREATER:2000-01-01",
    "registered_date:LESS:2099-01-01",
    "registered_store:EQUALS:till-of-all",
    "registered_store:EQUALS:till-of-few",
    "loyalty_points:EQUALS:7",
    "loyalty_points:GREATER:0",
    "loyalty_points:LESS:1000000",
    "lifetime_points:RANGE:500;600",
    "lifetime_purchases:GREATER:100",
    "slab:EQUALS:PLATINUM",
    "slab:EQUALS:SILVER",
    "last_trans_value:EQUALS:12",
    "last_trans_value:GREATER:1",
    "last_trans_value:LESS:100000",
    "(firstname:EXACT:tom) & (loyalty_points:GREATER:10)",
    "(firstname:EXACT:tom) & (lastname:EXACT:rao7)",
    "(slab:EQUALS:PLATINUM) & (loyalty_points:GREATER:500)",
    "(loyalty_points:GREATER:10) & (last_trans_value:GREATER:10)",
]


STATEMENTS = (
    """
    UPDATE customers_customer
       SET registered_by_id = CASE WHEN id %% 1000 = 0 THEN %(few)s ELSE %(all)s END
     WHERE org_id = %(org)s
    """,
    """
    INSERT INTO loyalty_enrollment (org_id, customer_id, program_id, enrolled_at, tier_id,
        tier_expires_at, tier_basis, points, delayed, lifetime, redeemed, expired, returned,
        delayed_returned, adjusted, transferred_in, transferred_out, purchases)
    SELECT %(org)s, id, %(program)s, now(),
        CASE WHEN id %% 100 = 0 THEN %(platinum)s WHEN id %% 5 = 0 THEN %(gold)s
             ELSE %(silver)s END,
        now(), 0, id * 7919 %% 1000 * 1000, 0, id * 7907 %% 5000 * 1000, 0, 0, 0, 0, 0, 0, 0,
        id * 7901 %% 9000 * 1000
      FROM customers_customer WHERE org_id = %(org)s
    """,
    """
    INSERT INTO loyalty_transaction (org_id, customer_id, type, number, billed_at, amount,
        gross_amount, discount, payments, notes, custom_fields, extended_fields, recorded_at)
    SELECT %(org)s, id, 'REGULAR', id || '-' || n, now() - n * interval '1 day',
        (id * 7919 + n * 104729) %% 5000 * 1000, 0, 0, '[]', '', '{}', '{}', now()
      FROM customers_customer, generate_series(1, 3) AS n WHERE org_id = %(org)s
    """,
)


def fill(customers: int) -> Organization:
    org, _ = create_town(customers)
    program = make_program(org=org, is_default=True)
    silver, gold, platinum = program.tiers.order_by("serial").values_list("pk", flat=True)
    values = {
        "org": org.pk,
        "program": program.pk,
        "silver": silver,
        "gold": gold,
        "platinum": platinum,
        "all": make_till(org, code="till-of-all").pk,
        "few": make_till(org, code="till-of-few").pk,
    }
    with connection.cursor() as cursor:
        for statement in STATEMENTS:
            cursor.execute(statement, values)
        cursor.execute("ANALYZE")
    return org


def test_walks_an_index_for_every_attribute():
    org = fill(CUSTOMERS)
    with connection.cursor() as cursor:
        # A disk without a moving arm, as databases have them today.
        cursor.execute("SET LOCAL random_page_cost = 1.1")
    scanned = {}
    for query in QUERIES:
        query_text = query.format(org=org.pk)

        def call(query_text=query_text):
            return search_customers(org=org, query=query_text, start=0, rows=10)

        for sql, plan in explain_call(call, forbidden=()):
            if tables := GROWING & set(SCANNED.findall(plan)):
                scanned[query] = (tables, sql, plan)

    assert scanned == {}
