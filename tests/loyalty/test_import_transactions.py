"""A file of transactions ..."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from crm.imports import import_work
from crm.runs.models import ImportRow, ImportRun
from crm.runs.worker_turn import run_turn
from loyalty.models import LineItem, PointsEntry, Transaction
from tests.builders import (
    get_or_make_organization,
    make_customer,
    make_enrollment,
    make_program,
    make_store,
)
from tests.customers.import_helpers import (
    list_counts,
    list_outcomes,
    list_remarks,
    reload_import,
    run_to_end,
)
from tests.loyalty.import_helpers import check_file, import_file, start_check, start_import
from tests.queries import count_queries
from tests.staff_client import log_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sums_hold")]

# As shops export it: a byte order mark, semicolons, decimal commas, the day first.
SHOP = """\ufeffInvoiceNo;StockCode;Description;Quantity;InvoiceDate;UnitPrice;CustomerID;Country
536365;85123A;WHITE HANGING HEART;6;1/12/2010 08:26;2,55;17850;United Kingdom
536365;71053;WHITE METAL LANTERN;6;1/12/2010 08:26;3,39;17850;United Kingdom
536366;22633;HAND WARMER;6;13/12/2010 08:28;1,85;;United Kingdom
C536379;D;Discount;-1;1/12/2010 09:41;27,5;17850;United Kingdom
536365;84406B;CREAM CUPID;8;1/12/2010 08:27;2,75;17850;United Kingdom
536367;84879;BIRD ORNAMENT;32;1/12/2010 08:34;1,69;13047;United Kingdom
"""


@pytest.fixture
def member():
    customer = make_customer(identifiers=[("externalId", "17850")])
    return make_enrollment(customer, make_program(is_default=True))


def lines(*rows, header="Bill no,Bill date,Customer id,Amount"):
    return "\n".join([header, *rows]) + "\n"


def turn(run):
    run_turn(run_id=run.pk, ticket=run.lease_token)


def bills():
    return {
        bill.number: (bill.type, bill.amount, bill.customer_id)
        for bill in Transaction.objects.all()
    }


def test_makes_bills_of_a_shops_lines_wherever_they_stand(member):
    upload = check_file("transactions", SHOP)

    created = dict.fromkeys(range(2, 7), "CREATE")
    assert list_outcomes(upload) == created | {7: "ERROR"}
    assert list_remarks(upload)[2] == [
        ("", f"A purchase of customer {member.customer_id}, 57.64, 3 lines.")
    ]
    assert list_remarks(upload)[7] == [
        (
            "CustomerID",
            "No customer has this external id. Correct it, or import the customer first.",
        )
    ]
    assert not Transaction.objects.exists()

    upload = import_file(upload)

    assert list_counts(upload.apply_run) == {"create": 5, "bills": 3, "points": 2}
    assert bills() == {
        "536365": ("REGULAR", Decimal("57.64"), member.customer_id),
        "536366": ("NOT_INTERESTED", Decimal("11.1"), None),
        "C536379": ("RETURN", Decimal("27.5"), member.customer_id),
    }
    line_items = LineItem.objects.filter(transaction__number="536365").order_by("position")
    assert [(line.item_code, line.quantity, line.amount) for line in line_items] == [
        ("85123A", 6, Decimal("15.3")),
        ("71053", 6, Decimal("20.34")),
        ("84406B", 8, 22),
    ]
    member.refresh_from_db()
    assert (member.points, member.purchases) == (Decimal("30.14"), Decimal("30.14"))
    bill = Transaction.objects.get(number="536365")
    assert bill.billed_at.isoformat() == "2010-12-01T02:56:00+00:00"
    rows = ImportRow.objects.filter(upload=upload, number__in=[2, 3, 6])
    assert {row.subject_id for row in rows} == {bill.pk}


def test_makes_the_same_of_lines_in_different_chunks(member, monkeypatch):
    monkeypatch.setattr(import_work, "CHUNK_SIZES", {"sqlite": 1, "postgresql": 1})

    import_file(check_file("transactions", SHOP))

    assert bills()["536365"] == ("REGULAR", Decimal("57.64"), member.customer_id)
    assert LineItem.objects.count() == 5


def test_goes_on_where_each_slice_of_work_left_off(member, monkeypatch):
    monkeypatch.setattr(import_work, "CHUNK_SIZES", {"sqlite": 1, "postgresql": 1})
    monkeypatch.setattr("crm.runs.worker_turn.TURN_SECONDS", 0)

    upload = start_check("transactions", SHOP)
    slices = {}
    for step in ("dry_run", "apply_run"):
        upload = upload if step == "dry_run" else start_import(upload)
        slices[step] = 0
        while not (run := getattr(reload_import(upload), step)).finished_at and slices[step] < 30:
            turn(run)
            turn(run)  # A turn of a worker who was thought dead: its ticket is void.
            slices[step] += 1
        upload = reload_import(upload)

    assert slices["dry_run"] > 6
    assert slices["apply_run"] >= 3
    assert upload.dry_run.done == ImportRow.objects.filter(upload=upload).count() == 6
    assert bills()["536365"] == ("REGULAR", Decimal("57.64"), member.customer_id)
    assert LineItem.objects.count() == 5
    member.refresh_from_db()
    assert member.points == Decimal("30.14")


def test_changes_nothing_when_it_is_brought_in_again(member):
    import_file(check_file("transactions", SHOP))
    before, entries = bills(), PointsEntry.objects.count()

    upload = check_file("transactions", SHOP)

    assert list_outcomes(upload) == {**dict.fromkeys(range(2, 7), "UNCHANGED"), 7: "ERROR"}
    known = Transaction.objects.get(number="536365").pk
    assert list_remarks(upload)[6] == [("", f"Entered before as transaction {known}.")]
    assert (bills(), PointsEntry.objects.count()) == (before, entries)


def test_keeps_a_whole_bill_out_for_one_bad_line(member):
    spoilt = SHOP.replace("6;1/12/2010 08:26;3,39", "six;1/12/2010 08:26;3,39")

    upload = check_file("transactions", spoilt)

    others = ("", "Row 3 of this transaction has an error, so it is not imported.")
    assert [list_remarks(upload)[number] for number in (2, 3, 6)] == [
        [others],
        [("Quantity", "“six” is not a number with at most three decimals.")],
        [others],
    ]
    import_file(upload)
    assert sorted(bills()) == ["536366", "C536379"]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            ["1,31/1/2020,17850,5", ",31/1/2020,17850,5"],
            {3: "This row has no transaction number."},
        ),
        (["1,,17850,5"], {2: "This row has no date."}),
        (["1,31/1/2099,17850,5"], {2: "The date is in the future, or too far in the past."}),
        (["1,31/1/2020,17850,"], {2: "The amount is missing, negative or too large."}),
        (["1,31/1/2020,17850,5,6"], {2: "The row has 5 cells, the header 4."}),
        (
            ["1,31/1/2020,17850,5", "1,31/1/2020,17850,5"],
            {3: "Same transaction as row 2."},
        ),
    ],
)
def test_says_of_each_row_what_is_wrong(member, rows, expected):
    upload = check_file("transactions", lines(*rows))

    row_remarks = list_remarks(upload)
    assert {number: row_remarks[number][0][1] for number in expected} == expected
    assert {list_outcomes(upload)[number] for number in expected} <= {"ERROR", "SKIP"}


@pytest.mark.parametrize(
    ("second", "column", "subject"),
    [
        ("1,2/2/2020,17850,A,1,2", "Bill date", "day"),
        ("1,31/1/2020,555,A,1,2", "Customer id", "customer"),
    ],
)
def test_refuses_a_bill_whose_rows_disagree(member, second, column, subject):
    header = "Bill no,Bill date,Customer id,Item code,Quantity,Price"

    upload = check_file("transactions", lines("1,31/1/2020,17850,A,1,2", second, header=header))

    assert list_outcomes(upload) == {2: "ERROR", 3: "ERROR"}
    sentence = f"Row 2 has another {subject} for this transaction."
    assert list_remarks(upload)[3] == [(column, sentence)]


def test_refuses_sales_to_nobody_when_told_so(member):
    upload = check_file("transactions", SHOP, anonymous="REGULAR")

    assert list_outcomes(upload)[4] == "ERROR"
    assert list_remarks(upload)[4][0][1].startswith("This row has no customer.")


def test_brings_goods_back_to_the_bill_that_is_named(member):
    header = "Bill no,Type,Bill date,Customer id,Amount,Return of,Store"
    store = make_store(code="pune")
    content = lines(
        "1,REGULAR,31/1/2020,17850,50,,pune",
        "1,RETURN,1/2/2020,17850,20,1,pune",
        "2,RETURN,1/2/2020,17850,20,9,pune",
        "3,RETURN,1/2/2020,17850,90,1,pune",
        "4,REGULAR,1/2/2020,17850,90,,delhi",
        header=header,
    )

    upload = check_file("transactions", content)

    assert list_outcomes(upload) == {2: "CREATE", 3: "CREATE", 4: "ERROR", 5: "ERROR", 6: "ERROR"}
    assert list_remarks(upload)[5] == [
        ("", "More comes back than was bought. 30 is left to return.")
    ]
    assert list_remarks(upload)[6] == [("Store", "There is no such store.")]
    upload = import_file(upload)
    assert list_counts(upload.apply_run) == {"create": 2, "bills": 2, "points": 2}
    back = Transaction.objects.get(type="RETURN")
    assert (back.returned.number, back.store) == ("1", store)
    member.refresh_from_db()
    assert member.points == 30


def test_finds_out_in_the_run_what_is_left_of_a_bill_in_another_chunk(member, monkeypatch):
    monkeypatch.setattr(import_work, "CHUNK_SIZES", {"sqlite": 1, "postgresql": 1})
    header = "Bill no,Type,Bill date,Customer id,Amount,Return of"
    rows = ["1,REGULAR,31/1/2020,17850,50,", "3,RETURN,1/2/2020,17850,90,1"]

    upload = check_file("transactions", lines(*rows, header=header))

    assert list_outcomes(upload) == {2: "CREATE", 3: "CREATE"}
    assert list_remarks(upload)[3][1] == ("", "The returned transaction is in row 2.")
    upload = import_file(upload)
    assert list_counts(upload.apply_run) == {"create": 1, "drifted": 1, "bills": 1, "points": 1}
    assert list_remarks(upload)[3] == [
        ("", "More comes back than was bought. 50 is left to return.")
    ]


def test_leaves_out_what_was_entered_since_the_preview(member):
    upload = check_file("transactions", SHOP)
    import_file(check_file("transactions", SHOP))

    upload = import_file(upload)

    assert list_counts(upload.apply_run) == {"drifted": 5}
    assert Transaction.objects.count() == 3
    member.refresh_from_db()
    assert member.points == Decimal("30.14")


def test_needs_the_same_number_of_queries_for_any_number_of_bills(member):
    # Programs and settings are read once and remembered.
    import_file(check_file("transactions", lines("bill,31/1/2020,17850,5")))
    query_counts = []
    for first, count in ((0, 4), (100, 40)):
        rows = [f"{first + n},31/1/2020,17850,5" for n in range(count)]
        upload = start_check("transactions", lines(*rows))
        checked = count_queries(lambda run=upload.dry_run: turn(run))
        upload = start_import(reload_import(upload))
        applied = count_queries(lambda run=upload.apply_run: turn(run))
        query_counts.append((checked, applied))

    assert Transaction.objects.count() == 45
    assert query_counts[0] == query_counts[1]


def test_goes_the_way_of_every_import_in_the_dashboard(member):
    staff = log_in("import operator", org=get_or_make_organization())

    def url(page, *args):
        return reverse(f"admin:runs_importrun_{page}", args=args)

    file = SimpleUploadedFile("shop.csv", SHOP.encode())
    staff.post(url("add"), {"kind": "transactions", "file": file})
    upload = ImportRun.objects.get()
    form = staff.get(url("change", upload.pk)).context["form"]
    fields = {bound.name: v for bound in form if (v := bound.value()) not in (None, False)}
    assert fields["target_0"] == "number"
    assert fields["target_6"] == "identifier.externalId"
    staff.post(url("change", upload.pk), fields)
    run_to_end(reload_import(upload).dry_run)
    page = staff.get(url("change", upload.pk)).content.decode()
    assert "Import 5 rows" in page
    assert "The rows to create are 3 transactions." in page

    staff.post(url("confirm", upload.pk))
    run_to_end(reload_import(upload).apply_run)

    page = staff.get(url("change", upload.pk), {"outcome": "CREATE"}).content.decode()
    assert "3 transactions were entered; 2 of them moved points." in page
    bill = Transaction.objects.get(number="536365")
    assert reverse("admin:loyalty_transaction_change", args=[bill.pk]) in page
    listed = staff.get(url("changelist"), {"kind": "customers"}).content.decode()
    assert "shop.csv" not in listed
    assert "shop.csv" in staff.get(url("changelist"), {"kind": "transactions"}).content.decode()
