"""Who touched something since, by the audit log."""

from collections.abc import Collection
from datetime import datetime

from crm.audit.queries import find_other_events
from crm.kernel.obstacles import describe_touch
from crm.kernel.staff_texts import StaffText, TextTemplate
from crm.tenancy.origin import Origin

TOUCHED = TextTemplate("Changed since ({kind})")


def find_touches(
    *,
    origin: Origin,
    subject_type: str,
    subject_ids: Collection[int],
    since: datetime,
    ignored_requests: Collection[str],
) -> dict[int, StaffText]:
    """Return what was done first to each of these subjects, by whom and when; one query, or none.

    What these requests did does not count.
    """
    events = find_other_events(
        org_id=origin.org.pk,
        subject_type=subject_type,
        subject_ids=subject_ids,
        since=since,
        ignored_requests=ignored_requests,
    )
    return {
        pk: describe_touch(
            TOUCHED(kind=event.kind.replace(".", " ").replace("_", " ")),
            person=event.actor,
            moment=event.happened_at,
            zone=origin.org.zone,
        )
        for pk, event in events.items()
    }
