"""Give the roles of staff what the table of roles says."""

from typing import Any

from django.apps import apps as installed_apps
from django.apps.registry import Apps

from crm.tenancy.rules.roles import ROLES


def sync_roles(*, apps: Apps = installed_apps, using: str, **_: Any) -> None:
    """Add the rights of the table that a role lacks; runs after every ``migrate`` and ``flush``.

    A flush names no apps: it means the installed ones.

    The table is the least that a role has. A right given by hand stays, and a right taken away by
    hand comes back: who needs less makes a role of their own. A deleted role stays deleted.
    Rights that the migrated apps do not have yet are left out. Three queries if nothing is missing.
    """
    group_model = apps.get_model("auth", "Group")
    grants = group_model.permissions.through.objects.using(using)
    role_ids = dict(
        group_model.objects.using(using).filter(name__in=ROLES).values_list("name", "pk")
    )
    permissions = apps.get_model("auth", "Permission").objects.using(using)
    permission_ids = {
        f"{app}.{codename}": pk
        for pk, app, codename in permissions.values_list(
            "pk", "content_type__app_label", "codename"
        )
    }
    known = set(
        grants.filter(group_id__in=role_ids.values()).values_list("group_id", "permission_id")
    )
    declared = {
        (role_id, permission_ids[right])
        for role, role_id in role_ids.items()
        for right in ROLES[role]
        if right in permission_ids
    }
    grants.bulk_create(
        [
            grants.model(group_id=role_id, permission_id=permission_id)
            for role_id, permission_id in sorted(declared - known)
        ],
        # Two deployments may migrate at the same time.
        ignore_conflicts=True,
    )
