"""What the columns of each kind of import can mean, on the wire."""

from crm.dialects.answer_shapes import Answer
from crm.imports.columns import ChoiceColumn, Column, YesNoColumn
from crm.imports.import_kinds import ImportKind, name_kind
from crm.imports.readings import CellFormats
from crm.tenancy.models import Organization

TYPES = {"dates": "date", "numbers": "number"}


def build_kind(kind: ImportKind, org: Organization) -> Answer:
    """Return the targets and options of a kind."""
    required = {target for target, _ in (*kind.required_columns, *kind.required_cells)}
    return {
        "kind": name_kind(kind.key),
        "label": kind.plural,
        "columns": [
            _build_target(column, str(title), required)
            for title, columns in kind.column_groups(org, CellFormats(org.zone)).items()
            for column in columns
        ],
        "options": [
            {
                "name": option.name,
                "label": str(option.label),
                "choices": [{"value": key, "label": str(label)} for key, label in option.choices]
                or [{"value": True, "label": "true"}, {"value": False, "label": "false"}],
            }
            for option in kind.options(org)
        ],
        "example": [str(name) for name in kind.example],
    }


def _build_target(column: Column, group: str, required: set[str]) -> Answer:
    return {
        "target": column.target,
        "label": str(column.label),
        "group": group,
        "type": _name_type(column),
        "isRequired": column.target in required or column.kind in required,
        "synonyms": sorted(column.synonyms),
    }


def _name_type(column: Column) -> str:
    if isinstance(column, YesNoColumn):
        return "boolean"
    if isinstance(column, ChoiceColumn):
        return "choice"
    return TYPES[column.about] if column.about else "text"
