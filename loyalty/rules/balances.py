"""What a member's entries add up to."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from loyalty.rules.amounts import ZERO

# Entries that raise lifetime points when what they give is spendable.
GIVING = frozenset({"AWARD", "MATURE", "PROMOTIONAL", "GOODWILL", "BONUS", "OPENING"})


class Movement(Protocol):
    """The part of an entry that counts; amounts are signed."""

    kind: str
    points: Decimal
    delayed: Decimal
    purchases: Decimal


@dataclass(slots=True)
class Balances:
    """The sums of one enrolment; ``add`` is their only definition.

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

    def add(self, entry: Movement) -> None:
        """Count one more entry."""
        self.points += entry.points
        self.delayed += entry.delayed
        self.purchases += entry.purchases
        if entry.kind in GIVING:
            self.lifetime += entry.points
        elif entry.kind == "REDEEM":
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

    def metric(self, tier_rule: str) -> Decimal:
        """What thresholds of tiers are compared with; what was returned was never achieved."""
        if tier_rule == "LIFETIME_PURCHASES":
            return self.purchases
        return max(self.lifetime - self.returned, ZERO)
