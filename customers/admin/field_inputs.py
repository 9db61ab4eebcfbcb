"""The inputs of a form for custom and extended fields, checked by the rules of the API."""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_noop
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from customers.queries.fields import FieldRules, ListedField
from customers.rules.fields import BOOLEAN, DATE, DATETIME, DOUBLE, ENUM, INTEGER, check_values
from customers.rules.text import fold_name

MAX_INPUT_LENGTH = 1_000
FEW = 6  # so many fields without a value are not worth hiding
# What is wrong with a value, by the type of its field.
TYPE_PROBLEMS = {
    INTEGER: gettext_noop("Enter a whole number."),
    DOUBLE: gettext_noop("Enter a number."),
    DATE: gettext_noop("Enter a date."),
    DATETIME: gettext_noop("Enter a date and a time."),
    ENUM: gettext_noop("Choose one of the list."),
    BOOLEAN: gettext_noop("Choose yes or no."),
}


class _NumberInput(UnfoldAdminTextInputWidget):
    input_type = "number"


class _DateInput(UnfoldAdminTextInputWidget):
    input_type = "date"


class _MomentInput(UnfoldAdminTextInputWidget):
    input_type = "datetime-local"


_WIDGETS: Mapping[str, tuple[type[forms.TextInput], Mapping[str, str]]] = {
    INTEGER: (_NumberInput, {"step": "1"}),
    DOUBLE: (_NumberInput, {"step": "any"}),
    DATE: (_DateInput, {}),
    DATETIME: (_MomentInput, {}),
}


class FieldInputs:
    """The inputs for the fields of one kind. ``values`` are the stored ones, by name.

    A mandatory field must be filled in where ``demands_mandatory`` is set; otherwise it must not
    be emptied.
    """

    def __init__(
        self,
        prefix: str,
        fields: Sequence[ListedField],
        rules: FieldRules,
        values: Mapping[str, Any],
        zone: tzinfo,
        *,
        demands_mandatory: bool = False,
    ) -> None:
        self._zone, self._rules = zone, rules
        self._fields = {f"{prefix}_{field.id}": field for field in fields}
        self._initial = {
            name: _format_for_input(values.get(field.name), field.data_type, zone)
            for name, field in self._fields.items()
        }
        self._required = {
            name
            for name, field in self._fields.items()
            if field.is_mandatory and (demands_mandatory or self._initial[name])
        }

    def add_to(self, form: forms.Form) -> None:
        """Add the inputs to the form."""
        for name, field in self._fields.items():
            initial = self._initial[name]
            form.fields[name] = forms.CharField(
                label=field.label or field.name,
                required=name in self._required,
                max_length=MAX_INPUT_LENGTH,
                initial=initial,
                widget=_build_widget(field, initial),
            )

    def read_changes(self, form: forms.Form) -> dict[str, Any]:
        """Return the values that differ from what the page showed; add errors to the form.

        A blank value is None, which removes it.
        """
        changes: dict[str, Any] = {}
        for name, field in self._fields.items():
            text = form.cleaned_data.get(name)
            if text is None or text.split() == self._initial[name].split():
                continue
            accepted, problems = check_values({field.name: text}, self._rules, zone=self._zone)
            if problems:
                form.add_error(name, self._describe_problem(field, problems[0].reason))
            changes |= accepted
        return changes

    def split_names(self, form: forms.Form) -> tuple[list[str], list[str]]:
        """Return the inputs to show at once, and those to show on demand: empty, not needed."""
        empty = [
            name
            for name in self._fields
            if not (self._initial[name] or name in self._required or name in form.errors)
        ]
        if len(empty) <= FEW:
            return list(self._fields), []
        return [name for name in self._fields if name not in empty], empty

    def _describe_problem(self, field: ListedField, reason: str) -> str:
        if reason == "too_long":
            rule = self._rules.get(fold_name(field.name))
            most = rule.max_length if rule else field.max_length
            return gettext("At most {count} characters.").format(count=most)
        return gettext(TYPE_PROBLEMS.get(field.data_type, gettext_noop("This cannot be stored.")))


def _build_widget(field: ListedField, initial: str) -> forms.Widget:
    if field.data_type == BOOLEAN:
        words = [("", "-"), ("true", gettext("Yes")), ("false", gettext("No"))]
        return UnfoldAdminSelectWidget(choices=words)
    if field.data_type == ENUM:
        options = list(field.options)
        if initial and initial not in options:
            options.insert(0, initial)  # stored before the list was changed
        return UnfoldAdminSelectWidget(choices=[("", "-"), *((o, o) for o in options)])
    widget, attributes = _WIDGETS.get(field.data_type, (UnfoldAdminTextInputWidget, {}))
    return widget(attrs={"autocomplete": "off", **attributes})


def _format_for_input(value: Any, data_type: str, zone: tzinfo) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if data_type == DATETIME and isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return value
        local = moment.astimezone(zone) if moment.tzinfo else moment
        return local.strftime("%Y-%m-%dT%H:%M")
    return str(value)
