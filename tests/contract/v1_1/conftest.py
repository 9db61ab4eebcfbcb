"""A client for v1.1 in both formats, and fixtures that the tests share."""

from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from django.test import Client

from crm.dialects.v1_1.xml import read_xml, write_xml
from crm.tenancy.models import OrgEntity
from tests.builders import (
    make_field,
)
from tests.crm.callers import basic_auth


class Till:
    """A client with its own credential. ``get`` and ``post`` use JSON, ``post_xml`` uses XML."""

    def __init__(self, entity: OrgEntity, client: Client) -> None:
        self.entity = entity
        self.org = entity.org
        self._client = client
        self._credentials = basic_auth(entity.code)

    def get(self, path: str, query: Mapping[str, Any] | None = None, **headers: str) -> Any:
        return self._client.get(
            f"/v1.1/{path}", query or {}, **self._credentials, **_build_meta(headers)
        )

    def post(self, path: str, body: Any, **headers: str) -> Any:
        data = body if isinstance(body, bytes) else orjson.dumps(body)
        return self._send(path, data, "application/json", headers)

    def post_xml(self, path: str, body: Any, **headers: str) -> Any:
        data = body if isinstance(body, bytes) else write_xml(body)
        return self._send(path, data, "application/xml", headers)

    def _send(self, path: str, data: bytes, content_type: str, headers: Mapping[str, str]) -> Any:
        return self._client.post(
            f"/v1.1/{path}",
            data,
            content_type=content_type,
            **self._credentials,
            **_build_meta(headers),
        )


def _build_meta(headers: Mapping[str, str]) -> dict[str, str]:
    return {f"HTTP_{name.upper()}": value for name, value in headers.items()}


@pytest.fixture
def till_class():
    return Till


@pytest.fixture
def read_answer():
    """Read an answer of either format: the response's status, and the rest of the response."""

    def read_answer(answer: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        parse = read_xml if "xml" in answer["Content-Type"] else orjson.loads
        response = dict(parse(answer.content)["response"])
        return response.pop("status"), response

    return read_answer


@pytest.fixture
def fields(till):
    """An extended field and a custom field of profiles."""
    make_field("color")
    make_field("Hobbies", kind="CUSTOM", scope="PROFILE")
