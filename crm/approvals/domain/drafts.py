"""The input of a new request, and the validated draft made from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRequest:
    """The input of a request, as an API, form or import read it. Each kind uses its own fields.

    ``target_id`` is the survivor of a merge. ``transaction_id`` and ``reference_id`` (the
    transaction number) belong to retro transactions, ``merge_id`` to an unmerge.
    """

    kind: str
    customer_id: int
    old_value: Any = None
    new_value: Any = None
    target_id: int | None = None
    points: Any = None
    program_id: Any = None
    series_id: Any = None
    transaction_id: Any = None
    reference_id: Any = None
    old_type: Any = None
    new_type: Any = None
    merge_id: int | None = None
    reason: Any = None
    comments: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDraft:
    """The validated content of a request, ready to be stored."""

    old_value: str = ""
    new_value: str = ""
    other_customer_id: int | None = None
    points: Decimal | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)
