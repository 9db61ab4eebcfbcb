"""An operator brings in a file and watches it go in."""

import re

import pytest
from django.contrib.auth.models import Permission
from playwright.sync_api import Page, expect

from crm.runs.models import ImportRun
from customers.models import Customer
from tests.builders import PASSWORD, get_or_make_source_account, make_staff
from tests.crm.undo_helpers import import_customers, write_note
from tests.customers.import_helpers import reload_import, run_to_end

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CONTENT = "Mobile No;E-mail;First Name\n9800000001;asha@example.com;Asha\n12ab;;Ben\n"


@pytest.fixture
def operator(transactional_db, live_server, page: Page):
    """The start page as an import operator sees it, and what the browser complained about."""
    get_or_make_source_account()
    user = make_staff(username="importer", first_name="Wei")
    codes = ["import_customers", "view_customer", "view_run"]
    user.user_permissions.set(Permission.objects.filter(codename__in=codes))
    complaints = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    page.goto(f"{live_server.url}/admin/")
    page.get_by_label("Username").fill("importer")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Wei")).to_be_visible()

    yield page
    assert complaints == []


def test_from_the_file_to_the_customer_without_touching_reload(operator: Page, tmp_path):
    file = tmp_path / "people.csv"
    file.write_text(CONTENT)

    operator.locator("#nav-sidebar a[href$='/runs/importrun/']").click()
    operator.locator("a[href$='/importrun/add/']").first.click()
    operator.locator("input[type=file]").set_input_files(file)
    operator.get_by_role("button", name="Upload", exact=True).click()
    expect(operator.get_by_label("Target of Mobile No")).to_have_value("identifier.mobile")
    operator.get_by_role("button", name="Start dry run").click()
    expect(operator.get_by_role("heading", name="Checking every row")).to_be_visible()

    run_to_end(reload_import(ImportRun.objects.get()).dry_run)
    expect(operator.get_by_text("The mobile number cannot be read.")).to_be_visible()
    operator.get_by_role("button", name="Import 1 row").click()
    expect(operator.get_by_role("progressbar")).to_be_visible()

    run_to_end(reload_import(ImportRun.objects.get()).apply_run)
    operator.get_by_role("link", name=re.compile("Created")).click()
    operator.get_by_role("link", name=str(Customer.objects.get().pk), exact=True).click()
    expect(operator.get_by_role("heading", name="Asha")).to_be_visible()


def test_failed_rows_are_downloaded(operator: Page, live_server, tmp_path):
    file = tmp_path / "people.csv"
    file.write_text(CONTENT)
    operator.goto(f"{live_server.url}/admin/runs/importrun/add/")
    operator.locator("input[type=file]").set_input_files(file)
    operator.get_by_role("button", name="Upload", exact=True).click()
    operator.get_by_role("button", name="Start dry run").click()
    run_to_end(reload_import(ImportRun.objects.get()).dry_run)

    expect(operator.get_by_text("The mobile number cannot be read.")).to_be_visible()
    with operator.expect_download() as download:
        operator.get_by_role("link", name="Failed rows as CSV").click()

    content = download.value.path().read_text(encoding="utf-8-sig")
    assert content.splitlines()[1] == "Mobile No: The mobile number cannot be read.,12ab,,Ben"


def test_an_import_is_undone_after_a_preview(operator: Page, live_server):
    upload = import_customers("Mobile,First name\n9800000001,Asha\n9800000002,Ben\n")
    write_note(Customer.objects.order_by("pk")[0])

    operator.goto(f"{live_server.url}/admin/runs/importrun/{upload.pk}/change/")
    operator.get_by_role("link", name="Undo", exact=True).click()
    expect(operator.get_by_text("1 of these can be undone, 1 cannot.")).to_be_visible()
    operator.get_by_role("button", name="Undo 2 rows").click()
    expect(operator.get_by_role("heading", name="Undoing the import")).to_be_visible()

    run_to_end(reload_import(upload).undo_run)
    expect(operator.get_by_text("1 of 2 imported rows were undone.")).to_be_visible()
    operator.get_by_role("link", name=re.compile("Not undone")).click()
    expect(operator.get_by_text("Something came to depend on it: note.")).to_be_visible()
