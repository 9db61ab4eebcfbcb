"""The way of a file of cards and of one of coupons through the dashboard."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from crm.runs.models import ImportRun
from loyalty.models import Card, Coupon
from tests.builders import get_or_make_source_account, make_customer, make_organization
from tests.card_builders import make_card, make_card_series, make_coupon_series
from tests.customers.import_helpers import reload_import, run_to_end
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db

MOBILE = "919800000001"


@pytest.fixture
def tom():
    return make_customer(identifiers=[("mobile", MOBILE)])


def url(page, upload=None):
    return reverse(f"admin:runs_importrun_{page}", args=[upload.pk] if upload else [])


def upload_file(client, kind, content):
    file = SimpleUploadedFile(f"{kind}.csv", content.encode())
    client.post(url("add"), {"kind": kind, "file": file})
    return ImportRun.objects.latest("pk")


def build_form(client, upload, **changes):
    """The fields of the page of columns, as a browser would send them."""
    form = client.get(url("change", upload)).context["form"]
    sent = {bound.name: value for bound in form if (value := bound.value()) not in (None, False)}
    return {**sent, **changes}


def read_text(answer):
    return " ".join(answer.content.decode().split())


def test_leads_from_a_file_to_cards_at_their_customers(tom):
    series = make_card_series("GOLD", name="Gold card")
    make_card("1", series, customer=make_customer())
    client = log_in("import operator")
    upload = upload_file(client, "cards", f"Card number,Mobile\n100,{MOBILE}\n1,{MOBILE}\n101,\n")

    refused = client.post(url("change", upload), build_form(client, upload))
    assert "Choose a default series, as no column is mapped to the series." in read_text(refused)
    client.post(url("change", upload), build_form(client, upload, series_id=series.pk))
    run_to_end(reload_import(upload).dry_run)

    preview = read_text(client.get(url("change", upload)))
    assert "Another customer holds this card. Delink it first." in preview
    assert "Import 2 rows" in preview
    assert Card.objects.count() == 1

    client.post(url("confirm", upload))
    run_to_end(reload_import(upload).apply_run)

    result = client.get(url("change", upload), {"outcome": "CREATE"})
    card = Card.objects.get(number="100")
    assert card.customer == tom
    assert reverse("admin:loyalty_card_change", args=[card.pk]) in result.content.decode()
    page = client.get(reverse("admin:customers_customer_change", args=[tom.pk]))
    assert [card_line["number"] for card_line in page.context["loyalty"]["cards"]] == ["100"]
    failed = b"".join(client.get(url("failed", upload))).decode("utf-8-sig").splitlines()
    assert failed[1].endswith(f",1,{MOBILE}")


def test_leads_from_a_file_to_coupons_of_customers(tom):
    series = make_coupon_series("TENOFF")
    client = log_in("import operator")
    upload = upload_file(
        client, "coupons", f"Mobile,Series,Good until\n{MOBILE},TENOFF,31/12/2090\n"
    )

    client.post(url("change", upload), build_form(client, upload))
    run_to_end(reload_import(upload).dry_run)
    assert "Import 1 row" in read_text(client.get(url("change", upload)))
    client.post(url("confirm", upload))
    run_to_end(reload_import(upload).apply_run)

    coupon = Coupon.objects.get()
    assert (coupon.customer, coupon.series, coupon.expires_at.year) == (tom, series, 2090)
    assert coupon.issued_by == client.user.entity
    result = client.get(url("change", upload), {"outcome": "CREATE"})
    assert reverse("admin:loyalty_coupon_change", args=[coupon.pk]) in result.content.decode()
    page = client.get(reverse("admin:loyalty_coupon_change", args=[coupon.pk]))
    assert "import" in read_text(page)


@pytest.mark.parametrize("kind", ["cards", "coupons"])
def test_is_closed_to_who_may_not_bring_in_such_files(kind):
    client = log_in("support agent")
    file = SimpleUploadedFile("x.csv", b"Card number\n1\n")

    assert client.post(url("add"), {"kind": kind, "file": file}).status_code == 403
    assert not ImportRun.objects.exists()


@pytest.mark.parametrize("kind", ["cards", "coupons"])
def test_offers_no_series_of_others_and_works_without_any(kind):
    get_or_make_source_account()
    org = make_organization()
    theirs = (make_card_series if kind == "cards" else make_coupon_series)("ZANZIBAR", org)
    client = log_in("import operator")
    upload = upload_file(client, kind, "Card number,Code,Mobile\n1,a,919800000001\n")

    page = client.get(url("change", upload))
    answer = client.post(url("change", upload), build_form(client, upload, series_id=theirs.pk))

    assert "zanzibar" not in page.content.decode().lower()
    assert answer.status_code == 400
    assert reload_import(upload).dry_run is None
