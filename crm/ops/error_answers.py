"""The answer when no view gives one: an error body for the API, a page for people.

A dialect's views answer their own refusals. What gets here never reached one (no such URL,
a body Django refused to read) or broke in a way nobody foresaw.
"""

from http import HTTPStatus
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views import defaults

from crm.dialects.v1_1.envelope import failure
from crm.dialects.v1_1.formats import JsonRenderer, wanted
from crm.kernel.errors import DomainError
from crm.ops.api_paths import is_api, is_v1_1
from crm.ops.request_trace import TracedRequest


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request.path_info):
        return _body(request, HTTPStatus.BAD_REQUEST, "The request cannot be read.")
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request.path_info):
        return _body(request, HTTPStatus.FORBIDDEN, "This is not allowed.")
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request.path_info):
        return _body(request, HTTPStatus.NOT_FOUND, "There is no such resource.")
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    if is_api(request.path_info):
        named = cast(TracedRequest, request).request_id
        return _body(
            request,
            HTTPStatus.INTERNAL_SERVER_ERROR,
            f"Something went wrong on our side; request id {named}.",
        )
    # No context processors: the log-in they show may be what broke.
    page = render_to_string("500.html", {"request": request})
    return HttpResponse(page, status=HTTPStatus.INTERNAL_SERVER_ERROR)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page of a form whose token is missing or old; the reason is for the log only."""
    return defaults.permission_denied(request, PermissionError(reason), "403_csrf.html")


def _body(request: HttpRequest, status: HTTPStatus, message: str) -> HttpResponse:
    if not is_v1_1(request.path_info):
        error: dict[str, Any] = {"status": False, "code": status.value, "message": message}
        return JsonResponse({"errors": [error], "warnings": []}, status=status)
    try:
        renderer = wanted(request)()
    except DomainError:
        renderer = JsonRenderer()
    return HttpResponse(
        renderer.write(failure(status.value, message), None),
        status=status,
        content_type=renderer.media_type,
    )
