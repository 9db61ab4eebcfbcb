"""How somebody is described before they are registered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from customers.rules.registration import Channel

INSTORE = ("INSTORE", "")
WECHAT = ("WECHAT", "22232")
WECHAT_1234 = ("WECHAT", "1234")
WECHAT_MINI = ("WECHAT", "WeChat1234")
WECHAT_FLEET = ("WECHAT", "WECHAT-CM")

Keys = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A person in one source account."""

    at: tuple[str, str] = INSTORE
    keys: Keys
    channels: Sequence[Channel] = ()
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One customer; ``joined`` is a moment in ISO 8601."""

    id: int
    first: str
    last: str
    joined: str
    till: str
    places: Sequence[Place]
    loyalty_type: str = "LOYALTY"
    extended_fields: Mapping[str, Any] = field(default_factory=dict)
    associated_with: str | None = None
    end_points: Sequence[str] = ()


def reach(kind: str, value: str, *, verified: bool = False) -> Channel:
    """The primary channel of its type, in the manner of the documents."""
    return Channel(
        type=kind,
        value=value,
        is_primary=True,
        is_verified=verified,
        meta={"residence": False, "office": False},
        attributes={},
    )


def in_store(*keys: tuple[str, str], **fields: str) -> Sequence[Place]:
    """A person of the shops alone, who is reached where the identifiers say."""
    channels = [reach(kind, value) for kind, value in keys if kind in ("mobile", "email")]
    return (Place(keys=keys, channels=channels, fields=fields),)
