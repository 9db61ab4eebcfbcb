"""Reading headers ..."""

import pytest
from django.test import RequestFactory

from crm.dialects.headers import get_header, read_flag
from crm.dialects.transport_errors import RequestInvalid


def request(**meta):
    return RequestFactory().get("/", **meta)


@pytest.mark.parametrize("name", ["WAIT_FOR_DOWNSTREAM", "Wait-For-Downstream"])
def test_takes_dashes_for_underscores(name):
    assert get_header(request(HTTP_WAIT_FOR_DOWNSTREAM="false"), name) == "false"


@pytest.mark.parametrize(
    ("sent", "read"), [("Straße".encode().decode("latin-1"), "Straße"), ("Stra\xdfe", "Straße")]
)
def test_reads_utf_8_where_the_server_saw_latin_1(sent, read):
    assert get_header(request(HTTP_X_NAME=sent), "X-Name") == read


def test_tells_a_header_that_is_not_there_from_an_empty_one():
    assert get_header(request(), "X-Name") is None
    assert get_header(request(HTTP_X_NAME=""), "X-Name") == ""


@pytest.mark.parametrize(
    ("text", "meant"), [("true", True), (" FALSE ", False), ("1", True), ("0", False), ("", True)]
)
def test_understands_yes_and_no(text, meant):
    assert read_flag(request(HTTP_X_YES=text), "X-Yes", default=True) is meant


def test_refuses_a_flag_that_is_neither():
    with pytest.raises(RequestInvalid) as refused:
        read_flag(request(HTTP_X_YES="maybe"), "X-Yes", default=True)

    assert refused.value == RequestInvalid(detail="X-Yes must be true or false.")
