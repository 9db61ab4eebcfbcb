"""The registry of import types. Apps register theirs, so pages and workers need not know them."""

from crm.imports.file_import import FileImport

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
