"""The choice of a language, in the menu of the user."""

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from crm.adminkit.change_log import get_origin
from crm.adminkit.current_staff import get_staff_user
from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.transactions import unit_of_work
from crm.tenancy.operations.staff import set_staff_language


@require_POST
def choose_language(request: HttpRequest) -> HttpResponseBase:
    """Keep the language with the user, and go back to the page."""
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        raise BadRequest("There is no such language")
    unit_of_work(_set_language)(request, language)
    next_url = request.POST.get("next") or request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(
        next_url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return redirect(next_url if is_ours else "admin:index")


def _set_language(request: HttpRequest, language: str) -> None:
    user = get_staff_user(request)
    before, after = {"language": user.language}, {"language": language}
    set_staff_language(staff_id=user.pk, language=language)
    event = NewEvent("staff_user.changed", "staff_user", user.pk, before, after)
    record_events(origin=get_origin(request), events=[event])
