"""Creates test customers by set-based SQL on PostgreSQL within seconds."""

from django.db import connection

from crm.tenancy.models import Organization
from customers.models import SourceAccount
from tests.builders import get_or_make_source_account, make_organization

# First names with common prefixes, like real ones.
FIRST_NAMES = """
    Tom Thomas Tomasz Asha Anita Anil Arjun Rahul Ravi Priya Pooja Maria Mario Marta Ali Aisha Wei
    Xiu Chen Li John Jane James Jasmine Olga Omar Nina Noah Eva Evan
""".split()
LAST_NAMES = """
    Sawyer Rao Sharma Singh Patel Kumar Gupta Khan Smith Jones Brown Garcia Lopez Wang Zhang Nguyen
    Tran Müller Schmidt Novak Silva Costa Rossi Dubois Martin Kim Park Sato Ito Ivanov
""".split()


def create_town(customers: int) -> tuple[Organization, SourceAccount]:
    """Create an organization with customers: profile, mobile, email, channel and search rows."""
    org = make_organization()
    account = get_or_make_source_account(org=org)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE town ON COMMIT DROP AS "
            "SELECT nextval('customers_customer_id_seq') AS id, n, "
            "(%(first)s::text[])[1 + (n * 7) %% cardinality(%(first)s::text[])] AS first, "
            "(%(last)s::text[])[1 + (n * 13 + n / 30) %% cardinality(%(last)s::text[])] "
            "|| (n %% 500) AS last, '91' || (7000000000 + n * 17) AS mobile, "
            "'person' || n || '@example.com' AS email FROM generate_series(1, %(n)s) AS n",
            {"n": customers, "first": FIRST_NAMES, "last": LAST_NAMES},
        )
        for statement in _STATEMENTS:
            cursor.execute(statement, {"org": org.pk, "account": account.pk})
    return org, account


def vacuum() -> None:
    """Vacuum and analyze, as autovacuum does in production."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


_STATEMENTS = (
    """
    INSERT INTO customers_customer (id, org_id, loyalty_type, extended_fields, end_points,
        registered_in_id, registered_at, modified_at, fraud_status)
    SELECT id, %(org)s, 'LOYALTY', '{}', '[]', %(account)s,
        now() - n * interval '1 minute', now(), 'NOT_FRAUD' FROM town
    """,
    """
    INSERT INTO customers_profile (customer_id, source_account_id, first_name, last_name, fields,
        created_at, modified_at)
    SELECT id, %(account)s, first, last, '{}', now(), now() FROM town
    """,
    """
    INSERT INTO customers_identifier (org_id, customer_id, type, value)
    SELECT %(org)s, id, 'mobile', mobile FROM town
    UNION ALL SELECT %(org)s, id, 'email', email FROM town
    """,
    """
    INSERT INTO customers_profileidentifier (profile_id, identifier_id)
    SELECT p.id, i.id FROM customers_identifier i JOIN town t ON t.id = i.customer_id
    JOIN customers_profile p ON p.customer_id = t.id
    """,
    """
    INSERT INTO customers_channel (profile_id, type, value, is_primary, is_verified, meta,
        attributes)
    SELECT p.id, 'mobile', t.mobile, true, true, '{}', '{}' FROM town t
    JOIN customers_profile p ON p.customer_id = t.id
    """,
    """
    INSERT INTO customers_searchkey (org_id, customer_id, kind, text)
    SELECT %(org)s, id, 'firstName', lower(first) FROM town
    UNION ALL SELECT %(org)s, id, 'lastName', lower(last) FROM town
    UNION ALL SELECT %(org)s, id, 'fullName', lower(first || ' ' || last) FROM town
    UNION ALL SELECT %(org)s, id, 'mobile', mobile FROM town
    UNION ALL SELECT %(org)s, id, 'mobile', substr(mobile, 3) FROM town
    UNION ALL SELECT %(org)s, id, 'email', email FROM town
    """,
)
