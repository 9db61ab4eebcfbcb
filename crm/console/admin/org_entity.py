"""The desk of zones, concepts, stores and tills."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from crm.adminkit.scoping import ConfigurationDesk, OrgModelForm
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
    """A till stands in a store, and nothing stands in itself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "type" in self.fields:
            # Staff get their entity with their log-in.
            self.fields["type"].choices = [  # type: ignore[attr-defined]
                choice for choice in Type.choices if choice[0] != Type.ADMIN_USER
            ]

    def clean(self) -> dict[str, Any]:
        asked: dict[str, Any] = super().clean() or {}
        kind = Type(asked.get("type") or self.instance.type or Type.ZONE)
        parent, owner = asked.get("parent"), asked.get("owner")
        if kind is Type.TILL and parent is None:
            self.add_error("parent", "A till stands in a store; choose which.")
        if parent is not None and Type(parent.type) not in PARENTS[kind]:
            self.add_error("parent", f"A {kind.label.lower()} cannot stand in {parent}.")
        if parent is not None and self._stands_below(parent):
            self.add_error("parent", "This one stands below it already.")
        if owner is not None and owner.type != Type.ADMIN_USER:
            self.add_error("owner", "The owner is a member of staff.")
        return asked

    def _stands_below(self, parent: OrgEntity) -> bool:
        above: OrgEntity | None = parent
        while above is not None and self.instance.pk is not None:
            if above.pk == self.instance.pk:
                return True
            above = above.parent
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
    # Log-ins and everything written name the entity by these.
    fixed_once_made = ("type", "code")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # A member of staff is changed at the desk of staff.
        is_staff = obj is not None and obj.type == Type.ADMIN_USER
        return not is_staff and super().has_change_permission(request, obj)
