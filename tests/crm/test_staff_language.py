"""Each member of staff reads the dashboard in their language; the API speaks English to all."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from crm.audit.models import Event
from tests.builders import make_credential, make_staff
from tests.crm.callers import basic_auth
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db

HOME = "/admin/"
LOGIN = "/admin/login/"
GERMAN = {"Accept-Language": "de-DE,de;q=0.9,en;q=0.5"}
FRENCH = {"Accept-Language": "fr-FR,fr;q=0.9"}


def _choose(client, language, **fields):
    return client.post(reverse("admin:choose_language"), {"language": language, **fields})


def test_the_log_in_page_speaks_the_language_of_the_browser(client):
    german = client.get(LOGIN, headers=GERMAN)

    assert '<html lang="de"' in german.text
    assert "Benutzername" in german.text
    assert german["Content-Language"] == "de"
    assert '<html lang="en"' in client.get(LOGIN, headers=FRENCH).text


def test_the_first_page_takes_the_language_of_the_browser_and_keeps_it():
    client = log_in("auditor")

    client.get(HOME, headers=GERMAN)

    client.user.refresh_from_db()
    assert client.user.language == "de"
    assert '<html lang="de"' in client.get(HOME, headers=FRENCH).text


def test_a_browser_that_names_no_language_gets_english_and_nothing_is_kept():
    client = log_in("auditor")

    assert '<html lang="en"' in client.get(HOME).text

    client.user.refresh_from_db()
    assert client.user.language == ""


def test_a_choice_is_kept_with_the_user_and_holds_on_every_device():
    client = log_in("auditor")

    answer = _choose(client, "de", next="/admin/customers/customer/")

    assert answer.url == "/admin/customers/customer/"
    other_device = Client()
    other_device.force_login(client.user)
    assert '<html lang="de"' in other_device.get(HOME, headers={"Accept-Language": "en"}).text
    event = Event.objects.get(kind="staff_user.changed")
    assert (event.subject_id, event.after) == (client.user.pk, {"language": "de"})


def test_one_person_s_choice_leaves_a_colleague_alone():
    client, colleague = log_in("auditor"), Client()
    colleague.force_login(make_staff(client.user.org))

    _choose(client, "de")

    assert '<html lang="en"' in colleague.get(HOME).text


@pytest.mark.parametrize("language", ["xx", "", "fr"])
def test_a_language_that_there_is_not_is_refused(language):
    client = log_in("auditor")

    assert _choose(client, language).status_code == 400

    client.user.refresh_from_db()
    assert client.user.language == ""


def test_the_choice_leads_back_to_our_own_pages_only():
    client = log_in("auditor")

    assert _choose(client, "de", next="https://evil.example/").url == HOME
    assert client.get(reverse("admin:choose_language")).status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "/v2/customers/lookup?source=INSTORE&identifierName=mobile&identifierValue=12",
        "/v2/nowhere",
        "/v1.1/customer/get?format=json&mobile=12",
        "/v1.1/customer/get?format=xml&mobile=12",
        "/v1.1/nowhere",
    ],
)
@pytest.mark.parametrize("is_known", [True, False])
def test_the_api_never_changes_its_language(client, path, is_known):
    caller = basic_auth(make_credential().login) if is_known else {}
    plain = client.get(path, **caller)

    german = client.get(path, **caller, headers=GERMAN)

    assert german.content == plain.content
    assert "Content-Language" not in german
    assert "Accept-Language" not in german.get("Vary", "")


def test_a_page_leaves_no_language_behind_in_the_thread():
    client = log_in("auditor")
    _choose(client, "de")

    client.get(HOME)

    assert translation.get_language() == "en"


def test_every_page_offers_the_languages_by_their_own_names():
    page = log_in("auditor").get(HOME).text

    assert f'action="{reverse("admin:choose_language")}"' in page
    assert "English" in page
    assert "Deutsch" in page
