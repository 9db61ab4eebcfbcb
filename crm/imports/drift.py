"""What has changed between the dry run of a row and its import, in sentences for staff."""

from collections.abc import Iterator, Mapping
from typing import Any

from crm.imports.operations.staged_rows import Remark
from crm.imports.parsed_rows import RowEffect
from crm.imports.queries.import_runs import StagedRow
from crm.kernel.staff_texts import TextTemplate, staff_text
from crm.runs.models import ImportRow

VALUE_DRIFTED = TextTemplate("{name} was {then} in the preview and is {now} now.")
OUTCOME_DRIFTED = TextTemplate("The preview was to {then}; now it would {now}.")

_NOTHING = staff_text("nothing")
_ACTS = {
    ImportRow.Outcome.CREATE: staff_text("create"),
    ImportRow.Outcome.UPDATE: staff_text("update"),
    ImportRow.Outcome.UNCHANGED: staff_text("change nothing"),
    ImportRow.Outcome.SKIP: staff_text("skip the row"),
}
# So many sentences say what is wrong; a row has two hundred fields at most.
MOST_REMARKS = 5


def describe_drift(staged: StagedRow, effect: RowEffect) -> list[Remark]:
    """Return a remark for each thing that is not as the dry run found it."""
    remarks: list[Remark] = []
    if staged.outcome != effect.outcome:
        remarks.append(
            ("", OUTCOME_DRIFTED(then=_ACTS[_as(staged.outcome)], now=_ACTS[_as(effect.outcome)]))
        )
    elif staged.subject_id not in (None, effect.subject_id):
        remarks.append(_describe_value("id", staged.subject_id, effect.subject_id))
    then, now = (dict(_iterate_leaves(values or {})) for values in (staged.before, effect.before))
    # When nothing is written now, only its outcome can be told.
    if effect.before is not None:
        remarks += [
            _describe_value(name, then.get(name), now.get(name))
            for name in {**then, **now}
            if then.get(name) != now.get(name)
        ]
    return remarks[:MOST_REMARKS]


def describe_changes(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[Remark]:
    """Return a remark for each value of a preview that is another one now."""
    return [
        _describe_value(name, then.get(name), now.get(name))
        for name in {**then, **now}
        if then.get(name) != now.get(name)
    ]


def _as(outcome: str) -> ImportRow.Outcome:
    return ImportRow.Outcome(outcome)


def _describe_value(name: str, then: Any, now: Any) -> Remark:
    sentence = VALUE_DRIFTED(
        name=name.replace("_", " "), then=_format_value(then), now=_format_value(now)
    )
    return "", sentence


def _format_value(value: Any) -> str:
    return _NOTHING if value in (None, "", [], {}) else f"“{value}”"


def _iterate_leaves(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the values of nested fields, such as those of each profile, by name."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            for inner, leaf in _iterate_leaves(value):
                yield (inner if name.isdigit() or name == "profiles" else f"{name} {inner}"), leaf
        else:
            yield name, value
