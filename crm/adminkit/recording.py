"""What staff change at a desk is written to the audit, in the same transaction."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time
from typing import Any, cast

from django.db.models import Model, QuerySet
from django.forms import BaseModelForm
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils import timezone

from crm.adminkit.person import staff_of
from crm.audit.models import Event
from crm.audit.operations.recording import NewEvent, record_events
from crm.tenancy.origin import Origin

# That these were changed is worth a line; what they are is nobody's business.
SECRET = {"password", "password1", "password2", "usable_password", "secret"}
HIDDEN = "(not shown)"


@dataclass(frozen=True, slots=True)
class DeskChange:
    """The values that a form changed, as they were and as they are."""

    before: dict[str, Any]
    after: dict[str, Any]


def origin_of(request: HttpRequest) -> Origin:
    """Who writes from this page."""
    return Origin(
        org=staff_of(request).org,
        actor_id=staff_of(request).entity_id,
        door=Event.Door.CONSOLE,
        at=timezone.now(),
        request_id=getattr(request, "request_id", ""),
    )


def subject_type_of(model: type[Model]) -> str:
    """The audit's word for a kind of row: its class, in words joined by underscores."""
    letters = [f"_{c.lower()}" if c.isupper() else c for c in model.__name__]
    return "".join(letters).lstrip("_")


def describe_changes(form: BaseModelForm, formsets: Iterable[BaseInlineFormSet]) -> DeskChange:
    """What the form and the lines under it changed."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for name in form.changed_data:
        before[name] = HIDDEN if name in SECRET else _plain(_initial(form, name))
        after[name] = HIDDEN if name in SECRET else _plain(form.cleaned_data.get(name))
    for formset in formsets:
        lines = str(cast(type[Model], formset.model)._meta.verbose_name_plural)
        gone = [str(row) for row in formset.deleted_objects]
        gone += [str(_as_it_was(form, row)) for form, row in _changed(formset)]
        new = [str(row) for row in formset.new_objects]
        new += [str(row) for _, row in _changed(formset)]
        if gone:
            before[lines] = gone
        if new:
            after[lines] = new
    return DeskChange(before, after)


def record_desk_change(request: HttpRequest, row: Model, verb: str, change: DeskChange) -> None:
    """Write one event about a row of configuration; nothing when nothing was changed."""
    if verb == "changed" and not change.before and not change.after:
        return
    kind = subject_type_of(type(row))
    before = change.before if verb == "changed" else None
    event = NewEvent(f"{kind}.{verb}", kind, row.pk, before, change.after)
    record_events(origin=origin_of(request), events=[event])


def record_deletions(request: HttpRequest, rows: Iterable[Model] | QuerySet[Any]) -> None:
    """Write one event for each row that is about to go."""
    events = [
        NewEvent(
            f"{subject_type_of(type(row))}.deleted",
            subject_type_of(type(row)),
            row.pk,
            {
                field.name: _plain(getattr(row, field.name))
                for field in row._meta.concrete_fields
                if field.name not in SECRET | {"id", "org"}
            },
        )
        for row in rows
    ]
    record_events(origin=origin_of(request), events=events)


def _initial(form: BaseModelForm, name: str) -> Any:
    field = form.fields[name]
    value = form.get_initial_for_field(field, name)
    choices = getattr(field, "queryset", None)
    if choices is None or value in (None, "", []):
        return value
    # A choice's initial value is its key; its cleaned value is the row.
    keys = value if isinstance(value, list) else [value]
    rows = list(choices.model._default_manager.filter(pk__in=[_key(k) for k in keys]))
    return rows if isinstance(value, list) else rows[0] if rows else value


def _key(value: Any) -> Any:
    return value.pk if isinstance(value, Model) else value


def _changed(formset: BaseInlineFormSet) -> list[tuple[BaseModelForm, Model]]:
    changed = {row.pk: row for row, _ in formset.changed_objects}
    return [
        (form, changed[form.instance.pk]) for form in formset.forms if form.instance.pk in changed
    ]


def _as_it_was(form: BaseModelForm, row: Model) -> Model:
    was = type(row)(
        **{field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    )
    for name in form.changed_data:
        if name in {field.name for field in row._meta.concrete_fields}:
            setattr(was, name, form.initial.get(name))
    return was


def _plain(value: Any) -> Any:
    if isinstance(value, Model):
        return str(value)
    if isinstance(value, QuerySet | list | tuple | set):
        return [_plain(one) for one in value]
    if isinstance(value, date | time):
        return value.isoformat()
    if value is None or isinstance(value, str | int | float | bool | dict):
        return value
    return str(value)
