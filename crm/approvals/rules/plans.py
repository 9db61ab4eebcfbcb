"""What approving a request would do, as an approver sees it before deciding."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that changes: what it is called, and its value before and after, in words."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Fact:
    """Something the approver should know; ``customer_id`` is whom it points at, if anybody."""

    name: str
    words: str
    customer_id: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Exactly what approving would change now: the applying reads the same state.

    ``moves`` counts, by kind of row, what would move. A plan with blockers cannot be applied.
    """

    differences: Sequence[Difference] = ()
    facts: Sequence[Fact] = ()
    moves: Sequence[tuple[str, int]] = ()
    blockers: Sequence[str] = ()
    points: Decimal | None = None
    """What it costs, of goodwill."""
    extra: Sequence[object] = field(default=())
    """State that matters and is not shown; part of the digest all the same."""

    @property
    def digest(self) -> str:
        """Of all that was seen: another one means "changed since the preview"."""
        told = json.dumps(asdict(self), sort_keys=True, default=str, ensure_ascii=False)
        return hashlib.sha256(told.encode()).hexdigest()
