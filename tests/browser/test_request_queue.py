"""The queue of requests in a real Chromium: filed, previewed, decided, by keys alone as well."""

import re

import pytest
from django.contrib.auth.models import Group, Permission
from playwright.sync_api import Page, expect

from crm.approvals.models import Decision, Request
from tests.approval_builders import make_request
from tests.builders import PASSWORD, make_customer, make_staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ROLES = {
    "support agent": ["view_customer", "view_request", "file_request"],
    "approver": ["view_customer", "view_request", "file_request", "decide_request"],
}


@pytest.fixture
def complaints(page: Page, transactional_db):
    """What the browser complained about; a test that flushes takes the roles along."""
    for name, rights in ROLES.items():
        group, _ = Group.objects.get_or_create(name=name)
        group.permissions.set(Permission.objects.filter(codename__in=rights))
        make_staff(username=name.split()[-1], first_name=name).groups.add(group)
    said = []
    page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield said
    assert said == []


def enter(page: Page, live_server, username: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{live_server.url}/admin/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.locator("#header-inner, .console-greeting").first).to_be_visible()


def email_changes(count):
    return [
        make_request(make_customer(), "EMAIL", new_value=f"new{n}@example.com")
        for n in range(count)
    ]


def test_a_mobile_is_changed_by_two_and_then_only_the_new_one_is_found(
    page: Page, live_server, complaints
):
    tom = make_customer(identifiers=[("mobile", "919800000001")], first_name="Tom")

    enter(page, live_server, "agent")
    page.goto(f"{live_server.url}/admin/customers/customer/{tom.pk}/change/")
    page.get_by_text("New request…").click()
    page.get_by_role("link", name="Mobile number").click()
    page.get_by_label("New value").fill("+91 98000 00002")
    page.get_by_label("Reason").fill("New SIM")
    page.get_by_role("button", name="File request").click()
    expect(page.get_by_text("Another person must decide it.")).to_be_visible()
    page.get_by_role("link", name="Requests").first.click()
    page.locator(".requests-link").click()
    expect(page.locator("[data-preview-of]")).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)

    enter(page, live_server, "approver")
    page.goto(f"{live_server.url}/admin/approvals/request/")
    page.locator(".requests-link").click()
    expect(page.locator(".requests-changes")).to_contain_text("919800000002")
    page.locator("[data-approve] button").click()
    expect(page.get_by_text("was approved")).to_be_visible()

    suggest = f"{live_server.url}/admin/customers/customer/suggest/?q="
    assert page.request.get(f"{suggest}919800000001").json() == {"customers": []}
    found = page.request.get(f"{suggest}919800000002").json()["customers"]
    assert [one["id"] for one in found] == [tom.pk]


def test_two_hundred_are_rejected_with_one_reason(page: Page, live_server, complaints):
    email_changes(200)
    enter(page, live_server, "approver")
    page.goto(f"{live_server.url}/admin/approvals/request/")

    page.locator("[data-tick-all]").check()
    page.get_by_role("button", name="Reject all…").click()
    expect(page.get_by_role("heading", name="Reject 200 requests?")).to_be_visible()
    page.get_by_label("Reason for rejection").fill("Sent by mistake")
    page.get_by_role("button", name="Reject 200 requests").click()

    expect(page.get_by_role("heading", name="Rejection of 200 requests")).to_be_visible()
    assert Decision.objects.filter(verdict="REJECTED", reason="Sent by mistake").count() == 200


def test_a_preview_gone_stale_is_shown_anew_and_nothing_is_done(
    page: Page, live_server, complaints
):
    [request] = email_changes(1)
    enter(page, live_server, "approver")
    page.goto(f"{live_server.url}/admin/approvals/request/")
    page.locator(".requests-link").click()
    expect(page.locator(".requests-changes")).to_be_visible()
    owner = make_customer(identifiers=[("email", "new0@example.com")])

    page.locator("[data-approve] button").click()

    expect(page.get_by_text("has changed since the preview")).to_be_visible()
    expect(page.locator(".requests-blocked")).to_contain_text(f"Customer {owner.pk}")
    assert Request.objects.get(pk=request.pk).status == "PENDING"


def test_the_keys_alone_decide_and_never_while_typing(page: Page, live_server, complaints):
    first, second, third = email_changes(3)
    enter(page, live_server, "approver")
    page.goto(f"{live_server.url}/admin/approvals/request/")
    preview = page.locator("[data-preview-of]")

    page.keyboard.press("j")
    expect(preview).to_have_attribute("data-preview-of", str(first.pk))
    page.keyboard.press("j")
    expect(preview).to_have_attribute("data-preview-of", str(second.pk))
    page.keyboard.press("k")
    expect(preview).to_have_attribute("data-preview-of", str(first.pk))
    page.keyboard.press("a")
    expect(page.get_by_text(f"Request {first.pk} was approved.")).to_be_visible()
    expect(preview).to_have_attribute("data-preview-of", str(second.pk))
    assert f"selected={second.pk}" in page.url
    page.keyboard.press("r")
    page.keyboard.type("a jar")
    expect(page.get_by_label(re.compile("Reason"))).to_have_value("a jar")
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"Request {second.pk} was rejected.")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("a")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("ra")

    expect(page.locator("#searchbar")).to_have_value("ra")
    said = {d.request_id: (d.verdict, d.reason) for d in Decision.objects.all()}
    assert said == {first.pk: ("APPROVED", ""), second.pk: ("REJECTED", "a jar")}
    assert Request.objects.get(pk=third.pk).status == "PENDING"


@pytest.mark.parametrize("width", [390, 1440])
def test_no_page_of_the_queue_is_wider_than_the_screen(page: Page, live_server, complaints, width):
    [request] = [
        make_request(make_customer(first_name="x" * 60), "EXTERNAL_ID", new_value="y" * 200)
    ]
    enter(page, live_server, "approver")
    page.set_viewport_size({"width": width, "height": 900})

    for path in ("", f"?selected={request.pk}", f"{request.pk}/change/"):
        page.goto(f"{live_server.url}/admin/approvals/request/{path}")
        beyond = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(beyond) <= 0, path
