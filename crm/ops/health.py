"""Health checks and metrics."""

import asyncio
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django_prometheus.exports import ExportToDjangoView
from health_check.views import HealthCheckView

from crm.kernel.availability import RETRY_AFTER

OPTIONAL_CHECKS = {"cache"}


@never_cache
def check_live(request: HttpRequest) -> HttpResponse:
    """GET /health/live: this process responds, even if the database is down."""
    return JsonResponse({"status": "ok"})


class CheckReady(HealthCheckView):
    """GET /health/ready: database and media storage do their work, else 503.

    Without the shared cache requests are slower, but none fails, so the answer is 200 "degraded".

    Always JSON: the library's choice by Accept fails on a header that is no media type.
    """

    checks = (
        "health_check.checks.Database",
        "health_check.checks.Cache",
        "health_check.checks.Storage",
    )
    http_method_names = ("get", "head", "options")

    async def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.results = await asyncio.gather(*(check.get_result() for check in self.get_checks()))
        checks = {
            type(result.check).__name__.lower(): str(result.error or "ok")
            for result in self.results
        }
        failed = {name for name, outcome in checks.items() if outcome != "ok"}
        if failed - OPTIONAL_CHECKS:
            return JsonResponse(
                {"status": "unavailable", "checks": checks},
                status=HTTPStatus.SERVICE_UNAVAILABLE,
                headers={"Retry-After": str(RETRY_AFTER)},
            )
        return JsonResponse({"status": "degraded" if failed else "ok", "checks": checks})


def show_metrics(request: HttpRequest) -> HttpResponse:
    """GET /metrics for Prometheus, with METRICS_TOKEN as bearer token.

    Without the token the page does not exist, and with none configured only the demo has it.
    """
    expected = f"Bearer {settings.METRICS_TOKEN}" if settings.METRICS_TOKEN else ""
    authorization = request.headers.get("Authorization", "")
    if settings.CRM_DEMO and not expected:
        return ExportToDjangoView(request)
    if not expected or not constant_time_compare(authorization, expected):
        raise Http404
    return ExportToDjangoView(request)
