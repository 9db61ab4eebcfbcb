"""One member's points: what each movement takes from lots and adds to balances.

An account is settled first: what has become spendable by now, and what has expired by now, is
written down before anything else happens. So it makes no difference when the sweeps ran.
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
    """Which promotion points come from, as the reference shows it."""

    name: str = ""
    scope: str = ""
    source_type: str = ""
    source_id: int = -1


NO_PROMOTION = Promotion()


@dataclass(slots=True, eq=False)
class Lot:
    """Points that came in together; ``pk`` is None until it is written."""

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
class Line:
    """An entry to be written, with the lots it takes from and those it makes."""

    kind: str
    happened_at: datetime
    points: Decimal = ZERO
    delayed: Decimal = ZERO
    purchases: Decimal = ZERO
    shortfall: Decimal = ZERO
    taken: list[tuple[Lot, Decimal]] = field(default_factory=list)
    made: list[Lot] = field(default_factory=list)


@dataclass(slots=True)
class Account:
    """Balances and open lots of one enrolment, in the order of their keys."""

    balances: Balances
    lots: list[Lot]

    def settle(self, now: datetime) -> list[Line]:
        """Let mature what is due, then expire what is over; a line for each moment it was due."""
        lines = [
            self._mature(moment, lots)
            for moment, lots in _by_moment(self.lots, lambda lot: _matures_at(lot, now))
        ]
        lines += [
            self._write(self._take("EXPIRE", lots, moment))
            for moment, lots in _by_moment(self.lots, lambda lot: _expires_at(lot, now))
        ]
        return lines

    def credit(
        self, kind: str, lots: Iterable[Lot], *, at: datetime, purchases: Decimal = ZERO
    ) -> Line:
        """Put new lots into the account; without any, only the purchases count."""
        line = Line(kind, at, purchases=purchases, made=list(lots))
        line.points = sum((lot.remaining for lot in line.made if not lot.is_delayed), ZERO)
        line.delayed = sum((lot.remaining for lot in line.made if lot.is_delayed), ZERO)
        self.lots += line.made
        return self._write(line)

    def spend(self, kind: str, points: Decimal, *, at: datetime) -> Line:
        """Take points from the lots that expire first.

        Raises:
            InsufficientPoints: fewer can be spent.
        """
        if points > self.balances.points:
            raise errors.InsufficientPoints(available=self.balances.points, asked=points)
        return self._write(self._take(kind, _first_expiring(self.lots), at, points))

    def take_back(
        self, points: Decimal, *, at: datetime, transaction_id: int | None, purchases: Decimal
    ) -> Line:
        """Take back what a purchase gave: from its own lots first, then from any.

        The member is never asked for more than is there; the line says what fell short.
        """
        own = [lot for lot in self.lots if transaction_id and lot.transaction_id == transaction_id]
        others = [lot for lot in self.lots if lot not in own]
        delayed = [lot for lot in others if lot.is_delayed]
        line = self._take("RETURN", [*own, *_first_expiring(others), *delayed], at, points)
        line.shortfall = points + line.points + line.delayed
        line.purchases = -min(purchases, self.balances.purchases)
        return self._write(line)

    def _mature(self, moment: datetime, lots: list[Lot]) -> Line:
        for lot in lots:
            lot.is_delayed, lot.is_changed = False, True
        amount = sum((lot.remaining for lot in lots), ZERO)
        return self._write(Line("MATURE", moment, points=amount, delayed=-amount))

    def _take(
        self, kind: str, lots: Iterable[Lot], at: datetime, most: Decimal | None = None
    ) -> Line:
        line = Line(kind, at)
        for lot in lots:
            part = lot.remaining if most is None else min(lot.remaining, most)
            if part <= 0:
                continue
            lot.remaining -= part
            lot.is_changed = True
            line.taken.append((lot, part))
            if lot.is_delayed:
                line.delayed -= part
            else:
                line.points -= part
            most = None if most is None else most - part
        return line

    def _write(self, line: Line) -> Line:
        self.balances.add(line)
        return line


def _by_moment(
    lots: Iterable[Lot], due: Callable[[Lot], datetime | None]
) -> list[tuple[datetime, list[Lot]]]:
    moments: dict[datetime, list[Lot]] = {}
    for lot in lots:
        if lot.remaining > 0 and (moment := due(lot)) is not None:
            moments.setdefault(moment, []).append(lot)
    return sorted(moments.items(), key=lambda item: item[0])


def _matures_at(lot: Lot, now: datetime) -> datetime | None:
    if not lot.is_delayed or lot.available_at > now:
        return None
    # What expired before it could ever be spent never counts as spendable.
    never_was = lot.expires_at is not None and lot.expires_at < lot.available_at
    return None if never_was else lot.available_at


def _expires_at(lot: Lot, now: datetime) -> datetime | None:
    # 23:59:59 is the day's last second, so the moment itself still counts.
    return lot.expires_at if lot.expires_at is not None and lot.expires_at < now else None


def _first_expiring(lots: Iterable[Lot]) -> list[Lot]:
    """Spendable lots, those that expire first before those that never do; older ones first."""
    spendable = [lot for lot in lots if not lot.is_delayed and lot.remaining > 0]
    never = datetime.max
    return sorted(
        spendable,
        key=lambda lot: (
            lot.expires_at is None,
            never if lot.expires_at is None else lot.expires_at.replace(tzinfo=None),
        ),
    )
