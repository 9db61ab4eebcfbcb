"""One JSON object a line, with the request's id and nobody's data."""

import json
import logging
import logging.config
import sys

import pytest
import structlog

from crm.settings.logs import logging_config


@pytest.fixture
def line():
    """Format one record as the running program would."""
    config = logging_config(level="INFO", readable=False)
    formatter = logging.config.DictConfigurator(config).configure_formatter(
        config["formatters"]["line"]
    )
    return lambda record: json.loads(formatter.format(record))


def record(event, **more):
    made = logging.LogRecord("crm.test", logging.WARNING, "file.py", 1, event, None, None)
    made.__dict__.update(more)
    return made


def test_a_library_s_line_carries_the_request(line):
    with structlog.contextvars.bound_contextvars(request_id="abc"):
        shown = line(record("no room"))

    assert shown.pop("timestamp")
    assert shown == {
        "event": "no room",
        "level": "warning",
        "logger": "crm.test",
        "request_id": "abc",
    }


@pytest.mark.parametrize("name", ["password", "token", "mobile", "email", "authorization"])
def test_what_a_line_must_not_hold_is_hidden(line, name):
    with structlog.contextvars.bound_contextvars(**{name: "4711"}):
        shown = line(record("logged in"))

    assert shown[name] == "***"
    assert "4711" not in json.dumps(shown)


def test_a_line_break_stays_inside_its_line(line):
    assert line(record('a"}\n{"event":"forged"'))["event"] == 'a"}\n{"event":"forged"'


def test_a_failure_s_line_holds_no_row(line):
    mobile, name = "919010000022", "Tom\n\nSawyer"
    failed = record("request failed")
    try:
        try:
            raise ValueError(f"taken\nDETAIL:  Key (value)=({mobile}).\nCONTEXT:  COPY {name}")
        except ValueError as cause:
            raise RuntimeError(f"no room\nDETAIL:  Failing row contains ({name}).") from cause
    except RuntimeError:
        failed.exc_info = sys.exc_info()

    shown = line(failed)["exception"]

    assert "ValueError: taken\n***\n" in shown
    assert shown.endswith("RuntimeError: no room\n***\n")
    assert mobile not in shown
    assert "Sawyer" not in shown


def test_an_idle_worker_says_nothing():
    levels = logging_config(level="INFO", readable=False)["loggers"]

    assert levels["django_tasks_db"] == {"level": "WARNING"}
