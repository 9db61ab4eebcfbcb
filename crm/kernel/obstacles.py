"""Why something cannot be undone, in a sentence that is stored for staff."""

from datetime import datetime, tzinfo

from crm.kernel.staff_texts import StaffText, TextTemplate, staff_text

CHANGED_SINCE = TextTemplate("{what} by {person} on {moment:%d %b %Y %H:%M}.")
USED_ELSEWHERE = TextTemplate("Something came to depend on it: {name}.")
SYSTEM = staff_text("the system")


def describe_touch(
    what: StaffText | str, *, person: object, moment: datetime, zone: tzinfo
) -> StaffText:
    """Say what somebody did since: "Points were redeemed since by till 1 on 28 Nov 2026 17:00."."""
    return CHANGED_SINCE(what=what, person=person or SYSTEM, moment=moment.astimezone(zone))
