"""Undo imported customers: newcomers go, known customers get back what was changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from crm.audit.touches import find_touches
from crm.imports.file_import import CREATE
from crm.imports.queries.undo_rows import UndoRow
from crm.imports.undo_context import GONE, UndoContext
from crm.kernel.staff_texts import StaffText
from crm.kernel.transactions import within_unit_of_work
from crm.usecases.withdraw_customers import withdraw_customers
from customers.models import Customer, Profile
from customers.operations.customers.lock import lock_customers
from customers.operations.undo.details import Restoration, restore_details
from customers.operations.undo.modification_marks import load_marks, restore_marks
from customers.operations.undo.newcomers import remove_profiles
from loyalty.operations.undo.holdings import (
    find_membership_obstacles,
    remove_effects,
    take_back_memberships,
)

# Obstacles by the primary key of the row.
Obstacles = dict[int, StaffText]


@within_unit_of_work
def undo_customers(context: UndoContext, rows: Sequence[UndoRow]) -> Obstacles:
    """Undo these rows; return why some are left as they are."""
    lock_customers({row.subject_id for row in rows})
    known = [row for row in rows if "given" not in row.trail]
    marks = load_marks({row.subject_id or 0 for row in known})
    obstacles = _remove_newcomers(context, [row for row in rows if "given" in row.trail])
    obstacles |= _remove_profiles(context, [row for row in known if row.outcome == CREATE])
    updates = [row for row in known if row.outcome != CREATE]
    joined = _find_membership_obstacles(updates)
    obstacles |= joined
    obstacles |= _restore(context, [row for row in updates if row.pk not in joined])
    undone = [row for row in known if row.pk not in obstacles]
    take_back_memberships(
        origin=context.origin,
        enrollment_ids=[pk for row in undone for pk in row.trail.get("enrollments", [])],
    )
    remove_effects(
        customer_ids=[row.subject_id or 0 for row in undone if row.trail.get("enrollments")],
        recorded_at={
            datetime.fromisoformat(row.trail["marks"]["until"])
            for row in undone
            if row.trail.get("enrollments")
        },
    )
    restore_marks(
        marks=[(row.subject_id or 0, row.trail["marks"]) for row in undone], current=marks
    )
    return obstacles


def _remove_newcomers(context: UndoContext, rows: Sequence[UndoRow]) -> Obstacles:
    found = withdraw_customers(
        origin=context.origin,
        newcomers={row.subject_id or 0: row.trail["given"] for row in rows},
        since=context.since,
        ignored_requests=context.ignored_requests,
    )
    return _by_row(rows, found)


def _remove_profiles(context: UndoContext, rows: Sequence[UndoRow]) -> Obstacles:
    """Remove the profiles that were added to known customers, and empty what they had filled."""
    if not rows:
        return {}
    customer_ids = {row.subject_id or 0 for row in rows}
    touches = find_touches(
        origin=context.origin,
        subject_type="customer",
        subject_ids=customer_ids,
        since=context.since,
        ignored_requests=context.ignored_requests,
    )
    obstacles = _by_row(rows, touches) | _find_membership_obstacles(rows)
    profiles = {
        (customer_id, account_id): pk
        for pk, customer_id, account_id in Profile.objects.filter(
            customer_id__in=customer_ids, closed_at__isnull=True
        ).values_list("id", "customer_id", "source_account_id")
    }
    removed: dict[int, int] = {}
    for row in rows:
        profile = profiles.get((row.subject_id or 0, row.trail["account"]))
        if profile is None:
            obstacles.setdefault(row.pk, GONE)
        elif row.pk not in obstacles:
            removed[profile] = row.subject_id or 0
    remove_profiles(origin=context.origin, profiles=removed)
    _empty_filled_fields([row for row in rows if row.pk not in obstacles])
    return obstacles


def _empty_filled_fields(rows: Sequence[UndoRow]) -> None:
    customers = Customer.objects.in_bulk([row.subject_id or 0 for row in rows])
    for row in rows:
        customer = customers[row.subject_id or 0]
        customer.loyalty_type = row.trail["customer"]["loyalty_type"]
        customer.extended_fields = row.trail["customer"]["extended_fields"]
    Customer.objects.bulk_update(
        customers.values(), ["loyalty_type", "extended_fields"], batch_size=500
    )


def _restore(context: UndoContext, rows: Sequence[UndoRow]) -> Obstacles:
    found = restore_details(
        origin=context.origin,
        restorations=[
            Restoration(row.subject_id or 0, row.trail["account"], row.before, row.after)
            for row in rows
        ],
    )
    touches = find_touches(
        origin=context.origin,
        subject_type="customer",
        subject_ids={rows[index].subject_id or 0 for index in found},
        since=context.since,
        ignored_requests=context.ignored_requests,
    )
    return {
        rows[index].pk: touches.get(rows[index].subject_id or 0, obstacle)
        for index, obstacle in found.items()
    }


def _find_membership_obstacles(rows: Sequence[UndoRow]) -> Obstacles:
    """Say which memberships that the import brought about have been used since."""
    joined = [row for row in rows if row.trail.get("enrollments")]
    return find_membership_obstacles({row.pk: row.trail["enrollments"] for row in joined})


def _by_row(rows: Sequence[UndoRow], found: Mapping[int, StaffText]) -> Obstacles:
    return {row.pk: found[row.subject_id or 0] for row in rows if row.subject_id in found}
