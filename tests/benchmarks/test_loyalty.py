"""Registration and import with loyalty on: bonus and welcome coupon, compared with their floors."""

import os
from statistics import median

import pytest
from django.conf import global_settings

from customers.models import Customer
from loyalty.models import Coupon, CouponSeries, Enrollment
from tests.benchmarks.clocks import format_times, p50, take_turns
from tests.benchmarks.floors import write_by_bare_sql
from tests.benchmarks.loyalty_floor import BONUS, list_statements
from tests.benchmarks.make_customers_csv import HEADER
from tests.benchmarks.population import vacuum
from tests.benchmarks.racing import authorization, race, report, serve_with_floor
from tests.benchmarks.serving import Tills
from tests.benchmarks.test_import import Town
from tests.builders import (
    get_or_make_source_account,
    make_credential,
    make_origin,
    make_program,
    make_till,
)
from tests.card_builders import make_coupon_series
from tests.customers.import_helpers import check_file, import_file, list_counts

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.races,  # PostgreSQL only
    pytest.mark.django_db(transaction=True),
]
ROWS = int(os.environ.get("BENCHMARK_ROWS", "10000"))
CHUNK = 2_000
MANY_TILLS = 8
# Our rate divided by that of the floor.
REGISTER_GOAL, REGISTER_MINIMUM = 0.2, 0.05
IMPORT_GOAL, IMPORT_MINIMUM = 0.5, 0.1

_KEYS = """
    CREATE TEMP TABLE keys ON COMMIT DROP AS SELECT id AS customer,
        nextval('loyalty_enrollment_id_seq') AS enrollment,
        nextval('loyalty_pointsentry_id_seq') AS entry, nextval('loyalty_coupon_id_seq') AS coupon
    FROM town
"""
_COUNT = """
    UPDATE loyalty_couponseries SET issued_count = issued_count + (SELECT count(*) FROM town)
    WHERE id = %(series)s
"""


@pytest.fixture
def program(settings):
    """A default program with a registration bonus and a welcome coupon."""
    settings.PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS
    series = make_coupon_series("welcome", description="Welcome", discount_code="TEN")
    return make_program(is_default=True, registration_bonus=BONUS, welcome_series=series)


def list_floor_values(program):
    return {
        "program": program.pk,
        "tier": program.tiers.get(serial=1).pk,
        "series": program.welcome_series_id,
        "bonus": BONUS * 1000,
    }


def test_registers_with_everything_on(program, tmp_path, monkeypatch):
    till = make_till()
    credential = make_credential(till)
    get_or_make_source_account()
    for name, value in list_floor_values(program).items():
        monkeypatch.setenv(f"FLOOR_{name.upper()}", str(value))
    vacuum()
    floor = "tests.benchmarks.loyalty_floor"
    tills = Tills(
        MANY_TILLS,
        {"authorization": authorization(credential), "ids": [], "mobiles": [], "prefixes": []},
    )
    ratios, rates = {}, {}
    print()
    try:
        with serve_with_floor(credential, tmp_path, floor=floor) as servers:
            for count in (1, MANY_TILLS):
                paces = race(servers, tills, "register", count)
                ratios[count] = report("register", count, paces, REGISTER_GOAL)
                rates[count] = median(paces["ours"].rates)
    finally:
        tills.stop()
    print(f"{MANY_TILLS} at once   {rates[MANY_TILLS] / rates[1]:.2f} times one")
    assert Customer.objects.count() == Enrollment.objects.filter(points=BONUS).count()
    assert Customer.objects.count() == Coupon.objects.count()
    assert min(ratios.values()) >= REGISTER_MINIMUM


def test_imports_with_everything_on(program, worker_gc):
    origin, account, town = make_origin(door="IMPORT"), get_or_make_source_account(), Town()
    values = list_floor_values(program)
    statements = [_KEYS, *list_statements("keys"), _COUNT]

    def run_import():
        lines = [",".join(row[:5]) for row in [HEADER, *town.rows(ROWS)]]
        upload = import_file(check_file("\n".join(lines)))
        assert list_counts(upload.apply_run) == {"create": ROWS}

    def write_floor():
        for _ in range(ROWS // CHUNK):
            write_by_bare_sql(origin, account, town.customers(), more=statements, **values)

    seconds = take_turns(
        {"dry run and run, all rules": run_import, "staged COPY, INSERT ... SELECT": write_floor},
        rounds=3,
    )
    print(f"\n{ROWS:,} rows with bonus and coupon\n{format_times(seconds)}")
    our_rate, limit = (ROWS / p50(times) for times in seconds.values())
    print(f"rows a second: {our_rate:,.0f}, {limit:,.0f}")
    print(f"{our_rate / limit:.2f} of the practical limit, goal {IMPORT_GOAL}")
    issued = CouponSeries.objects.get().issued_count
    assert issued == Customer.objects.count() == Enrollment.objects.filter(points=BONUS).count()
    assert our_rate >= IMPORT_MINIMUM * limit
