"""Every command of the guide for tills works with a freshly filled demo, in its order."""

import base64
import re
import shlex
from pathlib import Path
from urllib.parse import urlsplit

import pytest

GUIDE = Path(__file__).parents[3] / "crm/docs/till.md"


def list_commands():
    blocks = re.findall(r"```sh\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    text = "\n".join(blocks).replace("\\\n", " ")
    # A body may go on over several lines within its quotes.
    for command in re.split(r"(?m)^(?=curl )", text):
        if command.strip():
            yield shlex.split(command)


def run(client, command):
    """Send what curl would send."""
    url, headers, body = "", {}, None
    words = iter(command[1:])
    for word in words:
        if word == "-u":
            token = base64.b64encode(next(words).encode()).decode()
            headers["HTTP_AUTHORIZATION"] = f"Basic {token}"
        elif word == "-H":
            name, value = next(words).split(": ", 1)
            if name != "Content-Type":
                headers["HTTP_" + name.upper().replace("-", "_")] = value
        elif word == "-d":
            body = next(words)
        else:
            url = word
    parts = urlsplit(url)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    if body is None:
        return client.get(path, **headers)
    return client.post(path, body, content_type="application/json", **headers)


def test_every_command_succeeds_in_turn(client):
    commands = list(list_commands())
    assert len(commands) >= 17
    for command in commands:
        answer = run(client, command)

        assert answer.status_code == 200, (command, answer.content)
        body = answer.json()
        assert not body.get("errors"), (command, body)
        assert not body.get("warnings"), (command, body)
        if "response" in body:
            assert body["response"]["status"]["success"] == "true", (command, body)


@pytest.mark.parametrize("word", ["604", "8015", "9607"])
def test_names_codes_that_there_are(word):
    catalogue = Path(__file__).parents[3] / "crm/dialects/v2/catalogue.py"
    assert f"Entry({word}," in catalogue.read_text()
