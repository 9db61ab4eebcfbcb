"""What the system has exported changes nothing when it is imported again as it is guessed."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from crm.approvals.models import Request
from crm.runs.models import ImportRun, Run
from customers.models import Customer
from loyalty.models import CardGeneration
from tests.approval_builders import approve, make_request
from tests.builders import (
    get_or_make_organization,
    get_or_make_source_account,
    make_customer,
    make_profile,
)
from tests.card_builders import make_card, make_card_series
from tests.crm.dumping import dump_rows
from tests.customers.import_helpers import list_outcomes, reload_import, run_to_end
from tests.loyalty.import_helpers import import_file
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db


def make_awkward_customers():
    wechat = get_or_make_source_account("WECHAT", "22232")
    web = get_or_make_source_account("WEBSITE")
    app = get_or_make_source_account("MOBILE_APP", "400 b")
    shop = get_or_make_source_account()
    make_customer(
        identifiers=[("mobile", "919811223344"), ("mobile", "919811223345")],
        first_name="Ann, Maria",
        last_name='O"Hara; jr',
    )
    make_customer(identifiers=[("externalId", "00123"), ("email", "zeros@example.com")])
    make_customer(identifiers=[("externalId", "@SUM(A1)")], first_name="=1+1", last_name="'+Two")
    make_customer(identifiers=[("externalId", "'=quoted")], first_name="'-'", last_name="-")
    make_customer(source_account=wechat, identifiers=[("mobile", "919811223346")])
    make_customer(source_account=app, identifiers=[("externalId", "1.234")])
    make_customer(source_account=wechat, identifiers=[("wechat", "openid-1")])
    # An external id that is the number of another customer.
    make_customer(identifiers=[("externalId", str(Customer.objects.order_by("pk")[1].pk))])
    two = make_customer(
        source_account=web, identifiers=[("externalId", "007")], first_name="", last_name=""
    )
    make_profile(two, shop, identifiers=[("email", "two@example.com")], first_name="Jürgen")
    make_customer(
        identifiers=[("email", "none@example.com")],
        loyalty_type="NON_LOYALTY",
        first_name="",
        last_name="",
    )


def make_requests():
    customer = make_customer(identifiers=[("mobile", "919811223344")])
    # Somebody's external id is the number of the customer whom the requests concern.
    make_customer(identifiers=[("externalId", str(customer.pk))])
    make_request(customer, "EMAIL", new_value="new@example.com", reason="-typo, or not")
    approve(make_request(customer, "EXTERNAL_ID", new_value="00981"))


def make_cards():
    series = make_card_series(code="round-trip")
    order = CardGeneration.objects.create(
        series=series, count=2, made=2, created_at=series.created_at
    )
    make_card("000000000012", series, generation=order)
    make_card("000000000013", series, make_customer(), generation=order)


def download_card_numbers(client):
    order = CardGeneration.objects.get()
    return export(client, "loyalty_cardseries_download", order.series_id, order.pk)


def export(client, page, *args):
    answer = client.get(reverse(f"admin:{page}", args=args))
    assert answer.status_code == 200
    return b"".join(answer)


def open_import(client, kind, content, name):
    """Upload a file; return the import and the fields of its column mapping as they are guessed."""
    file = SimpleUploadedFile(name, content)
    client.post(reverse("admin:runs_importrun_add"), {"kind": kind, "file": file})
    upload = ImportRun.objects.get()
    form = client.get(reverse("admin:runs_importrun_change", args=[upload.pk])).context["form"]
    return upload, {
        bound.name: value for bound in form if (value := bound.value()) not in (None, False)
    }


def import_again(client, kind, content, name="export.csv", **changes):
    upload, fields = open_import(client, kind, content, name)
    client.post(reverse("admin:runs_importrun_change", args=[upload.pk]), {**fields, **changes})
    upload = reload_import(upload)
    run_to_end(upload.dry_run)
    return reload_import(upload)


@pytest.mark.parametrize("extension", ["csv", "xlsx"])
def test_an_export_of_customers_comes_back_and_changes_nobody(extension):
    get_or_make_source_account()
    make_awkward_customers()
    client = log_in(org=get_or_make_organization())
    before = dump_rows()

    content = export(client, "customers_customer_export", extension)
    upload = import_again(client, "customers", content, f"customers.{extension}")

    assert set(list_outcomes(upload).values()) == {"UNCHANGED", "ERROR"}
    # A customer without a mobile, an email and an external id cannot be found by an export.
    assert upload.dry_run.result["error"] == 1
    assert dump_rows() == before


def test_an_export_of_customers_with_another_name_changes_that_name_only():
    get_or_make_source_account()
    make_awkward_customers()
    client = log_in(org=get_or_make_organization())
    content = export(client, "customers_customer_export", "csv").replace(b"rgen", b"rg")

    import_file(import_again(client, "customers", content))

    customer = Customer.objects.get(profiles__first_name="Jürg")
    names = customer.profiles.values_list("source_account__source", "first_name")
    assert list(names.order_by("pk")) == [("WEBSITE", ""), ("INSTORE", "Jürg")]


def test_an_export_of_requests_names_no_customer_by_our_number():
    make_requests()
    client = log_in(org=get_or_make_organization())
    requests = list(Request.objects.order_by("pk").values())

    _, fields = open_import(
        client, "requests", export(client, "approvals_request_export"), "requests.csv"
    )

    assert not any(str(value).startswith("identifier.") for value in fields.values())
    page = client.post(
        reverse("admin:runs_importrun_change", args=[ImportRun.objects.get().pk]), fields
    )
    assert "Map a column to the customer." in page.content.decode()
    assert not Run.objects.exists()
    assert list(Request.objects.order_by("pk").values()) == requests


def test_downloaded_card_numbers_come_back_and_change_no_card():
    make_cards()
    client = log_in(org=get_or_make_organization())
    before = dump_rows()

    upload = import_again(
        client,
        "cards",
        download_card_numbers(client),
        series_id=str(CardGeneration.objects.get().series_id),
    )

    assert list_outcomes(upload) == {2: "UNCHANGED", 3: "UNCHANGED"}
    assert dump_rows() == before
