"""Record admin changes as audit events, in the same transaction."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time
from typing import Any, cast

from django.conf import settings
from django.db.models import Model, QuerySet
from django.forms import BaseModelForm
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils import timezone, translation

from crm.adminkit.current_staff import get_staff_user
from crm.audit.models import Event
from crm.audit.operations.events import NewEvent, record_events
from crm.tenancy.origin import Origin

# The audit records that these fields changed, but not their values.
SECRET = {"password", "password1", "password2", "usable_password", "secret"}
HIDDEN = "(not shown)"


@dataclass(frozen=True, slots=True)
class DeskChange:
    """The values changed by a form, before and after."""

    before: dict[str, Any]
    after: dict[str, Any]


def get_origin(request: HttpRequest) -> Origin:
    """Return the origin of writes from this page."""
    return Origin(
        org=get_staff_user(request).org,
        actor_id=get_staff_user(request).entity_id,
        door=Event.Door.CONSOLE,
        at=timezone.now(),
        request_id=getattr(request, "request_id", ""),
    )


def get_subject_type(model: type[Model]) -> str:
    """Return the audit's subject type of a model: its class name in snake case."""
    letters = [f"_{c.lower()}" if c.isupper() else c for c in model.__name__]
    return "".join(letters).lstrip("_")


def describe_changes(form: BaseModelForm, formsets: Iterable[BaseInlineFormSet]) -> DeskChange:
    """Return the changes of a form and its inline formsets, in English whoever made them."""
    with translation.override(settings.LANGUAGE_CODE):
        return _describe_changes(form, formsets)


def _describe_changes(form: BaseModelForm, formsets: Iterable[BaseInlineFormSet]) -> DeskChange:
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for name in form.changed_data:
        before[name] = HIDDEN if name in SECRET else _to_json_value(_get_initial_value(form, name))
        after[name] = HIDDEN if name in SECRET else _to_json_value(form.cleaned_data.get(name))
    for formset in formsets:
        label = str(cast(type[Model], formset.model)._meta.verbose_name_plural)
        removed = [str(row) for row in formset.deleted_objects]
        removed += [str(_build_initial_row(form, row)) for form, row in _list_changed_rows(formset)]
        added = [str(row) for row in formset.new_objects]
        added += [str(row) for _, row in _list_changed_rows(formset)]
        if removed:
            before[label] = removed
        if added:
            after[label] = added
    return DeskChange(before, after)


def record_desk_change(request: HttpRequest, row: Model, verb: str, change: DeskChange) -> None:
    """Record one audit event about the row. An unchanged row records nothing."""
    if verb == "changed" and not change.before and not change.after:
        return
    kind = get_subject_type(type(row))
    before = change.before if verb == "changed" else None
    event = NewEvent(f"{kind}.{verb}", kind, row.pk, before, change.after)
    record_events(origin=get_origin(request), events=[event])


def record_deletions(request: HttpRequest, rows: Iterable[Model] | QuerySet[Any]) -> None:
    """Record one audit event for each row to be deleted."""
    with translation.override(settings.LANGUAGE_CODE):
        events = [_build_deletion(row) for row in rows]
    record_events(origin=get_origin(request), events=events)


def _build_deletion(row: Model) -> NewEvent:
    return NewEvent(
        f"{get_subject_type(type(row))}.deleted",
        get_subject_type(type(row)),
        row.pk,
        {
            field.name: _to_json_value(getattr(row, field.name))
            for field in row._meta.concrete_fields
            if field.name not in SECRET | {"id", "org"}
        },
    )


def _get_initial_value(form: BaseModelForm, name: str) -> Any:
    field = form.fields[name]
    value = form.get_initial_for_field(field, name)
    choices = getattr(field, "queryset", None)
    if choices is None or value in (None, "", []):
        return value
    # The initial value of a choice is an id, the cleaned value a row.
    keys = value if isinstance(value, list) else [value]
    rows = list(choices.model._default_manager.filter(pk__in=[_get_key(k) for k in keys]))
    return rows if isinstance(value, list) else rows[0] if rows else value


def _get_key(value: Any) -> Any:
    return value.pk if isinstance(value, Model) else value


def _list_changed_rows(formset: BaseInlineFormSet) -> list[tuple[BaseModelForm, Model]]:
    changed = {row.pk: row for row, _ in formset.changed_objects}
    return [
        (form, changed[form.instance.pk]) for form in formset.forms if form.instance.pk in changed
    ]


def _build_initial_row(form: BaseModelForm, row: Model) -> Model:
    initial_row = type(row)(
        **{field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    )
    for name in form.changed_data:
        if name in {field.name for field in row._meta.concrete_fields}:
            setattr(initial_row, name, form.initial.get(name))
    return initial_row


def _to_json_value(value: Any) -> Any:
    if isinstance(value, Model):
        return str(value)
    if isinstance(value, QuerySet | list | tuple | set):
        return [_to_json_value(item) for item in value]
    if isinstance(value, date | time):
        return value.isoformat()
    if value is None or isinstance(value, str | int | float | bool | dict):
        return value
    return str(value)
