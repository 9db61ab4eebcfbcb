"""Which line items of a bill a coupon is good for, and what its discount is taken of."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from customers.rules.text import fold_name
from loyalty import errors
from loyalty.rules.amounts import ZERO

BRAND, CATEGORY = "brand", "category"


@dataclass(frozen=True, slots=True, kw_only=True)
class BillItem:
    """A line item: what is paid for it, what was taken off before, and its attributes."""

    item_code: str
    amount: Decimal
    discount: Decimal = ZERO
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRules:
    """The rules of a series about items. Names are folded; an empty list allows every item.

    ``on_item``: the discount is on one item, the dearest that the coupon is good for.
    ``with_discounted``: items that are discounted already count as well.
    """

    on_item: bool = False
    with_discounted: bool = True
    products: Collection[str] = frozenset()
    brands: Collection[str] = frozenset()
    categories: Collection[str] = frozenset()

    @property
    def names_items(self) -> bool:
        return bool(self.products or self.brands or self.categories)


def get_discountable_amount(
    rules: ItemRules, *, items: Sequence[BillItem] | None, bill: Decimal | None
) -> Decimal | None:
    """Return what the discount is taken of; None where the bill or its items are not told.

    ``items`` None: they are not told. Only what is paid for the items that the coupon is good for
    counts, and never more than the bill.

    Raises:
        CouponNotForItems: the coupon is good for none of the items.
    """
    if items is None:
        return None if rules.on_item or rules.names_items else bill
    amounts = [item.amount for item in items if _is_good_for(rules, item)]
    if not amounts:
        raise errors.CouponNotForItems()
    if rules.on_item:
        amount = max(amounts)
    elif len(amounts) < len(items):
        amount = sum(amounts, ZERO)
    else:
        # Every item counts, so the bill itself does, with what it has besides its items.
        return bill
    return amount if bill is None else min(amount, bill)


def _is_good_for(rules: ItemRules, item: BillItem) -> bool:
    # A line that costs nothing, or takes something off the bill, has nothing to take off.
    if item.amount <= 0 or (item.discount > 0 and not rules.with_discounted):
        return False
    if not rules.names_items:
        return True
    attributes = {fold_name(name): value for name, value in item.attributes.items()}
    return all(
        not allowed or fold_name(str(value)) in allowed
        for allowed, value in (
            (rules.products, item.item_code),
            (rules.brands, attributes.get(BRAND, "")),
            (rules.categories, attributes.get(CATEGORY, "")),
        )
    )
