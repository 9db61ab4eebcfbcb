"""Schemathesis over the API page: whatever fits or breaks the schema, nothing answers with a 500,
or in a way that the page does not tell of.

The database is that of a test, with a customer and a till; what the generated requests write
stays for the requests after them.
"""

import base64
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from crm.wsgi import application
from tests.builders import (
    PASSWORD,
    get_or_make_source_account,
    make_credential,
    make_customer,
    make_enrollment,
    make_field,
    make_program,
    make_status_label,
    make_till,
)
from tests.card_builders import make_card, make_card_series, make_coupon

load_all_checks()
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]

BASIC = base64.b64encode(f"fuzz.till:{PASSWORD}".encode()).decode()


def list_operations() -> list[Any]:
    """Every operation of the API page."""
    schema = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(request=None, public=True))
    schema.app = application
    return [result.ok() for result in schema.get_all_operations()]


@pytest.fixture
def _keep_transaction_open():
    """Keep the test's transaction open although the bare application ends requests inside it."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def shop(db, _keep_transaction_open):
    """Where there is something to meet."""
    make_credential(make_till(code="fuzz.till"))
    get_or_make_source_account("WECHAT", "22232")
    make_field("city")
    make_field("gender", options=["Male", "Female"])
    make_status_label("Active")
    customer = make_customer(identifiers=[("mobile", "919010000022")])
    make_enrollment(customer, make_program(is_default=True), points=10)
    make_card(customer=customer, series=make_card_series("fuzzed"))
    make_coupon(customer)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("operation", list_operations(), ids=lambda operation: operation.label)
@pytest.mark.usefixtures("shop")
def test_answers_anything_as_the_page_tells(operation, mode):
    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=_build_cases(operation, mode))
    def send(case):
        response = case.call(headers={"Authorization": f"Basic {BASIC}"})
        case.validate_response(response, checks=CHECKS)
        assert response.headers["x-cap-requestid"]

    send()


def _build_cases(operation: Any, mode: GenerationMode) -> st.SearchStrategy[Any]:
    return operation.as_strategy(generation_mode=mode)
