"""Which goods of a purchase come back, and what they cost."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from loyalty import errors
from loyalty.rules.amounts import ZERO, round_half_up
from loyalty.rules.transactions import WHOLE_RETURNS, Sale, SaleLine


@dataclass(slots=True)
class ReturnableLine:
    """A line item of a purchase; ``quantity`` and ``amount`` are what has not come back."""

    id: int
    item_code: str
    serial: str
    quantity: Decimal
    amount: Decimal

    def take(self, quantity: Decimal, amount: Decimal) -> None:
        """Count what came back."""
        self.quantity -= quantity
        self.amount -= amount


@dataclass(frozen=True, slots=True)
class ReturnedBefore:
    """What is left of the amount of a purchase, and how parts of it came back."""

    remaining_amount: Decimal
    return_types: frozenset[str]


def decide_return(sale: Sale, before: ReturnedBefore, lines: Sequence[ReturnableLine]) -> Sale:
    """Return the sale with its amount, and its lines with those of the purchase they belong to.

    ``lines`` are those of the purchase, and count what is taken from them unless it is refused.

    Raises:
        PurchaseCancelled, PurchaseReturned: nothing is left to bring back.
        ReturnExceedsPurchase: the amount is more than what is left (fact: ``left``).
        ReturnByLines, ReturnByAmount: earlier returns were by lines, or by amount.
        ReturnLinesMissing, LineNotInPurchase, LineQuantityExceeds, LineAmountExceeds: the lines
        are not those of the purchase.
    """
    left = before.remaining_amount
    if "CANCELLED" in before.return_types:
        raise errors.PurchaseCancelled()
    if not sale.return_type:
        # As imports have it: an amount, whatever came back before.
        return _check_amount(sale, left)
    if left <= ZERO and before.return_types:
        raise errors.PurchaseReturned()
    rest = [replace(line) for line in lines]
    if sale.return_type in WHOLE_RETURNS:
        returned_lines = [_return_rest(line) for line in rest if line.quantity > ZERO]
        _keep(rest, lines)
        return replace(sale, amount=left, gross_amount=left, lines=returned_lines)
    if sale.return_type == "AMOUNT":
        if "LINE_ITEM" in before.return_types:
            raise errors.ReturnByLines()
        return _check_amount(sale, left)
    if before.return_types & {"AMOUNT", ""}:
        raise errors.ReturnByAmount()
    if not sale.lines:
        raise errors.ReturnLinesMissing()
    returned_lines = [part for line in sale.lines for part in _return_line(line, rest)]
    _keep(rest, lines)
    amount = sum((line.amount for line in returned_lines), ZERO)
    if sale.amount:
        # The bill may have had a discount that no line shows.
        amount = min(amount, sale.amount)
    amount = min(amount, left)
    return replace(sale, amount=amount, gross_amount=amount, lines=returned_lines)


def _keep(rest: Sequence[ReturnableLine], lines: Sequence[ReturnableLine]) -> None:
    """Count what was taken only now: a refusal must not take anything."""
    for line, left in zip(lines, rest, strict=True):
        line.quantity, line.amount = left.quantity, left.amount


def _check_amount(sale: Sale, left: Decimal) -> Sale:
    if sale.amount > left:
        raise errors.ReturnExceedsPurchase(left=left)
    return sale


def _return_rest(line: ReturnableLine) -> SaleLine:
    returned = SaleLine(
        item_code=line.item_code,
        serial=line.serial,
        quantity=line.quantity,
        amount=line.amount,
        gross_amount=line.amount,
        rate=ZERO,
        discount=ZERO,
        returned_id=line.id,
    )
    line.take(line.quantity, line.amount)
    return returned


def _return_line(line: SaleLine, purchased: Iterable[ReturnableLine]) -> list[SaleLine]:
    """Take the line from those of the purchase with its item code, in their order."""
    matches = [
        candidate
        for candidate in purchased
        if candidate.item_code == line.item_code and line.serial in ("", candidate.serial)
    ]
    if not matches:
        raise errors.LineNotInPurchase(item=line.item_code)
    quantity = line.quantity
    if quantity <= ZERO:
        raise errors.AmountInvalid(field="quantity")
    available = sum((match.quantity for match in matches), ZERO)
    if quantity > available:
        raise errors.LineQuantityExceeds(item=line.item_code, left=f"{available.normalize():f}")
    amount = line.amount
    available_amount = sum((match.amount for match in matches), ZERO)
    if amount is not None and (amount < ZERO or amount > available_amount):
        raise errors.LineAmountExceeds(
            item=line.item_code, left=f"{available_amount.normalize():f}"
        )
    parts = []
    for match in matches:
        part = min(match.quantity, quantity)
        if part <= ZERO:
            continue
        if amount is None:
            cost = match.amount
            if part < match.quantity:
                cost = round_half_up(match.amount * part / match.quantity)
        else:
            is_last = part == quantity
            cost = amount if is_last else min(match.amount, amount)
            amount -= cost
        match.take(part, cost)
        quantity -= part
        parts.append(
            replace(line, quantity=part, amount=cost, gross_amount=cost, returned_id=match.id)
        )
        if quantity <= ZERO:
            break
    return parts
