"""Read card identifiers. Loyalty issues the cards, and the identifiers follow them."""

from collections.abc import Mapping, Sequence
from typing import Any

from crm.usecases.register_customers import UNASSIGNED_CUSTOMER
from customers import errors as customer_errors
from customers.rules.identifiers import canonical_type
from customers.rules.registration import CARD_TYPES
from loyalty import errors
from loyalty.operations.cards.delink import DelinkRequest
from loyalty.operations.cards.issue import CardIssueRequest

Row = Mapping[str, Any]

# Why a card among the identifiers is not issued.
CARD_ISSUE_REFUSALS = (
    customer_errors.StatusBlocksCards,
    errors.CardUnknown,
    errors.CardSeriesUnknown,
    errors.CardSeriesInactive,
    errors.CardOfOtherSeries,
    errors.CardTaken,
    errors.CardTransitionRefused,
    errors.CardLimitReached,
    errors.CardExternalRefused,
    errors.CardExternalIdTaken,
    errors.CardGenerationDisabled,
    errors.CardNumberInvalid,
    errors.CardExternalIdInvalid,
)


def split_cards(identifiers: Sequence[Row] | None) -> tuple[list[Row], list[Row]]:
    """Split identifiers into those of other types and cards."""
    others: list[Row] = []
    cards: list[Row] = []
    for row in identifiers or ():
        (cards if canonical_type(row["type"]) in CARD_TYPES else others).append(row)
    return others, cards


def build_card_issues(profile: Mapping[str, Any], source_account_id: int) -> list[CardIssueRequest]:
    """Return the card issues of a profile to register; the customer is assigned later."""
    _, cards = split_cards(profile.get("identifiers"))
    return [build_card_issue(row, UNASSIGNED_CUSTOMER, source_account_id) for row in cards]


def build_card_issue(
    row: Row,
    customer_id: int,
    source_account_id: int,
    *,
    series_id: int | None = None,
    label: str | None = None,
) -> CardIssueRequest:
    """Return the issue of a card. ``series_id`` and ``label`` are defaults."""
    is_number = canonical_type(row["type"]) == "cardnumber"
    external_id = row.get("cardExternalId") if is_number else row["value"]
    return CardIssueRequest(
        customer_id=customer_id,
        source_account_id=source_account_id,
        number=str(row["value"]) if is_number else None,
        external_id=str(external_id) if external_id else None,
        series_id=row.get("seriesId") or (None if row.get("seriesCode") else series_id),
        series_code=row.get("seriesCode") or None,
        label=row.get("statusLabel") or label,
        custom_fields=row.get("customFields") or {},
        extended_fields=row.get("extendedFields") or {},
    )


def build_card_delink(row: Row) -> DelinkRequest:
    """Return the request to delink a card."""
    is_number = canonical_type(row["type"]) == "cardnumber"
    return DelinkRequest(
        number=str(row["value"]) if is_number else None,
        external_id=None if is_number else str(row["value"]),
    )
