"""Kinds of long work by name: the rooms above register theirs, so runs need not know them."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from crm.runs.models import Run
from crm.tenancy.origin import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What one chunk came to; written in the chunk's own unit of work.

    ``done`` is added to the run's; ``resume_point`` is where the next chunk begins. The rest
    replaces what the run says, unless it is None.
    """

    done: int
    resume_point: dict[str, Any]
    step: str | None = None
    total: int | None = None
    result: dict[str, Any] | None = None


# Runs inside a unit of work that also moves the resume point. It may run twice, when the
# database asks for it, so it keeps no state outside the database.
Chunk = Callable[[], Progress]

# A generator function. It is called anew for every slice, begins at ``run.resume_point`` and
# yields chunks until the work is done; what it does between two yields (reading a file, parsing)
# happens outside any unit. It is closed when the slice's time is up.
Work = Callable[[Run, Origin], Generator[Chunk, None, None]]


class CannotGoOn(Exception):
    """Raised by work that no other attempt can help; the sentence is shown to staff."""


class UnknownWork(Exception):
    """No room of this program has registered work of that name."""


_kinds: dict[str, Work] = {}


def register_work(kind: str, work: Work) -> None:
    """Make ``work`` known by a dotted name; called when an app is ready."""
    if _kinds.setdefault(kind, work) is not work:
        raise ValueError(f"two kinds of work are called {kind}")


def work_of(kind: str) -> Work:
    """The work of that name.

    Raises:
        UnknownWork: an older or a newer version of the program queued it.
    """
    try:
        return _kinds[kind]
    except KeyError:
        raise UnknownWork(kind) from None
