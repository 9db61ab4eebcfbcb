"""What side effects are asked for and what came of them, as they are kept in JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from crm.kernel.errors import Notice
from loyalty.rules.enrolling import Joining
from loyalty.rules.referrals import Brought

LONGEST_PAUSE = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectOrder:
    """What loyalty has to do for a customer who was registered or updated.

    ``joinings`` are the enrolments asked for; ``joins_default`` adds the default program. The
    registration bonus is due once, to new customers only. ``brought_by`` are those to whom the
    customer's coming is credited. ``due_at`` is when a worker may take it
    up; None leaves a minute to the request that noted it.
    """

    customer_id: int
    kind: str = "REGISTRATION"
    joinings: Sequence[Joining] = ()
    joins_default: bool = False
    earns_bonus: bool = False
    brought_by: Sequence[Brought] = ()
    due_at: datetime | None = None

    def payload(self) -> dict[str, Any]:
        """This order as it is stored."""
        return {
            "joinings": [
                {
                    "program_id": joining.program_id,
                    "tier_number": joining.tier_number,
                    "tier_expires_at": _moment(joining.tier_expires_at),
                    "points": None if joining.points is None else str(joining.points),
                    "points_expire_at": _moment(joining.points_expire_at),
                    "enrolled_at": _moment(joining.enrolled_at),
                }
                for joining in self.joinings
            ],
            "joins_default": self.joins_default,
            "earns_bonus": self.earns_bonus,
            **({"brought_by": self.brought_by} if self.brought_by else {}),
        }


@dataclass(frozen=True, slots=True)
class AwardedPoints:
    """Points that somebody got as a side effect."""

    points: Decimal
    program_id: int
    awarded_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class AwardedCoupon:
    """A coupon that somebody got as a side effect."""

    coupon_id: int
    code: str
    description: str
    discount_code: str
    program_id: int
    awarded_at: datetime
    expires_at: datetime | None


@dataclass(slots=True)
class EffectResult:
    """What came of an order: points and coupons given, and what else is to be said."""

    points: list[AwardedPoints] = field(default_factory=list)
    coupons: list[AwardedCoupon] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "points": [
                {
                    "points": str(given.points),
                    "program_id": given.program_id,
                    "awarded_at": _moment(given.awarded_at),
                    "expires_at": _moment(given.expires_at),
                }
                for given in self.points
            ],
            "coupons": [
                {
                    "coupon_id": given.coupon_id,
                    "code": given.code,
                    "description": given.description,
                    "discount_code": given.discount_code,
                    "program_id": given.program_id,
                    "awarded_at": _moment(given.awarded_at),
                    "expires_at": _moment(given.expires_at),
                }
                for given in self.coupons
            ],
            "notices": [{"code": said.code, "facts": said.facts} for said in self.notices],
        }


def read_result(stored: Mapping[str, Any]) -> EffectResult:
    """Read back what ``EffectResult.as_json`` wrote."""
    return EffectResult(
        [
            AwardedPoints(
                Decimal(given["points"]),
                given["program_id"],
                datetime.fromisoformat(given["awarded_at"]),
                _read_moment(given["expires_at"]),
            )
            for given in stored["points"]
        ],
        [
            AwardedCoupon(
                **{
                    **given,
                    "awarded_at": datetime.fromisoformat(given["awarded_at"]),
                    "expires_at": _read_moment(given["expires_at"]),
                }
            )
            for given in stored["coupons"]
        ],
        [Notice(said["code"], **said["facts"]) for said in stored["notices"]],
    )


def read_joinings(
    payload: Mapping[str, Any], *, customer_id: int, default_id: int | None
) -> list[Joining]:
    """The enrolments of an order; the default program is added where it is not among them."""
    asked = list(payload["joinings"])
    named = {default_id if item["program_id"] is None else item["program_id"] for item in asked}
    if payload["joins_default"] and default_id is not None and default_id not in named:
        asked.append({"program_id": default_id, "is_asked_for": False})
    return [
        Joining(
            customer_id=customer_id,
            program_id=item["program_id"],
            tier_number=item.get("tier_number"),
            tier_expires_at=_read_moment(item.get("tier_expires_at")),
            points=item.get("points"),
            points_expire_at=_read_moment(item.get("points_expire_at")),
            earns_bonus=payload["earns_bonus"],
            is_asked_for=item.get("is_asked_for", True),
            enrolled_at=_read_moment(item.get("enrolled_at")),
        )
        for item in asked
    ]


def pause_after(attempts: int) -> timedelta:
    """How long a failed order rests: twice as long each time, an hour at the most."""
    return min(timedelta(minutes=2 ** min(attempts, 10)), LONGEST_PAUSE)


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _read_moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
