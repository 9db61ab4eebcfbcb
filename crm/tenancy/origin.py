"""The origin of a write, passed from the entry point to every operation."""

from dataclasses import dataclass
from datetime import datetime

from crm.tenancy.models import Organization


@dataclass(frozen=True, slots=True)
class Origin:
    """The organization, actor, entry point and time of a write.

    ``actor_id`` is an org entity (a till, a store, a member of staff) or None for the system.
    ``door`` is the entry point, one of ``Event.Door``. ``at`` is aware, and the only clock that
    operations use. ``caller_id`` is the entity that logged in, if the write is attributed to
    another one; the four-eyes check looks at both.
    """

    org: Organization
    actor_id: int | None
    door: str
    at: datetime
    request_id: str = ""
    caller_id: int | None = None
