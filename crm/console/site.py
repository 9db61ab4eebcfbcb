"""The admin site: access, the organization's time zone, and the command palette."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse, TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from unfold.sites import UnfoldAdminSite

from crm.adminkit.current_staff import get_staff_user

# Registered by third-party packages and not scoped to an organization, so hidden from staff.
FOREIGN = (Group, DBTaskResult)


class DashboardSite(UnfoldAdminSite):
    """One site for all organizations; each user sees their own organization."""

    enable_nav_sidebar = True

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        # No bulk deletion: desks that allow deleting do it one row at a time.
        self.disable_action("delete_selected")

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        models = [model_or_iterable] if isinstance(model_or_iterable, type) else model_or_iterable
        ours = [model for model in models if model not in FOREIGN]
        super().register(ours, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and get_staff_user(request).org.is_active

    def admin_view(
        self, view: Callable[..., HttpResponseBase], cacheable: bool = False
    ) -> Callable[..., HttpResponseBase]:
        """Run the view in the time zone of the organization."""
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def on_their_clock(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return guarded(request, *args, **kwargs)
            with timezone.override(get_staff_user(request).org.zone):
                response = guarded(request, *args, **kwargs)
                # Otherwise the page would be rendered later, in the server's time zone.
                if isinstance(response, SimpleTemplateResponse):
                    response.render()
                return response

        return on_their_clock

    def get_urls(self) -> list[URLPattern]:
        from crm.console.language import choose_language

        return [
            path("language/", self.admin_view(choose_language), name="choose_language"),
            *super().get_urls(),
        ]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        # Unfold would write its colours into a <style> element, which the content security policy
        # blocks; they are in console/theme.css.
        return {**super().each_context(request), "colors": {}}

    def search(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Search for the command palette.

        Unlike Unfold's own search, results are not cached, so a new customer is found at once.
        """
        from crm.console.palette import find_for_palette

        text = request.GET.get("s", "").replace("\0", "").strip()
        if not text:
            return HttpResponse()
        return TemplateResponse(
            request,
            "console/palette_results.html",
            {"results": find_for_palette(self, request, text), "text": text},
            headers={"HX-Trigger": "search"},
        )
