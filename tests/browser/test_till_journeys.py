"""What tills do, done by staff in a real Chromium."""

import pytest
from django.contrib.auth.models import Group, Permission
from playwright.sync_api import Page, expect

from crm.tenancy.rules.roles import ROLES
from customers.models import SubscriptionChange
from loyalty.models import Enrollment, Transaction
from tests.builders import (
    PASSWORD,
    make_customer,
    make_enrollment,
    make_field,
    make_program,
    make_staff,
    make_store,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def approver(page: Page, live_server):
    """The start page as an approver sees it, and what the browser complained about."""
    user = make_staff(username="approver", first_name="Mina")
    # A test that flushes takes the rows of migrations along.
    group, _ = Group.objects.get_or_create(name="approver")
    names = [right.split(".")[1] for right in ROLES["approver"]]
    group.permissions.set(Permission.objects.filter(codename__in=names))
    user.groups.add(group)
    complaints = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    page.goto(f"{live_server.url}/admin/")
    page.get_by_label("Username").fill("approver")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Mina")).to_be_visible()

    yield page
    assert complaints == []


@pytest.fixture
def member(transactional_db):
    make_store(code="high.street", name="High Street")
    customer = make_customer(first_name="Tom", last_name="Sawyer")
    return make_enrollment(customer, make_program("Club", is_default=True), points=50)


def _open_page(page: Page, live_server, member):
    page.goto(f"{live_server.url}/admin/customers/customer/{member.customer_id}/change/")
    expect(page.get_by_role("heading", name="Tom Sawyer")).to_be_visible()


def test_an_opt_out_takes_a_click_a_reason_and_another_click(approver, live_server, member):
    _open_page(approver, live_server, member)
    email = approver.get_by_role("row").filter(has_text="Email")

    email.get_by_role("link").nth(1).click()
    expect(approver.get_by_label("Reason")).to_be_focused()
    approver.keyboard.type("Asked by phone")
    approver.get_by_role("button", name="Save consent").click()

    expect(approver.get_by_text("The consent was recorded.")).to_be_visible()
    expect(email.get_by_role("link").nth(1)).to_have_text("Opted out")
    change = SubscriptionChange.objects.get()
    assert (change.channel, change.priority, change.status, change.reason) == (
        "EMAIL",
        "BULK",
        "OPTOUT",
        "Asked by phone",
    )


def test_a_bill_is_entered_by_keyboard_and_shows_what_it_earned(approver, live_server, member):
    _open_page(approver, live_server, member)
    approver.get_by_role("link", name="Enter a bill").focus()
    approver.keyboard.press("Enter")
    approver.get_by_label("Bill number").fill("B-1")
    approver.get_by_label("Store").fill("High Street")
    approver.get_by_label("Item code").first.fill("LAMP")
    approver.get_by_label("Quantity").first.fill("2")
    approver.get_by_label("Price each").first.fill("25")
    approver.get_by_role("button", name="More lines").click()
    expect(approver.get_by_label("Item code").first).to_have_value("LAMP")
    approver.get_by_label("Reason").fill("The till was down")

    approver.keyboard.press("Enter")

    expect(approver.get_by_text("Bill B-1 was entered. It earned 50 points.")).to_be_visible()
    assert Transaction.objects.get().number == "B-1"
    assert Enrollment.objects.get().points == 100


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_form_is_wider_than_a_narrow_screen(approver, live_server, member, theme):
    make_field("x" * 60, label="x" * 60)
    approver.set_viewport_size({"width": 390, "height": 900})
    approver.emulate_media(color_scheme=theme)
    pk = member.customer_id

    for path in (
        "customers/customer/add/",
        f"customers/customer/{pk}/edit/",
        f"customers/customer/{pk}/consent/",
        f"customers/customer/{pk}/preferences/",
        f"loyalty/transaction/enter/?customer={pk}",
        f"loyalty/enrollment/{member.pk}/redeem/",
        f"loyalty/card/issue/{pk}/",
        f"loyalty/coupon/redeem/{pk}/",
    ):
        approver.goto(f"{live_server.url}/admin/{path}")
        expect(approver.get_by_role("link", name="Cancel")).to_be_visible()
        beyond = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert approver.evaluate(beyond) <= 0, path
