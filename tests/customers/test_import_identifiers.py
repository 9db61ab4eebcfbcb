"""The identifiers of an imported row: several of one type, placeholders, and all faults at once."""

import pytest

from customers.models import Customer
from tests.builders import make_customer, make_program
from tests.card_builders import make_coupon_series
from tests.customers.import_helpers import (
    check_file,
    import_file,
    list_counts,
    list_outcomes,
    list_remarks,
)
from tests.loyalty.import_helpers import check_file as check_kind

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "text",
    [
        "N/A",
        "n.a.",
        "NULL",
        "None",
        "-",
        "--",
        "unknown",
        "#",
        "?",
        "0000000000",
        "000-000",
        "k.A.",
    ],
)
def test_a_placeholder_is_no_identifier_and_the_row_goes_in_with_a_remark(text):
    upload = check_file(f"Mobile,External id\n9800000001,{text}\n9800000002,{text}\n")

    assert list_counts(upload.dry_run) == {"create": 2, "warned": 2}
    remark = ("External id", f"“{text}” is no identifier and was ignored.")
    assert list_remarks(upload) == {2: [remark], 3: [remark]}
    import_file(upload)
    assert Customer.objects.filter(identifiers__type="externalId").count() == 0


def test_with_nothing_but_placeholders_a_row_has_no_identifier():
    upload = check_file("Mobile,External id\n0000000000,N/A\n")

    assert list_remarks(upload) == {
        2: [
            ("", "Not registered: no usable mobile number, email address or external id."),
            ("Mobile", "“0000000000” is no identifier and was ignored."),
            ("External id", "“N/A” is no identifier and was ignored."),
        ]
    }


@pytest.mark.parametrize("value", ["NA-1", "None of your business", "00123", "Nil Armstrong"])
def test_what_only_looks_like_a_placeholder_is_an_identifier(value):
    import_file(check_file(f"External id\n{value}\n"))

    assert Customer.objects.get().identifiers.get().value == value


def test_a_known_customer_is_updated_without_the_placeholder():
    make_customer(identifiers=[("externalId", "N/A")], first_name="Stranger")
    known = make_customer(identifiers=[("mobile", "919800000001")], first_name="Asha")

    upload = check_file("Mobile,External id,First name\n9800000001,N/A,Usha\n", channels=False)
    import_file(upload)

    assert list_outcomes(upload) == {2: "UPDATE"}
    assert known.profiles.get().first_name == "Usha"


@pytest.mark.parametrize(
    ("kind", "content", "column"),
    [
        (
            "interactions",
            "Mobile,External id,Network,Type,Date\n9800000001,NULL,WECHAT,WECHAT,2026-03-01\n",
            "External id",
        ),
        (
            "transactions",
            "Bill no,Date,Mobile,External id,Amount\nB1,2026-03-01,9800000001,NULL,5\n",
            "External id",
        ),
        (
            "points_adjustments",
            "Mobile,External id,Points,Reason\n9800000001,NULL,5,x\n",
            "External id",
        ),
    ],
)
def test_placeholders_name_nobody_in_any_import(kind, content, column):
    make_customer(identifiers=[("externalId", "NULL")])
    make_customer(identifiers=[("mobile", "919800000001")])

    upload = check_kind(kind, content)

    remarks = [remark for row in list_remarks(upload).values() for remark in row]
    assert (column, "“NULL” is no identifier and was ignored.") in remarks
    assert not any("two or more" in text for _, text in remarks)


@pytest.mark.parametrize(
    ("kind", "content", "column"),
    [
        (
            "transactions",
            "Bill no,Type,Date,Mobile,Amount,Return of\nB1,RETURN,2026-03-01,9800000001,5,N/A\n",
            "Return of",
        ),
        ("coupons", "Mobile,Series,Code\n9800000001,WELCOME,N/A\n", "Code"),
        ("coupons", "Mobile,Series,Reference\n9800000001,WELCOME,N/A\n", "Reference"),
        ("points_adjustments", "Mobile,Points,Reason,Reference\n9800000001,5,x,N/A\n", "Reference"),
    ],
)
def test_a_placeholder_names_no_bill_and_no_coupon(kind, content, column):
    make_program(is_default=True)
    make_coupon_series(code="WELCOME")
    make_customer(identifiers=[("mobile", "919800000001")])

    upload = check_kind(kind, content)

    assert (column, "“N/A” is no identifier and was ignored.") in list_remarks(upload)[2]


@pytest.mark.parametrize(
    ("number", "outcome"), [("N/A", "ERROR"), ("--", "ERROR"), ("000", "CREATE")]
)
def test_a_bill_needs_a_number_and_zeros_are_one(number, outcome):
    upload = check_kind("transactions", f"Bill no,Date,Amount\n{number},2026-03-01,5\n")

    assert list_outcomes(upload) == {2: outcome}


def test_a_request_for_a_placeholder_as_new_value_is_refused():
    customer = make_customer(identifiers=[("mobile", "919800000001")])

    upload = check_kind(
        "requests",
        "Kind,Mobile,New value,Reason\nEXTERNAL_ID,9800000001,N/A,lost\n",
    )

    assert list_outcomes(upload) == {2: "ERROR"}
    assert ("New value", "Enter a new value that differs from the old one.") in list_remarks(
        upload
    )[2]
    assert customer.identifiers.count() == 1


@pytest.mark.parametrize(
    "content",
    [
        "Mobile,Mobile 2,Name\n9800000001,9800000002,Asha\n",
        "Mobile 2,Mobile 1,Name\n9800000002,9800000001,Asha\n",
        "Other phone,Primary phone,Name\n9800000002,9800000001,Asha\n",
    ],
)
def test_a_customer_has_several_mobiles_the_primary_first(content):
    import_file(check_file(content))

    customer = Customer.objects.get()
    mobiles = ["919800000001", "919800000002"]
    assert list(customer.identifiers.order_by("pk").values_list("value", flat=True)) == mobiles
    channels = customer.profiles.get().channels.order_by("pk")
    assert list(channels.values_list("value", flat=True)) == mobiles


def test_a_customer_is_found_by_any_of_several_mobiles():
    known = make_customer(identifiers=[("mobile", "919800000002")], first_name="Asha")

    upload = check_file(
        "Phone 1,Phone 2,Name\n,9800000002,Usha\n9800000001,9800000002,x\n", channels=False
    )
    import_file(upload)

    assert known.profiles.get().first_name == "Usha"
    assert Customer.objects.count() == 1


def test_a_row_says_all_its_faults_with_their_columns():
    upload = check_file(
        "Mobile,Mobile 2,Email,First name,Source,Till code\n"
        f"9800000001,12ab,nobody,{'x' * 101},,\n"
        "9800000001,12ab,a@example.com,Asha,TELEPATHY,nowhere\n"
    )

    mobile, email = (
        ("Mobile 2", "The mobile number cannot be read."),
        ("Email", "The email address cannot be read."),
    )
    assert list_remarks(upload) == {
        2: [
            mobile,
            email,
            ("First name", "A name is too long or holds characters that no name has."),
        ],
        3: [
            ("Source", "There is no such source account."),
            ("Till code", "The till to associate the customer with is unknown."),
            mobile,
        ],
    }
