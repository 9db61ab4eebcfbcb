"""Every command of the guide for imports works with a freshly filled demo, in its order."""

import base64
import re
import shlex
from pathlib import Path
from urllib.parse import urlsplit

from crm.runs.models import Run
from tests.customers.import_helpers import run_to_end

GUIDE = Path(__file__).parents[3] / "crm/docs/imports.md"


def list_commands():
    blocks = re.findall(r"```sh\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    text = "\n".join(blocks).replace("\\\n", " ")
    for command in re.split(r"(?m)^(?=curl )", text):
        if command.strip():
            yield shlex.split(command)


def send(client, command):
    """Send what curl would send."""
    url, headers, body, is_post = "", {}, None, False
    content_type = "application/json"
    words = iter(command[1:])
    for word in words:
        if word == "-u":
            token = base64.b64encode(next(words).encode()).decode()
            headers["HTTP_AUTHORIZATION"] = f"Basic {token}"
        elif word == "-H":
            name, value = next(words).split(": ", 1)
            if name == "Content-Type":
                content_type = value
            else:
                headers["HTTP_" + name.upper().replace("-", "_")] = value
        elif word in ("-d", "--data-binary"):
            body = next(words)
        elif word == "-X":
            is_post = next(words) == "POST"
        elif word != "-OJ":
            url = word
    parts = urlsplit(url)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    if body is None and not is_post:
        return client.get(path, **headers)
    return client.post(path, body or b"", content_type=content_type, **headers)


def work_off_runs():
    """Do what a worker does beside the server."""
    for run in Run.objects.open().order_by("pk"):
        run_to_end(run)


def test_every_command_succeeds_in_turn(client):
    commands = list(list_commands())
    assert len(commands) >= 13
    # The first import that somebody uploads to a fresh demo is its fifth. A sequence does not go
    # back with a test, so here it has the number that the upload answered.
    number = "5"
    for written in commands:
        command = [re.sub(r"/v2/imports/5\b", f"/v2/imports/{number}", word) for word in written]
        answer = send(client, command)

        assert answer.status_code in (200, 202), (command, answer.content)
        if answer["Content-Type"].startswith("application/json"):
            body = answer.json()
            assert not body.get("errors"), (command, body)
            assert body.get("data", True), (command, body)
            if answer.status_code == 202 and number == "5":
                number = str(body["id"])
        else:
            assert len(b"".join(answer)) > 20, command
        work_off_runs()
