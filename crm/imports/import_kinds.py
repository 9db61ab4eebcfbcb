"""The registry of import types. Apps register theirs, so pages and workers need not know them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm.imports.column_mapping import ColumnMapping
from crm.imports.columns import Column
from crm.tenancy.models import Organization

Counts = Mapping[str, int]
# The name of the option (blank for the whole form), and an error message.
MappingFault = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOption:
    """A value for all rows of a file: one of ``choices``, or a yes/no switch without choices.

    ``name`` is an attribute of the column mapping. A choice is stored in the type of its key.
    ``blank`` is the label of the empty choice; without it a choice is required.
    """

    name: str
    label: str
    choices: Sequence[tuple[str | int, str]] = ()
    blank: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportKind:
    """One import type.

    ``key``: the stored name; its work is called ``<key>.import_dry_run`` and ``<key>.import``.
    ``singular``, ``plural``: names of its rows. ``permission``: the permission to import it.
    ``extra_permissions``: further permissions that are required.
    ``subject``: the model, as "app.model", that ``ImportRow.subject_id`` refers to.
    ``example``: a header that is mapped automatically. ``hints``: help texts of the upload page.

    ``mapping``: the class of its column mapping.
    ``guess(org, names, sample)``: the likeliest column mapping, from the first rows.
    ``columns(org, mapping)``: the available columns by target, in display order.
    ``repeatable``: kinds of targets that several columns of one file may have.
    ``options(org)``: the options for all rows. ``faults(mapping)``: validation errors of a mapping.
    ``reader(org, names, mapping)``: the row reader, passed to the next two as ``reader``.
    ``plan_rows(origin, import_id, reader, rows)``: stages a chunk, writes nothing else and returns
    counts: create, update, skip and error are shown as numbers, others by ``facts``.
    ``apply_rows(origin, reader, rows)``: applies staged rows exactly as previewed or not at all;
    returns the counts create, update and changed (no longer as previewed).
    ``settle_groups(origin, import_id, reader, groups)``: for rows that belong together, such as the
    lines of a transaction. ``plan_rows`` gives these rows a head and counts only the others; when
    all rows are staged, ``settle_groups`` decides whole groups, and ``apply_rows`` gets those.
    ``facts(checked, done)``: sentences that explain the counts of the dry run and of the run.
    """

    key: str
    singular: str
    plural: str
    permission: str
    subject: str
    example: Sequence[str]
    hints: Sequence[str]
    mapping: type[ColumnMapping]
    guess: Callable[[Organization, Sequence[str], Sequence[Sequence[str]]], ColumnMapping]
    columns: Callable[[Organization, Any], Mapping[str, Column]]
    options: Callable[[Organization], Sequence[ImportOption]]
    faults: Callable[[Any], Iterable[MappingFault]]
    reader: Callable[[Organization, Sequence[str], Any], Any]
    plan_rows: Callable[..., dict[str, int]]
    apply_rows: Callable[..., dict[str, int]]
    facts: Callable[[Counts, Counts], list[str]]
    settle_groups: Callable[..., dict[str, int]] | None = None
    repeatable: Sequence[str] = ()
    extra_permissions: Sequence[str] = ()

    @property
    def permissions(self) -> Sequence[str]:
        """All permissions that are required to import such a file."""
        return [self.permission, *self.extra_permissions]


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
