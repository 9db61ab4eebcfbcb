"""The requests and results of side effects, and how they are stored as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from crm.kernel.errors import Notice
from loyalty.rules.enrollments import EnrollmentRequest
from loyalty.rules.referrals import CampaignReferrer

MAX_RETRY_DELAY = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectRequest:
    """What loyalty has to do after a customer was registered, updated or bought something.

    ``enrollment_requests`` are the enrollments requested; ``enrolls_in_default`` adds the default
    program. The registration bonus is due once, to new customers only. ``referrers`` are credited
    for the customer. ``due_at`` is when a worker may run the effect; with None, the request that
    recorded it has a minute to run it first.
    """

    customer_id: int
    kind: str = "REGISTRATION"
    enrollment_requests: Sequence[EnrollmentRequest] = ()
    enrolls_in_default: bool = False
    earns_bonus: bool = False
    referrers: Sequence[CampaignReferrer] = ()
    due_at: datetime | None = None

    def payload(self) -> dict[str, Any]:
        """Return the request as it is stored in JSON."""
        return {
            "joinings": [
                {
                    "program_id": request.program_id,
                    "tier_number": request.tier_number,
                    "tier_expires_at": _format_moment(request.tier_expires_at),
                    "points": None if request.points is None else str(request.points),
                    "points_expire_at": _format_moment(request.points_expire_at),
                    "enrolled_at": _format_moment(request.enrolled_at),
                }
                for request in self.enrollment_requests
            ],
            "joins_default": self.enrolls_in_default,
            "earns_bonus": self.earns_bonus,
            **({"brought_by": self.referrers} if self.referrers else {}),
        }


@dataclass(frozen=True, slots=True)
class AwardedPoints:
    """Points that a customer was awarded as a side effect."""

    points: Decimal
    program_id: int
    awarded_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class AwardedCoupon:
    """A coupon that was issued to a customer as a side effect."""

    coupon_id: int
    code: str
    description: str
    discount_code: str
    program_id: int
    awarded_at: datetime
    expires_at: datetime | None


@dataclass(slots=True)
class EffectResult:
    """The result of an effect: points awarded, coupons issued, and notices."""

    points: list[AwardedPoints] = field(default_factory=list)
    coupons: list[AwardedCoupon] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "points": [
                {
                    "points": str(award.points),
                    "program_id": award.program_id,
                    "awarded_at": _format_moment(award.awarded_at),
                    "expires_at": _format_moment(award.expires_at),
                }
                for award in self.points
            ],
            "coupons": [
                {
                    "coupon_id": award.coupon_id,
                    "code": award.code,
                    "description": award.description,
                    "discount_code": award.discount_code,
                    "program_id": award.program_id,
                    "awarded_at": _format_moment(award.awarded_at),
                    "expires_at": _format_moment(award.expires_at),
                }
                for award in self.coupons
            ],
            "notices": [{"code": notice.code, "facts": notice.facts} for notice in self.notices],
        }


def read_result(stored: Mapping[str, Any]) -> EffectResult:
    """Read a result that ``EffectResult.as_json`` wrote."""
    return EffectResult(
        [
            AwardedPoints(
                Decimal(award["points"]),
                award["program_id"],
                datetime.fromisoformat(award["awarded_at"]),
                _parse_moment(award["expires_at"]),
            )
            for award in stored["points"]
        ],
        [
            AwardedCoupon(
                **{
                    **award,
                    "awarded_at": datetime.fromisoformat(award["awarded_at"]),
                    "expires_at": _parse_moment(award["expires_at"]),
                }
            )
            for award in stored["coupons"]
        ],
        [Notice(notice["code"], **notice["facts"]) for notice in stored["notices"]],
    )


def read_enrollment_requests(
    payload: Mapping[str, Any], *, customer_id: int, default_id: int | None
) -> list[EnrollmentRequest]:
    """Read the enrollments of an effect; add the default program unless it is among them."""
    items = list(payload["joinings"])
    program_ids = {
        default_id if item["program_id"] is None else item["program_id"] for item in items
    }
    if payload["joins_default"] and default_id is not None and default_id not in program_ids:
        items.append({"program_id": default_id, "is_asked_for": False})
    return [
        EnrollmentRequest(
            customer_id=customer_id,
            program_id=item["program_id"],
            tier_number=item.get("tier_number"),
            tier_expires_at=_parse_moment(item.get("tier_expires_at")),
            points=item.get("points"),
            points_expire_at=_parse_moment(item.get("points_expire_at")),
            earns_bonus=payload["earns_bonus"],
            is_explicit=item.get("is_asked_for", True),
            enrolled_at=_parse_moment(item.get("enrolled_at")),
        )
        for item in items
    ]


def get_retry_delay(attempts: int) -> timedelta:
    """Return the time until a failed effect is retried: doubled each time, at most an hour."""
    return min(timedelta(minutes=2 ** min(attempts, 10)), MAX_RETRY_DELAY)


def _format_moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _parse_moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
