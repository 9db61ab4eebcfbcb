"""The balances of an enrollment: the sums of its ledger entries."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from loyalty.rules.amounts import ZERO

# Kinds of entries that raise lifetime points once their points are spendable.
LIFETIME_KINDS = frozenset({"AWARD", "MATURE", "PROMOTIONAL", "GOODWILL", "BONUS", "OPENING"})


class CountedEntry(Protocol):
    """The fields of an entry that balances add up; amounts are signed."""

    kind: str
    points: Decimal
    delayed: Decimal
    purchases: Decimal


@dataclass(slots=True)
class Balances:
    """The balances of one enrollment; ``add`` is their only definition.

    points = lifetime - redeemed - expired (what was spendable) - returned + adjusted
             + transferred_in - transferred_out
    """

    points: Decimal = ZERO
    delayed: Decimal = ZERO
    lifetime: Decimal = ZERO
    redeemed: Decimal = ZERO
    expired: Decimal = ZERO
    returned: Decimal = ZERO
    delayed_returned: Decimal = ZERO
    adjusted: Decimal = ZERO
    transferred_in: Decimal = ZERO
    transferred_out: Decimal = ZERO
    purchases: Decimal = ZERO

    def add(self, entry: CountedEntry) -> None:
        """Add one entry to the balances."""
        self.points += entry.points
        self.delayed += entry.delayed
        self.purchases += entry.purchases
        if entry.kind in LIFETIME_KINDS:
            self.lifetime += entry.points
        elif entry.kind in ("REDEEM", "REVERSE"):
            self.redeemed -= entry.points
        elif entry.kind == "EXPIRE":
            self.expired -= entry.points + entry.delayed
        elif entry.kind == "RETURN":
            self.returned -= entry.points
            self.delayed_returned -= entry.delayed
        elif entry.kind == "ADJUST":
            self.adjusted += entry.points
        elif entry.kind == "TRANSFER_IN":
            self.transferred_in += entry.points
        elif entry.kind == "TRANSFER_OUT":
            self.transferred_out -= entry.points
        else:
            raise ValueError(f"no balance counts {entry.kind}")

    def tier_metric(self, tier_rule: str) -> Decimal:
        """Return the amount that tier thresholds are compared with, less returns."""
        if tier_rule == "LIFETIME_PURCHASES":
            return self.purchases
        return max(self.lifetime - self.returned, ZERO)
