"""Staff journeys in a real Chromium: pages work as people use them, under the content policy."""

import pytest
from django.contrib.auth.models import Group
from playwright.sync_api import Locator, Page, expect

from customers.models import StatusChange
from tests.builders import (
    PASSWORD,
    get_or_make_source_account,
    make_customer,
    make_organization,
    make_staff,
    make_status_label,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def roles(transactional_db):
    """A test that flushes takes the migration's rows along; bring back the one that is needed."""
    from django.contrib.auth.models import Permission

    group, _ = Group.objects.get_or_create(name="support agent")
    group.permissions.set(
        Permission.objects.filter(codename__in=["view_customer", "label_customer"])
    )


@pytest.fixture
def agent(page: Page, live_server):
    """The start page as a support agent sees it, and what the browser complained about."""
    user = make_staff(username="agent", first_name="Mina")
    user.groups.add(Group.objects.get(name="support agent"))
    complaints = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))

    page.goto(f"{live_server.url}/admin/")
    page.get_by_label("Username").fill("agent")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Mina")).to_be_visible()

    yield page
    assert complaints == []


def open_palette(page: Page) -> Locator:
    """Open it by its key, once the page's scripts listen, and return its field."""
    page.wait_for_function("document.querySelector('[x-data=\"searchCommand()\"]')._x_dataStack")
    page.keyboard.press("Control+k")
    field = page.locator("#search-input-command")
    # The palette focuses it a moment later; a key pressed before would be lost.
    expect(field).to_be_focused()
    return field


def test_an_agent_finds_a_customer_while_typing_and_changes_the_status(agent: Page):
    make_status_label("Suspended", "SUSPENDED")
    make_customer(first_name="Tom", last_name="Thumb")
    tom = make_customer(
        identifiers=[("mobile", "919811223344")], first_name="Tom", last_name="Sawyer"
    )

    agent.get_by_role("link", name="Customers").click()
    agent.locator("#searchbar").press_sequentially("tom s")
    expect(agent.get_by_role("option")).to_have_count(1)
    agent.keyboard.press("ArrowDown")
    agent.keyboard.press("Enter")
    expect(agent.get_by_role("heading", name="Tom Sawyer")).to_be_visible()

    agent.get_by_text("Change status").first.click()
    agent.get_by_label("New status").select_option("Suspended")
    agent.get_by_label("Reason").fill("Card lost")
    agent.get_by_role("button", name="Change status").click()

    expect(agent.get_by_text("The status is now Suspended.")).to_be_visible()
    change = StatusChange.objects.get()
    assert (change.customer, change.reason) == (tom, "Card lost")


def test_the_palette_opens_with_a_key_and_leads_to_a_customer(agent: Page):
    make_customer(identifiers=[("mobile", "919811223344")], first_name="Tom", last_name="Sawyer")

    open_palette(agent).press_sequentially("98112")
    agent.locator("#command-results").get_by_role("link", name="Tom Sawyer").click()

    expect(agent.get_by_role("heading", name="Tom Sawyer")).to_be_visible()


@pytest.mark.parametrize("waits", [True, False])
def test_enter_in_the_palette_opens_the_first_match(agent: Page, waits):
    make_customer(first_name="Huck", last_name="Finn")
    make_customer(first_name="Tom", last_name="Sawyer")

    field = open_palette(agent)
    field.press_sequentially("sawyer")
    if waits:
        expect(agent.locator("#command-results").get_by_role("link")).to_have_count(1)
    agent.keyboard.press("Enter")

    expect(agent.get_by_role("heading", name="Tom Sawyer")).to_be_visible()


def test_enter_in_the_palette_opens_what_the_arrows_selected(agent: Page):
    make_customer(first_name="Tom", last_name="Sawyer")
    make_customer(first_name="Tom", last_name="Thumb")

    open_palette(agent).press_sequentially("tom")
    results = agent.locator("#command-results").get_by_role("link")
    expect(results).to_have_count(2)
    second = results.nth(1).get_attribute("data-title")
    for key in ("ArrowDown", "Enter"):
        agent.keyboard.press(key)

    expect(agent.get_by_role("heading", name=second)).to_be_visible()


def test_enter_in_the_palette_does_nothing_without_a_match(agent: Page):
    address = agent.url

    field = open_palette(agent)
    agent.keyboard.press("Enter")
    with agent.expect_response(lambda answer: "nobody" in answer.url):
        field.press_sequentially("nobody")
        agent.keyboard.press("Enter")
    agent.keyboard.press("Enter")

    assert agent.url == address


def test_filters_are_applied_and_stay_in_the_address(agent: Page):
    make_customer(first_name="Loyal")
    make_customer(first_name="Other", loyalty_type="NON_LOYALTY")

    agent.get_by_role("link", name="Customers").click()
    agent.locator("a", has_text="Filters").click()
    agent.locator("#changelist-filter select[name=type]").select_option("NON_LOYALTY")
    agent.get_by_role("button", name="Apply Filters").click()

    expect(agent.get_by_role("link", name="Other Rao")).to_be_visible()
    expect(agent.get_by_role("link", name="Loyal Rao")).to_have_count(0)
    assert "type=NON_LOYALTY" in agent.url


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_is_wider_than_the_screen(agent: Page, live_server, width, theme):
    customer = make_customer(
        identifiers=[("externalId", "x" * 120), ("email", f"{'y' * 60}@example.com")],
        first_name="Extraordinarily" * 4,
    )
    agent.set_viewport_size({"width": width, "height": 900})
    agent.emulate_media(color_scheme=theme)

    for path in ("", "customers/customer/", f"customers/customer/{customer.pk}/change/"):
        agent.goto(f"{live_server.url}/admin/{path}")
        beyond = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert agent.evaluate(beyond) <= 0, path


def test_another_organizations_customer_is_not_there(page: Page, live_server):
    org = make_organization()
    theirs = make_customer(
        org, source_account=get_or_make_source_account(org=org), first_name="Zanzibar"
    )
    user = make_staff(username="agent")
    user.groups.add(Group.objects.get(name="support agent"))
    page.goto(f"{live_server.url}/admin/")
    page.get_by_label("Username").fill("agent")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()

    answer = page.goto(f"{live_server.url}/admin/customers/customer/{theirs.pk}/change/")

    assert answer.status == 404
    expect(page.get_by_text("Zanzibar")).to_have_count(0)
