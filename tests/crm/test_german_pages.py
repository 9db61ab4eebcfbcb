"""Every kind of page in German: no text of ours is left in English."""

from collections import deque
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import Resolver404, get_resolver, resolve, reverse
from django.utils import timezone

from crm.demo.fill import fill_demo
from crm.demo.secrets import hash_secrets
from crm.kernel.transactions import unit_of_work
from crm.tenancy.models import StaffUser
from tests.crm.message_catalogue import ROOT, read_po

pytestmark = pytest.mark.django_db

START = "/admin/"
# The one logs out, the other is a script.
NO_PAGES = {"logout", "jsi18n"}
# Names that the demo's organization gave itself, equal to English words of ours.
OF_THE_DEMO = {
    "Active",
    "Address",
    "Age",
    "Deleted",
    "Expired",
    "Issued",
    "Mobile app",
    "Not issued",
    "Other",
    "Preferred store",
    "Stores",
    "Suspended",
    "Website",
    "age",
    "email",
    "mobile",
}
SILENT_TAGS = {"script", "style", "code"}
ATTRIBUTES = {"title", "aria-label", "placeholder", "alt"}
FEWEST_PAGES = 60


class _Texts(HTMLParser):
    """The texts and the links of a page."""

    def __init__(self):
        super().__init__()
        self.texts, self.links, self._silent_tags = set(), [], []

    def handle_starttag(self, tag, attrs):
        is_icon = "material-symbols" in (dict(attrs).get("class") or "")
        self._silent_tags += [tag] if self._silent_tags or is_icon or tag in SILENT_TAGS else []
        for name, value in attrs:
            if name in ATTRIBUTES and value:
                self.texts.add(" ".join(value.split()))
            if name == "href" and tag == "a" and value:
                self.links.append(value)

    def handle_endtag(self, tag):
        if self._silent_tags and self._silent_tags[-1] == tag:
            self._silent_tags.pop()

    def handle_data(self, data):
        if not self._silent_tags and data.strip():
            self.texts.add(" ".join(data.split()))


def _read(page):
    texts = _Texts()
    texts.feed(page)
    return texts


def _list_lists_and_forms():
    resolver = dict(get_resolver().namespace_dict)["admin"][1]
    names = [name for name in resolver.reverse_dict if isinstance(name, str)]
    return [
        reverse(f"admin:{name}") for name in sorted(names) if name.endswith(("_changelist", "_add"))
    ]


def _get_view_name(address):
    try:
        return resolve(urlsplit(address).path).url_name
    except Resolver404:
        return None


def _visit_all_pages(client):
    """Open one page of each kind that links lead to; yield its address and its texts."""
    waiting = deque([START, *_list_lists_and_forms()])
    seen = set(NO_PAGES)
    while waiting:
        address = waiting.popleft()
        name = _get_view_name(address)
        if name is None or name in seen:
            continue
        seen.add(name)
        answer = client.get(address, follow=True)
        assert answer.status_code < 500, address
        if answer.status_code != 200 or not answer["Content-Type"].startswith("text/html"):
            continue
        page = _read(answer.text)
        yield address, page.texts
        here = answer.redirect_chain[-1][0] if answer.redirect_chain else address
        links = [urldefrag(urljoin(here, link)).url for link in page.links]
        waiting += [link for link in links if link.startswith(START)]


@pytest.fixture
def german():
    """Somebody who may do everything in the demo, and reads German."""
    unit_of_work(fill_demo)(hashed=hash_secrets(), now=timezone.now())
    user = StaffUser.objects.get(username="admin")
    user.is_superuser, user.language = True, "de"
    user.save()
    user.groups.set(Group.objects.all())
    client = Client()
    client.force_login(user)
    return client


def test_no_page_shows_an_english_text_that_has_a_german_one(german):
    catalogue = read_po(ROOT / "crm/locale/de/LC_MESSAGES/django.po")
    english = {
        form
        for key, _, texts, _ in catalogue
        if key and texts[0] not in (key, f"{key[:1].upper()}{key[1:]}")
        for form in (key, f"{key[:1].upper()}{key[1:]}", f"{key}:")
    }
    german_too = {text for _, _, texts, _ in catalogue for text in texts}

    pages = list(_visit_all_pages(german))

    left = {
        address: found
        for address, texts in pages
        if (found := (texts & english) - german_too - OF_THE_DEMO)
    }
    assert left == {}
    assert len(pages) > FEWEST_PAGES
