"""What loyalty gave to a customer on joining: to find it after an import, and to take it back."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, F

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import bulk_insert, bulk_update
from crm.kernel.model_names import get_model_name
from crm.kernel.obstacles import USED_ELSEWHERE
from crm.kernel.row_links import find_links
from crm.kernel.staff_texts import StaffText, staff_text
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from loyalty.models import (
    Card,
    CardStatusChange,
    Coupon,
    Effect,
    Enrollment,
    PointsEntry,
    PointsLot,
    TierChange,
    WithdrawnMembership,
)
from loyalty.operations.cards.write import deregister_card_identifiers
from loyalty.operations.coupons.issue_counts import count_issued

POINTS_MOVED = staff_text("Its points were moved since.")
COUPON_CHANGED = staff_text("Its coupon was redeemed or revoked since.")
NOT_FROM_IMPORT = staff_text("It has cards, coupons or memberships from elsewhere.")
# Links that are taken back together with what they point at.
_OWN_LINKS = {
    Enrollment: {
        "loyalty.PointsEntry.enrollment",
        "loyalty.PointsLot.enrollment",
        "loyalty.TierChange.enrollment",
    },
    Coupon: set(),
    Card: {"loyalty.CardStatusChange.card"},
}


@dataclass(slots=True)
class Holdings:
    """Ids of the enrollments, entries, coupons and cards of a customer."""

    enrollments: list[int] = field(default_factory=list)
    entries: list[int] = field(default_factory=list)
    coupons: list[int] = field(default_factory=list)
    cards: list[int] = field(default_factory=list)

    def as_json(self) -> dict[str, list[int]]:
        """Return what there is."""
        named = {
            "enrollments": self.enrollments,
            "entries": self.entries,
            "coupons": self.coupons,
            "cards": self.cards,
        }
        return {name: ids for name, ids in named.items() if ids}


def load_holdings(customer_ids: Collection[int]) -> dict[int, Holdings]:
    """Return what these customers hold; four queries, of which empty tables cost nothing."""
    found: dict[int, Holdings] = defaultdict(Holdings)
    if not customer_ids:
        return found
    owners: dict[int, int] = {}
    for pk, customer_id in (
        Enrollment.objects.filter(customer_id__in=customer_ids)
        .order_by("id")
        .values_list("id", "customer_id")
    ):
        owners[pk] = customer_id
        found[customer_id].enrollments.append(pk)
    for pk, enrollment_id in (
        PointsEntry.objects.filter(enrollment_id__in=owners)
        .order_by("id")
        .values_list("id", "enrollment_id")
    ):
        found[owners[enrollment_id]].entries.append(pk)
    for pk, customer_id in (
        Coupon.objects.filter(customer_id__in=customer_ids)
        .order_by("id")
        .values_list("id", "customer_id")
    ):
        found[customer_id].coupons.append(pk)
    for pk, held_by in (
        Card.objects.filter(customer_id__in=customer_ids)
        .order_by("id")
        .values_list("id", "customer_id")
    ):
        if held_by is not None:
            found[held_by].cards.append(pk)
    return found


def find_holding_obstacles(
    holdings: Mapping[int, Mapping[str, list[int]]],
) -> dict[int, StaffText]:
    """Return why what was given to these customers cannot be taken back, by customer.

    ``holdings`` are theirs as they were, as JSON. The customers are locked.
    """
    current = load_holdings(holdings.keys())
    obstacles = {
        customer_id: NOT_FROM_IMPORT
        for customer_id, then in holdings.items()
        if current[customer_id].as_json() != dict(then)
    }
    owners = {
        (name, pk): customer_id
        for customer_id, then in holdings.items()
        for name, ids in then.items()
        for pk in ids
    }
    for name, model in (("enrollments", Enrollment), ("coupons", Coupon), ("cards", Card)):
        ids = [pk for kind, pk in owners if kind == name]
        for pk, linked in find_links(model, ids, ignored=_OWN_LINKS[model]).items():
            obstacles[owners[name, pk]] = USED_ELSEWHERE(name=get_model_name(linked))
    for pk in (
        PointsLot.objects.filter(
            enrollment_id__in=[pk for kind, pk in owners if kind == "enrollments"]
        )
        .exclude(remaining=F("awarded"))
        .values_list("enrollment_id", flat=True)
    ):
        obstacles[owners["enrollments", pk]] = POINTS_MOVED
    used_coupons = Coupon.objects.filter(
        pk__in=[pk for kind, pk in owners if kind == "coupons"]
    ).exclude(redemption_count=0, revoked_at__isnull=True)
    for pk in used_coupons.values_list("pk", flat=True):
        obstacles[owners["coupons", pk]] = COUPON_CHANGED
    return obstacles


@within_unit_of_work
def take_back_holdings(*, origin: Origin, holdings: Mapping[int, Mapping[str, list[int]]]) -> None:
    """Take back memberships, coupons and cards that nobody has used; the customers are locked.

    The movements of a membership are kept in ``WithdrawnMembership``. Cards go back to their
    series, or away if they were made for the customer.
    """
    ids: dict[str, list[int]] = defaultdict(list)
    for then in holdings.values():
        for name, pks in then.items():
            ids[name] += pks
    remove_coupons(coupon_ids=ids["coupons"])
    _return_cards(origin, ids["cards"])
    _withdraw_memberships(origin, ids["enrollments"])


def find_coupon_obstacles(coupon_ids: Collection[int]) -> dict[int, StaffText]:
    """Return why coupons cannot be removed: they are gone, or were redeemed or revoked."""
    coupons = list(Coupon.objects.filter(pk__in=coupon_ids).order_by("pk").select_for_update())
    obstacles: dict[int, StaffText] = dict.fromkeys(
        set(coupon_ids) - {coupon.pk for coupon in coupons}, COUPON_CHANGED
    )
    for coupon in coupons:
        if coupon.redemption_count or coupon.revoked_at is not None:
            obstacles[coupon.pk] = COUPON_CHANGED
    links = find_links(Coupon, coupon_ids)
    return obstacles | {
        pk: USED_ELSEWHERE(name=get_model_name(linked)) for pk, linked in links.items()
    }


def find_membership_obstacles(
    enrollments: Mapping[int, Sequence[int]],
) -> dict[int, StaffText]:
    """Return why enrollments, by any key, cannot be withdrawn: they were used since."""
    owners = {pk: key for key, ids in enrollments.items() for pk in ids}
    links = find_links(Enrollment, owners, ignored=_OWN_LINKS[Enrollment])
    obstacles = {
        owners[pk]: USED_ELSEWHERE(name=get_model_name(linked)) for pk, linked in links.items()
    }
    moved = PointsEntry.objects.filter(enrollment_id__in=owners).values_list(
        "enrollment_id", flat=True
    )
    return obstacles | {owners[pk]: POINTS_MOVED for pk in moved.distinct()}


@within_unit_of_work
def take_back_memberships(*, origin: Origin, enrollment_ids: Collection[int]) -> None:
    """Withdraw memberships that nobody has used; the customers are locked."""
    _withdraw_memberships(origin, enrollment_ids)


@within_unit_of_work
def remove_effects(
    *, customer_ids: Collection[int], recorded_at: Collection[datetime] | None = None
) -> None:
    """Forget what loyalty did or owed to these customers: all of it, or what was recorded then."""
    effects = Effect.objects.filter(customer_id__in=customer_ids)
    if recorded_at is not None:
        effects = effects.filter(recorded_at__in=recorded_at)
    effects.delete()


@within_unit_of_work
def remove_coupons(*, coupon_ids: Collection[int]) -> None:
    """Remove coupons that nobody has used; their series can issue as many again."""
    if not coupon_ids:
        return
    coupons = Coupon.objects.filter(pk__in=coupon_ids)
    rows = coupons.order_by("series_id").values_list("series_id").annotate(count=Count("pk"))
    removed = {series_id: -count for series_id, count in rows}
    coupons.delete()
    count_issued(removed)


def _return_cards(origin: Origin, card_ids: Collection[int]) -> None:
    if not card_ids:
        return
    cards = list(Card.objects.filter(pk__in=card_ids).order_by("pk").select_for_update())
    deregister_card_identifiers(origin=origin, cards=cards)
    last_changes = {
        change.card_id: change
        for change in CardStatusChange.objects.filter(card_id__in=card_ids)
        .select_related("previous_label")
        .order_by("id")
    }
    made, returned = [], []
    for card in cards:
        change = last_changes.get(card.pk)
        previous = change.previous_label if change is not None else None
        # A card of one's own is made and issued at the same moment.
        if change is None or previous is None or change.created_at == card.created_at:
            made.append(card.pk)
        else:
            returned.append((card.pk, previous.pk, previous.status, *[None] * 4))
    CardStatusChange.objects.filter(
        pk__in=[change.pk for change in last_changes.values() if change.card_id not in made]
    ).delete()
    CardStatusChange.objects.filter(card_id__in=made).delete()
    Card.objects.filter(pk__in=made).delete()
    bulk_update(
        Card,
        ("label_id", "status", "customer_id", "issued_by_id", "issued_at", "expires_at"),
        returned,
    )


def _withdraw_memberships(origin: Origin, enrollment_ids: Collection[int]) -> None:
    if not enrollment_ids:
        return
    rows = list(Enrollment.objects.filter(pk__in=enrollment_ids).order_by("pk").select_for_update())
    entries: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for entry in PointsEntry.objects.filter(enrollment_id__in=enrollment_ids).order_by("pk"):
        entries[entry.enrollment_id].append(_describe_entry(entry))
    bulk_insert(
        WithdrawnMembership,
        (
            "enrollment_id", "org_id", "customer_id", "program_id", "entries",
            "withdrawn_by_id", "withdrawn_at",
        ),
        [
            (
                row.pk, row.org_id, row.customer_id, row.program_id, entries[row.pk],
                origin.actor_id, origin.at,
            )
            for row in rows
        ],
    )  # fmt: skip
    PointsLot.objects.filter(enrollment_id__in=enrollment_ids).delete()
    PointsEntry.objects.filter(enrollment_id__in=enrollment_ids).delete()
    TierChange.objects.filter(enrollment_id__in=enrollment_ids).delete()
    Enrollment.objects.filter(pk__in=enrollment_ids).delete()
    record_events(
        origin=origin,
        events=[
            NewEvent(
                "loyalty.withdrawn",
                "customer",
                row.customer_id,
                before={"program": row.program_id, "entries": len(entries[row.pk])},
            )
            for row in rows
        ],
    )


def _describe_entry(entry: PointsEntry) -> dict[str, Any]:
    return {
        "id": entry.pk,
        "kind": entry.kind,
        "points": str(entry.points),
        "delayed": str(entry.delayed),
        "purchases": str(entry.purchases),
        "notes": entry.notes,
        "happened_at": entry.happened_at.isoformat(),
        "recorded_at": entry.recorded_at.isoformat(),
        "entered_by": entry.entered_by_id,
    }
