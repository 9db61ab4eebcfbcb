"""Metrics of requests: count, status and latency."""

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


class _RequestMetricSet(Metrics):
    """Three of django-prometheus's twenty metrics, under its names, so that dashboards find them.

    All of them together took a sixth of the API's time, and the others are sums of these. Only the
    sizes of bodies are missing; the proxy in front knows those.
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
    """Counts every response, including those of middlewares."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.metrics = _RequestMetricSet.get_instance()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        response = self.get_response(request)
        elapsed = time.perf_counter() - began
        # A caller may send any method name, and each would be stored as a label for ever.
        method = request.method if request.method in METHODS else "<invalid method>"
        match = request.resolver_match
        latency, responses = _get_counters(
            match.view_name if match else "<unnamed view>", method, response.status_code
        )
        latency.observe(elapsed)
        responses.inc()
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        self.metrics.exceptions.labels(type=type(exception).__name__).inc()


# Looking a metric up by its labels costs more than counting.
@cache
def _get_counters(view: str, method: str, status: int) -> tuple[Any, Any]:
    metrics = _RequestMetricSet.get_instance()
    return (
        metrics.latency.labels(view=view, method=method),
        metrics.responses.labels(status=str(status), view=view, method=method),
    )
