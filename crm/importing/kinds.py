"""Kinds of imports by name: rooms above register theirs, so pages and work know none of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm.importing.columns import Column
from crm.importing.mapping import FileReading
from crm.runs.work import register_work
from crm.tenancy.models import Organization

Counts = Mapping[str, int]
# The option that is at fault, or blank for the form as a whole, and a sentence about it.
Fault = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """What holds for all rows of a file: one of ``choices``, or yes and no where there are none.

    ``name`` is an attribute of the kind's reading. A choice is kept in the type of its key.
    ``blank`` is what leaving it open is called; without it there is no leaving it open.
    """

    name: str
    label: str
    choices: Sequence[tuple[str | int, str]] = ()
    blank: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportKind:
    """One kind of file that staff bring in.

    ``key``: how it is stored; its work is called ``<key>.import_dry_run`` and ``<key>.import``.
    ``singular``, ``plural``: what its rows are. ``permission``: who may bring it in.
    ``subject``: the model, as "app.model", that ``ImportRow.subject_id`` is a key of.
    ``example``: a header that reads without help. ``hints``: sentences for the upload page.

    ``guess(org, names, sample)``: the likeliest reading of a file, from its first rows.
    ``columns(org, reading)``: the columns on offer by target, in groups, in their order.
    ``repeatable``: kinds of targets that several columns of one file may have.
    ``options(org)``: what is asked for all rows. ``faults(reading)``: why it cannot be checked.
    ``reader(org, names, reading)``: reads rows; handed to the next two as ``reader``.
    ``plan_rows(origin, import_id, reader, rows)``: stages a chunk, writes nothing else, returns
    counts: create, update, skip and error are shown as numbers, others by ``facts``.
    ``apply_rows(origin, reader, rows)``: does staged rows, each as it was shown or not at all;
    returns the counts create, update and changed (no longer as shown).
    ``settle_groups(origin, import_id, reader, groups)``: for kinds whose rows belong together, such
    as the lines of a bill. ``plan_rows`` gives such rows a head, with counts of the others only;
    when all rows are staged, this decides whole groups, and ``apply_rows`` gets whole groups.
    ``also_needs``: further permissions without which nobody brings it in.
    ``facts(checked, done)``: sentences about what the numbers alone do not tell.
    """

    key: str
    singular: str
    plural: str
    permission: str
    subject: str
    example: Sequence[str]
    hints: Sequence[str]
    reading: type[FileReading]
    guess: Callable[[Organization, Sequence[str], Sequence[Sequence[str]]], FileReading]
    columns: Callable[[Organization, Any], Mapping[str, Column]]
    options: Callable[[Organization], Sequence[Option]]
    faults: Callable[[Any], Iterable[Fault]]
    reader: Callable[[Organization, Sequence[str], Any], Any]
    plan_rows: Callable[..., dict[str, int]]
    apply_rows: Callable[..., dict[str, int]]
    facts: Callable[[Counts, Counts], list[str]]
    settle_groups: Callable[..., dict[str, int]] | None = None
    repeatable: Sequence[str] = ()
    also_needs: Sequence[str] = ()

    @property
    def permissions(self) -> Sequence[str]:
        """All that whoever brings in such a file must have."""
        return [self.permission, *self.also_needs]


class UnknownKind(Exception):
    """No room of this program has registered imports of that name."""


_kinds: dict[str, ImportKind] = {}


def register_import(kind: ImportKind) -> None:
    """Offer files of this kind, and make its work known; called when an app is ready."""
    # Imported late: the work looks kinds up here.
    from crm.importing.work import apply_file, check_file

    if _kinds.setdefault(kind.key, kind) is not kind:
        raise ValueError(f"two kinds of imports are called {kind.key}")
    register_work(f"{kind.key}.import_dry_run", check_file)
    register_work(f"{kind.key}.import", apply_file)


def import_kind(key: str) -> ImportKind:
    """The kind of that name.

    Raises:
        UnknownKind: an older or a newer version of the program has kept the file.
    """
    try:
        return _kinds[key]
    except KeyError:
        raise UnknownKind(key) from None


def import_kinds() -> list[ImportKind]:
    """All kinds; those of inner rooms first, while apps are made ready from the outermost on."""
    return list(reversed(_kinds.values()))
