"""The desk of zones, concepts, stores and tills."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext

from crm.adminkit.org_scope import ConfigurationDesk, OrgModelForm
from crm.tenancy.models import OrgEntity

Type = OrgEntity.Type
# Which kinds a kind may stand in.
PARENTS = {
    Type.TILL: {Type.STORE},
    Type.STORE: {Type.CONCEPT, Type.ZONE},
    Type.CONCEPT: {Type.CONCEPT, Type.ZONE},
    Type.ZONE: {Type.ZONE},
    Type.ADMIN_USER: set(),
}


class OrgEntityForm(OrgModelForm):
    """A till belongs to a store, and no entity contains itself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "type" in self.fields:
            # The entity of a member of staff is created with their log-in.
            self.fields["type"].choices = [  # type: ignore[attr-defined]
                choice for choice in Type.choices if choice[0] != Type.ADMIN_USER
            ]

    def clean(self) -> dict[str, Any]:
        cleaned_data: dict[str, Any] = super().clean() or {}
        kind = Type(cleaned_data.get("type") or self.instance.type or Type.ZONE)
        parent, owner = cleaned_data.get("parent"), cleaned_data.get("owner")
        if kind is Type.TILL and parent is None:
            self.add_error("parent", gettext("A till belongs to a store. Choose a store."))
        if parent is not None and Type(parent.type) not in PARENTS[kind]:
            self.add_error(
                "parent",
                gettext("An entity of type {type} cannot belong to {parent}.").format(
                    type=kind.label, parent=parent
                ),
            )
        if parent is not None and self._is_ancestor_of(parent):
            self.add_error("parent", gettext("This entity is already above it."))
        if owner is not None and owner.type != Type.ADMIN_USER:
            self.add_error("owner", gettext("The owner must be a member of staff."))
        return cleaned_data

    def _is_ancestor_of(self, parent: OrgEntity) -> bool:
        ancestor: OrgEntity | None = parent
        while ancestor is not None and self.instance.pk is not None:
            if ancestor.pk == self.instance.pk:
                return True
            ancestor = ancestor.parent
        return False


@admin.register(OrgEntity)
class OrgEntityDesk(ConfigurationDesk):
    form = OrgEntityForm
    list_display = ["code", "name", "type", "parent", "external_id", "is_active"]
    list_filter = ["type", "is_active"]
    list_select_related = ["parent"]
    search_fields = ["code", "name", "external_id"]
    ordering = ["type", "code", "id"]
    fields = [
        "type",
        "code",
        "name",
        "description",
        "external_id",
        "parent",
        "owner",
        "is_active",
    ]
    autocomplete_fields = ["parent", "owner"]
    # Log-ins and stored rows refer to the entity by these.
    readonly_after_creation = ("type", "code")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # A member of staff is changed at the desk of staff.
        is_staff = obj is not None and obj.type == Type.ADMIN_USER
        return not is_staff and super().has_change_permission(request, obj)
