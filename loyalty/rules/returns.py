"""How many points a return of goods takes back."""

from dataclasses import dataclass
from decimal import Decimal

from loyalty.rules.amounts import ZERO, half_up


@dataclass(slots=True)
class Bill:
    """What a purchase earned its member, and what earlier returns of it took back or fell short."""

    amount: Decimal = ZERO
    awarded: Decimal = ZERO
    expired: Decimal = ZERO
    amount_back: Decimal = ZERO
    points_back: Decimal = ZERO

    def owed_for(self, amount: Decimal) -> Decimal:
        """Points to take back for this part; after the last part, what was awarded and not lost.

        The parts are rounded together, so that many small returns never take more than one would.
        Points of the purchase that expired unspent are gone already and are not taken a second
        time, from points of other purchases.
        """
        if self.amount <= 0:
            return ZERO
        part = min((self.amount_back + amount) / self.amount, Decimal(1))
        return max(half_up(self.awarded * part) - self.expired - self.points_back, ZERO)

    def note(self, amount: Decimal, points: Decimal) -> None:
        """Remember a return of this amount, for which so many points were owed."""
        self.amount_back += amount
        self.points_back += points
