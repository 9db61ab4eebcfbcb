"""The API's requests pass the page middlewares untouched; pages do not."""

import pytest
from django.http import HttpResponse
from django.urls import path

from crm import urls


def _show(request):
    return HttpResponse(
        " ".join(name for name in ("session", "user", "_messages") if hasattr(request, name))
    )


class Showing:
    urlpatterns = [path("v2/shown", _show), path("shown", _show), *urls.urlpatterns]
    handler404 = urls.handler404


@pytest.fixture(autouse=True)
def _urls(settings):
    settings.ROOT_URLCONF = Showing


def test_the_api_has_no_session_user_or_policy_and_no_query(client):
    response = client.get("/v2/shown")

    assert response.content == b""
    assert set(response.headers) == {
        "Content-Type",
        "Content-Length",
        "X-Cap-RequestId",
        "X-Content-Type-Options",
        "X-Frame-Options",
        "Referrer-Policy",
        "Cross-Origin-Opener-Policy",
    }


def test_the_api_is_never_redirected_to_another_spelling(client):
    assert client.get("/v2/shown/").status_code == 401


def test_a_page_has_all_of_them(client):
    response = client.get("/shown")

    assert response.content == b"session user _messages"
    assert "Content-Security-Policy" in response


def test_the_policy_bends_for_unfold_under_admin_alone(client):
    shown = client.get("/shown")["Content-Security-Policy"]
    admin = client.get("/admin/nowhere")["Content-Security-Policy"]

    assert "script-src 'self';" in f"{shown};"
    assert "style-src 'self';" in f"{shown};"
    assert "script-src 'self' 'unsafe-eval';" in f"{admin};"
    assert "style-src 'self' 'unsafe-inline';" in f"{admin};"
