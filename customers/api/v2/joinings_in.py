"""Enrolments in loyalty programs, as registrations and updates carry them."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any

from rest_framework import serializers

from crm.dialects.v2.reading import Id
from crm.usecases.registering import NOBODY_YET
from customers.api.v2.fields_in import Text
from customers.rules.times import parse_moment
from loyalty.errors import LedgerDateInvalid
from loyalty.rules.enrolling import Joining

MOST_JOININGS = 20
LARGEST_NUMBER = 2**31 - 1


class JoiningIn(serializers.Serializer):
    programId = Id(required=False, allow_null=True, help_text="The default program when left out.")
    tierNumber = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=LARGEST_NUMBER,
        help_text="From 1 for the lowest; one that the program lacks gives the lowest.",
    )
    loyaltyPoints = serializers.DecimalField(
        max_digits=15,
        decimal_places=3,
        required=False,
        allow_null=True,
        min_value=0,
        help_text="Opening points.",
    )
    tierExpiryDate = Text(help_text="When the tier ends.")
    pointsExpiryDate = Text(help_text="When the opening points end.")


def joinings(said: Sequence[Mapping[str, Any]] | None, zone: tzinfo) -> list[Joining]:
    """Hand enrolments on in the domain's words.

    Raises:
        LedgerDateInvalid: a date cannot be read.
    """
    return [
        Joining(
            customer_id=NOBODY_YET,
            program_id=row.get("programId"),
            tier_number=row.get("tierNumber"),
            tier_expires_at=_moment(row, "tierExpiryDate", zone),
            points=row.get("loyaltyPoints"),
            points_expire_at=_moment(row, "pointsExpiryDate", zone),
        )
        for row in said or ()
    ]


def _moment(row: Mapping[str, Any], name: str, zone: tzinfo) -> Any:
    said = (row.get(name) or "").strip()
    if not said:
        return None
    moment = parse_moment(said, zone)
    if moment is None:
        raise LedgerDateInvalid(field=name)
    return moment
