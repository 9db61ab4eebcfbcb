"""The plan of a request: what approving it would change."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Difference:
    """One changed value: its label, and the text before and after."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Fact:
    """Extra information for the approver. ``customer_id`` is the customer to link to, if any."""

    name: str
    words: str
    customer_id: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What approving the request would change now.

    ``moves`` holds the number of rows that would move, by kind of row. A plan with blockers
    cannot be applied.
    """

    differences: Sequence[Difference] = ()
    facts: Sequence[Fact] = ()
    moves: Sequence[tuple[str, int]] = ()
    blockers: Sequence[str] = ()
    points: Decimal | None = None
    """The goodwill points it would cost."""
    extra: Sequence[object] = field(default=())
    """State that is not shown, but is part of the digest."""

    @property
    def digest(self) -> str:
        """A hash of the whole plan. Another hash means that the plan has changed."""
        serialized = json.dumps(asdict(self), sort_keys=True, default=str, ensure_ascii=False)
        return hashlib.sha256(serialized.encode()).hexdigest()
