"""Small lists that the desks of loyalty choose from, and what they take away as files."""

from collections.abc import Iterator

from loyalty.models import (
    Card,
    CardGeneration,
    CardLabel,
    CardSeries,
    CouponSeries,
    Program,
    ReferralCampaign,
)


def list_programs(*, org_id: int) -> list[tuple[int, str]]:
    """Keys and names of the programs, in the order of their names; one query."""
    rows = Program.objects.filter(org_id=org_id).order_by("name", "pk")
    return list(rows.values_list("pk", "name"))


def list_card_series_names(*, org_id: int) -> list[tuple[int, str]]:
    """Keys and names of the card series; one query."""
    rows = CardSeries.objects.filter(org_id=org_id).order_by("name", "pk")
    return list(rows.values_list("pk", "name"))


def list_coupon_series_names(*, org_id: int, given_only: bool = False) -> list[tuple[int, str]]:
    """Keys and descriptions of the coupon series; ``given_only`` leaves out those switched off."""
    rows = CouponSeries.objects.filter(org_id=org_id).order_by("description", "pk")
    if given_only:
        rows = rows.filter(is_active=True)
    return list(rows.values_list("pk", "description"))


def list_campaign_names(*, org_id: int) -> list[tuple[int, str]]:
    """Keys and names of the referral campaigns, those switched off too; one query."""
    rows = ReferralCampaign.objects.filter(org_id=org_id).order_by("name", "pk")
    return list(rows.values_list("pk", "name"))


def list_card_label_names(
    *, org_id: int, given_only: bool = False, but: int | None = None
) -> list[tuple[int, str]]:
    """Keys and names of the card labels; ``given_only`` leaves out those no longer given."""
    rows = CardLabel.objects.filter(org_id=org_id).exclude(pk=but or 0).order_by("label", "pk")
    if given_only:
        rows = rows.filter(is_active=True)
    return list(rows.values_list("pk", "label"))


def find_generation(*, org_id: int, series_id: int, generation_id: int) -> CardGeneration | None:
    """The order of numbers, if this series of the organization has it."""
    return (
        CardGeneration.objects.filter(pk=generation_id, series_id=series_id, series__org_id=org_id)
        .select_related("series", "run")
        .first()
    )


def numbers_of(generation: CardGeneration) -> Iterator[list[str]]:
    """A header and the numbers made so far, read from the database piece by piece."""
    yield ["number"]
    rows = Card.objects.filter(series_id=generation.series_id, generation_id=generation.pk)
    for number in rows.order_by("-pk").values_list("number", flat=True).iterator(chunk_size=5_000):
        yield [number]
