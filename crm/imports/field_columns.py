"""Columns for the fields that an organization has defined."""

from collections.abc import Iterable, Mapping
from datetime import tzinfo
from typing import Any

from crm.imports.cells import FieldDateTimeWidget, NumberWidget, TextWidget
from crm.imports.column_mapping import ColumnMapping
from crm.imports.columns import Column
from customers.rules.fields import DATE, DATETIME, DOUBLE, INTEGER, FieldRule


def build_field_columns(
    kind: str, group: str, rules: Mapping[str, FieldRule], zone: tzinfo, mapping: ColumnMapping
) -> Iterable[Column]:
    """Yield one column for each field, sorted by name; values are validated by the field rules."""
    for rule in sorted(rules.values(), key=lambda rule: rule.name.casefold()):
        widget: Any = TextWidget()
        if rule.data_type in (DATE, DATETIME):
            widget = FieldDateTimeWidget(zone, day_first=mapping.day_first)
        elif rule.data_type in (INTEGER, DOUBLE):
            widget = NumberWidget(decimal_comma=mapping.decimal_comma)
        yield Column(f"{kind}.{rule.name}", rule.name, widget, group=group)
