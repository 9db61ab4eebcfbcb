"""Registering thousands, with every rule, beside writing the same rows with none."""

from itertools import count

import pytest
from django.db import connection, transaction

from crm.audit.models import Event
from crm.kernel.transactions import unit_of_work
from customers.models import Channel, Customer, Identifier, Profile, ProfileIdentifier, SearchKey
from customers.operations.registering import register_customers
from customers.rules.registration import Channel as ChannelEntry
from customers.rules.registration import ProfileEntry, Registration
from tests.benchmarks.clocks import p50, take_turns, told
from tests.builders import NOON, make_origin, the_source_account

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.races,  # PostgreSQL only
    pytest.mark.django_db(transaction=True),
]
CHUNK = 2_000
_numbers = count(1)


def people():
    """So many people that nobody has seen before."""
    for _ in range(CHUNK):
        n = next(_numbers)
        yield f"First{n % 5000}", f"Last{n % 7000}", f"91{7000000000 + n}", f"p{n}@example.com", n


def test_is_faster_than_bulk_create_and_half_as_fast_as_bare_sql():
    origin, account = make_origin(door="IMPORT"), the_source_account()
    seconds = take_turns(
        {
            "all rules": lambda: _by_the_rules(origin, account),
            "bulk_create per table, no rules": lambda: _by_bulk_create(origin, account),
            "staged COPY, INSERT ... SELECT": lambda: _by_bare_sql(origin, account),
        },
        rounds=12,
    )
    print()
    print(told(seconds))
    rates = {name: CHUNK / p50(times) for name, times in seconds.items()}
    print({name: round(rate) for name, rate in rates.items()})
    ours, theirs, limit = rates.values()
    assert ours >= 1.2 * theirs
    print(f"{ours / limit:.2f} of the practical limit")


def _by_the_rules(origin, account):
    outcomes = unit_of_work(register_customers)(
        origin=origin,
        registrations=[
            Registration(
                profiles=[
                    ProfileEntry(
                        source_account_id=account.pk,
                        first_name=first,
                        last_name=last,
                        identifiers=[
                            ("mobile", mobile),
                            ("email", email),
                            ("externalId", f"x{n}"),
                        ],
                        channels=[
                            ChannelEntry(type="mobile", value=mobile, is_primary=True),
                            ChannelEntry(type="email", value=email, is_primary=True),
                        ],
                    )
                ]
            )
            for first, last, mobile, email, n in people()
        ],
    )
    assert all(outcome.is_new for outcome in outcomes)


def _by_bulk_create(origin, account):
    """The same rows, written as a Django programmer would who has no rules to keep."""
    with transaction.atomic():
        rows = list(people())
        customers = Customer.objects.bulk_create(
            Customer(
                org=origin.org,
                loyalty_type="LOYALTY",
                registered_in_id=account.pk,
                registered_at=NOON,
                modified_at=NOON,
            )
            for _ in rows
        )
        pairs = list(zip(customers, rows, strict=True))
        profiles = Profile.objects.bulk_create(
            Profile(
                customer=customer,
                source_account_id=account.pk,
                first_name=first,
                last_name=last,
                created_at=NOON,
                modified_at=NOON,
            )
            for customer, (first, last, *_) in pairs
        )
        identifiers = Identifier.objects.bulk_create(
            Identifier(org=origin.org, customer=customer, type=kind, value=value)
            for customer, (_, _, mobile, email, n) in pairs
            for kind, value in (("mobile", mobile), ("email", email), ("externalId", f"x{n}"))
        )
        ProfileIdentifier.objects.bulk_create(
            ProfileIdentifier(profile=profiles[n // 3], identifier=identifier)
            for n, identifier in enumerate(identifiers)
        )
        Channel.objects.bulk_create(
            Channel(profile=profile, type=kind, value=value, is_primary=True)
            for profile, (_, _, mobile, email, _) in zip(profiles, rows, strict=True)
            for kind, value in (("mobile", mobile), ("email", email))
        )
        SearchKey.objects.bulk_create(
            SearchKey(org=origin.org, customer=customer, kind=kind, text=text)
            for customer, (first, last, mobile, email, n) in pairs
            for kind, text in (
                ("firstName", first.lower()),
                ("lastName", last.lower()),
                ("fullName", f"{first} {last}".lower()),
                ("mobile", mobile),
                ("mobile", mobile[2:]),
                ("email", email),
                ("externalId", f"x{n}"),
            )
        )
        Event.objects.bulk_create(
            Event(
                org=origin.org,
                door="IMPORT",
                kind="customer.registered",
                subject_type="customer",
                subject_id=customer.pk,
                after={"first_name": first, "last_name": last, "mobile": mobile, "email": email},
                happened_at=NOON,
            )
            for customer, (first, last, mobile, email, _) in pairs
        )


def _by_bare_sql(origin, account):
    """The practical limit: one COPY, then a statement a table, uniqueness left to the index."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE staged (n bigint, first text, last text, mobile text, email text) "
            "ON COMMIT DROP"
        )
        with cursor.copy("COPY staged (first, last, mobile, email, n) FROM STDIN") as copy:
            for row in people():
                copy.write_row(row)
        cursor.execute(
            "CREATE TEMP TABLE town ON COMMIT DROP AS SELECT "
            "nextval('customers_customer_id_seq') AS id, nextval('customers_profile_id_seq') "
            "AS profile, * FROM staged"
        )
        for statement in _BARE_SQL:
            cursor.execute(statement, {"org": origin.org.pk, "account": account.pk, "at": NOON})


_BARE_SQL = (
    """
    INSERT INTO customers_customer (id, org_id, loyalty_type, extended_fields, end_points,
        registered_in_id, registered_at, modified_at, fraud_status)
    SELECT id, %(org)s, 'LOYALTY', '{}', '[]', %(account)s, %(at)s, %(at)s, 'NOT_FRAUD' FROM town
    """,
    """
    INSERT INTO customers_profile (id, customer_id, source_account_id, first_name, last_name,
        fields, created_at, modified_at)
    SELECT profile, id, %(account)s, first, last, '{}', %(at)s, %(at)s FROM town
    """,
    """
    WITH made AS (
        INSERT INTO customers_identifier (org_id, customer_id, type, value)
        SELECT %(org)s, id, 'mobile', mobile FROM town
        UNION ALL SELECT %(org)s, id, 'email', email FROM town
        UNION ALL SELECT %(org)s, id, 'externalId', 'x' || n FROM town
        RETURNING id, customer_id
    )
    INSERT INTO customers_profileidentifier (profile_id, identifier_id)
    SELECT town.profile, made.id FROM made JOIN town ON town.id = made.customer_id
    """,
    """
    INSERT INTO customers_channel (profile_id, type, value, is_primary, is_verified, meta,
        attributes)
    SELECT profile, 'mobile', mobile, true, false, '{}'::jsonb, '{}'::jsonb FROM town
    UNION ALL SELECT profile, 'email', email, true, false, '{}', '{}' FROM town
    """,
    """
    INSERT INTO customers_searchkey (org_id, customer_id, kind, text)
    SELECT %(org)s, id, 'firstName', lower(first) FROM town
    UNION ALL SELECT %(org)s, id, 'lastName', lower(last) FROM town
    UNION ALL SELECT %(org)s, id, 'fullName', lower(first || ' ' || last) FROM town
    UNION ALL SELECT %(org)s, id, 'mobile', mobile FROM town
    UNION ALL SELECT %(org)s, id, 'mobile', substr(mobile, 3) FROM town
    UNION ALL SELECT %(org)s, id, 'email', email FROM town
    UNION ALL SELECT %(org)s, id, 'externalId', 'x' || n FROM town
    """,
    """
    INSERT INTO audit_event (org_id, door, request_id, kind, subject_type, subject_id, after,
        happened_at)
    SELECT %(org)s, 'IMPORT', '', 'customer.registered', 'customer', id,
        jsonb_build_object('first_name', first, 'last_name', last, 'mobile', mobile), %(at)s
    FROM town
    """,
)
