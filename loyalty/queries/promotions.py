"""The promotions of an organization, as the rules use them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from crm.kernel.org_cache import forget, get_or_load
from crm.tenancy.models import OrgEntity
from customers.rules.text import fold_name
from loyalty.models import Promotion
from loyalty.rules.promotions import PromotionRules, fold_names

CACHE_KIND = "loyalty.promotions"


def get_promotions(org_id: int) -> Sequence[PromotionRules]:
    """Return the organization's active promotions in key order; they are cached.

    An ended one is among them, for bills of its time that come late. Four queries, or none.
    """
    return get_or_load(
        CACHE_KIND,
        org_id,
        lambda: build_promotion_rules(
            org_id, Promotion.objects.filter(org_id=org_id, is_active=True).order_by("pk")
        ),
    )


def clear_promotion_cache(org_id: int) -> None:
    """Clear the cache; call it in the transaction that changes a promotion or its stores."""
    forget(CACHE_KIND, org_id)


def build_promotion_rules(org_id: int, promotions: Iterable[Promotion]) -> list[PromotionRules]:
    """Return the rules of these promotions of the organization."""
    rows = list(promotions)
    if not rows:
        return []
    ids = [row.pk for row in rows]
    chosen: dict[int, set[int]] = defaultdict(set)
    for promotion_id, entity_id in Promotion.stores.through.objects.filter(
        promotion_id__in=ids
    ).values_list("promotion_id", "orgentity_id"):
        chosen[promotion_id].add(entity_id)
    tiers: dict[int, set[int]] = defaultdict(set)
    for promotion_id, tier_id in Promotion.tiers.through.objects.filter(
        promotion_id__in=ids
    ).values_list("promotion_id", "tier_id"):
        tiers[promotion_id].add(tier_id)
    below = _load_children(org_id) if chosen else {}
    return [
        PromotionRules(
            id=row.pk,
            name=row.name,
            program_id=row.program_id,
            scope=row.scope,
            reward=row.reward,
            value=row.value,
            is_on_request=row.is_on_request,
            once_per_customer=row.once_per_customer,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            place_ids=_find_places(chosen[row.pk], below) if row.pk in chosen else None,
            tier_ids=frozenset(tiers.get(row.pk, ())),
            min_amount=row.min_amount,
            item_codes=fold_names(row.item_codes),
            item_attributes={
                fold_name(name): fold_names([values] if isinstance(values, str) else values)
                for name, values in row.item_attributes.items()
            },
        )
        for row in rows
    ]


def _load_children(org_id: int) -> dict[int, list[int]]:
    children: dict[int, list[int]] = defaultdict(list)
    rows = OrgEntity.objects.filter(org_id=org_id, parent_id__isnull=False)
    for pk, parent_id in rows.values_list("pk", "parent_id"):
        children[parent_id].append(pk)
    return children


def _find_places(entity_ids: Collection[int], below: dict[int, list[int]]) -> frozenset[int]:
    """Return these entities and everything below them."""
    places: set[int] = set()
    waiting = list(entity_ids)
    while waiting:
        entity_id = waiting.pop()
        if entity_id not in places:
            places.add(entity_id)
            waiting += below.get(entity_id, ())
    return frozenset(places)
