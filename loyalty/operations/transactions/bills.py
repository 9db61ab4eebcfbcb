"""Enter bills of a till: with the goods they bring back, and the redemptions they used."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.db.models import F, QuerySet

from crm.kernel.errors import DomainError, Notice
from crm.kernel.ids import select_storable_ids
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from loyalty import errors
from loyalty.models import CouponRedemption, PointsRedemption, Transaction
from loyalty.operations.points.post import PostingResult
from loyalty.operations.transactions.enter import enter_transactions
from loyalty.operations.transactions.entries import TransactionResult
from loyalty.rules.amounts import ZERO
from loyalty.rules.transactions import Sale, SaleLine

RETURN_OF = {"REGULAR": "RETURN", "NOT_INTERESTED": "NOT_INTERESTED_RETURN"}


@dataclass(frozen=True, slots=True)
class ReturnedLine:
    """A line of a mixed bill that brings goods back; ``number`` is that of their purchase."""

    line: SaleLine
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """A bill of a till. ``returned`` lines make it a mixed one: it sells, and takes back."""

    sale: Sale
    returned: Sequence[ReturnedLine] = ()
    points_redemption_ids: Sequence[int] = ()
    coupon_redemption_ids: Sequence[int] = ()


@dataclass(slots=True)
class BillResult:
    """The result of one bill; ``returns`` are the transactions of what it brought back."""

    transaction_id: int | None = None
    points_result: PostingResult | None = None
    return_ids: list[int] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    refusal: DomainError | None = None

    @property
    def awarded_points(self) -> Decimal:
        """The points that the bill earned, spendable now or later; less than zero in a return."""
        result = self.points_result
        return ZERO if result is None else result.points + result.delayed


@within_unit_of_work
def enter_bill(*, origin: Origin, bill: Bill) -> BillResult:
    """Enter one bill.

    Raises the refusals of ``enter_transaction``, and RedemptionNotUsable: a redemption is unknown,
    of somebody else, or was used for another bill.
    """
    [result] = enter_bills(origin=origin, bills=[bill])
    if result.refusal is not None:
        raise result.refusal
    return result


@within_unit_of_work
def enter_bills(*, origin: Origin, bills: Sequence[Bill]) -> list[BillResult]:
    """Enter bills; return one result for each, in order. A refusal affects no other.

    The number of statements does not grow with the list, but for redemptions that are used.
    """
    results = [BillResult() for _ in bills]
    _check_redemptions(origin, bills, results)
    entries = [
        (result, sale)
        for place, (bill, result) in enumerate(zip(bills, results, strict=True), start=1)
        if result.refusal is None
        for sale in _split_bill(bill, place)
    ]
    outcomes = enter_transactions(origin=origin, sales=[sale for _, sale in entries])
    for (result, _), outcome in zip(entries, outcomes, strict=True):
        _add_outcome(result, outcome)
    for bill, result in zip(bills, results, strict=True):
        if result.refusal is None and result.transaction_id is not None:
            _link_parts(origin, bill, result)
    return results


def _split_bill(bill: Bill, place: int) -> list[Sale]:
    """Return what is sold, then a return for each purchase of which goods come back."""
    sale = replace(bill.sale, bill=place)
    if not bill.returned:
        return [sale]
    lines: dict[str, list[SaleLine]] = {}
    for returned in bill.returned:
        lines.setdefault(returned.number or str(sale.number), []).append(returned.line)
    returns = [
        Sale(
            number=sale.number,
            type=RETURN_OF.get(sale.type, sale.type),
            customer_id=sale.customer_id,
            store_id=sale.store_id,
            till_id=sale.till_id,
            billed_at=sale.billed_at,
            returned_number=number,
            return_type="LINE_ITEM",
            repeats_number=True,
            lines=returned_lines,
            source_account_id=sale.source_account_id,
            bill=place,
        )
        for number, returned_lines in lines.items()
    ]
    # The amount of a mixed bill is what is paid in the end, not what is sold.
    sold = replace(sale, amount=None, gross_amount=None) if sale.lines else sale
    return [sold, *returns]


def _add_outcome(result: BillResult, outcome: TransactionResult) -> None:
    result.notices += outcome.notices
    if outcome.refusal is not None:
        result.refusal = result.refusal or outcome.refusal
    elif result.transaction_id is None and result.refusal is None:
        result.transaction_id = outcome.transaction_id
        result.points_result = outcome.points_result
    elif outcome.transaction_id is not None:
        result.return_ids.append(outcome.transaction_id)


def _link_parts(origin: Origin, bill: Bill, result: BillResult) -> None:
    if result.return_ids:
        Transaction.objects.filter(pk__in=result.return_ids).update(
            part_of_id=result.transaction_id
        )
    free: tuple[tuple[QuerySet[Any], Sequence[int]], ...] = (
        (_select_free_points(origin), bill.points_redemption_ids),
        (_select_free_coupons(origin), bill.coupon_redemption_ids),
    )
    for rows, ids in free:
        # Another bill may have used it since the check, or somebody took it back.
        if ids and rows.filter(pk__in=ids).update(used_for_id=result.transaction_id) != len(ids):
            raise errors.RedemptionNotUsable()


def _select_free_points(origin: Origin) -> QuerySet[PointsRedemption]:
    return PointsRedemption.objects.filter(
        entry__org_id=origin.org.pk, used_for__isnull=True, reversed_points__lt=F("points")
    )


def _select_free_coupons(origin: Origin) -> QuerySet[CouponRedemption]:
    return CouponRedemption.objects.filter(
        coupon__org_id=origin.org.pk, used_for__isnull=True, reactivated_at__isnull=True
    )


def _check_redemptions(
    origin: Origin, bills: Sequence[Bill], results: Sequence[BillResult]
) -> None:
    """Refuse bills whose redemptions are not their customer's, or not free; two queries at most."""
    points_owners = _load_owners(
        _select_free_points(origin),
        "entry__enrollment__customer_id",
        {pk for bill in bills for pk in bill.points_redemption_ids},
    )
    coupon_owners = _load_owners(
        _select_free_coupons(origin),
        "customer_id",
        {pk for bill in bills for pk in bill.coupon_redemption_ids},
    )
    used: set[tuple[str, int]] = set()
    for bill, result in zip(bills, results, strict=True):
        named = [("points", pk, points_owners.get(pk)) for pk in bill.points_redemption_ids]
        named += [("coupon", pk, coupon_owners.get(pk)) for pk in bill.coupon_redemption_ids]
        for kind, pk, owner_id in named:
            if owner_id is None or owner_id != bill.sale.customer_id or (kind, pk) in used:
                result.refusal = errors.RedemptionNotUsable()
            used.add((kind, pk))


def _load_owners(rows: QuerySet[Any], owner: str, ids: Collection[int]) -> Mapping[int, int]:
    valid_ids = select_storable_ids(ids)
    if not valid_ids:
        return {}
    return dict(rows.filter(pk__in=valid_ids).values_list("pk", owner))
