"""The floors for writing customers: the same tables without rules, by the ORM and by SQL.

An entry is a tuple of first name, last name, mobile, email and a number.
"""

from django.db import connection, transaction
from import_export import resources
from tablib import Dataset

from crm.audit.models import Event
from customers.models import Channel, Customer, Identifier, Profile, ProfileIdentifier, SearchKey
from tests.builders import NOON


def write_by_bulk_create(origin, account, entries):
    """Write the same rows with ``bulk_create``, without any rules."""
    with transaction.atomic():
        rows = list(entries)
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


def write_by_bare_sql(origin, account, entries, *, more=(), **values):
    """Write the rows with one COPY and one statement per table: the practical limit.

    ``more`` are further statements on the same customers, with ``values``.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE staged (n bigint, first text, last text, mobile text, email text) "
            "ON COMMIT DROP"
        )
        with cursor.copy("COPY staged (first, last, mobile, email, n) FROM STDIN") as copy:
            for row in entries:
                copy.write_row(row)
        cursor.execute(
            "CREATE TEMP TABLE town ON COMMIT DROP AS SELECT "
            "nextval('customers_customer_id_seq') AS id, nextval('customers_profile_id_seq') "
            "AS profile, * FROM staged"
        )
        values |= {"org": origin.org.pk, "account": account.pk, "at": NOON}
        for statement in (*_BARE_SQL, *more):
            cursor.execute(statement, values)


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


class CustomerResource(resources.ModelResource):
    """Customers written by the loop of django-import-export, one row at a time."""

    class Meta:
        model = Customer
        fields = ("id",)
        import_id_fields = ("id",)
        skip_diff = True

    def __init__(self, origin, account):
        super().__init__()
        self.origin, self.account = origin, account

    def before_save_instance(self, instance, row, **kwargs):
        instance.org = self.origin.org
        instance.loyalty_type = "LOYALTY"
        instance.registered_in_id = self.account.pk
        instance.registered_at = instance.modified_at = NOON

    def after_save_instance(self, instance, row, **kwargs):
        profile = Profile.objects.create(
            customer=instance,
            source_account_id=self.account.pk,
            first_name=row["first"],
            last_name=row["last"],
            created_at=NOON,
            modified_at=NOON,
        )
        for kind, value in (
            ("mobile", row["mobile"]),
            ("email", row["email"]),
            ("externalId", f"x{row['n']}"),
        ):
            identifier = Identifier.objects.create(
                org=self.origin.org, customer=instance, type=kind, value=value
            )
            ProfileIdentifier.objects.create(profile=profile, identifier=identifier)
            SearchKey.objects.create(org=self.origin.org, customer=instance, kind=kind, text=value)
        for kind in ("mobile", "email"):
            Channel.objects.create(profile=profile, type=kind, value=row[kind], is_primary=True)


def write_by_import_export(origin, account, entries):
    """Write the rows with django-import-export; fewer search rows, no events and no dry run."""
    rows = [(None, *entry) for entry in entries]
    data = Dataset(*rows, headers=["id", "first", "last", "mobile", "email", "n"])
    result = CustomerResource(origin, account).import_data(data, raise_errors=True)
    assert result.totals["new"] == len(rows)
