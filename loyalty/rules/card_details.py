"""What a caller may say about a card besides who holds it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from crm.kernel.errors import DomainError, Notice
from customers import notices as customer_notices
from customers.rules.fields import FieldRule, check_values
from customers.rules.identifiers import normalise_identifier
from customers.rules.text import is_writable
from loyalty import errors

LONGEST_ENTITY = 1_000


@dataclass(frozen=True, slots=True)
class CardStandards:
    """What the organization's fields ask of their values."""

    zone: tzinfo
    custom_fields: Mapping[str, FieldRule]
    extended_fields: Mapping[str, FieldRule]


def read_number(raw: object) -> str:
    """Return a card number as it is stored.

    Raises:
        CardNumberInvalid: it is none.
    """
    return _read("cardnumber", raw, errors.CardNumberInvalid())


def read_external_id(raw: object) -> str:
    """Return a card's external id as it is stored.

    Raises:
        CardExternalIdInvalid: it is none.
    """
    return _read("cardExternalId", raw, errors.CardExternalIdInvalid())


def read_fields(
    custom: Mapping[str, object],
    extended: Mapping[str, object],
    standards: CardStandards,
    said: list[Notice],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the values to keep (None takes a field away); the others are told in ``said``."""
    zone = standards.zone
    kept, problems = check_values(custom, standards.custom_fields, zone=zone)
    said += [Notice(customer_notices.FIELD_INVALID, name=problem.name) for problem in problems]
    kept_too, problems = check_values(extended, standards.extended_fields, zone=zone)
    said += [
        Notice(customer_notices.EXTENDED_FIELD_INVALID, name=problem.name) for problem in problems
    ]
    return kept, kept_too


def read_entity(raw: Any) -> Any:
    """Return what a card is mapped to, as it was given.

    Raises:
        CardEntityInvalid: it is too long, or holds text that cannot be kept.
    """
    if raw is None:
        return None
    try:
        text = json.dumps(raw, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise errors.CardEntityInvalid() from None
    # Written as JSON, a character that no store can hold hides behind its escape.
    if len(text) > LONGEST_ENTITY or not is_writable(text) or "\\u0000" in text:
        raise errors.CardEntityInvalid()
    return raw


def _read(kind: str, raw: object, refusal: DomainError) -> str:
    value = normalise_identifier(kind, raw, default_country="", strict_mobile=False)
    if value is None:
        raise refusal
    return value
