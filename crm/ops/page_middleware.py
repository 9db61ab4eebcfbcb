"""Django's middlewares for pages, which let the API's requests pass untouched.

A till has no session, cookie or browser. Each class is a subclass of the one it trims, because
Django's checks of the admin look for that in MIDDLEWARE; two further checks want framing and
form tokens under their own names, so those stay as they are and cost next to nothing.
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

# Unfold's Alpine builds functions from attributes of the page, and its theme is a style
# element and attributes in it. No script but our own files runs anywhere.
UNFOLD_PATHS = ("/admin/",)
UNFOLD_NEEDS = {"script-src": ["'unsafe-eval'"], "style-src": ["'unsafe-inline'"]}


class _PagesOnly:
    """Step aside for the API; must stand before the middleware it trims."""

    async_capable = False
    get_response: Any

    def __call__(self, request: HttpRequest) -> Any:
        if is_api(request.path_info):
            return self.get_response(request)
        return super().__call__(request)  # type: ignore[misc]  # the next class has it


class WhiteNoise(_PagesOnly, WhiteNoiseMiddleware):
    pass


class Session(_PagesOnly, SessionMiddleware):
    pass


class Authentication(_PagesOnly, AuthenticationMiddleware):
    pass


class Messages(_PagesOnly, MessageMiddleware):
    pass


class Common(CommonMiddleware):
    """The host is checked and the length is set for everybody; only pages are redirected."""

    async_capable = False

    def should_redirect_with_slash(self, request: HttpRequest) -> bool:
        # Looking whether the other spelling exists resolves every URL twice.
        return not is_api(request.path_info) and super().should_redirect_with_slash(request)


class ContentSecurityPolicy(_PagesOnly, CSPMiddleware):
    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if request.path_info.startswith(UNFOLD_PATHS) and not report_only:
            parts.update = {**(parts.update or {}), **UNFOLD_NEEDS}
        return parts
