"""Promotions for tests."""

from collections.abc import Iterable
from typing import Any

from crm.tenancy.models import OrgEntity
from loyalty.models import Program, Promotion, Tier
from loyalty.queries.promotions import clear_promotion_cache
from tests.builders import NOON


def make_promotion(
    program: Program,
    *,
    stores: Iterable[OrgEntity] = (),
    tiers: Iterable[Tier] = (),
    **attributes: Any,
) -> Promotion:
    """A promotion of ten points for every bill."""
    promotion = Promotion.objects.create(
        org=program.org,
        program=program,
        **{"name": "Ten more", "value": 10, "created_at": NOON, **attributes},
    )
    promotion.stores.set(stores)
    promotion.tiers.set(tiers)
    clear_promotion_cache(program.org_id)
    return promotion
