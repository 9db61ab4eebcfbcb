"""The registry of background work. Apps register theirs, so runs need not know them."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from crm.runs.models import Run
from crm.tenancy.origin import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The progress of one chunk, written in the chunk's own unit of work.

    ``done`` is added to the run's count; ``resume_point`` is where the next chunk begins. The
    other values replace those of the run unless they are None.
    """

    done: int
    resume_point: dict[str, Any]
    step: str | None = None
    total: int | None = None
    result: dict[str, Any] | None = None


# Runs inside a unit of work that also moves the resume point. After a deadlock it runs again, so
# it keeps no state outside the database.
Chunk = Callable[[], Progress]

# A generator function. It is called for every turn, begins at ``run.resume_point`` and yields
# chunks until the work is done. What it does between two yields (reading a file, parsing) happens
# outside any unit of work. It is closed when the time of the turn is up.
Work = Callable[[Run, Origin], Generator[Chunk, None, None]]


# Called once when a run is done, in the unit of work that marks it so.
FollowUp = Callable[[Run, Origin], None]


class UnrecoverableError(Exception):
    """Raised by work that a retry cannot help; the message is shown to staff."""


class UnknownWork(Exception):
    """There is no registered work of that name."""


_kinds: dict[str, Work] = {}
_follow_ups: dict[str, FollowUp] = {}


def register_work(kind: str, work: Work, follow_up: FollowUp | None = None) -> None:
    """Register ``work`` under a dotted name; called from ``AppConfig.ready``.

    ``follow_up`` is called when such a run is done.
    """
    if _kinds.setdefault(kind, work) is not work:
        raise ValueError(f"two kinds of work are called {kind}")
    if follow_up is not None:
        _follow_ups[kind] = follow_up


def get_work(kind: str) -> Work:
    """Return the work of that name.

    Raises:
        UnknownWork: another version of the program queued it.
    """
    try:
        return _kinds[kind]
    except KeyError:
        raise UnknownWork(kind) from None


def get_follow_up(kind: str) -> FollowUp | None:
    """Return what is done when a run of this kind is done, if anything."""
    return _follow_ups.get(kind)
