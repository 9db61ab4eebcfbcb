"""Identifiers that are cards: loyalty issues them, and the identifier follows the card."""

from collections.abc import Mapping, Sequence
from typing import Any

from crm.usecases.registering import NOBODY_YET
from customers.rules.identifiers import canonical_type
from customers.rules.registration import CARD_TYPES
from loyalty.operations.delinking_cards import CardDelink
from loyalty.operations.issuing_cards import CardIssue

Row = Mapping[str, Any]


def parted(identifiers: Sequence[Row] | None) -> tuple[list[Row], list[Row]]:
    """Part identifiers of other types from cards."""
    others: list[Row] = []
    cards: list[Row] = []
    for row in identifiers or ():
        (cards if canonical_type(row["type"]) in CARD_TYPES else others).append(row)
    return others, cards


def card_wishes(said: Mapping[str, Any], source_account_id: int) -> list[CardIssue]:
    """The cards that a profile of a registration asks for; for nobody yet."""
    _, cards = parted(said.get("identifiers"))
    return [card_wish(row, NOBODY_YET, source_account_id) for row in cards]


def card_wish(
    row: Row,
    customer_id: int,
    source_account_id: int,
    *,
    series_id: int | None = None,
    label: str | None = None,
) -> CardIssue:
    """Hand a card on in the domain's words; ``series_id`` and ``label`` are defaults."""
    is_number = canonical_type(row["type"]) == "cardnumber"
    external = row.get("cardExternalId") if is_number else row["value"]
    return CardIssue(
        customer_id=customer_id,
        source_account_id=source_account_id,
        number=str(row["value"]) if is_number else None,
        external_id=str(external) if external else None,
        series_id=row.get("seriesId") or (None if row.get("seriesCode") else series_id),
        series_code=row.get("seriesCode") or None,
        label=row.get("statusLabel") or label,
        custom_fields=row.get("customFields") or {},
        extended_fields=row.get("extendedFields") or {},
    )


def card_delink(row: Row) -> CardDelink:
    """Hand a card to be taken back on in the domain's words."""
    is_number = canonical_type(row["type"]) == "cardnumber"
    return CardDelink(
        number=str(row["value"]) if is_number else None,
        external_id=None if is_number else str(row["value"]),
    )
