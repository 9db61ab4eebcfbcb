"""Health and metrics, for those who watch the program."""

import pytest
from django.core.cache.backends.locmem import LocMemCache


def test_live_asks_nobody(client):
    assert client.get("/health/live").json() == {"status": "ok"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("accept", ["*/*", "text/html", "no media type", ""])
def test_ready_names_what_works(client, accept):
    response = client.get("/health/ready", headers={"Accept": accept})

    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "checks": {"database": "ok", "cache": "ok", "storage": "ok"},
    }


class DeafCache(LocMemCache):
    def set(self, *args, **kwargs):
        raise ConnectionError


@pytest.mark.django_db(transaction=True)
def test_ready_but_slower_without_a_cache_and_says_so(client, settings):
    settings.CACHES = {"default": {"BACKEND": f"{__name__}.DeafCache"}}

    response = client.get("/health/ready")

    assert response.status_code == 200
    assert response.json()["status"] == "degraded"
    assert response.json()["checks"] == {
        "database": "ok",
        "cache": "Unexpected Result: Connection Error",
        "storage": "ok",
    }


def test_metrics_need_the_token(client, settings):
    settings.METRICS_TOKEN = "let-me-see"

    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer no"}).status_code == 404
    shown = client.get("/metrics", headers={"Authorization": "Bearer let-me-see"})
    assert b"django_http_requests_latency_seconds" in shown.content


@pytest.mark.parametrize(("demo", "status"), [(True, 200), (False, 404)])
def test_without_a_token_only_the_demo_has_metrics(client, settings, demo, status):
    settings.METRICS_TOKEN = ""
    settings.CRM_DEMO = demo

    assert client.get("/metrics").status_code == status
