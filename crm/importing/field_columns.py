"""Columns for the fields that an organization has defined."""

from collections.abc import Iterable, Mapping
from datetime import tzinfo
from typing import Any

from crm.importing.cells import FieldMomentWidget, NumberWidget, TextWidget
from crm.importing.columns import Column
from crm.importing.mapping import FileReading
from customers.rules.fields import DATE, DATETIME, DOUBLE, INTEGER, FieldRule


def field_columns(
    kind: str, group: str, rules: Mapping[str, FieldRule], zone: tzinfo, reading: FileReading
) -> Iterable[Column]:
    """One column for each field, by name; its values are left to the rules of fields."""
    for rule in sorted(rules.values(), key=lambda rule: rule.name.casefold()):
        widget: Any = TextWidget()
        if rule.data_type in (DATE, DATETIME):
            widget = FieldMomentWidget(zone, day_first=reading.day_first)
        elif rule.data_type in (INTEGER, DOUBLE):
            widget = NumberWidget(decimal_comma=reading.decimal_comma)
        yield Column(f"{kind}.{rule.name}", rule.name, widget, group=group)
