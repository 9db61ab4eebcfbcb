"""How many requests there were, how they were answered, and how long that took."""

import time
from collections.abc import Callable
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django_prometheus.conf import NAMESPACE, PROMETHEUS_LATENCY_BUCKETS
from django_prometheus.middleware import Metrics
from prometheus_client import Counter, Histogram

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class _Kept(Metrics):
    """Three of django-prometheus's twenty metrics, under its names, so that dashboards find them.

    Keeping all of them took a sixth of the API's own time, and sums of these tell what the others
    did. Only sizes of bodies are gone: the proxy in front knows those.
    """

    def register(self) -> None:
        self.latency = self.register_metric(
            Histogram,
            "django_http_requests_latency_seconds_by_view_method",
            "Histogram of request processing time labelled by view.",
            ["view", "method"],
            buckets=PROMETHEUS_LATENCY_BUCKETS,
            namespace=NAMESPACE,
        )
        self.responses = self.register_metric(
            Counter,
            "django_http_responses_total_by_status_view_method",
            "Count of responses by status, view, method.",
            ["status", "view", "method"],
            namespace=NAMESPACE,
        )
        self.exceptions = self.register_metric(
            Counter,
            "django_http_exceptions_total_by_type",
            "Count of exceptions by object type.",
            ["type"],
            namespace=NAMESPACE,
        )


class RequestMetrics:
    """Counts whatever is answered, middlewares' own answers included."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.kept = _Kept.get_instance()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        response = self.get_response(request)
        elapsed = time.perf_counter() - began
        # A caller may send any word for a method, and each would be kept for ever.
        method = request.method if request.method in METHODS else "<invalid method>"
        match = request.resolver_match
        latency, responses = _counters(
            match.view_name if match else "<unnamed view>", method, response.status_code
        )
        latency.observe(elapsed)
        responses.inc()
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        self.kept.exceptions.labels(type=type(exception).__name__).inc()


# Looking a metric up by its labels costs more than counting.
@cache
def _counters(view: str, method: str, status: int) -> tuple[Any, Any]:
    kept = _Kept.get_instance()
    return (
        kept.latency.labels(view=view, method=method),
        kept.responses.labels(status=str(status), view=view, method=method),
    )
