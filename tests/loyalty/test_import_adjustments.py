"""A file of points adjustments ..."""

import pytest
from django.urls import reverse

from loyalty.models import PointsEntry
from tests.builders import get_or_make_organization, make_customer, make_enrollment, make_program
from tests.customers.import_helpers import list_counts, list_outcomes, list_remarks
from tests.loyalty.import_helpers import check_file, import_file
from tests.staff_client import log_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sums_hold")]

MOBILE = "919800000001"
HEADER = "Mobile,Program,Points,Reason,Reference\n"


@pytest.fixture
def member():
    customer = make_customer(identifiers=[("mobile", MOBILE)])
    return make_enrollment(customer, make_program("Stars", is_default=True), points=50)


def points_of(member):
    member.refresh_from_db()
    return member.points


def test_gives_and_takes_points_with_a_reason(member):
    content = f'{HEADER}{MOBILE},,"1,000.50",Sorry,a\n{MOBILE},stars,-20,Slip,b\n'

    upload = check_file("points_adjustments", content)

    assert list_outcomes(upload) == {2: "CREATE", 3: "CREATE"}
    assert list_remarks(upload)[3] == [("", "-20.00 points.")]
    assert points_of(member) == 50
    upload = import_file(upload)
    assert list_counts(upload.apply_run) == {"create": 2}
    assert float(points_of(member)) == 1030.5
    entries = PointsEntry.objects.filter(kind="ADJUST").order_by("pk")
    assert [entry.notes for entry in entries] == ["Sorry", "Slip"]


def test_never_takes_more_than_there_is_even_by_several_rows(member):
    content = f"{HEADER}{MOBILE},,-30,Slip,\n{MOBILE},,-30,Slip,\n"

    upload = check_file("points_adjustments", content)

    assert list_outcomes(upload) == {2: "CREATE", 3: "ERROR"}
    sentence = "Only 20 points are available; 30 were requested."
    assert list_remarks(upload)[3] == [("Points", sentence)]
    import_file(upload)
    assert points_of(member) == 20


def test_refuses_in_the_run_what_was_spent_since_the_preview(member):
    upload = check_file("points_adjustments", f"{HEADER}{MOBILE},,-40,Slip,\n")
    import_file(check_file("points_adjustments", f"{HEADER}{MOBILE},,-30,Other,\n"))

    upload = import_file(upload)

    assert list_counts(upload.apply_run) == {"drifted": 1}
    sentence = "Only 20 points are available; 40 were requested."
    assert list_remarks(upload)[2] == [("Points", sentence)]
    assert points_of(member) == 20


def test_moves_nothing_twice_under_one_reference(member):
    content = f"{HEADER}{MOBILE},,5,Sorry,case-7\n{MOBILE},,5,Sorry,case-7\n"
    upload = check_file("points_adjustments", content)
    assert list_outcomes(upload) == {2: "CREATE", 3: "SKIP"}
    import_file(upload)

    upload = check_file("points_adjustments", content)

    assert list_outcomes(upload) == {2: "UNCHANGED", 3: "SKIP"}
    assert points_of(member) == 55


@pytest.mark.parametrize(
    ("row", "remark"),
    [
        (",,5,Sorry,", ("", "The row names no customer.")),
        (f"{MOBILE},,0,Sorry,", ("Points", "Enter a number of points other than 0.")),
        (
            f"{MOBILE},,many,Sorry,",
            ("Points", "“many” is not a number with at most three decimals."),
        ),
        (f"{MOBILE},,5,,", ("Reason", "Give a reason.")),
        (
            f"{MOBILE},Moons,5,Sorry,",
            (
                "Program",
                "There is no such program.",
            ),
        ),
        (f"{MOBILE},Others,5,Sorry,", ("Program", "Customer {0} is not enrolled in this program.")),
    ],
)
def test_says_of_each_row_what_is_wrong_and_where(member, row, remark):
    make_program("Others")

    upload = check_file("points_adjustments", f"{HEADER}{row}\n")

    column, sentence = remark
    assert list_outcomes(upload) == {2: "ERROR"}
    assert list_remarks(upload) == {2: [(column, sentence.format(member.customer_id))]}
    assert points_of(member) == 50


def test_says_all_that_is_wrong_with_a_row_at_once(member):
    upload = check_file("points_adjustments", f"{HEADER}12,Moons,many,,\n")

    assert list_remarks(upload)[2] == [
        ("Points", "“many” is not a number with at most three decimals."),
        ("Mobile", "Invalid mobile."),
        ("Reason", "Give a reason."),
        (
            "Program",
            "There is no such program.",
        ),
    ]


@pytest.mark.parametrize(
    ("role", "offered"), [("import operator", False), ("organization admin", True)]
)
def test_is_for_those_who_may_adjust_points_and_bring_in_transactions(role, offered):
    page = log_in(role, org=get_or_make_organization()).get(reverse("admin:runs_importrun_add"))

    assert (b'value="points_adjustments"' in page.content) is offered
