"""Show each page of the dashboard in the language of the member of staff who asks for it."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers

from crm.kernel.transactions import unit_of_work
from crm.tenancy.operations.staff import set_first_staff_language

STAFF_PATHS = ("/admin/",)


class StaffLanguage:
    """Translate the dashboard, and nothing else: an answer of the API never changes its language.

    Django's own middleware leaves the language switched on in the thread, where the next request
    of a till would find it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(STAFF_PATHS):
            return self.get_response(request)
        language = _get_language(request)
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Accept-Language",))
        return response


def _get_language(request: HttpRequest) -> str:
    """Return the language of the user, else of the browser, which becomes the user's."""
    browsers = translation.get_language_from_request(request)
    if not request.user.is_authenticated:
        return browsers
    user = request.user
    if user.language in dict(settings.LANGUAGES):
        return user.language
    if not user.language and "Accept-Language" in request.headers:
        unit_of_work(set_first_staff_language)(staff_id=user.pk, language=browsers)
    return browsers
