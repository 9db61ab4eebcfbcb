"""What is counted of each request ..."""

import pytest
from prometheus_client import REGISTRY

from tests.crm.test_request_trace import WithABug

LATENCY = "django_http_requests_latency_seconds_by_view_method_count"
RESPONSES = "django_http_responses_total_by_status_view_method_total"
EXCEPTIONS = "django_http_exceptions_total_by_type_total"


@pytest.fixture
def added():
    """How much a metric has grown since the test began."""
    before = {}
    for metric in REGISTRY.collect():
        for sample in metric.samples:
            before[sample.name, *sorted(sample.labels.items())] = sample.value

    def grown(name, **labels):
        value = REGISTRY.get_sample_value(name, labels) or 0
        return value - before.get((name, *sorted(labels.items())), 0)

    return grown


def test_is_its_view_method_and_status(client, added):
    client.get("/health/live")
    client.get("/health/live")

    view = {"view": "crm.ops.health.check_live", "method": "GET"}
    assert added(LATENCY, **view) == 2
    assert added(RESPONSES, status="200", **view) == 2


def test_has_no_view_where_there_is_none(client, added):
    client.get("/nowhere")

    labels = {"status": "404", "view": "<unnamed view>", "method": "GET"}
    assert added(RESPONSES, **labels) == 1


def test_takes_no_word_of_a_caller_for_a_method(client, added):
    client.generic("SPELL1", "/health/live")

    view = "crm.ops.health.check_live"
    assert added(LATENCY, view=view, method="<invalid method>") == 1
    assert added(LATENCY, view=view, method="SPELL1") == 0


def test_includes_what_broke(client, settings, added):
    settings.ROOT_URLCONF = WithABug
    client.raise_request_exception = False

    client.get("/v2/bug")

    assert added(EXCEPTIONS, type="RuntimeError") == 1
    view = "tests.crm.test_request_trace._break"
    assert added(RESPONSES, status="500", view=view, method="GET") == 1
