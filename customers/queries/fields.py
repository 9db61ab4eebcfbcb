"""Custom and extended fields: their rules, translations, and how an organization normalises."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from django.db.models import Q
from django.db.models.functions import Lower

from crm.kernel.org_cache import forget, get_or_load
from crm.tenancy.models import Organization
from customers.models import FieldDefinition, FieldOption, FieldTranslation
from customers.queries.source_accounts import get_source_accounts
from customers.rules.fields import FieldRule
from customers.rules.identifiers import IdentitySettings
from customers.rules.text import fold_name

KIND = "field_rules"
# The scopes of extended fields, in the order of the reference.
EXTENDED_SCOPES = (
    FieldDefinition.Scope.CUSTOMER,
    FieldDefinition.Scope.TRANSACTION,
    FieldDefinition.Scope.LINE_ITEM,
    FieldDefinition.Scope.CARD,
)

FieldRules: TypeAlias = Mapping[str, FieldRule]
_LANGUAGE = re.compile(r"[a-z]{1,8}(?:-[a-z0-9]{1,8})*", re.ASCII)


@dataclass(frozen=True, slots=True)
class ListedField:
    """A field as the API shows it; ``options`` are the values of an ENUM."""

    id: int
    scope: str
    name: str
    label: str
    data_type: str
    max_length: int
    is_mandatory: bool
    parent_id: int | None
    created_at: datetime
    modified_at: datetime
    options: tuple[str, ...]


def get_identity_settings(org: Organization) -> IdentitySettings:
    """Return the identity settings of an organization; field rules and sources are cached."""
    return IdentitySettings(
        default_country=org.default_country,
        strict_mobile=org.strict_mobile,
        zone=org.zone,
        fields=get_field_rules(
            org_id=org.pk,
            kind=FieldDefinition.Kind.CUSTOM,
            scope=FieldDefinition.Scope.PROFILE,
        ),
        extended_fields=get_field_rules(
            org_id=org.pk,
            kind=FieldDefinition.Kind.EXTENDED,
            scope=FieldDefinition.Scope.CUSTOMER,
        ),
        sources={account.id: account.source for account in get_source_accounts(org_id=org.pk)},
    )


def get_field_rules(*, org_id: int, kind: str, scope: str) -> FieldRules:
    """Return the rules of the organization's active fields, by folded name.

    All fields of the organization are loaded in two queries and cached. Code that writes
    definitions calls ``forget_field_rules``.
    """
    return get_or_load(KIND, org_id, lambda: _load_rules(org_id)).get((kind, scope), {})


def forget_field_rules(org_id: int) -> None:
    """Clear the cached field rules of an organization."""
    forget(KIND, org_id)


def list_extended_fields(*, org_id: int) -> dict[str, list[ListedField]]:
    """List the active extended fields of each scope by name; two queries."""
    fields_by_scope: dict[str, list[ListedField]] = {scope: [] for scope in EXTENDED_SCOPES}
    for field in _list_fields(org_id, FieldDefinition.Kind.EXTENDED):
        if field.scope in fields_by_scope:
            fields_by_scope[field.scope].append(field)
    return fields_by_scope


def list_custom_fields(*, org_id: int) -> list[ListedField]:
    """List the active custom fields by scope and name; two queries."""
    return sorted(_list_fields(org_id, FieldDefinition.Kind.CUSTOM), key=lambda field: field.scope)


def _list_fields(org_id: int, kind: str) -> list[ListedField]:
    options = _options_by_definition(org_id)
    return [
        ListedField(*row, options=tuple(options.get(row[0], ())))
        for row in FieldDefinition.objects.filter(org_id=org_id, kind=kind, is_active=True)
        .order_by("name", "id")
        .values_list(
            "id",
            "scope",
            "name",
            "label",
            "data_type",
            "max_length",
            "is_mandatory",
            "parent_id",
            "created_at",
            "modified_at",
        )
    ]


def translate_values(
    values: Mapping[str, Any],
    *,
    org_id: int,
    language: str,
    scope: str = FieldDefinition.Scope.CUSTOMER,
) -> dict[str, Any]:
    """Return the values of extended fields, translated where there is a translation.

    A language tag falls back to its shorter forms for each value: zh-CN, then zh. One query at
    most.
    """
    tags = _list_language_tags(language)
    if not tags or not values:
        return dict(values)
    texts_by_name = {name: _convert_to_text(value) for name, value in values.items()}
    texts = {text for text in texts_by_name.values() if text is not None}
    rows = (
        FieldTranslation.objects.annotate(tag=Lower("language"), lowered=Lower("value"))
        # SQLite lower-cases ASCII only, so the unchanged text is searched as well.
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
    translations = {(name, fold_name(value), tag): text for name, tag, value, text in rows}
    return {
        name: _translate_value(name, value, texts_by_name[name], tags, translations)
        for name, value in values.items()
    }


def _load_rules(org_id: int) -> dict[tuple[str, str], dict[str, FieldRule]]:
    definitions = FieldDefinition.objects.filter(org_id=org_id, is_active=True).values_list(
        "pk", "kind", "scope", "name", "data_type", "max_length", "is_mandatory"
    )
    options = _options_by_definition(org_id)
    rules: dict[tuple[str, str], dict[str, FieldRule]] = defaultdict(dict)
    for pk, kind, scope, name, data_type, max_length, is_mandatory in definitions:
        rules[kind, scope][fold_name(name)] = FieldRule(
            name=name,
            data_type=data_type,
            options={fold_name(option): option for option in options.get(pk, ())},
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


def _list_language_tags(language: str) -> list[str]:
    """Return the tag and its shorter forms, longest first; empty if it is not a language tag."""
    tag = language.strip().lower().replace("_", "-")
    if len(tag) > 35 or not _LANGUAGE.fullmatch(tag):
        return []
    parts = tag.split("-")
    return ["-".join(parts[:length]) for length in range(len(parts), 0, -1)]


def _convert_to_text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


def _translate_value(
    name: str,
    value: Any,
    value_text: str | None,
    tags: list[str],
    translations: Mapping[tuple[str, str, str], str],
) -> Any:
    if value_text is None:
        return value
    for tag in tags:
        if (text := translations.get((name, fold_name(value_text), tag))) is not None:
            return text
    return value
