"""Custom and extended fields: what their values must be, and how they read in other languages."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from django.db.models import Q
from django.db.models.functions import Lower

from crm.kernel.org_cache import forget, get_or_load
from customers.models import FieldDefinition, FieldOption, FieldTranslation
from customers.rules.fields import FieldRule
from customers.rules.text import folded

KIND = "field_rules"
# Those that the reference calls extended fields, in the order in which it lists them.
EXTENDED_SCOPES = (
    FieldDefinition.Scope.CUSTOMER,
    FieldDefinition.Scope.TRANSACTION,
    FieldDefinition.Scope.LINE_ITEM,
    FieldDefinition.Scope.CARD,
)

FieldRules: TypeAlias = Mapping[str, FieldRule]
_LANGUAGE = re.compile(r"[a-z]{1,8}(?:-[a-z0-9]{1,8})*", re.ASCII)


@dataclass(frozen=True, slots=True)
class ExtendedField:
    """A field as integrators are told of it; ``options`` are an ENUM's values."""

    id: int
    name: str
    label: str
    data_type: str
    parent_id: int | None
    created_at: datetime
    modified_at: datetime
    options: tuple[str, ...]


def get_field_rules(*, org_id: int, kind: str, scope: str) -> FieldRules:
    """Return what the organization's active fields ask of their values, by folded name.

    All fields of the organization are loaded by two queries and remembered for a while; whoever
    writes definitions calls ``forget_field_rules``.
    """
    return get_or_load(KIND, org_id, lambda: _load_rules(org_id)).get((kind, scope), {})


def forget_field_rules(org_id: int) -> None:
    """Let the next values be checked against the definitions as they are stored now."""
    forget(KIND, org_id)


def list_extended_fields(*, org_id: int) -> dict[str, list[ExtendedField]]:
    """List the active extended fields of each scope by name; two queries."""
    listed: dict[str, list[ExtendedField]] = {scope: [] for scope in EXTENDED_SCOPES}
    definitions = list(
        FieldDefinition.objects.filter(
            org_id=org_id, kind=FieldDefinition.Kind.EXTENDED, is_active=True, scope__in=listed
        ).order_by("name", "id")
    )
    options = _options_by_definition(org_id)
    for definition in definitions:
        listed[definition.scope].append(
            ExtendedField(
                id=definition.pk,
                name=definition.name,
                label=definition.label,
                data_type=definition.data_type,
                parent_id=definition.parent_id,
                created_at=definition.created_at,
                modified_at=definition.modified_at,
                options=tuple(options.get(definition.pk, ())),
            )
        )
    return listed


def translate_values(
    values: Mapping[str, Any],
    *,
    org_id: int,
    language: str,
    scope: str = FieldDefinition.Scope.CUSTOMER,
) -> dict[str, Any]:
    """Return the values of extended fields in a language, as far as they have translations.

    A tag falls back on its shorter forms, value by value: zh-CN, then zh. One query at most.
    """
    tags = _tags(language)
    if not tags or not values:
        return dict(values)
    spoken = {name: _spoken(value) for name, value in values.items()}
    texts = {text for text in spoken.values() if text is not None}
    found = (
        FieldTranslation.objects.annotate(tag=Lower("language"), lowered=Lower("value"))
        # SQLite lowers ASCII only, so the text is looked for as it is as well.
        .filter(
            Q(value__in=texts) | Q(lowered__in={text.lower() for text in texts}),
            definition__org_id=org_id,
            definition__kind=FieldDefinition.Kind.EXTENDED,
            definition__scope=scope,
            definition__name__in=list(values),
            tag__in=tags,
        )
        .values_list("definition__name", "tag", "value", "text")
    )
    translations = {(name, folded(value), tag): text for name, tag, value, text in found}
    return {
        name: _translated(name, value, spoken[name], tags, translations)
        for name, value in values.items()
    }


def _load_rules(org_id: int) -> dict[tuple[str, str], dict[str, FieldRule]]:
    definitions = FieldDefinition.objects.filter(org_id=org_id, is_active=True).values_list(
        "pk", "kind", "scope", "name", "data_type", "max_length", "is_mandatory"
    )
    options = _options_by_definition(org_id)
    rules: dict[tuple[str, str], dict[str, FieldRule]] = defaultdict(dict)
    for pk, kind, scope, name, data_type, max_length, is_mandatory in definitions:
        rules[kind, scope][folded(name)] = FieldRule(
            name=name,
            data_type=data_type,
            options={folded(option): option for option in options.get(pk, ())},
            max_length=max_length,
            is_mandatory=is_mandatory,
        )
    return dict(rules)


def _options_by_definition(org_id: int) -> dict[int, list[str]]:
    options: dict[int, list[str]] = defaultdict(list)
    for pk, value in (
        FieldOption.objects.filter(
            definition__org_id=org_id,
            definition__is_active=True,
            definition__data_type=FieldDefinition.DataType.ENUM,
        )
        .order_by("position", "id")
        .values_list("definition_id", "value")
    ):
        options[pk].append(value)
    return options


def _tags(language: str) -> list[str]:
    """The tag and its shorter forms, longest first; none for what is no language."""
    tag = language.strip().lower().replace("_", "-")
    if len(tag) > 35 or not _LANGUAGE.fullmatch(tag):
        return []
    parts = tag.split("-")
    return ["-".join(parts[:length]) for length in range(len(parts), 0, -1)]


def _spoken(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


def _translated(
    name: str,
    value: Any,
    spoken: str | None,
    tags: list[str],
    translations: Mapping[tuple[str, str, str], str],
) -> Any:
    if spoken is None:
        return value
    for tag in tags:
        if (text := translations.get((name, folded(spoken), tag))) is not None:
            return text
    return value
