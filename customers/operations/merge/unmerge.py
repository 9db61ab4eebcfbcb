"""Undoing a merge: restoring the rows of the customers app.

Also restores rows of other apps that only need their old values.
"""

from typing import Any

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers import errors
from customers.models import (
    MergeJournal,
    Profile,
    ProfileIdentifier,
)
from customers.operations.customers.search_index import reindex_customers
from customers.operations.merge.journal_trail import (
    MergeStep,
    MergeTrail,
    restore_rows,
    write_values,
)
from customers.operations.merge.unmerge_blockers import (
    CONSENTS,
    MODIFICATION_COLUMNS,
    get_known_registrations,
    get_moved_profiles,
    list_moved_steps,
    list_survivor_steps,
)
from customers.rules.unmerge import revert_value

# Columns that belong together: an edit of one counts as an edit of all.
_COLUMN_GROUPS = (
    frozenset({"fraud_status", "fraud_marked_by_id", "fraud_marked_at", "fraud_reason"}),
    frozenset({"role_id", "parent_id"}),
    MODIFICATION_COLUMNS,
)


@within_unit_of_work
def mark_unmerged(*, origin: Origin, merge_id: int, reason: str) -> None:
    """Mark the merge as undone.

    Raises:
        MergeUndone: the merge is undone already.
    """
    if not MergeJournal.objects.filter(
        pk=merge_id, org_id=origin.org.pk, undone_at__isnull=True
    ).update(undone_at=origin.at, undone_by_id=origin.actor_id, undo_reason=reason):
        raise errors.MergeUndone(merge_id=merge_id)


@within_unit_of_work
def unmerge_profiles(
    *, origin: Origin, journal: MergeJournal, trail: MergeTrail, reason: str
) -> None:
    """Move the victim's rows back, and revert the merge's changes of the survivor's own rows.

    Both customers are locked, the trail has the locked rows, and there are no blockers. Rows and
    values that the survivor got since the merge stay with the survivor.
    """
    _keep_later_registrations(journal, trail)
    restore_rows(list(list_moved_steps(journal, trail)))
    write_values(
        (step, _build_reverted_values(step)) for step in list_survivor_steps(journal, trail)
    )
    reindex_customers(org_id=origin.org.pk, customer_ids=[journal.survivor_id, journal.victim_id])
    details = {"journal": journal.pk, "reason": reason}
    record_events(
        origin=origin,
        events=[
            NewEvent(
                "customer.merge_undone",
                "customer",
                journal.survivor_id,
                after={"victim": journal.victim_id, **details},
            ),
            NewEvent(
                "customer.released",
                "customer",
                journal.victim_id,
                after={"survivor": journal.survivor_id, **details},
            ),
        ],
    )


def _build_reverted_values(step: MergeStep) -> dict[str, Any]:
    """Return the values of the survivor's own row without the merge."""
    before = step.before or {}
    edited = step.list_edited_columns()
    if step.current is None or (step.model in CONSENTS and edited):
        return {}
    kept_columns = {name for group in _COLUMN_GROUPS if group & edited for name in group}
    return {
        name: revert_value(
            getattr(step.current, name),
            before=step.value_before(name),
            after=step.value_after(name),
        )
        for name in before.keys() - kept_columns
    }


def _keep_later_registrations(journal: MergeJournal, trail: MergeTrail) -> None:
    """Move later registrations from profiles that go back to the survivor's own profile."""
    moved_profiles = get_moved_profiles(trail)
    known = get_known_registrations(trail)
    later = [
        (pk, identifier_id)
        for pk, identifier_id in ProfileIdentifier.objects.filter(
            profile_id__in=list(moved_profiles)
        )
        .order_by("pk")
        .values_list("pk", "identifier_id")
        if pk not in known
    ]
    if not later:
        return
    survivor_profiles = Profile.objects.filter(
        customer_id=journal.survivor_id, closed_at__isnull=True
    )
    remaining_ids = (
        survivor_profiles.exclude(pk__in=list(moved_profiles))
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    registered = set(
        ProfileIdentifier.objects.filter(
            identifier_id__in=[pk for _, pk in later], profile_id__in=remaining_ids
        ).values_list("identifier_id", flat=True)
    )
    # The same identifier may have been registered in several of these profiles.
    moving = {identifier_id: pk for pk, identifier_id in later if identifier_id not in registered}
    rows = ProfileIdentifier.objects.filter(pk__in=[pk for pk, _ in later])
    rows.exclude(pk__in=moving.values()).delete()
    rows.filter(pk__in=moving.values()).update(profile_id=remaining_ids[0])
