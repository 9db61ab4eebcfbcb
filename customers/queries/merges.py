"""The merges of an organization."""

from django.db.models import Q

from customers import errors
from customers.models import MergeJournal


def get_merge(*, org_id: int, merge_id: int) -> MergeJournal:
    """Return the journal of a merge.

    Raises:
        MergeUnknown: the organization has no such merge.
    """
    journal = (
        MergeJournal.objects.filter(org_id=org_id, pk=merge_id).select_related("merged_by").first()
    )
    if journal is None:
        raise errors.MergeUnknown(merge_id=merge_id)
    return journal


def list_later_merges(journal: MergeJournal) -> list[MergeJournal]:
    """Return later merges of the survivor that are not undone, newest first."""
    either = Q(survivor_id=journal.survivor_id) | Q(victim_id=journal.survivor_id)
    # Journals are created under the locks of both customers, so a later one has a higher key.
    later = MergeJournal.objects.filter(either, pk__gt=journal.pk, undone_at__isnull=True)
    return list(later.order_by("-pk"))
