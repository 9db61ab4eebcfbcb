"""A file of coupons ..."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from crm.audit.models import Event
from crm.runs.models import ImportRow
from crm.runs.slicing import do_slice
from loyalty.models import Coupon, CouponSeries
from tests.builders import make_customer, make_organization
from tests.card_builders import make_coupon, make_coupon_series
from tests.customers.importing import again, counts, outcomes, remarks, work_on
from tests.loyalty.importing import begin_apply, begin_check, carry_out, check
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

    upload = check("coupons", content)

    assert outcomes(upload) == {2: "CREATE", 3: "CREATE"}
    assert not Coupon.objects.exists()
    assert CouponSeries.objects.get().issued_count == 0
    assert not Event.objects.filter(subject_type="coupon").exists()
    upload = carry_out(upload)
    assert counts(upload.apply_run) == {"create": 2}
    given, drawn = Coupon.objects.order_by("pk")
    assert (given.code, given.customer, given.series) == ("ABC-1", tom, series)
    assert given.expires_at.replace(microsecond=0) == datetime(2090, 12, 31, 18, 29, 59, tzinfo=UTC)
    assert drawn.expires_at < timezone.now() + timedelta(days=5)
    assert CouponSeries.objects.get().issued_count == 2
    rows = ImportRow.objects.filter(upload=upload).order_by("number")
    assert [row.subject_id for row in rows] == [given.pk, drawn.pk]
    event = Event.objects.filter(kind="coupon.issued").first()
    assert (event.door, event.after["reason"]) == ("IMPORT", "Import")


def test_issues_no_code_and_no_reference_a_second_time(tom):
    series = make_coupon_series("TENOFF")
    content = "Email,Code,Reference\ntom@example.com,ABC,\ntom@example.com,,order-7\n"
    carry_out(check("coupons", content, series_id=series.pk))
    drawn = Coupon.objects.get(reference="import:order-7")

    upload = check("coupons", content, series_id=series.pk)

    assert outcomes(upload) == {2: "SKIP", 3: "SKIP"}
    assert remarks(upload) == {
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
    one = make_coupon_series("ONE", several_per_user=False)
    two = make_coupon_series("TWO", max_coupons_per_user=1)
    make_coupon(tom, one, "TAKEN", expires_at=None)
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

    upload = check("coupons", "Mobile,Series,Code,Good until,Reference\n" + "\n".join(lines) + "\n")

    assert set(outcomes(upload).values()) == {"ERROR"}
    assert [said for [said] in remarks(upload).values()] == [
        ("", "There is no customer in this row: no mobile, email or other id."),
        ("Series", "There is no such series. Give the code of one."),
        ("Series", "The series is switched off. Switch it on first."),
        ("Series", "The last day of the series is over."),
        ("Series", "All 0 coupons of the series are issued."),
        ("", "The customer holds a coupon of this series, and may not hold two."),
        ("", "The customer had 1 coupons of this series; no more are allowed."),
        ("Code", "Another coupon has this code. Give another one."),
        ("Code", "This can be no code: at most 60 ordinary characters."),
        ("Good until", "This day is over. Give a later one."),
        ("Good until", "“soon” is no date with the day first."),
        ("Reference", "A reference has at most 90 characters."),
        ("Mobile", "Nobody has this mobile. Mend it, or bring the customer in first."),
        ("Mobile", "This is no mobile."),
    ]
    assert not Coupon.objects.filter(customer=ann).exists()
    assert Coupon.objects.count() == 2


def test_skips_a_code_or_a_reference_that_stands_twice(tom):
    series = make_coupon_series()
    content = (
        "Mobile,Code,Reference\n"
        f"{MOBILE},abc,\n{MOBILE},ABC,\n{MOBILE},,r\n{MOBILE},,r\n{MOBILE},,\n{MOBILE},,\n"
    )

    upload = check("coupons", content, series_id=series.pk)

    assert [row for row, what in outcomes(upload).items() if what == "SKIP"] == [3, 5]
    assert remarks(upload) == {
        3: [("Code", "Same code as row 2.")],
        5: [("Reference", "Same reference as row 4.")],
    }


def test_names_the_coupon_that_is_held_already(tom):
    series = make_coupon_series(several_per_user=False, resend_held=True)
    make_coupon(tom, series, "HELD", expires_at=None)

    upload = check("coupons", f"Mobile\n{MOBILE}\n", series_id=series.pk)

    said = "The customer holds coupon HELD already; no other is issued."
    assert (outcomes(upload), remarks(upload)) == ({2: "SKIP"}, {2: [("", said)]})


def test_refuses_in_the_run_what_a_limit_forbids_by_then(tom):
    series = make_coupon_series(max_coupons_per_user=1)
    upload = check("coupons", f"Mobile,Code\n{MOBILE},abc\n", series_id=series.pk)
    make_coupon(tom, series)

    upload = carry_out(upload)

    assert counts(upload.apply_run) == {"changed": 1}
    said = "The customer had 1 coupons of this series; no more are allowed."
    assert remarks(upload) == {2: [("", said)]}
    assert Coupon.objects.count() == 1


def test_keeps_a_limit_that_the_file_itself_reaches_chunk_after_chunk(tom, monkeypatch):
    monkeypatch.setattr("crm.importing.work.CHUNK", {"postgresql": 1, "sqlite": 1})
    series = make_coupon_series(max_create=2)
    content = "Mobile,Code\n" + "".join(f"{MOBILE},C{n}\n" for n in range(3))

    upload = carry_out(check("coupons", content, series_id=series.pk))

    assert counts(upload.apply_run) == {"create": 2, "changed": 1}
    assert outcomes(upload) == {2: "CREATE", 3: "CREATE", 4: "ERROR"}
    assert Coupon.objects.count() == 2


def test_finds_nobody_of_another_organization():
    series = make_coupon_series("TENOFF")
    theirs = make_customer(make_organization(), identifiers=[("mobile", MOBILE)])
    make_coupon_series("THEIRS", theirs.org)

    upload = check("coupons", f"Mobile,Series\n{MOBILE},{series.code}\n{MOBILE},THEIRS\n")

    assert outcomes(upload) == {2: "ERROR", 3: "ERROR"}


def test_goes_on_where_a_worker_stopped_and_does_nothing_twice(tom, monkeypatch):
    monkeypatch.setattr("crm.importing.work.CHUNK", {"postgresql": 2, "sqlite": 2})
    series = make_coupon_series()
    content = "Mobile\n" + f"{MOBILE}\n" * 7
    upload = begin_apply(check("coupons", content, series_id=series.pk))
    monkeypatch.setattr("crm.runs.slicing.SLICE_SECONDS", 0)

    slices = 0
    while not again(upload).apply_run.finished_at and slices < 20:
        run = again(upload).apply_run
        do_slice(run_id=run.pk, ticket=run.lease_token)
        slices += 1

    assert slices >= 4
    assert counts(again(upload).apply_run) == {"create": 7}
    assert Coupon.objects.count() == CouponSeries.objects.get().issued_count == 7


def test_asks_as_often_for_many_rows_as_for_few(tom):
    series = make_coupon_series()

    def file(first, count):
        rows = [f"{MOBILE},{f'C{first + n}' if n % 2 else ''}" for n in range(count)]
        return "Mobile,Code\n" + "\n".join(rows) + "\n"

    uploads = [
        begin_check("coupons", file(first, count), series_id=series.pk)
        for first, count in ((100, 4), (1000, 60))
    ]
    checking = [count_queries(lambda one=one: work_on(one.dry_run)) for one in uploads]
    begun = [begin_apply(one) for one in uploads]
    doing = [count_queries(lambda one=one: work_on(one.apply_run)) for one in begun]

    assert checking[0] == checking[1]
    assert doing[0] == doing[1]
    assert Coupon.objects.count() == 64
