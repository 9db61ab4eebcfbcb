"""Import of a file, dry run and run, compared with writing its rows without rules."""

import random

import pytest
from django.db import connection

from tests.benchmarks.clocks import format_times, p50, take_turns
from tests.benchmarks.floors import write_by_bare_sql, write_by_bulk_create, write_by_import_export
from tests.benchmarks.make_customers_csv import HEADER, make_row
from tests.builders import get_or_make_source_account, make_origin
from tests.customers.import_helpers import check_file, import_file, list_counts

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.races,  # PostgreSQL only
    pytest.mark.django_db(transaction=True),
]
ROWS = 10_000
CHUNK = 2_000
SAMPLE_ROWS = 500
_random = random.Random(7)


class Town:
    """Generates distinct customers as rows or tuples."""

    def __init__(self):
        self.last = 0

    def rows(self, count):
        self.last += count
        return [make_row(number, _random) for number in range(self.last - count, self.last)]

    def customers(self, count=CHUNK):
        for mobile, email, external_id, first, last, *_ in self.rows(count):
            yield first, last, mobile, email, int(external_id[1:])


def test_is_faster_than_bulk_create_in_chunks(worker_gc):
    origin, account, town = make_origin(door="IMPORT"), get_or_make_source_account(), Town()

    def run_import():
        # The same columns as the floors write: no consent, no date.
        lines = [",".join(row[:5]) for row in [HEADER, *town.rows(ROWS)]]
        upload = import_file(check_file("\n".join(lines)))
        assert list_counts(upload.apply_run) == {"create": ROWS}

    def floor(write):
        for _ in range(ROWS // CHUNK):
            write(origin, account, town.customers())

    seconds = take_turns(
        {
            "dry run and run, all rules": run_import,
            "bulk_create per table, no rules": lambda: floor(write_by_bulk_create),
            "staged COPY, INSERT ... SELECT": lambda: floor(write_by_bare_sql),
            # This loop is slow, so it gets a sample of the rows.
            f"django-import-export's own loop, {SAMPLE_ROWS}": lambda: write_by_import_export(
                origin, account, town.customers(SAMPLE_ROWS)
            ),
        },
        rounds=3,
    )
    print(f"\n{connection.vendor}, {ROWS:,} rows\n{format_times(seconds)}")
    *compared_times, stock = (p50(times) for times in seconds.values())
    our_rate, bulk_rate, limit = (ROWS / times for times in compared_times)
    print(f"rows a second: {our_rate:,.0f}, {bulk_rate:,.0f}, {limit:,.0f}")
    print(
        f"{our_rate / bulk_rate:.2f} of bulk_create, {our_rate / limit:.2f} of the practical limit"
    )
    print(f"{our_rate / (SAMPLE_ROWS / stock):.1f} times django-import-export's own loop")
    assert our_rate >= 1.2 * bulk_rate
