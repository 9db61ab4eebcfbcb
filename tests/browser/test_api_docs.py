"""An integrator reads the API page and tries an operation."""

import re

import pytest
from playwright.sync_api import expect

from tests.builders import PASSWORD, make_credential, make_customer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def till(transactional_db):
    return make_credential()


@pytest.fixture
def complaints(page):
    """What the browser says against the page: blocked scripts and styles, missing files."""
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else 0)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("requestfailed", lambda request: said.append(request.url))
    return said


def show_tag(page, tag):
    """The page draws only the operations on the screen, so name those that are looked for."""
    page.get_by_placeholder("Filter by tag").fill(tag)


def test_logs_in_by_basic_and_calls_an_operation(live_server, page, complaints, till):
    page.goto(f"{live_server}/api/docs")

    page.get_by_role("button", name="Authorize").first.click()
    page.locator("#auth-basic-username").fill(till.login)
    page.locator("#auth-basic-password").fill(PASSWORD)
    page.locator(".auth-container", has_text="basic").locator("button[type=submit]").click()
    page.locator(".btn-done").first.click()
    show_tag(page, "v2 fields")
    operation = page.locator(".opblock", has_text="/v2/extendedFields")
    operation.locator(".opblock-summary").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()

    expect(operation.locator(".live-responses-table .response-col_status").last).to_contain_text(
        re.compile("200")
    )
    assert complaints == []


def test_sends_what_the_page_filled_in(live_server, page, complaints, till):
    someone = make_customer(identifiers=[("mobile", "919999000001")])
    page.goto(f"{live_server}/api/docs")

    page.get_by_role("button", name="Authorize").first.click()
    page.locator("#auth-basic-username").fill(till.login)
    page.locator("#auth-basic-password").fill(PASSWORD)
    page.locator(".auth-container", has_text="basic").locator("button[type=submit]").click()
    page.locator(".btn-done").first.click()
    show_tag(page, "v2 lookup")
    path = page.locator("[data-path='/v2/customers/lookup']")
    operation = page.locator(".opblock-get", has=path)
    operation.locator(".opblock-summary").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()

    expect(operation.locator(".request-url")).to_contain_text(
        "lookup?identifierName=mobile&identifierValue=919999000001&source=INSTORE"
    )
    expect(operation.locator(".live-responses-table .highlight-code").first).to_contain_text(
        f'"entity": {someone.pk}'
    )
    assert complaints == []


def test_finds_the_list_of_codes(live_server, page, complaints):
    page.goto(f"{live_server}/api/docs")
    with page.expect_popup() as opened:
        page.get_by_role("link", name="the list of codes").click()

    expect(opened.value.get_by_role("rowheader", name="8069").first).to_be_visible()
    assert complaints == []
