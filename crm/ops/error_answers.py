"""Error responses outside of views: a JSON or XML body for the API, a page for browsers.

The views of a dialect handle domain errors themselves. These handlers are for requests that reach
no view (no such URL, a body that Django refuses) and for unexpected exceptions.
"""

import sys
from http import HTTPStatus
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views import defaults

from crm.dialects.v1_1.envelope import build_failure_response
from crm.dialects.v1_1.formats import JsonRenderer, choose_renderer
from crm.kernel.availability import RETRY_AFTER, is_database_away
from crm.kernel.errors import DomainError
from crm.ops.api_paths import is_api, is_v1_1
from crm.ops.request_trace import TracedRequest


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request.path_info):
        return _build_error_response(request, HTTPStatus.BAD_REQUEST, "The request cannot be read.")
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request.path_info):
        return _build_error_response(request, HTTPStatus.FORBIDDEN, "This is not allowed.")
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request.path_info):
        return _build_error_response(request, HTTPStatus.NOT_FOUND, "There is no such resource.")
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    # Django calls this while it handles the exception, and passes only the request.
    if is_database_away(sys.exception()):
        return _build_unavailable_response(request)
    if is_api(request.path_info):
        request_id = cast(TracedRequest, request).request_id
        return _build_error_response(
            request,
            HTTPStatus.INTERNAL_SERVER_ERROR,
            f"Something went wrong on our side; request id {request_id}.",
        )
    # No context processors: they read the session, which may be what failed.
    page = render_to_string("500.html", {"request": request})
    return HttpResponse(page, status=HTTPStatus.INTERNAL_SERVER_ERROR)


def _build_unavailable_response(request: HttpRequest) -> HttpResponse:
    status = HTTPStatus.SERVICE_UNAVAILABLE
    if is_api(request.path_info):
        message = f"The service is not available now; try again in {RETRY_AFTER} seconds."
        response = _build_error_response(request, status, message)
    else:
        page = render_to_string("503.html", {"request": request, "seconds": RETRY_AFTER})
        response = HttpResponse(page, status=status)
    response["Retry-After"] = str(RETRY_AFTER)
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Show the page for a form with a missing or old token; the reason is only for the log."""
    return defaults.permission_denied(request, PermissionError(reason), "403_csrf.html")


def _build_error_response(request: HttpRequest, status: HTTPStatus, message: str) -> HttpResponse:
    if not is_v1_1(request.path_info):
        error: dict[str, Any] = {"status": False, "code": status.value, "message": message}
        return JsonResponse({"errors": [error], "warnings": []}, status=status)
    try:
        renderer = choose_renderer(request)()
    except DomainError:
        renderer = JsonRenderer()
    return HttpResponse(
        renderer.write(build_failure_response(status.value, message), None),
        status=status,
        content_type=renderer.media_type,
    )
