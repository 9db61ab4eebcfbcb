"""Import of requests."""

import pytest
from django.urls import reverse

from crm.approvals.models import Request
from crm.kernel.transactions import unit_of_work
from crm.tenancy.operations.settings import change_settings
from loyalty.operations.transactions.enter import enter_transaction
from loyalty.rules.transactions import Sale
from tests.approval_builders import make_person
from tests.builders import (
    NOON,
    get_or_make_organization,
    make_customer,
    make_enrollment,
    make_organization,
    make_origin,
    make_program,
)
from tests.card_builders import make_coupon_series
from tests.customers.import_helpers import list_counts, list_outcomes, list_remarks
from tests.loyalty import import_helpers
from tests.loyalty.import_helpers import check_file, import_file
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db

TOM, ANN = "919800000001", "919800000002"
HEADER = (
    "Kind,Mobile,Old value,New value,Points,Series,Transaction id,Bill number,Target mobile,"
    "Reason,Comments\n"
)


@pytest.fixture(autouse=True)
def _a_member_of_staff_brings_it(monkeypatch):
    person = make_person(get_or_make_organization())
    monkeypatch.setattr(
        import_helpers,
        "make_origin",
        lambda **arguments: make_origin(actor=person, **_without_org(arguments)),
    )


def _without_org(arguments):
    return {name: value for name, value in arguments.items() if name != "org"}


@pytest.fixture
def tom():
    customer = make_customer(
        identifiers=[("mobile", TOM), ("email", "tom@example.com")], at=NOON.replace(year=2025)
    )
    return make_enrollment(customer, make_program("Stars", is_default=True)).customer


@pytest.fixture
def ann():
    return make_customer(identifiers=[("mobile", ANN)])


def list_filed_requests():
    rows = Request.objects.order_by("pk")
    return list(rows.values_list("kind", "customer_id", "status", "reason"))


def test_files_requests_of_every_kind_and_writes_none_before(tom, ann):
    series = make_coupon_series()
    unit_of_work(change_settings)(
        org_id=tom.org_id,
        values={
            "CONF_RETRO_TRANSACTION_ENABLE": 1,
            "CONF_CLIENT_RETRO_MAX_ALLOWED_AGE_DAYS": 36_500,
        },
    )
    for number in ("b1", "b2"):
        entered = unit_of_work(enter_transaction)(
            origin=make_origin(),
            sale=Sale(number=number, type="NOT_INTERESTED", amount=600, billed_at=NOON),
        )
    content = (
        f"{HEADER}"
        f"Email,{TOM},tom@example.com,tom@x.example,,,,,,New job,by phone\n"
        f"external_id,{TOM},,T1,,,,,,List,\n"
        f"Goodwill points,{TOM},,,12.5,,,,,Sorry,\n"
        f"COUPON,{TOM},,,,{series.pk},,,,Sorry,\n"
        f"retro,{TOM},,,,,,b1,,Forgot,\n"
        f"Retro transaction,{TOM},,,,,{entered.transaction_id},,,Forgot,\n"
        f"MERGE,{ANN},,,,,,,{TOM},One person,\n"
    )

    upload = check_file("requests", content)

    assert set(list_outcomes(upload).values()) == {"CREATE"}, list_remarks(upload)
    assert list_remarks(upload)[2] == [("", "Email address: Pending.")]
    assert list_filed_requests() == []
    upload = import_file(upload)
    assert list_counts(upload.apply_run) == {"create": 7}
    assert list_filed_requests() == [
        ("EMAIL", tom.pk, "PENDING", "New job"),
        ("EXTERNAL_ID", tom.pk, "PENDING", "List"),
        ("POINTS", tom.pk, "PENDING", "Sorry"),
        ("COUPON", tom.pk, "PENDING", "Sorry"),
        ("RETRO", tom.pk, "PENDING", "Forgot"),
        ("RETRO", tom.pk, "PENDING", "Forgot"),
        ("MERGE", ann.pk, "PENDING", "One person"),
    ]
    assert Request.objects.get(kind="EMAIL").comments == "by phone"


def test_passes_over_what_waits_already(tom):
    row = f"POINTS,{TOM},,,5,,,,,Sorry,\n"
    upload = check_file("requests", f"{HEADER}{row}{row}")
    assert list_outcomes(upload) == {2: "CREATE", 3: "UNCHANGED"}
    import_file(upload)

    upload = check_file("requests", f"{HEADER}{row}")

    assert list_outcomes(upload) == {2: "UNCHANGED"}
    assert len(list_filed_requests()) == 1


def test_tells_what_approves_itself(tom):
    unit_of_work(change_settings)(org_id=tom.org_id, values={"CI_EMAIL_AUTO_APPROVE": 1})

    upload = check_file("requests", f"{HEADER}EMAIL,{TOM},tom@example.com,t@x.example,,,,,,New,\n")

    assert list_remarks(upload)[2] == [("", "Email address: Approved.")]
    import_file(upload)
    assert list_filed_requests() == [("EMAIL", tom.pk, "APPROVED", "New")]


@pytest.mark.parametrize(
    ("row", "remark"),
    [
        ("POINTS,,,,5,,,,,Sorry,", ("", "The row names no customer.")),
        (f",{TOM},,,5,,,,,Sorry,", ("Kind", "The kind of request is missing.")),
        (f"WISH,{TOM},,,5,,,,,Sorry,", ("Kind", "There is no such kind of request.")),
        (f"POINTS,{TOM},,,5,,,,,,", ("Reason", "The reason is missing.")),
        (f"POINTS,{TOM},,,5,,,,,{'x' * 256},", ("Reason", "This reason is too long.")),
        (f"POINTS,{TOM},,,many,,,,,Sorry,", ("Points", "Enter a number of points above zero.")),
        (f"POINTS,{ANN},,,5,,,,,Sorry,", ("", "Customer {1} is not enrolled in this program.")),
        (f"COUPON,{TOM},,,,7777777,,,,Sorry,", ("", "The organization has no such coupon series.")),
        (
            f"RETRO,{TOM},,,,,,b9,,Sorry,",
            ("", "There is no such transaction, or it is no purchase of this customer."),
        ),
        (
            f"EMAIL,{TOM},tom@example.com,,,,,,,New,",
            ("New value", "Enter a new value that differs from the old one."),
        ),
        (
            f"EMAIL,{TOM},who@x.example,t@x.example,,,,,,New,",
            ("Old value", "The customer does not have the old value, or it is missing."),
        ),
        (
            f"MOBILE,{TOM},{TOM},{ANN},,,,,,New,",
            ("New value", "This mobile number is invalid, or another customer has it."),
        ),
        (
            f"MERGE,{TOM},,,,,,,,One person,",
            ("Target mobile", "The target customer is missing or unknown."),
        ),
        (
            f"MERGE,{TOM},,,,,,,{TOM},One person,",
            ("Target mobile", "A customer cannot be merged with themselves."),
        ),
        (
            f"MERGE,{TOM},,,,,,,919800000009,One person,",
            (
                "Target mobile",
                "No customer has this mobile. Correct it, or import the customer first.",
            ),
        ),
    ],
)
def test_says_of_each_row_what_is_wrong_and_where(tom, ann, row, remark):
    program_id = tom.enrollments.get().program_id

    upload = check_file("requests", f"{HEADER}{row}\n")

    column, sentence = remark
    assert list_remarks(upload) == {2: [(column, sentence.format(program_id, ann.pk))]}
    assert list_outcomes(upload) == {2: "ERROR"}
    assert list_filed_requests() == []


def test_one_refused_row_leaves_the_others(tom):
    content = f"{HEADER}POINTS,{TOM},,,0,,,,,Sorry,\nPOINTS,{TOM},,,5,,,,,Sorry,\n"

    import_file(check_file("requests", content))

    assert list_filed_requests() == [("POINTS", tom.pk, "PENDING", "Sorry")]


def test_knows_nobody_of_another_organization(tom):
    make_customer(make_organization("other"), identifiers=[("mobile", "919800000007")])

    upload = check_file("requests", f"{HEADER}POINTS,919800000007,,,5,,,,,Sorry,\n")

    assert list_outcomes(upload) == {2: "ERROR"}


@pytest.mark.parametrize(
    ("role", "offered"), [("import operator", True), ("organization admin", True), ("agent", False)]
)
def test_is_for_those_who_may_bring_requests_in(role, offered):
    if role == "agent":
        role = "support agent"
    page = log_in(role, org=get_or_make_organization()).get(reverse("admin:runs_importrun_add"))

    assert (b'value="requests"' in page.content) is offered
