"""The points of one enrollment: how entries change its lots and balances.

An account is settled before every change: points that have matured or expired by now are entered
first. So the result does not depend on when the worker's tasks ran.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from loyalty import errors
from loyalty.rules.amounts import ZERO
from loyalty.rules.balances import Balances


@dataclass(frozen=True, slots=True)
class Promotion:
    """The promotion that points come from, as the reference API shows it."""

    name: str = ""
    scope: str = ""
    source_type: str = ""
    source_id: int = -1


NO_PROMOTION = Promotion()


@dataclass(slots=True, eq=False)
class Lot:
    """Points awarded together; ``pk`` is None until the lot is written."""

    kind: str
    awarded: Decimal
    remaining: Decimal
    awarded_at: datetime
    available_at: datetime
    expires_at: datetime | None
    is_delayed: bool = False
    transaction_id: int | None = None
    awarded_by_id: int | None = None
    promotion: Promotion = NO_PROMOTION
    pk: int | None = None
    is_changed: bool = False


@dataclass(slots=True)
class LedgerEntry:
    """An entry to be written, with its allocations from lots and the new lots it adds."""

    kind: str
    happened_at: datetime
    points: Decimal = ZERO
    delayed: Decimal = ZERO
    purchases: Decimal = ZERO
    shortfall: Decimal = ZERO
    allocations: list[tuple[Lot, Decimal]] = field(default_factory=list)
    new_lots: list[Lot] = field(default_factory=list)


@dataclass(slots=True)
class Account:
    """The balances of one enrollment and its open lots in key order."""

    balances: Balances
    lots: list[Lot]

    def settle(self, now: datetime) -> list[LedgerEntry]:
        """Mature, then expire the points that are due; return an entry for each due time."""
        entries = [
            self._mature_lots(moment, lots)
            for moment, lots in _group_by_due_moment(self.lots, lambda lot: _get_maturity(lot, now))
        ]
        entries += [
            self._add_to_balances(self._take_from_lots("EXPIRE", lots, moment))
            for moment, lots in _group_by_due_moment(self.lots, lambda lot: _get_expiry(lot, now))
        ]
        return entries

    def credit(
        self, kind: str, lots: Iterable[Lot], *, at: datetime, purchases: Decimal = ZERO
    ) -> LedgerEntry:
        """Add new lots to the account; without any, only the purchases are counted."""
        entry = LedgerEntry(kind, at, purchases=purchases, new_lots=list(lots))
        entry.points = sum((lot.remaining for lot in entry.new_lots if not lot.is_delayed), ZERO)
        entry.delayed = sum((lot.remaining for lot in entry.new_lots if lot.is_delayed), ZERO)
        self.lots += entry.new_lots
        return self._add_to_balances(entry)

    def spend(self, kind: str, points: Decimal, *, at: datetime) -> LedgerEntry:
        """Take points from the lots that expire first.

        Raises:
            InsufficientPoints: fewer points can be spent.
        """
        if points > self.balances.points:
            raise errors.InsufficientPoints(available=self.balances.points, asked=points)
        return self._add_to_balances(
            self._take_from_lots(kind, _sort_by_expiry(self.lots), at, points)
        )

    def give_back(self, parts: Iterable[tuple[Lot, Decimal]], *, at: datetime) -> LedgerEntry:
        """Put redeemed points back into the lots that they were taken from."""
        entry = LedgerEntry("REVERSE", at)
        for lot, points in parts:
            lot.remaining += points
            lot.is_changed = True
            entry.allocations.append((lot, -points))
            entry.points += points
        return self._add_to_balances(entry)

    def deduct_return(
        self, points: Decimal, *, at: datetime, transaction_id: int | None, purchases: Decimal
    ) -> LedgerEntry:
        """Deduct the points of a returned purchase: from its own lots first, then from any.

        The balance never becomes negative; the entry's ``shortfall`` is what was missing.
        """
        purchase_lots = [
            lot for lot in self.lots if transaction_id and lot.transaction_id == transaction_id
        ]
        other_lots = [lot for lot in self.lots if lot not in purchase_lots]
        delayed_lots = [lot for lot in other_lots if lot.is_delayed]
        entry = self._take_from_lots(
            "RETURN", [*purchase_lots, *_sort_by_expiry(other_lots), *delayed_lots], at, points
        )
        entry.shortfall = points + entry.points + entry.delayed
        entry.purchases = -min(purchases, self.balances.purchases)
        return self._add_to_balances(entry)

    def _mature_lots(self, moment: datetime, lots: list[Lot]) -> LedgerEntry:
        for lot in lots:
            lot.is_delayed, lot.is_changed = False, True
        amount = sum((lot.remaining for lot in lots), ZERO)
        return self._add_to_balances(LedgerEntry("MATURE", moment, points=amount, delayed=-amount))

    def _take_from_lots(
        self, kind: str, lots: Iterable[Lot], at: datetime, limit: Decimal | None = None
    ) -> LedgerEntry:
        entry = LedgerEntry(kind, at)
        for lot in lots:
            part = lot.remaining if limit is None else min(lot.remaining, limit)
            if part <= 0:
                continue
            lot.remaining -= part
            lot.is_changed = True
            entry.allocations.append((lot, part))
            if lot.is_delayed:
                entry.delayed -= part
            else:
                entry.points -= part
            limit = None if limit is None else limit - part
        return entry

    def _add_to_balances(self, entry: LedgerEntry) -> LedgerEntry:
        self.balances.add(entry)
        return entry


def _group_by_due_moment(
    lots: Iterable[Lot], get_due_at: Callable[[Lot], datetime | None]
) -> list[tuple[datetime, list[Lot]]]:
    moments: dict[datetime, list[Lot]] = {}
    for lot in lots:
        if lot.remaining > 0 and (moment := get_due_at(lot)) is not None:
            moments.setdefault(moment, []).append(lot)
    return sorted(moments.items(), key=lambda item: item[0])


def _get_maturity(lot: Lot, now: datetime) -> datetime | None:
    if not lot.is_delayed or lot.available_at > now:
        return None
    # Points that expire before they are available never become spendable.
    expires_first = lot.expires_at is not None and lot.expires_at < lot.available_at
    return None if expires_first else lot.available_at


def _get_expiry(lot: Lot, now: datetime) -> datetime | None:
    # The expiry is 23:59:59, the day's last second, which still counts.
    return lot.expires_at if lot.expires_at is not None and lot.expires_at < now else None


def _sort_by_expiry(lots: Iterable[Lot]) -> list[Lot]:
    """Return the spendable lots: by expiry, those that never expire last, older ones first."""
    spendable = [lot for lot in lots if not lot.is_delayed and lot.remaining > 0]
    never = datetime.max
    return sorted(
        spendable,
        key=lambda lot: (
            lot.expires_at is None,
            never if lot.expires_at is None else lot.expires_at.replace(tzinfo=None),
        ),
    )
