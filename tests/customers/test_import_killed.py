"""An import whose worker is killed in the middle goes on where it stopped, each row once."""

import pytest
from django.conf import settings

from crm.imports import import_work
from crm.imports.operations.undo import undo_import
from crm.kernel.transactions import unit_of_work
from tests.benchmarks.make_customers_csv import HEADER, rows
from tests.builders import make_program
from tests.crm.workplace import WorkerHarness
from tests.customers.import_helpers import (
    check_file,
    import_file,
    make_staff_origin,
    start_check,
    start_import,
)

pytestmark = pytest.mark.django_db(transaction=True)

COUNT = 10_000
# 200 rows have each kind of fault: 7 kinds are errors, one is skipped, one meets nobody here.
CREATED = 8_400


@pytest.fixture
def file():
    return "\n".join(",".join(row) for row in [HEADER, *rows(COUNT)])


@pytest.fixture
def workplace(tmp_path):
    places = []

    def prepare():
        places.append(
            WorkerHarness(
                tmp_path,
                "tests.customers.settings_of_worker",
                MEDIA_OF_TEST=str(settings.MEDIA_ROOT),
            )
        )
        return places[0]

    yield prepare
    for place in places:
        place.end()


def kill_again_and_again(place):
    """Kill workers after their first chunk and later, then let one end the work."""
    for enough in (1, COUNT // 2):
        worker = place.start_worker()
        place.wait_until(lambda state, done_count, held_by, enough=enough: done_count >= enough)
        worker.kill()
        worker.wait()
        assert place.run[0] == "RUNNING"
    place.start_worker()
    place.wait_until(lambda state, done_count, held_by: state == "DONE")


def fetch_value(place, query):
    [row] = place.fetch(query)
    return row


def test_the_dry_run_stages_every_row_once(workplace, file):
    start_check(file)
    place = workplace()

    kill_again_and_again(place)

    assert place.run == ("DONE", COUNT, "")
    assert fetch_value(place, "SELECT count(*), count(DISTINCT number) FROM runs_importrow") == (
        COUNT,
        COUNT,
    )
    outcome_counts = dict(
        place.fetch("SELECT outcome, count(*) FROM runs_importrow GROUP BY outcome")
    )
    assert outcome_counts == {"CREATE": CREATED, "ERROR": 1_400, "SKIP": 200}


def test_the_run_creates_every_customer_once(workplace, file, monkeypatch):
    monkeypatch.setattr(import_work, "CHUNK_SIZES", {"sqlite": 2_000, "postgresql": 2_000})
    start_import(check_file(file))
    place = workplace()

    kill_again_and_again(place)

    assert place.run == ("DONE", CREATED, "")
    counted = [
        fetch_value(place, f"SELECT count(*) FROM {query}")[0]
        for query in (
            "customers_customer",
            "customers_profile",
            "audit_event WHERE kind = 'customer.registered'",
            "runs_importrow WHERE is_applied",
            "(SELECT DISTINCT subject_id FROM runs_importrow WHERE is_applied) AS subjects",
        )
    ]
    assert counted == [CREATED] * 5


def test_an_undo_takes_every_customer_back_once(workplace, monkeypatch):
    monkeypatch.setattr(import_work, "CHUNK_SIZES", {"sqlite": 2_000, "postgresql": 2_000})
    make_program("Stars", is_default=True, registration_bonus=50)
    rows_to_undo = rows(4_000)
    upload = import_file(check_file("\n".join(",".join(row) for row in [HEADER, *rows_to_undo])))
    created = upload.apply_run.result["create"]
    unit_of_work(undo_import)(origin=make_staff_origin(upload.org), import_id=upload.pk)
    place = workplace()

    for enough in (1, created // 2):
        worker = place.start_worker()
        place.wait_until(lambda state, done_count, held_by, enough=enough: done_count >= enough)
        worker.kill()
        worker.wait()
    place.start_worker()
    place.wait_until(lambda state, done_count, held_by: state == "DONE")

    assert place.run == ("DONE", created, "")
    counted = [
        fetch_value(place, f"SELECT count(*) FROM {query}")[0]
        for query in (
            "customers_customer",
            "customers_searchkey",
            "loyalty_enrollment",
            "loyalty_pointsentry",
            "runs_importrow WHERE is_applied AND NOT is_undone",
        )
    ]
    assert counted == [0] * 5
    assert fetch_value(place, "SELECT undone_rows FROM runs_importrun") == (created,)
    withdrawn = "audit_event WHERE kind = 'customer.withdrawn'"
    assert fetch_value(place, f"SELECT count(*) FROM {withdrawn}") == (created,)
    kept = "SELECT count(*) FROM loyalty_withdrawnmembership"
    assert fetch_value(place, kept) == (created,)
