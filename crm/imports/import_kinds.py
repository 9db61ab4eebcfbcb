"""The registry of import types. Apps register theirs, so pages and workers need not know them."""

from crm.imports.file_import import FileImport
from crm.runs.errors import ImportKindUnknown

ImportKind = type[FileImport]


class UnknownImportKind(Exception):
    """There is no import type of that name."""


_kinds: dict[str, ImportKind] = {}


def add_import_kind(kind: ImportKind) -> None:
    """Add an import type; ``register_import`` also registers its background work."""
    if _kinds.setdefault(kind.key, kind) is not kind:
        raise ValueError(f"two kinds of imports are called {kind.key}")


def get_import_kind(key: str) -> ImportKind:
    """Return the import type of that name.

    Raises:
        UnknownImportKind: the file was stored by another version of the program.
    """
    try:
        return _kinds[key]
    except KeyError:
        raise UnknownImportKind(key) from None


def list_import_kinds() -> list[ImportKind]:
    """Return all import types, customers first: apps register in the opposite order."""
    return list(reversed(_kinds.values()))


def find_import_kind(name: str) -> ImportKind:
    """Return the import type of this key or other name, such as points.

    Raises:
        ImportKindUnknown: there is none.
    """
    for kind in _kinds.values():
        if name in (kind.key, kind.short_name):
            return kind
    raise ImportKindUnknown(kind=name)


def name_kind(key: str) -> str:
    """Return the name of an import type for callers: its short name, where it has one."""
    kind = _kinds.get(key)
    return kind.short_name or key if kind is not None else key
