"""A client for v2, and fixtures that the tests share."""

from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from django.test import Client

from crm.tenancy.models import OrgEntity
from tests.builders import (
    make_field,
    make_program,
)
from tests.crm.callers import basic_auth
from tests.group_builders import make_hierarchy


class Till:
    """A client with its own credential."""

    def __init__(self, entity: OrgEntity, client: Client) -> None:
        self.entity = entity
        self.org = entity.org
        self._client = client
        self._credentials = basic_auth(entity.code)

    def get(self, path: str, query: Mapping[str, Any] | None = None, **headers: str) -> Any:
        return self._client.get(
            f"/v2/{path}", query or {}, **self._credentials, **_build_meta(headers)
        )

    def post(self, path: str, body: Any, **headers: str) -> Any:
        return self._write(self._client.post, path, body, headers)

    def put(self, path: str, body: Any, **headers: str) -> Any:
        return self._write(self._client.put, path, body, headers)

    def upload(self, path: str, form: Mapping[str, Any], **headers: str) -> Any:
        """Post a form with files, as multipart/form-data."""
        return self._client.post(
            f"/v2/{path}", dict(form), **self._credentials, **_build_meta(headers)
        )

    def _write(self, method: Any, path: str, body: Any, headers: Mapping[str, str]) -> Any:
        data = body if isinstance(body, bytes) else orjson.dumps(body)
        return method(
            f"/v2/{path}",
            data,
            content_type="application/json",
            **self._credentials,
            **_build_meta(headers),
        )


def _build_meta(headers: Mapping[str, str]) -> dict[str, str]:
    return {f"HTTP_{name.upper()}": value for name, value in headers.items()}


@pytest.fixture
def till_class():
    return Till


@pytest.fixture
def fleet(till):
    """A hierarchy of two roles, and a program in which registrations are enrolled."""
    make_field("Gender", kind="CUSTOM", scope="PROFILE")
    make_field("city")
    make_program(is_default=True)
    return make_hierarchy()
