"""What the undo of an import knows about it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from crm.kernel.staff_texts import staff_text
from crm.tenancy.origin import Origin

CANNOT_BE_UNDONE = staff_text("Rows of this type cannot be undone.")
WITHOUT_TRAIL = staff_text("It was imported before imports kept what they change.")
GONE = staff_text("It is gone.")


@dataclass(frozen=True, slots=True)
class UndoContext:
    """Who undoes, when the import began, and whose writes are no touch of its rows."""

    origin: Origin
    since: datetime
    ignored_requests: Collection[str]
