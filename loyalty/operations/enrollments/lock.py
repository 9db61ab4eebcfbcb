"""Lock enrollments and load their accounts for the rules."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal

from django.db.models import Q

from crm.kernel.ids import select_storable_ids
from crm.kernel.transactions import within_unit_of_work
from loyalty.models import Enrollment, PointsAllocation, PointsEntry, PointsLot
from loyalty.models.enrollment import BALANCES
from loyalty.queries.programs import get_programs
from loyalty.rules.balances import Balances
from loyalty.rules.ledger import Account, LedgerEntry, Lot
from loyalty.rules.movements import Movement
from loyalty.rules.programs import MAX_DAYS, ProgramRules
from loyalty.rules.returns import ReturnedPurchase
from loyalty.rules.tiers import Purchase, TierState, TierTransition, raise_tier, review_tier

# What a bill earns: by the rate of the tier, and by promotions. A return takes both back.
EARNING_ENTRIES = ("AWARD", "PROMOTIONAL")
EARNED_LOTS = ("REGULAR", "PROMOTIONAL")
# A customer id and a program id, which identify one enrollment.
EnrollmentKey = tuple[int, int]


@dataclass(slots=True)
class PendingEntry:
    """An entry to be written, the movement that requested it, and its id once it has one."""

    entry: LedgerEntry
    movement: Movement | None = None
    entry_id: int | None = None


@dataclass(slots=True, kw_only=True)
class NewEnrollmentRow:
    """An enrollment to be written; an instance of the model costs ten times as much."""

    customer_id: int
    program_id: int
    enrolled_at: datetime
    enrolled_by_id: int | None
    pk: int = 0


@dataclass(slots=True)
class EnrollmentState:
    """An enrollment row, its state in the rules, and the changes still to be written.

    ``is_new``: the row itself is still to be written.
    """

    row: Enrollment | NewEnrollmentRow
    program: ProgramRules
    account: Account
    tier_state: TierState
    pending_entries: list[PendingEntry] = field(default_factory=list)
    tier_transitions: list[TierTransition] = field(default_factory=list)
    returned_purchases: dict[int, ReturnedPurchase] = field(default_factory=dict)
    is_new: bool = False
    # The latest ones, where the rules of a tier look at them.
    purchases: list[Purchase] = field(default_factory=list)

    def settle(self, now: datetime, zone: tzinfo) -> None:
        """Apply what is due by now: matured points, expired points and the tier review."""
        metric_before = self.get_tier_metric()
        self.settle_points(now)
        self.raise_tier(metric_before, at=now, zone=zone)
        # The review comes last: points that matured just now may renew the tier.
        if transition := review_tier(
            self.program,
            self.tier_state,
            metric=self.get_tier_metric(),
            now=now,
            zone=zone,
            purchases=self.purchases,
        ):
            self.tier_transitions.append(transition)

    def settle_points(self, now: datetime) -> None:
        """Note what matured and expired by now; bills that come back hear what they lost."""
        for entry in self.account.settle(now):
            self.pending_entries.append(PendingEntry(entry))
            if entry.kind != "EXPIRE":
                continue
            for lot, points in entry.allocations:
                purchase = (
                    self.returned_purchases.get(lot.transaction_id) if lot.transaction_id else None
                )
                if purchase is not None and lot.kind in EARNED_LOTS:
                    purchase.expired += points

    def record(self, entry: LedgerEntry, movement: Movement | None = None) -> PendingEntry:
        """Add an entry to be written."""
        pending = PendingEntry(entry, movement)
        self.pending_entries.append(pending)
        return pending

    def get_tier_metric(self) -> Decimal:
        """Return the amount that the program's tier thresholds are compared with."""
        return self.account.balances.tier_metric(self.program.tier_rule)

    def raise_tier(
        self, metric_before: Decimal, *, at: datetime, zone: tzinfo, is_bill: bool = False
    ) -> None:
        """Raise the tier if the metric has reached a higher one since ``metric_before``.

        After a bill, the latest purchases can reach one as well.
        """
        transition = raise_tier(
            self.program,
            self.tier_state,
            metric_before=metric_before,
            metric_after=self.get_tier_metric(),
            at=at,
            zone=zone,
            purchases=self.purchases if is_bill else (),
        )
        if transition is not None:
            self.tier_transitions.append(transition)

    def copy(self) -> "EnrollmentState":
        """Return an independent copy, so that changes to it do not affect this one."""
        account = Account(
            replace(self.account.balances), [replace(lot) for lot in self.account.lots]
        )
        returned_purchases = {
            pk: replace(purchase) for pk, purchase in self.returned_purchases.items()
        }
        return EnrollmentState(
            self.row,
            self.program,
            account,
            replace(self.tier_state),
            returned_purchases=returned_purchases,
            purchases=[*self.purchases],
        )


@within_unit_of_work
def lock_enrollments(
    *, org_id: int, keys: Collection[EnrollmentKey], now: datetime
) -> dict[EnrollmentKey, EnrollmentState]:
    """Lock these enrollments until the unit of work ends; keys that are not enrolled are left out.

    The caller has locked the customers. Two queries, or three where the rules of a tier look at
    single purchases, plus those for the programs.
    """
    return _index_by_key(_build_states(org_id, _lock_rows(_filter_by_keys(keys)), now))


def load_enrollments(
    *, org_id: int, keys: Collection[EnrollmentKey], now: datetime
) -> dict[EnrollmentKey, EnrollmentState]:
    """Load these enrollments without a lock, for planning only."""
    return _index_by_key(
        _build_states(org_id, Enrollment.objects.filter(_filter_by_keys(keys)).order_by("pk"), now)
    )


@within_unit_of_work
def lock_enrollments_by_id(
    *, org_id: int, enrollment_ids: Collection[int], now: datetime
) -> dict[int, EnrollmentState]:
    """Lock these enrollments by id until the unit of work ends."""
    rows = _lock_rows(Q(pk__in=enrollment_ids, org_id=org_id))
    return {row.pk: enrollment for row, enrollment in _build_states(org_id, rows, now)}


def load_returned_purchases(
    enrollments: Collection[EnrollmentState], returned_ids: Collection[int]
) -> None:
    """Give each member what the bills that come back had earned and lost; two queries, or none."""
    returned_ids = select_storable_ids(returned_ids)
    if not returned_ids:
        return
    by_id = {enrollment.row.pk: enrollment for enrollment in enrollments}
    rows = PointsEntry.objects.filter(
        Q(transaction_id__in=returned_ids) | Q(transaction__returned_id__in=returned_ids),
        enrollment_id__in=by_id,
        kind__in=(*EARNING_ENTRIES, "RETURN"),
    ).values_list(
        "enrollment_id",
        "transaction_id",
        "transaction__returned_id",
        "kind",
        "points",
        "delayed",
        "purchases",
        "shortfall",
    )
    for (
        enrollment_id,
        transaction_id,
        returned_id,
        kind,
        points,
        delayed,
        purchases,
        shortfall,
    ) in rows:
        purchase_id = transaction_id if kind in EARNING_ENTRIES else returned_id
        if purchase_id is None:
            continue
        purchase = by_id[enrollment_id].returned_purchases.setdefault(
            purchase_id, ReturnedPurchase()
        )
        if kind in EARNING_ENTRIES:
            purchase.amount += purchases
            purchase.awarded += points + delayed
        else:
            purchase.record(-purchases, shortfall - points - delayed)
    _add_expired_points(by_id, returned_ids)


def _add_expired_points(
    by_id: Mapping[int, EnrollmentState], returned_ids: Collection[int]
) -> None:
    expired = PointsAllocation.objects.filter(
        lot__enrollment_id__in=by_id,
        lot__transaction_id__in=returned_ids,
        lot__kind__in=EARNED_LOTS,
        entry__kind="EXPIRE",
    ).values_list("lot__enrollment_id", "lot__transaction_id", "points")
    for enrollment_id, purchase_id, points in expired:
        by_id[enrollment_id].returned_purchases.setdefault(
            purchase_id, ReturnedPurchase()
        ).expired += points


def _filter_by_keys(keys: Collection[EnrollmentKey]) -> Q:
    return Q(
        customer_id__in=select_storable_ids({customer for customer, _ in keys}),
        program_id__in={program for _, program in keys},
    )


def _index_by_key(
    enrollments: Iterable[tuple[Enrollment, EnrollmentState]],
) -> dict[EnrollmentKey, EnrollmentState]:
    return {(row.customer_id, row.program_id): enrollment for row, enrollment in enrollments}


def _lock_rows(condition: Q) -> list[Enrollment]:
    # list() takes the locks; a lazy queryset would take none.
    return list(Enrollment.objects.filter(condition).order_by("pk").select_for_update())


def _build_states(
    org_id: int, rows: Iterable[Enrollment], now: datetime
) -> list[tuple[Enrollment, EnrollmentState]]:
    programs = get_programs(org_id)
    enrolled_rows = [row for row in rows if row.program_id in programs]
    lots = _load_lots(Q(enrollment_id__in=[row.pk for row in enrolled_rows], remaining__gt=0))
    purchases = _load_purchases(
        [(row, days) for row in enrolled_rows if (days := programs[row.program_id].counted_days)],
        now,
    )
    enrollments = []
    for row in enrolled_rows:
        program = programs[row.program_id]
        balances = Balances(**{name: getattr(row, name) for name in BALANCES})
        tier_state = TierState(program.step(row.tier_id), row.tier_expires_at, row.tier_basis)
        enrollments.append(
            (
                row,
                EnrollmentState(
                    row,
                    program,
                    Account(balances, lots[row.pk]),
                    tier_state,
                    purchases=purchases[row.pk],
                ),
            )
        )
    return enrollments


def _load_purchases(
    counted: Sequence[tuple[Enrollment, int]], now: datetime
) -> dict[int, list[Purchase]]:
    """Return what the members bought lately, as far back as their tiers look; one query, or none.

    A tier that expired a while ago is reviewed by what came in while it held.
    """
    purchases: dict[int, list[Purchase]] = defaultdict(list)
    if counted:
        earliest = min(
            min(row.tier_expires_at, now) - timedelta(days=min(days, MAX_DAYS) + 1)
            for row, days in counted
        )
        rows = PointsEntry.objects.filter(
            enrollment_id__in=[row.pk for row, _ in counted],
            kind__in=("AWARD", "RETURN"),
            happened_at__gte=earliest,
        ).exclude(purchases=0)
        for enrollment_id, at, amount in rows.order_by("id").values_list(
            "enrollment_id", "happened_at", "purchases"
        ):
            purchases[enrollment_id].append(Purchase(at, amount))
    return purchases


def load_lots(enrollment: EnrollmentState, lot_ids: Collection[int]) -> dict[int, Lot]:
    """Return these lots of the enrollment by id, spent ones too; one query at most."""
    lots = {lot.pk: lot for lot in enrollment.account.lots if lot.pk in lot_ids}
    missing_ids = set(lot_ids) - set(lots)
    if missing_ids:
        for lot in _load_lots(Q(enrollment_id=enrollment.row.pk, pk__in=missing_ids))[
            enrollment.row.pk
        ]:
            enrollment.account.lots.append(lot)
            lots[lot.pk] = lot
    return {pk: lot for pk, lot in lots.items() if pk is not None}


def load_closed_lots(
    enrollments: Mapping[int, EnrollmentState], lot_ids: Collection[int]
) -> dict[int, Lot]:
    """Return these lots of the enrollments by id, spent ones too; one query at most."""
    lots = {
        lot.pk: lot
        for enrollment in enrollments.values()
        for lot in enrollment.account.lots
        if lot.pk is not None and lot.pk in lot_ids
    }
    missing_ids = set(lot_ids) - set(lots)
    if missing_ids:
        for enrollment_id, closed in _load_lots(Q(pk__in=missing_ids)).items():
            lots |= {lot.pk: lot for lot in closed if lot.pk is not None}
            if enrollment_id in enrollments:
                enrollments[enrollment_id].account.lots.extend(closed)
    return lots


def _load_lots(condition: Q) -> dict[int, list[Lot]]:
    lots: dict[int, list[Lot]] = defaultdict(list)
    for row in (
        PointsLot.objects.filter(condition)
        .order_by("enrollment_id", "id")
        .values_list(
            "enrollment_id",
            "id",
            "kind",
            "awarded",
            "remaining",
            "awarded_at",
            "available_at",
            "expires_at",
            "is_delayed",
            "transaction_id",
        )
    ):
        (
            enrollment_id,
            pk,
            kind,
            awarded,
            remaining,
            awarded_at,
            available_at,
            expires_at,
            is_delayed,
            transaction_id,
        ) = row
        lots[enrollment_id].append(
            Lot(
                kind=kind,
                awarded=awarded,
                remaining=remaining,
                awarded_at=awarded_at,
                available_at=available_at,
                expires_at=expires_at,
                is_delayed=is_delayed,
                transaction_id=transaction_id,
                pk=pk,
            )
        )
    return lots
