"""Every operation needs its scope and keeps organizations apart; a route without a row fails."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver

from crm.tenancy.models import Scope
from tests.builders import (
    get_or_make_source_account,
    make_credential,
    make_organization,
    make_status_label,
    make_till,
)
from tests.contract.operations import OPERATIONS
from tests.contract.requests_of_operations import SECRET, send
from tests.referral_builders import make_campaign

ROOMS = ("customers", "loyalty", "approvals")


def list_routes(patterns: Any, prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield the method, route and scope of every operation below these URL patterns."""
    for pattern in patterns:
        route = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from list_routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern) and (view := getattr(pattern.callback, "cls", None)):
            for method, scope in (getattr(view, "scopes", None) or {}).items():
                yield method.lower(), route, scope.value


@pytest.fixture
def stranger(world):
    """The log-in of a till of another organization, with a source, a label and a campaign."""
    org = make_organization()
    get_or_make_source_account(org=org)
    make_status_label("Active", org=org)
    make_campaign("CWRME", org, is_default=True)
    return make_credential(make_till(org))


def test_every_route_has_a_row_and_every_row_its_routes_scope():
    routes = list_routes(get_resolver().url_patterns)

    assert {(row.method, row.route, row.scope) for row in OPERATIONS} == set(routes)


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_a_log_in_without_the_scope_is_refused_and_changes_nothing(client, world, operation):
    others = [scope for scope in Scope.values if scope != operation.scope]
    till = make_credential(make_till(), scopes=others)
    before = list_rows(world["org"])

    anonymous = send(client, operation, world)
    without_scope = send(client, operation, world, till)

    assert list_whole_codes(anonymous) == (401, "401")
    assert list_whole_codes(without_scope) == (403, "403")
    assert f"The log-in lacks the scope {operation.scope}." in without_scope.content.decode()
    assert list_rows(world["org"]) == before


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_another_organization_sees_and_changes_nothing(client, world, stranger, operation):
    stranger.scopes = [operation.scope]
    stranger.save()
    before, theirs = list_rows(world["org"]), list_rows(stranger.org_id)

    answer = send(client, operation, world, stranger)

    if answer.streaming:
        assert b"".join(answer).count(b"\n") == 1  # the header
        return
    body, text = answer.json(), answer.content.decode()
    codes = list_codes(body)
    assert (answer.status_code, *codes) == operation.codes, text
    assert operation.shows in text
    assert SECRET not in text.lower()
    if operation.route.startswith("v1.1"):
        assert body["response"]["status"]["success"] == ("false" if codes else "true")
    assert list_rows(world["org"]) == before
    assert (list_rows(stranger.org_id) != theirs) == operation.is_own


def list_whole_codes(answer: Any) -> tuple[int, str]:
    """Return the HTTP status of a refusal and its code, and check its shape."""
    body = answer.json()
    if "response" in body:
        assert body["response"].keys() == {"status"}
        status = body["response"]["status"]
        assert (status["success"], bool(status["message"])) == ("false", True)
        return answer.status_code, str(status["code"])
    assert body.keys() == {"errors", "warnings"}
    [error] = body["errors"]
    assert (error["status"], bool(error["message"])) == (False, True)
    return answer.status_code, str(error["code"])


def list_rows(org_id: int) -> list[Any]:
    """Return all rows of the organization and of its customers, column by column."""
    return [
        (model._meta.label, list(model.objects.filter(**{path: org_id}).order_by("pk").values()))
        for room in ROOMS
        for model in apps.get_app_config(room).get_models()
        for path in ("org_id", "customer__org_id", "profile__customer__org_id")
        if has_path(model, path)
    ]


def has_path(model: Any, path: str) -> bool:
    names = {field.name for field in model._meta.concrete_fields}
    return path.replace("_id", "").split("__")[0] in names


def list_codes(body: Any) -> list[int]:
    """Return the codes of all refusals in an answer, of the whole or of items."""
    if isinstance(body, list):
        return [code for inner in body for code in list_codes(inner)]
    if not isinstance(body, dict):
        return []
    codes = [int(error["code"]) for error in body.get("errors") or [] if isinstance(error, dict)]
    status = body.get("item_status")
    if isinstance(status, dict) and status["success"] == "false":
        codes.append(int(status["code"]))
    return codes + [
        code
        for key, inner in body.items()
        if key not in ("errors", "item_status")
        for code in list_codes(inner)
    ]
