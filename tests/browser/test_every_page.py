"""Every page of the dashboard, filled with the demo: no script error, and nobody else is asked."""

from collections import deque
from urllib.parse import urldefrag, urlsplit

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import Resolver404, get_resolver, resolve, reverse
from django.utils import timezone
from playwright.sync_api import Page

from crm.demo.fill import fill_demo
from crm.demo.secrets import hash_secrets
from crm.kernel.transactions import unit_of_work
from crm.tenancy.models import StaffUser

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

START = "/admin/"
ROLES = ["support agent", "approver", "import operator", "auditor", "organization admin"]
# The one logs out, the other is a script.
NO_PAGES = {"logout", "jsi18n"}


@pytest.fixture
def admin():
    """Somebody who may do everything in the demo, logged in."""
    # A test that flushes takes the migration's rows along.
    for role in ROLES:
        Group.objects.get_or_create(name=role)
    unit_of_work(fill_demo)(hashed=hash_secrets(), now=timezone.now())
    user = StaffUser.objects.get(username="admin")
    user.is_superuser = True
    user.save()
    client = Client()
    client.force_login(user)
    return client


def list_lists_and_forms():
    """Return the address of each list and each form for a new row."""
    resolver = dict(get_resolver().namespace_dict)["admin"][1]
    names = [name for name in resolver.reverse_dict if isinstance(name, str)]
    return [
        reverse(f"admin:{name}") for name in sorted(names) if name.endswith(("_changelist", "_add"))
    ]


def get_view_name(address):
    try:
        return resolve(urlsplit(address).path).url_name
    except Resolver404:
        return None


def visit_all_pages(page, base):
    """Open one page of each kind that links lead to; return their addresses."""
    waiting = deque([START, *list_lists_and_forms()])
    seen = set(NO_PAGES)
    visited = []
    while waiting:
        address = waiting.popleft()
        name = get_view_name(address)
        if name is None or name in seen:
            continue
        seen.add(name)
        if not leads_to_page(page, base, address):
            continue
        page.goto(base + address)
        visited.append(address)
        links = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
        waiting += [
            urldefrag(link).url.removeprefix(base)
            for link in links
            if link.startswith(f"{base}{START}")
        ]
    return visited


def leads_to_page(page, base, address):
    """Whether it is a page that this user may see; a download is none."""
    answer = page.request.get(base + address, headers={"Accept": "text/html"})
    assert answer.status < 500, address
    return answer.ok and answer.headers["content-type"].startswith("text/html")


def test_no_page_has_a_script_error_or_asks_another_host(page: Page, live_server, admin):
    complaints = []
    page.on(
        "console",
        lambda line: line.type in ("error", "warning") and complaints.append((page.url, line.text)),
    )
    page.on("pageerror", lambda error: complaints.append((page.url, str(error))))
    page.on(
        "request",
        lambda request: (
            request.url.startswith((live_server.url, "data:", "blob:"))
            or complaints.append((page.url, request.url))
        ),
    )
    cookie = admin.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])

    page.set_viewport_size({"width": 1440, "height": 900})
    page.emulate_media(color_scheme="light")
    addresses = visit_all_pages(page, live_server.url)
    for width, theme in ((1440, "dark"), (390, "light"), (390, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=theme)
        for address in addresses:
            page.goto(live_server.url + address)

    assert complaints == []
    assert len(addresses) > 60
