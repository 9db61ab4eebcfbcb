"""What gunicorn, as we set it up, lets through to the application."""

import json
import os
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ECHO = """
import json

def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    shown = {k: v for k, v in environ.items() if k.startswith(("HTTP_", "wsgi.url", "REMOTE_A"))}
    return [json.dumps(shown).encode()]
"""


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    """A gunicorn with our configuration around an application that shows what arrived."""
    place = tmp_path_factory.mktemp("web")
    (place / "echo.py").write_text(ECHO)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = probe.getsockname()[1]
    config = ROOT / "crm/settings/gunicorn.py"
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "-c", config, "--pythonpath", place, "echo"],
        cwd=ROOT,
        env={**os.environ, "PORT": str(number), "BIND": "127.0.0.1", "VAR_DIR": str(place)},
    )
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", number)) == 0:
                break
        time.sleep(0.1)
    yield number
    server.terminate()
    assert server.wait(timeout=30) == 0


def arrived(port: int, headers: dict[str, str]) -> dict[str, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/", headers=headers)
    shown = json.load(connection.getresponse())
    connection.close()
    return shown


@pytest.mark.parametrize(
    "name", ["WAIT_FOR_DOWNSTREAM", "WAIT-FOR-DOWNSTREAM", "wait_for_downstream"]
)
def test_the_reference_s_header_arrives_in_both_spellings(port, name):
    assert arrived(port, {name: "true"})["HTTP_WAIT_FOR_DOWNSTREAM"] == "true"


@pytest.mark.parametrize("name", ["X_FORWARDED_FOR", "X_CAP_API_OAUTH_TOKEN", "AUTHORIZATION_"])
def test_no_other_header_with_underscores_does(port, name):
    assert name.strip("_") not in str(arrived(port, {name: "evil"}))


def test_a_client_cannot_claim_https(port):
    assert arrived(port, {"X-Forwarded-Proto": "https"})["wsgi.url_scheme"] == "http"


def test_a_client_cannot_claim_another_address(port):
    shown = arrived(port, {"X-Forwarded-For": "10.9.8.7"})

    assert shown["REMOTE_ADDR"] == "127.0.0.1"
