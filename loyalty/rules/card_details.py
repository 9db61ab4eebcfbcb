"""Read the details of a card: number, external id, fields and mapped entity."""

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

MAX_ENTITY_LENGTH = 1_000


@dataclass(frozen=True, slots=True)
class CardFieldSettings:
    """The organization's time zone and the rules of its custom and extended fields of cards."""

    zone: tzinfo
    custom_fields: Mapping[str, FieldRule]
    extended_fields: Mapping[str, FieldRule]


def read_number(raw: object) -> str:
    """Return a card number as it is stored.

    Raises:
        CardNumberInvalid: the value is not a card number.
    """
    return _normalise_card_identifier("cardnumber", raw, errors.CardNumberInvalid())


def read_external_id(raw: object) -> str:
    """Return a card's external id as it is stored.

    Raises:
        CardExternalIdInvalid: the value is not an external id.
    """
    return _normalise_card_identifier("cardExternalId", raw, errors.CardExternalIdInvalid())


def read_fields(
    custom: Mapping[str, object],
    extended: Mapping[str, object],
    settings: CardFieldSettings,
    notices: list[Notice],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the valid values (None removes a field); each invalid one adds to ``notices``."""
    zone = settings.zone
    custom_values, problems = check_values(custom, settings.custom_fields, zone=zone)
    notices += [Notice(customer_notices.FIELD_INVALID, name=problem.name) for problem in problems]
    extended_values, problems = check_values(extended, settings.extended_fields, zone=zone)
    notices += [
        Notice(customer_notices.EXTENDED_FIELD_INVALID, name=problem.name) for problem in problems
    ]
    return custom_values, extended_values


def read_entity(raw: Any) -> Any:
    """Return a card's mapped entity unchanged.

    Raises:
        CardEntityInvalid: it is too long, or contains text that cannot be stored.
    """
    if raw is None:
        return None
    try:
        text = json.dumps(raw, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise errors.CardEntityInvalid() from None
    # In JSON, a NUL character is written as an escape, which ``is_writable`` does not see.
    if len(text) > MAX_ENTITY_LENGTH or not is_writable(text) or "\\u0000" in text:
        raise errors.CardEntityInvalid()
    return raw


def _normalise_card_identifier(kind: str, raw: object, refusal: DomainError) -> str:
    value = normalise_identifier(kind, raw, default_country="", strict_mobile=False)
    if value is None:
        raise refusal
    return value
