"""Importing a file, dry run and run with everything on, beside writing its rows with no rules."""

import gc
import random

import pytest
from django.db import connection

from crm.ops.working import collect_seldom
from tests.benchmarks.clocks import p50, take_turns, told
from tests.benchmarks.floors import by_bare_sql, by_bulk_create, by_import_export
from tests.benchmarks.make_customers_csv import HEADER, good_row
from tests.builders import make_origin, the_source_account
from tests.customers.importing import carry_out, check, counts

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.races,  # PostgreSQL only
    pytest.mark.django_db(transaction=True),
]
ROWS = 10_000
CHUNK = 2_000
SOME = 500
_dice = random.Random(7)


class Town:
    """People in files or tuples, none of them twice."""

    def __init__(self):
        self.last = 0

    def rows(self, count):
        self.last += count
        return [good_row(number, _dice) for number in range(self.last - count, self.last)]

    def people(self, count=CHUNK):
        for mobile, email, external_id, first, last, *_ in self.rows(count):
            yield first, last, mobile, email, int(external_id[1:])


@pytest.fixture
def like_a_worker():
    """What the worker tells the garbage collector; it holds for the floors as well."""
    before = gc.get_threshold()
    collect_seldom()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def test_is_faster_than_bulk_create_in_chunks(like_a_worker):
    origin, account, town = make_origin(door="IMPORT"), the_source_account(), Town()

    def imported():
        # The same columns as the floors write: no consent, no date.
        lines = [",".join(row[:5]) for row in [HEADER, *town.rows(ROWS)]]
        upload = carry_out(check("\n".join(lines)))
        assert counts(upload.apply_run) == {"create": ROWS}

    def floor(write):
        for _ in range(ROWS // CHUNK):
            write(origin, account, town.people())

    seconds = take_turns(
        {
            "dry run and run, all rules": imported,
            "bulk_create per table, no rules": lambda: floor(by_bulk_create),
            "staged COPY, INSERT ... SELECT": lambda: floor(by_bare_sql),
            # Its loop is so slow that a part of the rows must do.
            f"django-import-export's own loop, {SOME}": lambda: by_import_export(
                origin, account, town.people(SOME)
            ),
        },
        rounds=3,
    )
    print(f"\n{connection.vendor}, {ROWS:,} rows\n{told(seconds)}")
    *others, stock = (p50(times) for times in seconds.values())
    ours, theirs, limit = (ROWS / times for times in others)
    print(f"rows a second: {ours:,.0f}, {theirs:,.0f}, {limit:,.0f}")
    print(f"{ours / theirs:.2f} of bulk_create, {ours / limit:.2f} of the practical limit")
    print(f"{ours / (SOME / stock):.1f} times django-import-export's own loop")
    assert ours >= 1.2 * theirs
