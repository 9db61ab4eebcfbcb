"""Read program enrollments from registrations and updates."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any

from rest_framework import serializers

from crm.dialects.v2.serializer_fields import IdField
from crm.usecases.register_customers import UNASSIGNED_CUSTOMER
from customers.api.v2.field_types import Text
from customers.rules.times import parse_moment
from loyalty.errors import LedgerDateInvalid
from loyalty.rules.enrollments import EnrollmentRequest

MAX_ENROLLMENTS = 20
MAX_TIER_NUMBER = 2**31 - 1


class EnrollmentIn(serializers.Serializer):
    programId = IdField(required=False, allow_null=True, help_text="Default: the default program.")
    tierNumber = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=MAX_TIER_NUMBER,
        help_text="1 is the lowest; an unknown number gives the lowest tier.",
    )
    loyaltyPoints = serializers.DecimalField(
        max_digits=15,
        decimal_places=3,
        required=False,
        allow_null=True,
        min_value=0,
        help_text="Opening points.",
    )
    tierExpiryDate = Text(help_text="When the tier expires.")
    pointsExpiryDate = Text(help_text="When the opening points expire.")


def build_enrollment_requests(
    rows: Sequence[Mapping[str, Any]] | None, zone: tzinfo
) -> list[EnrollmentRequest]:
    """Return the enrollment requests of a body.

    Raises:
        LedgerDateInvalid: a date is invalid.
    """
    return [
        EnrollmentRequest(
            customer_id=UNASSIGNED_CUSTOMER,
            program_id=row.get("programId"),
            tier_number=row.get("tierNumber"),
            tier_expires_at=_read_moment(row, "tierExpiryDate", zone),
            points=row.get("loyaltyPoints"),
            points_expire_at=_read_moment(row, "pointsExpiryDate", zone),
        )
        for row in rows or ()
    ]


def _read_moment(row: Mapping[str, Any], name: str, zone: tzinfo) -> Any:
    raw = (row.get(name) or "").strip()
    if not raw:
        return None
    moment = parse_moment(raw, zone)
    if moment is None:
        raise LedgerDateInvalid(field=name)
    return moment
