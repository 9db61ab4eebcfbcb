"""Desks that show a member of staff their own organization, superusers too."""

from typing import Any, NoReturn

from django import forms
from django.contrib.admin import RelatedFieldListFilter, ShowFacets
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
from unfold.admin import ModelAdmin, TabularInline
from unfold.contrib.filters.admin import RelatedDropdownFilter

from crm.adminkit.history import happenings
from crm.adminkit.person import staff_of
from crm.adminkit.points import AmountWidget
from crm.adminkit.recording import (
    describe_changes,
    record_deletions,
    record_desk_change,
    subject_type_of,
)
from crm.audit.models import Seal
from crm.audit.queries import list_events_of
from crm.kernel.fields import ThousandthsField
from crm.tenancy.models import Organization

# The roles are the same five for everybody; a seal is a digest over everybody's events.
SHARED_BY_ALL = {Group, Seal}
MOST_EVENTS = 100
# Fields of our own, which Unfold has no look for.
AMOUNTS = {ThousandthsField: {"widget": AmountWidget}}


def only_of(org_id: int, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Those of ``rows`` that belong to the organization; a model that cannot say is a mistake."""
    model = rows.model
    if model in SHARED_BY_ALL:
        return rows
    if model is Organization:
        return rows.filter(pk=org_id)
    try:
        model._meta.get_field("org")
    except FieldDoesNotExist:
        raise ImproperlyConfigured(f"{model.__name__} does not say whose it is") from None
    return rows.filter(org_id=org_id)


class OrgModelForm(forms.ModelForm):
    """A form whose new rows belong to the organization before they are checked.

    The organization is no field of the form, and constraints that name it would be passed over
    here, only to fail in the database.
    """

    org_id: int

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None and hasattr(self.instance, "org_id"):
            self.instance.org_id = self.org_id

    def _get_validation_exclusions(self) -> set[str]:
        return super()._get_validation_exclusions() - {"org"}  # type: ignore[misc]


class OrgChoices:
    """Offer rows of one's own organization only; for desks and their inlines."""

    def get_field_queryset(
        self, db: str | None, db_field: RelatedField, request: HttpRequest
    ) -> QuerySet[Any]:
        rows = super().get_field_queryset(db, db_field, request)  # type: ignore[misc]
        if rows is None:
            rows = db_field.remote_field.model._default_manager.all()
        return only_of(staff_of(request).org_id, rows)


class OrgInline(OrgChoices, TabularInline):
    """Lines of a row that is scoped itself."""

    formfield_overrides = AMOUNTS
    extra = 0
    show_change_link = False


class OrgScopedAdmin(OrgChoices, ModelAdmin):
    """A desk of one's own organization; another's rows are not there at all."""

    form = OrgModelForm
    formfield_overrides = AMOUNTS
    # Fields that new rows may have and old ones keep.
    fixed_once_made: tuple[str, ...] = ()
    list_filter_sheet = True
    list_fullwidth = True
    list_per_page = 50
    show_facets = ShowFacets.NEVER  # a count for each choice is a query for each choice
    warn_unsaved_form = True
    compressed_fields = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return only_of(staff_of(request).org_id, super().get_queryset(request))

    def get_form(
        self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.org_id = staff_of(request).org_id
        return form

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        fixed = self.fixed_once_made if obj else ()
        return [*super().get_readonly_fields(request, obj), *fixed]

    def get_exclude(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return [*(super().get_exclude(request, obj) or ()), "org"]

    # --- Hostile or stale addresses -----------------------------------------------------

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        # Filters hand their values to the database as they are; PostgreSQL cannot store this one.
        if any("\0" in part for pair in request.GET.lists() for part in (pair[0], *pair[1])):
            raise BadRequest("The address holds a character that no text has")
        try:
            return super().changelist_view(request, extra_context)
        except OverflowError as number:  # SQLite's, of a number that no column holds
            raise BadRequest("The address holds a number that nothing has") from number

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> NoReturn:
        # Django would answer with its start page, which tells a program nothing.
        raise Http404(f"There is no {opts.verbose_name} {object_id}")

    # --- The record of what was changed -------------------------------------------------

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """What the audit holds about the row."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        events = list_events_of(
            org_id=staff_of(request).org_id,
            subject_type=subject_type_of(self.model),
            subject_id=row.pk,
        )
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": row,
            "title": f"History of {row}",
            "history": happenings(events.select_related("actor")[:MOST_EVENTS]),
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
    """Plain rows that steer the program: switched off with ``is_active``, never deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ReadOnlyDesk(OrgScopedAdmin):
    """A desk that shows and decides; rows change by operations only."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        # These rows are history themselves.
        return super().render_change_form(
            request, {**context, "show_history": False}, *args, **kwargs
        )


class OrgRelatedFilter(RelatedDropdownFilter):
    """Filter by a related row of one's own organization."""

    def field_choices(
        self, field: RelatedField, request: HttpRequest, model_admin: ModelAdmin
    ) -> list[tuple[Any, str]]:
        ordering = RelatedFieldListFilter.field_admin_ordering(self, field, request, model_admin)
        rows = only_of(staff_of(request).org_id, field.remote_field.model._default_manager.all())
        return [(row.pk, str(row)) for row in rows.order_by(*(ordering or ("pk",)))]
