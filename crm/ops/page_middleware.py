"""Django's middlewares for pages, which skip requests to the API.

A till has no session, cookie or browser. Each class is a subclass of Django's own, because the
admin's system checks look for that in MIDDLEWARE. Two further checks require the clickjacking and
CSRF middlewares under their own names, so those stay; they cost almost nothing.
"""

from typing import Any

from csp.middleware import CSPMiddleware, PolicyParts
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.common import CommonMiddleware
from whitenoise.middleware import WhiteNoiseMiddleware

from crm.ops.api_paths import is_api

# Unfold's Alpine evaluates attributes of the page, and its theme uses inline styles. No other
# scripts than our own files are allowed.
UNFOLD_PATHS = ("/admin/",)
UNFOLD_SOURCES = {"script-src": ["'unsafe-eval'"], "style-src": ["'unsafe-inline'"]}


class _PagesOnlyMixin:
    """Skip the API; must come before the middleware class in the bases."""

    async_capable = False
    get_response: Any

    def __call__(self, request: HttpRequest) -> Any:
        if is_api(request.path_info):
            return self.get_response(request)
        return super().__call__(request)  # type: ignore[misc]  # the next class has it


class WhiteNoise(_PagesOnlyMixin, WhiteNoiseMiddleware):
    pass


class Session(_PagesOnlyMixin, SessionMiddleware):
    pass


class Authentication(_PagesOnlyMixin, AuthenticationMiddleware):
    pass


class Messages(_PagesOnlyMixin, MessageMiddleware):
    pass


class Common(CommonMiddleware):
    """Check the host and set the length of every response; redirect only pages."""

    async_capable = False

    def should_redirect_with_slash(self, request: HttpRequest) -> bool:
        # Checking whether the URL with a slash exists would resolve every URL twice.
        return not is_api(request.path_info) and super().should_redirect_with_slash(request)


class ContentSecurityPolicy(_PagesOnlyMixin, CSPMiddleware):
    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if request.path_info.startswith(UNFOLD_PATHS) and not report_only:
            parts.update = {**(parts.update or {}), **UNFOLD_SOURCES}
        return parts
