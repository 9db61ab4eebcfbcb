"""Permissions for imports."""

from django.http import HttpRequest

from crm.imports.import_kinds import (
    ImportKind,
    UnknownImportKind,
    get_import_kind,
    list_import_kinds,
)

VIEW_RUNS_PERMISSION = "runs.view_run"
DECIDE_PERMISSION = "approvals.decide_request"


def list_permitted_kinds(request: HttpRequest) -> list[ImportKind]:
    """Return the import types that this user may import."""
    return [kind for kind in list_import_kinds() if request.user.has_perms(kind.permissions())]


def may_import(request: HttpRequest, key: str) -> bool:
    """Whether this user may import files of this type; False for an unknown type."""
    try:
        kind = get_import_kind(key)
    except UnknownImportKind:
        return False
    return bool(request.user.has_perms(kind.permissions()))


def may_see_all(request: HttpRequest) -> bool:
    """Whether this user may see imports of every type, as with permission to view all runs."""
    return bool(request.user.has_perm(VIEW_RUNS_PERMISSION))


def may_decide_undo(request: HttpRequest) -> bool:
    """Whether this user may approve that a large import is undone, as they approve requests."""
    return bool(request.user.has_perm(DECIDE_PERMISSION))
