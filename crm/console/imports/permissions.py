"""Who may bring in files of which kind."""

from django.http import HttpRequest

from crm.importing.kinds import ImportKind, UnknownKind, import_kind, import_kinds

MAY_SEE = "runs.view_run"


def kinds_for(request: HttpRequest) -> list[ImportKind]:
    """The kinds that this person may bring in."""
    return [kind for kind in import_kinds() if request.user.has_perms(kind.permissions)]


def may_bring(request: HttpRequest, key: str) -> bool:
    """Whether this person may bring in files of this kind; nobody may bring in an unknown one."""
    try:
        kind = import_kind(key)
    except UnknownKind:
        return False
    return bool(request.user.has_perms(kind.permissions))


def sees_all(request: HttpRequest) -> bool:
    """Whether this person sees imports of every kind, as those do who see all work."""
    return bool(request.user.has_perm(MAY_SEE))
