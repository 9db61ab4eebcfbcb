"""Choices for the admin pages of loyalty, and the card numbers that they export."""

from collections.abc import Iterator

from django.db.models import QuerySet

from loyalty.models import (
    Card,
    CardGeneration,
    CardLabel,
    CardSeries,
    CouponSeries,
    PaymentMode,
    Program,
    ReferralCampaign,
    Tier,
)
from loyalty.rules.cards import ISSUE_STATUSES


def list_programs(*, org_id: int) -> list[tuple[int, str]]:
    """Return ids and names of the programs, ordered by name; one query."""
    rows = Program.objects.filter(org_id=org_id).order_by("name", "pk")
    return list(rows.values_list("pk", "name"))


def list_card_series_names(*, org_id: int) -> list[tuple[int, str]]:
    """Return ids and names of the card series; one query."""
    rows = CardSeries.objects.filter(org_id=org_id).order_by("name", "pk")
    return list(rows.values_list("pk", "name"))


def list_coupon_series_names(*, org_id: int, active_only: bool = False) -> list[tuple[int, str]]:
    """Return ids and descriptions of the coupon series; ``active_only`` omits inactive ones."""
    rows = CouponSeries.objects.filter(org_id=org_id).order_by("description", "pk")
    if active_only:
        rows = rows.filter(is_active=True)
    return list(rows.values_list("pk", "description"))


def list_payment_mode_names(*, org_id: int) -> list[str]:
    """Return the names of the active payment modes, ordered by name; one query."""
    rows = PaymentMode.objects.filter(org_id=org_id, is_active=True).order_by("name", "pk")
    return list(rows.values_list("name", flat=True))


def list_campaign_names(*, org_id: int) -> list[tuple[int, str]]:
    """Return ids and names of the referral campaigns, inactive ones included; one query."""
    rows = ReferralCampaign.objects.filter(org_id=org_id).order_by("name", "pk")
    return list(rows.values_list("pk", "name"))


def filter_tiers(*, org_id: int) -> QuerySet[Tier]:
    """Return the tiers of the organization's programs, with their programs."""
    rows = Tier.objects.filter(program__org_id=org_id).select_related("program")
    return rows.order_by("program__name", "serial")


def list_card_label_names(
    *, org_id: int, active_only: bool = False, exclude_id: int | None = None
) -> list[tuple[int, str]]:
    """Return ids and names of the card labels; ``active_only`` leaves out inactive ones."""
    rows = (
        CardLabel.objects.filter(org_id=org_id).exclude(pk=exclude_id or 0).order_by("label", "pk")
    )
    if active_only:
        rows = rows.filter(is_active=True)
    return list(rows.values_list("pk", "label"))


def list_issue_label_names(*, org_id: int) -> list[str]:
    """Return the names of the active labels that a card may have when it is issued; one query."""
    rows = CardLabel.objects.filter(org_id=org_id, is_active=True, status__in=ISSUE_STATUSES)
    return list(rows.order_by("label", "pk").values_list("label", flat=True))


def find_generation(*, org_id: int, series_id: int, generation_id: int) -> CardGeneration | None:
    """Return the generation, or None if this series of the organization has no such one."""
    return (
        CardGeneration.objects.filter(pk=generation_id, series_id=series_id, series__org_id=org_id)
        .select_related("series", "run")
        .first()
    )


def stream_card_numbers(generation: CardGeneration) -> Iterator[list[str]]:
    """Yield a header and the numbers made so far; rows are read from the database in chunks."""
    yield ["number"]
    rows = Card.objects.filter(series_id=generation.series_id, generation_id=generation.pk)
    for number in rows.order_by("-pk").values_list("number", flat=True).iterator(chunk_size=5_000):
        yield [number]
