"""Writing many rows as one."""

from datetime import UTC, datetime

import pytest
from django.db import DataError, connection

from crm.audit.models import Event
from crm.kernel.bulk import (
    MANY_ROWS,
    Insert,
    bulk_insert,
    bulk_update,
    insert_together,
    insert_unless_taken,
    take_ids,
)
from crm.kernel.transactions import unit_of_work
from customers.models import Channel, Customer, Identifier, SearchKey
from tests.builders import NOON, get_or_make_organization, make_customer, make_organization

pytestmark = pytest.mark.django_db

HOSTILE = "a\tb\nc\\d\"e'f \u2028 \U0001f600 \\N {} %s $1"


def test_takes_keys_that_nobody_else_gets():
    taken = unit_of_work(take_ids)(Customer, 3)

    assert list(taken) == sorted(set(taken))
    assert make_customer().pk not in taken
    assert unit_of_work(take_ids)(Customer, 0) == ()


def test_inserts_values_of_every_kind_as_they_are():
    org = make_organization()
    at = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)
    value = {"text": HOSTILE, "none": None, "list": [1, 2.5, True], "deep": {"a": {}}}

    written = unit_of_work(bulk_insert)(
        Event,
        ("org_id", "actor_id", "door", "kind", "subject_type", "subject_id", "before", "after",
         "happened_at", "request_id"),
        [(org.pk, None, "API", HOSTILE[:60], "customer", 2**62, None, value, at, "")],
    )  # fmt: skip

    event = Event.objects.get()
    assert written == 1
    assert (event.kind, event.subject_id, event.actor) == (HOSTILE[:60], 2**62, None)
    assert (event.before, event.after, event.happened_at) == (None, value, at)


@pytest.mark.parametrize("count", [1, MANY_ROWS + 1])
def test_writes_few_rows_and_many_alike(count):
    org = make_organization()
    customer = make_customer(org=org)
    value = {"text": HOSTILE, "none": None, "list": [1, 2.5, True], "deep": {"a": {}}}
    rows = [
        (pk, org.pk, customer.pk, "cuid", f"{HOSTILE}{pk}")
        for pk in unit_of_work(take_ids)(Identifier, count)
    ]

    written = unit_of_work(insert_unless_taken)(
        Identifier, ("id", "org_id", "customer_id", "type", "value"), rows
    )
    unit_of_work(bulk_update)(
        Customer,
        ("extended_fields", "associated_with_id", "modified_at", "fraud_reason"),
        [(customer.pk, value, None, NOON, HOSTILE)]
        + [(pk, {}, None, NOON, "") for pk in range(2**40, 2**40 + count - 1)],
    )

    customer.refresh_from_db()
    assert written == {row[0] for row in rows}
    stored = customer.identifiers.filter(type="cuid").values_list("pk", "value")
    assert set(stored) == {(row[0], row[4]) for row in rows}
    assert (customer.extended_fields, customer.associated_with) == (value, None)
    assert (customer.modified_at, customer.fraud_reason) == (NOON, HOSTILE)


def test_inserts_rows_of_several_models_together():
    org = make_organization()
    [customer_id] = unit_of_work(take_ids)(Customer, 1)

    written = unit_of_work(insert_together)(
        [
            Insert(
                Identifier,
                ("org_id", "customer_id", "type", "value"),
                [(org.pk, customer_id, "cuid", "a"), (org.pk, customer_id, "cuid", "b")],
            ),
            Insert(Channel, ("profile_id", "type", "value"), []),
            Insert(
                SearchKey, ("org_id", "text", "customer_id", "kind"), [(org.pk, "a", 1, "cuid")]
            ),
        ]
    )

    assert written == 3
    assert list(Identifier.objects.order_by("pk").values_list("value", flat=True)) == ["a", "b"]
    SearchKey.objects.all().delete()
    Identifier.objects.all().delete()


def test_inserts_only_what_no_constraint_forbids_and_says_which():
    customer = make_customer(identifiers=[("cuid", "taken")])
    org = get_or_make_organization()
    ids = unit_of_work(take_ids)(Identifier, 3)
    rows = [
        (pk, org.pk, customer.pk, "cuid", value)
        for pk, value in zip(ids, ["free", "taken", HOSTILE], strict=True)
    ]

    written = unit_of_work(insert_unless_taken)(
        Identifier, ("id", "org_id", "customer_id", "type", "value"), rows
    )

    assert written == {ids[0], ids[2]}
    assert set(customer.identifiers.values_list("value", flat=True)) == {
        "free",
        "taken",
        HOSTILE,
    }


def test_inserts_moments_and_json_unless_taken():
    org, at = make_organization(), datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)
    [pk] = unit_of_work(take_ids)(Event, 1)

    unit_of_work(insert_unless_taken)(
        Event,
        ("id", "org_id", "door", "kind", "subject_type", "subject_id", "after", "happened_at",
         "request_id"),
        [(pk, org.pk, "API", "k", "customer", 1, {"text": HOSTILE}, at, "")],
    )  # fmt: skip

    event = Event.objects.get(pk=pk)
    assert (event.after, event.happened_at) == ({"text": HOSTILE}, at)


def test_updates_each_row_with_its_own_values():
    line_customer = make_customer(channels=[("line", "1")])
    two = make_customer(channels=[("line", "2")])
    first, second = Channel.objects.order_by("value")

    unit_of_work(bulk_update)(
        Channel,
        ("value", "is_verified", "meta"),
        [(first.pk, HOSTILE, True, {"a": HOSTILE}), (second.pk, "x", False, {})],
    )

    columns = ("value", "is_verified", "meta")
    assert Channel.objects.values_list(*columns).get(profile__customer=line_customer) == (
        HOSTILE,
        True,
        {"a": HOSTILE},
    )
    assert Channel.objects.values_list(*columns).get(profile__customer=two) == ("x", False, {})


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no column widths")
@pytest.mark.parametrize("write", [bulk_insert, insert_unless_taken])
def test_refuses_what_is_too_long_instead_of_cutting_it(write):
    row = (1, get_or_make_organization().pk, make_customer().pk, "cuid", "x" * 256)

    with pytest.raises(DataError):
        unit_of_work(write)(Identifier, ("id", "org_id", "customer_id", "type", "value"), [row])


@pytest.mark.parametrize("size", [1, 50, 51, 200])
def test_writes_few_and_many_alike(size):
    customer = make_customer(identifiers=[])
    columns = ("id", "org_id", "customer_id", "type", "value")
    ids = unit_of_work(take_ids)(Identifier, size)

    unit_of_work(bulk_insert)(
        Identifier,
        columns,
        [(pk, customer.org_id, customer.pk, "cuid", f"{HOSTILE}{n}") for n, pk in enumerate(ids)],
    )

    assert list(customer.identifiers.order_by("pk").values_list("value", flat=True)) == [
        f"{HOSTILE}{n}" for n in range(size)
    ]
