"""Base admin classes that restrict staff, including superusers, to their organization."""

from typing import Any, NoReturn

from django import forms
from django.contrib.admin import RelatedFieldListFilter, ShowFacets
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth.models import Group
from django.core.exceptions import (
    BadRequest,
    FieldDoesNotExist,
    ImproperlyConfigured,
    PermissionDenied,
)
from django.db.models import Model, QuerySet
from django.db.models.fields.related import RelatedField
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from unfold.admin import ModelAdmin, TabularInline
from unfold.contrib.filters.admin import RelatedDropdownFilter

from crm.adminkit.change_lists import DeclaredList
from crm.adminkit.change_log import (
    describe_changes,
    get_subject_type,
    record_deletions,
    record_desk_change,
)
from crm.adminkit.current_staff import get_staff_user
from crm.adminkit.event_descriptions import describe_events
from crm.adminkit.point_formats import AmountWidget
from crm.audit.models import Seal
from crm.audit.queries import list_subject_events
from crm.kernel.fields import ThousandthsField
from crm.tenancy.models import Organization

# Roles are shared by all organizations; a seal covers the events of all organizations.
SHARED_BY_ALL = {Group, Seal}
MOST_EVENTS = 100
# Widgets for custom fields that Unfold does not know.
AMOUNTS = {ThousandthsField: {"widget": AmountWidget}}


def filter_by_org(org_id: int, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Restrict ``rows`` to the organization.

    Raises:
        ImproperlyConfigured: the model has no organization."""
    model = rows.model
    if model in SHARED_BY_ALL:
        return rows
    if model is Organization:
        return rows.filter(pk=org_id)
    try:
        model._meta.get_field("org")
    except FieldDoesNotExist:
        raise ImproperlyConfigured(f"{model.__name__} has no field org") from None
    return rows.filter(org_id=org_id)


class OrgModelForm(forms.ModelForm):
    """A model form that sets the organization of new rows before validation.

    The organization is not a form field. Without this, Django would skip constraints that
    include it, and they would fail in the database.
    """

    org_id: int

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None and hasattr(self.instance, "org_id"):
            self.instance.org_id = self.org_id

    def _get_validation_exclusions(self) -> set[str]:
        return super()._get_validation_exclusions() - {"org"}  # type: ignore[misc]


class OrgChoices:
    """A mixin that offers only related rows of the user's organization."""

    def get_field_queryset(
        self, db: str | None, db_field: RelatedField, request: HttpRequest
    ) -> QuerySet[Any]:
        rows = super().get_field_queryset(db, db_field, request)  # type: ignore[misc]
        if rows is None:
            rows = db_field.remote_field.model._default_manager.all()
        return filter_by_org(get_staff_user(request).org_id, rows)


class OrgInline(OrgChoices, TabularInline):
    """An inline of a row that is restricted itself."""

    formfield_overrides = AMOUNTS
    extra = 0
    show_change_link = False


class OrgScopedAdmin(OrgChoices, ModelAdmin):
    """A model admin restricted to the user's organization; other rows do not exist for it."""

    form = OrgModelForm
    formfield_overrides = AMOUNTS
    # Fields that can be set on creation only.
    readonly_after_creation: tuple[str, ...] = ()
    list_filter_sheet = True
    list_fullwidth = True
    list_per_page = 50
    show_facets = ShowFacets.NEVER  # a count for each choice is a query for each choice
    warn_unsaved_form = True
    compressed_fields = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return filter_by_org(get_staff_user(request).org_id, super().get_queryset(request))

    def get_form(
        self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.org_id = get_staff_user(request).org_id
        return form

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        readonly = self.readonly_after_creation if obj else ()
        return [*super().get_readonly_fields(request, obj), *readonly]

    def get_exclude(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return [*(super().get_exclude(request, obj) or ()), "org"]

    # --- Invalid or outdated URLs --------------------------------------------------------

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[DeclaredList]:
        return DeclaredList

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Build the list of a page, an export or a bulk decision; refuse an invalid URL."""
        # Filters pass their values to the database, and PostgreSQL refuses NUL characters.
        if any("\0" in part for pair in request.GET.lists() for part in (pair[0], *pair[1])):
            raise BadRequest("The URL contains a NUL character")
        try:
            return super().get_changelist_instance(request)
        except IncorrectLookupParameters as error:
            # Django would redirect to the whole list, as if there were no filter.
            raise BadRequest("The URL contains a value that no filter can read") from error
        except OverflowError as error:  # raised by SQLite for numbers beyond 64 bits
            raise BadRequest("The URL contains a number that is too large") from error

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> NoReturn:
        # Django would redirect to its index page instead of answering 404.
        raise Http404(f"There is no {opts.verbose_name} {object_id}")

    # --- Audit ---------------------------------------------------------------------------

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """Show the audit events about the row."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        events = list_subject_events(
            org_id=get_staff_user(request).org_id,
            subject_type=get_subject_type(self.model),
            subject_id=row.pk,
        )
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": row,
            "title": gettext("History of {row}").format(row=row),
            "history": describe_events(events.select_related("actor")[:MOST_EVENTS]),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "console/history.html", context)

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        return describe_changes(form, formsets or ())

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> None:
        record_desk_change(request, obj, "added", message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> None:
        record_desk_change(request, obj, "changed", message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:
        record_deletions(request, queryset)


class ConfigurationDesk(OrgScopedAdmin):
    """A desk of configuration rows, which are deactivated with ``is_active`` and never deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ReadOnlyDesk(OrgScopedAdmin):
    """A desk without add, change or delete; rows change through operations only."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        # There is no history of these rows besides the page itself.
        return super().render_change_form(
            request, {**context, "show_history": False}, *args, **kwargs
        )


class OrgRelatedFilter(RelatedDropdownFilter):
    """Filter by a related row of the user's organization."""

    def field_choices(
        self, field: RelatedField, request: HttpRequest, model_admin: ModelAdmin
    ) -> list[tuple[Any, str]]:
        ordering = RelatedFieldListFilter.field_admin_ordering(self, field, request, model_admin)
        rows = filter_by_org(
            get_staff_user(request).org_id, field.remote_field.model._default_manager.all()
        )
        return [(row.pk, str(row)) for row in rows.order_by(*(ordering or ("pk",)))]
