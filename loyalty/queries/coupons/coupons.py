"""Coupons of customers, as the API shows them (operations 21 and 22)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Exists, F, OrderBy, OuterRef, Q, QuerySet

from crm.kernel.compiled_queries import CompiledQuery
from crm.kernel.errors import DomainError
from crm.tenancy.models import OrgEntity
from customers.rules.text import fold_name
from loyalty import errors
from loyalty.models import Coupon, CouponRedemption, CouponSeries
from loyalty.queries.entities import list_entity_chain
from loyalty.rules.coupons import check_coupon_state, parse_status

MAX_ACTIVE_COUPONS = 1_000
ORDER_COLUMNS = {
    "issued_at": "issued_at",
    "expires_at": "expires_at",
    "amount": "series__discount_value",
}

# The fields of a line, by the columns that they are.
_LINE_FIELDS = {
    **{
        name: name
        for name in (
            *("id", "org_id", "code", "series_id", "customer_id", "issued_by_id", "issued_at"),
            *("active_from", "expires_at", "revoked_at", "transaction_number"),
            "redemption_count",
        )
    },
    "series_code": "series__code",
    **{
        name: f"series__{name}"
        for name in (
            *("description", "info", "discount_type", "discount_value", "discount_upto"),
            *("discount_on", "discount_code"),
        )
    },
}
_ENTITY_COLUMNS = (
    *("issued_in_id", "issued_in__code", "issued_in__name", "issued_in__description"),
    "issued_in__type",
)
_LINE_COLUMNS = (
    *_LINE_FIELDS.values(),
    *_ENTITY_COLUMNS,
    "max_redemptions",
    "series__redeemable_from",
)


class EntitySummary(NamedTuple):
    """The fields of an org entity that coupons show."""

    id: int
    code: str
    name: str
    description: str
    type: str


@dataclass(frozen=True, slots=True)
class RedemptionLine:
    """One redemption of a coupon."""

    id: int
    coupon_id: int
    customer_id: int
    redeemed_at: datetime
    redeemed_by_id: int | None
    redeemed_in: EntitySummary | None
    transaction_number: str
    bill_amount: Decimal | None
    discount: Decimal | None


@dataclass(slots=True)
class CouponLine:
    """A coupon with its redemptions; ``redemptions_left`` is None if unlimited.

    ``redeemable_from`` is when the coupon and its series begin.
    """

    id: int
    org_id: int
    code: str
    series_id: int
    series_code: str
    description: str
    info: str
    discount_type: str
    discount_value: Decimal
    discount_upto: Decimal
    discount_on: str
    discount_code: str
    customer_id: int
    issued_by_id: int | None
    issued_in: EntitySummary | None
    issued_at: datetime
    active_from: datetime
    redeemable_from: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    transaction_number: str
    redemption_count: int
    redemptions_left: int | None
    redemptions: list[RedemptionLine] = field(default_factory=list)

    def find_refusal(self, now: datetime) -> DomainError | None:
        """Return why nobody can redeem the coupon now, or None if it can be redeemed."""
        try:
            check_coupon_state(
                revoked=self.revoked_at is not None,
                expires_at=self.expires_at,
                active_from=self.redeemable_from,
                redemptions_left=self.redemptions_left,
                now=now,
            )
        except DomainError as refusal:
            return refusal.detached()
        return None


@dataclass(slots=True)
class CouponPage:
    """One page of coupons; ``total`` counts all that match."""

    total: int
    coupons: list[CouponLine]


@dataclass(frozen=True, slots=True)
class SeriesDetails:
    """A series with the entities that redeem its coupons; an empty tuple means all.

    ``exclusive_ids`` are the other series of its exclusive group.
    """

    series: CouponSeries
    redeemable_at: tuple[EntitySummary, ...]
    exclusive_ids: tuple[int, ...] = ()


def list_coupons(
    *,
    org_id: int,
    customer_ids: Collection[int] | None,
    now: datetime,
    limit: int,
    offset: int = 0,
    coupon_ids: Collection[int] | None = None,
    codes: Collection[str] | None = None,
    statuses: Iterable[str] = (),
    series_id: int | None = None,
    issued_from: datetime | None = None,
    issued_till: datetime | None = None,
    redeemable_at: int | None = None,
    order: str = "",
    ascending: bool = False,
) -> CouponPage:
    """List coupons, newest first; several statuses match coupons with any of them.

    ``customer_ids``, ``coupon_ids`` and ``codes`` narrow the list, unless they are None.
    ``order`` is ``issued_at``, ``expires_at`` (coupons without expiry are last) or ``amount``.
    ``redeemable_at`` is the id of a store: only coupons that can be redeemed there now. Three
    queries, four with a store.

    Raises:
        CouponStatusUnknown: there is no such status.
        StoreUnknown: the organization has no such active store.
    """
    coupons = Coupon.objects.filter(org_id=org_id)
    for column, values in (
        ("customer_id__in", customer_ids),
        ("pk__in", coupon_ids),
        ("code__in", codes),
    ):
        if values is not None:
            coupons = coupons.filter(**{column: values})
    if criteria := [parse_status(status) for status in statuses]:
        coupons = coupons.with_any(criteria, now=now)
    if series_id is not None:
        coupons = coupons.filter(series_id=series_id)
    if issued_from is not None:
        coupons = coupons.filter(issued_at__gte=issued_from)
    if issued_till is not None:
        coupons = coupons.filter(issued_at__lte=issued_till)
    if redeemable_at is not None:
        series_ids = _select_series_at_store(org_id, redeemable_at)
        coupons = coupons.redeemable(now=now).filter(series__in=series_ids)
    ordering = _build_ordering(order, ascending)
    rows = coupons.order_by(*ordering).values_list(*_LINE_COLUMNS)[offset : offset + limit]
    lines = [_build_line(row) for row in rows]
    _add_redemptions(lines)
    return CouponPage(coupons.count(), lines)


def list_active_coupons(
    *, org_id: int, customer_ids: Collection[int], now: datetime
) -> dict[int, list[CouponLine]]:
    """List the active coupons of each customer, newest first, the newest thousand in all.

    One query, and another one if any was redeemed.
    """
    coupons: dict[int, list[CouponLine]] = {pk: [] for pk in customer_ids}
    lines = [_build_line(row) for row in _ACTIVE_COUPONS.fetch(coupons, org_id=org_id, now=now)]
    _add_redemptions(lines)
    for line in lines:
        coupons[line.customer_id].append(line)
    return coupons


def _select_active_coupons(
    ids: Sequence[int], org_id: int, now: datetime
) -> QuerySet[Coupon, tuple[Any, ...]]:
    coupons = Coupon.objects.filter(org_id=org_id, customer_id__in=ids)
    active = coupons.with_any([parse_status("ACTIVE")], now=now)
    ordering = _build_ordering("", ascending=False)
    return active.order_by(*ordering).values_list(*_LINE_COLUMNS)[:MAX_ACTIVE_COUPONS]


_ACTIVE_COUPONS = CompiledQuery(_select_active_coupons)


def _select_series_at_store(org_id: int, store_id: int) -> QuerySet[CouponSeries]:
    """Select the series that the store redeems: all but those for other places.

    A series may name the store, an entity above it, or a till in it. Raises StoreUnknown.
    """
    chain = list_entity_chain(org_id=org_id, entity_id=store_id)
    if not chain or chain[0].type != OrgEntity.Type.STORE or not chain[0].is_active:
        raise errors.StoreUnknown()
    links = CouponSeries.redeemable_at.through.objects.filter(couponseries_id=OuterRef("pk"))
    links_here = links.filter(
        Q(orgentity_id__in=[entity.pk for entity in chain]) | Q(orgentity__parent_id=store_id)
    )
    return CouponSeries.objects.filter(Exists(links_here) | ~Exists(links), org_id=org_id)


def _build_ordering(order: str, ascending: bool) -> list[OrderBy]:
    columns = [ORDER_COLUMNS[order]] if order else []
    expressions = [F(name) for name in dict.fromkeys([*columns, "pk"])]
    return [
        expression.asc(nulls_last=True) if ascending else expression.desc(nulls_last=True)
        for expression in expressions
    ]


def get_series_details(*, org_id: int, series_ids: Collection[int]) -> dict[int, SeriesDetails]:
    """Return the series by id, with all fields that operation 22 shows; three queries at most."""
    rows = CouponSeries.objects.filter(org_id=org_id, pk__in=series_ids).prefetch_related(
        "redeemable_at"
    )
    groups = _load_exclusive_groups(org_id, rows)
    return {
        row.pk: SeriesDetails(
            row,
            tuple(
                sorted(
                    entity
                    for row in row.redeemable_at.all()
                    if (entity := _build_entity_summary(row))
                )
            ),
            tuple(pk for pk in groups[fold_name(row.exclusive_group)] if pk != row.pk),
        )
        for row in rows
    }


def _load_exclusive_groups(org_id: int, series: Iterable[CouponSeries]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = defaultdict(list)
    if any(row.exclusive_group for row in series):
        rows = CouponSeries.objects.filter(org_id=org_id).exclude(exclusive_group="")
        for pk, group in rows.order_by("pk").values_list("pk", "exclusive_group"):
            groups[fold_name(group)].append(pk)
    return groups


def list_coupon_series(
    *,
    org_id: int,
    limit: int,
    offset: int = 0,
    ids: Collection[int] | None = None,
    code: str | None = None,
    is_active: bool | None = None,
) -> tuple[int, list[SeriesDetails]]:
    """Return how many series match, and one page of them, newest first; five queries at most."""
    rows = CouponSeries.objects.filter(org_id=org_id)
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    if code is not None:
        rows = rows.filter(code__iexact=code)
    if is_active is not None:
        rows = rows.filter(is_active=is_active)
    page = list(rows.order_by("-pk").values_list("pk", flat=True)[offset : offset + limit])
    details = get_series_details(org_id=org_id, series_ids=page)
    return rows.count(), [details[pk] for pk in page if pk in details]


def list_series_ids_by_code(*, org_id: int) -> dict[str, int]:
    """Return the ids of all series by case-folded code; one query."""
    rows = CouponSeries.objects.filter(org_id=org_id).order_by("pk")
    return {fold_name(code): pk for code, pk in rows.values_list("code", "pk")}


def find_coupons_by_code(*, org_id: int, codes: Collection[str]) -> dict[str, tuple[int, int, int]]:
    """Return id, series and customer of the coupons with these codes; one query, or none."""
    if not codes:
        return {}
    rows = Coupon.objects.filter(org_id=org_id, code__in=codes)
    return {
        code: (pk, series_id, customer_id)
        for code, pk, series_id, customer_id in rows.values_list(
            "code", "pk", "series_id", "customer_id"
        )
    }


def list_redeemable_codes(
    *, org_id: int, customer_id: int, now: datetime, limit: int
) -> list[tuple[str, str]]:
    """Return code and series of coupons that the customer can redeem, newest first; one query."""
    rows = Coupon.objects.filter(org_id=org_id, customer_id=customer_id).redeemable(now=now)
    return list(rows.order_by("-pk").values_list("code", "series__description")[:limit])


def list_redemptions_in_force(*, coupon_id: int, limit: int) -> list[CouponRedemption]:
    """Return the newest redemptions of a coupon that were not taken back; one query."""
    rows = CouponRedemption.objects.in_force().filter(coupon_id=coupon_id)
    return list(rows.select_related("redeemed_in").order_by("-pk")[:limit])


def _build_entity_summary(entity: OrgEntity | None) -> EntitySummary | None:
    if entity is None:
        return None
    return EntitySummary(entity.pk, entity.code, entity.name, entity.description, entity.type)


def _build_line(row: Sequence[Any]) -> CouponLine:
    values = dict(zip(_LINE_COLUMNS, row, strict=True))
    max_redemptions = values["max_redemptions"]
    return CouponLine(
        **{name: values[column] for name, column in _LINE_FIELDS.items()},
        issued_in=EntitySummary(*(values[column] for column in _ENTITY_COLUMNS))
        if values["issued_in_id"]
        else None,
        redeemable_from=max(
            values["active_from"], values["series__redeemable_from"] or values["active_from"]
        ),
        redemptions_left=None
        if max_redemptions is None
        else max_redemptions - values["redemption_count"],
    )


def _add_redemptions(lines: list[CouponLine]) -> None:
    by_coupon: dict[int, list[RedemptionLine]] = defaultdict(list)
    redeemed_ids = [line.id for line in lines if line.redemption_count]
    if not redeemed_ids:
        return
    for row in (
        CouponRedemption.objects.in_force()
        .filter(coupon_id__in=redeemed_ids)
        .select_related("redeemed_in")
        .order_by("pk")
    ):
        by_coupon[row.coupon_id].append(
            RedemptionLine(
                id=row.pk,
                coupon_id=row.coupon_id,
                customer_id=row.customer_id,
                redeemed_at=row.redeemed_at,
                redeemed_by_id=row.redeemed_by_id,
                redeemed_in=_build_entity_summary(row.redeemed_in),
                transaction_number=row.transaction_number,
                bill_amount=row.bill_amount,
                discount=row.discount,
            )
        )
    for line in lines:
        line.redemptions = by_coupon[line.id]
