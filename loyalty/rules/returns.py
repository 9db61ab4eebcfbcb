"""How many points a return of goods deducts."""

from dataclasses import dataclass
from decimal import Decimal

from loyalty.rules.amounts import ZERO, round_half_up


@dataclass(slots=True)
class ReturnedPurchase:
    """The points a purchase earned, and the amounts and points of its earlier returns."""

    amount: Decimal = ZERO
    awarded: Decimal = ZERO
    expired: Decimal = ZERO
    returned_amount: Decimal = ZERO
    returned_points: Decimal = ZERO

    def get_points_owed(self, amount: Decimal) -> Decimal:
        """Points to take back for this part; after the last part, what was awarded and not lost.

        The parts are rounded together, so that many small returns never take more than one would.
        Points of the purchase that expired unspent are gone already and are not taken a second
        time, from points of other purchases.
        """
        if self.amount <= 0:
            return ZERO
        part = min((self.returned_amount + amount) / self.amount, Decimal(1))
        return max(round_half_up(self.awarded * part) - self.expired - self.returned_points, ZERO)

    def record(self, amount: Decimal, points: Decimal) -> None:
        """Add a return of this amount and these points."""
        self.returned_amount += amount
        self.returned_points += points
