"""What whoever sends a file says about it; the rest is guessed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from crm.imports.column_mapping import ColumnMapping
from crm.imports.columns import Column
from crm.imports.file_import import ImportOption
from crm.imports.header_names import IGNORE, fold_header
from crm.imports.import_kinds import ImportKind
from crm.imports.readings import About, CellFormats
from crm.kernel.staff_texts import TextTemplate
from crm.runs.errors import ImportOptionsInvalid
from crm.runs.models import ImportRun
from crm.tenancy.models import Organization

UNKNOWN_COLUMN = TextTemplate("The file has no column “{name}”; it has: {names}.")
UNKNOWN_TARGET = TextTemplate("Column “{name}”: there is no target “{target}”.")
TARGET_TAKEN = TextTemplate("Column “{name}”: another column is already mapped to “{target}”.")
UNKNOWN_OPTION = TextTemplate("This import type has no option “{name}”; it has: {names}.")
NOT_A_VALUE = TextTemplate("Option {name}: “{value}” is not one of: {choices}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadOptions:
    """How a file is read and imported.

    ``targets`` are the targets of columns by their names; a blank one is not imported. ``values``
    are the options of the import type by name. What is None or missing is guessed.
    """

    targets: Mapping[str, str | None] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    day_first: bool | None = None
    decimal_comma: bool | None = None
    encoding: str = ""
    delimiter: str = ""
    mode: str = ImportRun.Mode.UPSERT
    all_or_nothing: bool = False
    auto_confirm: bool = False


def complete_mapping(
    org: Organization,
    kind: ImportKind,
    names: Sequence[str],
    proposal: ColumnMapping,
    options: UploadOptions,
) -> ColumnMapping:
    """Return the proposed mapping with what the options say.

    A format that the options name is settled: cells that contradict it are errors of their rows.

    Raises:
        ImportOptionsInvalid: a column, target or value is unknown, or something is missing.
    """
    columns = kind.columns(org, CellFormats(org.zone))
    targets = _replace_targets(names, list(proposal.targets), columns, options.targets)
    _check_repeats(kind, names, targets)
    settled: set[About] = {*proposal.settled}
    changes: dict[str, Any] = _read_values(kind.options(org), options.values)
    if options.day_first is not None:
        changes["day_first"] = options.day_first
        settled.add("dates")
    if options.decimal_comma is not None:
        changes["decimal_comma"] = options.decimal_comma
        settled.add("numbers")
    mapping = replace(proposal, targets=targets, settled=sorted(settled), **changes)
    faults = [sentence for _name, sentence in kind.faults(mapping)]
    if faults:
        raise ImportOptionsInvalid(reason=" ".join(faults))
    return mapping


def _replace_targets(
    names: Sequence[str],
    targets: list[str],
    columns: Mapping[str, Column],
    named: Mapping[str, str | None],
) -> list[str]:
    """Return the targets with those that are named; a column that is guessed gives way."""
    meanings = _list_meanings(columns.values())
    positions = {fold_header(name): index for index, name in reversed([*enumerate(names)])}
    chosen: dict[int, str] = {}
    for name, target in named.items():
        index = names.index(name) if name in names else positions.get(fold_header(name))
        if index is None:
            raise ImportOptionsInvalid(
                reason=UNKNOWN_COLUMN(name=name[:80], names=", ".join(names)[:400])
            )
        if not target:
            chosen[index] = IGNORE
            continue
        known = target if target in columns else meanings.get(fold_header(target))
        if known is None:
            raise ImportOptionsInvalid(reason=UNKNOWN_TARGET(name=names[index], target=target[:80]))
        chosen[index] = known
    taken = {*chosen.values()}
    return [
        chosen.get(index, IGNORE if target in taken else target)
        for index, target in enumerate(targets)
    ]


def _list_meanings(columns: Iterable[Column]) -> dict[str, str]:
    """Return the targets by every name that a column goes by; its own names come first."""
    own: dict[str, str] = {}
    others: dict[str, str] = {}
    for column in columns:
        for name in (column.target, column.label, column.key):
            if name:
                own.setdefault(fold_header(name), column.target)
        for synonym in column.synonyms:
            others.setdefault(synonym, column.target)
    return {**others, **own}


def _check_repeats(kind: ImportKind, names: Sequence[str], targets: Sequence[str]) -> None:
    for index, target in enumerate(targets):
        if target == IGNORE or target.partition(".")[0] in kind.repeatable:
            continue
        if target in targets[:index]:
            raise ImportOptionsInvalid(reason=TARGET_TAKEN(name=names[index], target=target))


def _read_values(options: Sequence[ImportOption], values: Mapping[str, Any]) -> dict[str, Any]:
    by_name = {option.name: option for option in options}
    read: dict[str, Any] = {}
    for name, value in values.items():
        if name not in by_name:
            raise ImportOptionsInvalid(
                reason=UNKNOWN_OPTION(name=name[:80], names=", ".join(by_name) or "-")
            )
        read[name] = _read_value(by_name[name], value)
    return read


def _read_value(option: ImportOption, value: Any) -> Any:
    if not option.choices:
        if value not in (True, False):
            raise ImportOptionsInvalid(
                reason=NOT_A_VALUE(name=option.name, value=str(value)[:80], choices="true, false")
            )
        return bool(value)
    if value in (None, "") and option.blank:
        return None
    text = str(value).casefold()
    for key, label in option.choices:
        if text in (str(key).casefold(), label.casefold()):
            return key
    choices = ", ".join(f"{key} ({label})" for key, label in option.choices)[:400]
    raise ImportOptionsInvalid(
        reason=NOT_A_VALUE(name=option.name, value=str(value)[:80], choices=choices)
    )
