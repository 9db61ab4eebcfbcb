"""A file of coupons ..."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from crm.audit.models import Event
from crm.runs.models import ImportRow
from crm.runs.worker_turn import run_turn
from customers.queries.status_effects import get_status_effects
from loyalty.models import Coupon, CouponSeries
from tests.builders import make_customer, make_organization
from tests.card_builders import make_coupon, make_coupon_series
from tests.customers.import_helpers import (
    list_counts,
    list_outcomes,
    list_remarks,
    reload_import,
    run_to_end,
)
from tests.loyalty.import_helpers import check_file, import_file, start_check, start_import
from tests.queries import count_queries

pytestmark = pytest.mark.django_db

MOBILE = "919800000001"


@pytest.fixture
def tom():
    return make_customer(identifiers=[("mobile", MOBILE), ("email", "tom@example.com")])


def test_issues_codes_given_and_drawn_with_their_last_days(tom):
    series = make_coupon_series("TENOFF", valid_days=3)
    content = (
        f"Mobile,Series,Code,Good until\n{MOBILE},tenoff,abc-1,31/12/2090\n{MOBILE},TENOFF,,\n"
    )

    upload = check_file("coupons", content)

    assert list_outcomes(upload) == {2: "CREATE", 3: "CREATE"}
    assert not Coupon.objects.exists()
    assert CouponSeries.objects.get().issued_count == 0
    assert not Event.objects.filter(subject_type="coupon").exists()
    upload = import_file(upload)
    assert list_counts(upload.apply_run) == {"create": 2}
    supplied, drawn = Coupon.objects.order_by("pk")
    assert (supplied.code, supplied.customer, supplied.series) == ("ABC-1", tom, series)
    assert supplied.expires_at.replace(microsecond=0) == datetime(
        2090, 12, 31, 18, 29, 59, tzinfo=UTC
    )
    assert drawn.expires_at < timezone.now() + timedelta(days=5)
    assert CouponSeries.objects.get().issued_count == 2
    rows = ImportRow.objects.filter(upload=upload).order_by("number")
    assert [row.subject_id for row in rows] == [supplied.pk, drawn.pk]
    event = Event.objects.filter(kind="coupon.issued").first()
    assert (event.door, event.after["reason"]) == ("IMPORT", "Import")


def test_issues_no_code_and_no_reference_a_second_time(tom):
    series = make_coupon_series("TENOFF")
    content = "Email,Code,Reference\ntom@example.com,ABC,\ntom@example.com,,order-7\n"
    import_file(check_file("coupons", content, series_id=series.pk))
    drawn = Coupon.objects.get(reference="import:order-7")

    upload = check_file("coupons", content, series_id=series.pk)

    assert list_outcomes(upload) == {2: "UNCHANGED", 3: "UNCHANGED"}
    assert list_remarks(upload) == {
        2: [("", "The customer was issued this coupon before.")],
        3: [("", f"Coupon {drawn.code} was issued under this reference before.")],
    }
    assert Coupon.objects.count() == 2


def test_says_of_each_row_what_is_wrong_and_where(tom):
    ann = make_customer(identifiers=[("email", "ann@example.com")])
    make_coupon_series("OPEN")
    make_coupon_series("OFF", is_active=False)
    make_coupon_series("OVER", valid_till_date=date(2020, 1, 1))
    make_coupon_series("NONE", max_create=0)
    single_series = make_coupon_series("ONE", several_per_user=False)
    two = make_coupon_series("TWO", max_coupons_per_user=1)
    make_coupon(tom, single_series, "TAKEN", expires_at=None)
    make_coupon(tom, two)
    lines = [
        ",OPEN,,,",
        f"{MOBILE},NOPE,,,",
        f"{MOBILE},OFF,,,",
        f"{MOBILE},OVER,,,",
        f"{MOBILE},NONE,,,",
        f"{MOBILE},ONE,,,",
        f"{MOBILE},TWO,,,",
        f"{MOBILE},OPEN,taken,,",
        f"{MOBILE},OPEN,{'x' * 61},,",
        f"{MOBILE},OPEN,,1/1/2020,",
        f"{MOBILE},OPEN,,soon,",
        f"{MOBILE},OPEN,,,{'r' * 91}",
        "919899999999,OPEN,,,",
        "what,OPEN,,,",
    ]

    upload = check_file(
        "coupons", "Mobile,Series,Code,Good until,Reference\n" + "\n".join(lines) + "\n"
    )

    assert set(list_outcomes(upload).values()) == {"ERROR"}
    assert [first_remarks for [first_remarks] in list_remarks(upload).values()] == [
        ("", "This row names no customer: no mobile, email or other id."),
        ("Series", "The organization has no such coupon series."),
        ("Series", "The series is inactive."),
        ("Series", "The series has expired."),
        ("Series", "All 0 coupons of the series have been issued."),
        ("", "The customer already holds a coupon of this series."),
        ("", "The customer has reached the limit of 1 coupons of this series."),
        ("Code", "Another coupon of the organization has the code given."),
        ("Code", "A coupon code has at most 60 printable characters."),
        ("Good until", "The coupon's last day is in the past."),
        ("Good until", "“soon” is no date with the day first."),
        ("Reference", "A reference must not exceed 90 characters."),
        ("Mobile", "No customer has this mobile. Correct it, or import the customer first."),
        ("Mobile", "Invalid mobile."),
    ]
    assert not Coupon.objects.filter(customer=ann).exists()
    assert Coupon.objects.count() == 2


def test_skips_a_code_or_a_reference_that_stands_twice(tom):
    series = make_coupon_series()
    content = (
        "Mobile,Code,Reference\n"
        f"{MOBILE},abc,\n{MOBILE},ABC,\n{MOBILE},,r\n{MOBILE},,r\n{MOBILE},,\n{MOBILE},,\n"
    )

    upload = check_file("coupons", content, series_id=series.pk)

    assert [row for row, outcome in list_outcomes(upload).items() if outcome == "SKIP"] == [3, 5]
    assert list_remarks(upload) == {
        3: [("Code", "Same code as row 2.")],
        5: [("Reference", "Same reference as row 4.")],
    }


def test_names_the_coupon_that_is_held_already(tom):
    series = make_coupon_series(several_per_user=False, resend_held=True)
    make_coupon(tom, series, "HELD", expires_at=None)

    upload = check_file("coupons", f"Mobile\n{MOBILE}\n", series_id=series.pk)

    sentence = "The customer already has coupon HELD; no other is issued."
    assert (list_outcomes(upload), list_remarks(upload)) == ({2: "SKIP"}, {2: [("", sentence)]})


def test_refuses_in_the_run_what_a_limit_forbids_by_then(tom):
    series = make_coupon_series(max_coupons_per_user=1)
    upload = check_file("coupons", f"Mobile,Code\n{MOBILE},abc\n", series_id=series.pk)
    make_coupon(tom, series)

    upload = import_file(upload)

    assert list_counts(upload.apply_run) == {"drifted": 1}
    sentence = "The customer has reached the limit of 1 coupons of this series."
    assert list_remarks(upload) == {2: [("", sentence)]}
    assert Coupon.objects.count() == 1


def test_keeps_a_limit_that_the_file_itself_reaches_chunk_after_chunk(tom, monkeypatch):
    monkeypatch.setattr("crm.imports.import_work.CHUNK_SIZES", {"postgresql": 1, "sqlite": 1})
    series = make_coupon_series(max_create=2)
    content = "Mobile,Code\n" + "".join(f"{MOBILE},C{n}\n" for n in range(3))

    upload = import_file(check_file("coupons", content, series_id=series.pk))

    assert list_counts(upload.apply_run) == {"create": 2, "drifted": 1}
    assert list_outcomes(upload) == {2: "CREATE", 3: "CREATE", 4: "DRIFTED"}
    assert Coupon.objects.count() == 2


def test_finds_nobody_of_another_organization():
    series = make_coupon_series("TENOFF")
    theirs = make_customer(make_organization(), identifiers=[("mobile", MOBILE)])
    make_coupon_series("THEIRS", theirs.org)

    upload = check_file("coupons", f"Mobile,Series\n{MOBILE},{series.code}\n{MOBILE},THEIRS\n")

    assert list_outcomes(upload) == {2: "ERROR", 3: "ERROR"}


def test_goes_on_where_a_worker_stopped_and_does_nothing_twice(tom, monkeypatch):
    monkeypatch.setattr("crm.imports.import_work.CHUNK_SIZES", {"postgresql": 2, "sqlite": 2})
    series = make_coupon_series()
    content = "Mobile\n" + f"{MOBILE}\n" * 7
    upload = start_import(check_file("coupons", content, series_id=series.pk))
    monkeypatch.setattr("crm.runs.worker_turn.TURN_SECONDS", 0)

    slices = 0
    while not reload_import(upload).apply_run.finished_at and slices < 20:
        run = reload_import(upload).apply_run
        run_turn(run_id=run.pk, ticket=run.lease_token)
        slices += 1

    assert slices >= 4
    assert list_counts(reload_import(upload).apply_run) == {"create": 7}
    assert Coupon.objects.count() == CouponSeries.objects.get().issued_count == 7


def test_asks_as_often_for_many_rows_as_for_few(tom):
    series = make_coupon_series()
    # What an organization's labels block is loaded once.
    get_status_effects(series.org_id)

    def file(first, count):
        rows = [f"{MOBILE},{f'C{first + n}' if n % 2 else ''}" for n in range(count)]
        return "Mobile,Code\n" + "\n".join(rows) + "\n"

    uploads = [
        start_check("coupons", file(first, count), series_id=series.pk)
        for first, count in ((100, 4), (1000, 60))
    ]
    checking = [
        count_queries(lambda upload=upload: run_to_end(upload.dry_run)) for upload in uploads
    ]
    begun = [start_import(upload) for upload in uploads]
    doing = [count_queries(lambda upload=upload: run_to_end(upload.apply_run)) for upload in begun]

    assert checking[0] == checking[1]
    assert doing[0] == doing[1]
    assert Coupon.objects.count() == 64
