"""The desk of staff: who may log in to the dashboard, and with which roles."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from crm.adminkit.org_scope import ConfigurationDesk, OrgModelForm
from crm.tenancy.models import StaffUser
from crm.tenancy.operations.staff import ensure_staff_entity


class StaffForm(OrgModelForm, UserChangeForm):
    pass


class NewStaffForm(OrgModelForm, UserCreationForm):
    pass


@admin.register(StaffUser)
class StaffDesk(ConfigurationDesk, UserAdmin):  # type: ignore[misc]
    """Assigns roles; it cannot create superusers, and only superusers can change one."""

    form = StaffForm
    add_form = NewStaffForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "full_name", "email", "roles", "is_active", "last_login"]
    list_filter = ["is_active"]
    search_fields = ["username", "first_name", "last_name", "email"]
    ordering = ["username", "id"]
    readonly_fields = ["last_login", "date_joined"]
    # The audit refers to the entity with this code.
    readonly_after_creation = ("username",)
    filter_horizontal = ()
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (_("Person"), {"fields": ["first_name", "last_name", "email"]}),
        (_("Roles"), {"fields": ["groups", "is_active"]}),
        (_("Dates"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "first_name", "last_name", "email"]}),
        (_("Password"), {"fields": ["usable_password", "password1", "password2"]}),
        (_("Roles"), {"fields": ["groups"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("groups")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget()
        kwargs["help_text"] = gettext("The permissions of all selected roles apply.")
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Otherwise an organization admin could set the password of a superuser and log in as one.
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        # Every user here may log in; their roles decide what they may do.
        obj.is_staff = True
        super().save_model(request, obj, form, change)
        ensure_staff_entity(staff_id=obj.pk)

    @display(description=_("Name"))
    def full_name(self, user: StaffUser) -> str | None:
        return user.get_full_name() or None

    @display(description=_("Roles"), label=True)
    def roles(self, user: StaffUser) -> list[str]:
        superuser = [gettext("superuser")] if user.is_superuser else []
        return [*superuser, *sorted(gettext(group.name) for group in user.groups.all())]
