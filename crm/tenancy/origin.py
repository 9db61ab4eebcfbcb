"""Where a write comes from: handed down from the door to every operation."""

from dataclasses import dataclass
from datetime import datetime

from crm.tenancy.models import Organization


@dataclass(frozen=True, slots=True)
class Origin:
    """Who writes, for which organization, through which door, and when.

    ``actor_id`` is an org entity (a till, a store, a member of staff) or None for the system;
    ``door`` is one of the audit's doors; ``at`` is aware and the only clock operations know.
    ``caller_id`` is who logged in, where the write is attributed to somebody else: four eyes look
    at both.
    """

    org: Organization
    actor_id: int | None
    door: str
    at: datetime
    request_id: str = ""
    caller_id: int | None = None
