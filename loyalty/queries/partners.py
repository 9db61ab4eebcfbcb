"""Partners' programs of an organization, and who is linked to them."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from crm.kernel.ids import select_storable_ids
from loyalty.models import Enrollment, PartnerMembership, PartnerProgram, PartnerTier
from loyalty.rules.partners import PartnerRules, PartnerTierStep

# A customer id and a partner program id.
PartnerKey = tuple[int, int]


@dataclass(frozen=True, slots=True)
class PartnerLinkView:
    """A membership of a customer in a partner's program, present or ended."""

    id: int
    enrollment_id: int
    partner_program_id: int
    partner_name: str
    membership_id: str
    tier_name: str
    tier_expires_at: datetime | None
    linked_at: datetime | None
    linked_by: str
    unlinked_at: datetime | None
    unlinked_by: str


def list_partner_programs(org_id: int) -> list[PartnerRules]:
    """Return all partner programs of the organization, in the order of their ids; two queries."""
    tiers: dict[int, list[PartnerTierStep]] = defaultdict(list)
    for row in PartnerTier.objects.filter(partner_program__org_id=org_id).order_by("serial", "pk"):
        tiers[row.partner_program_id].append(PartnerTierStep(row.pk, row.serial, row.name))
    return [
        PartnerRules(
            row.pk,
            row.program_id,
            row.name,
            row.is_tier_based,
            row.is_active,
            tuple(tiers[row.pk]),
        )
        for row in PartnerProgram.objects.filter(org_id=org_id).order_by("pk")
    ]


def list_partner_links(*, org_id: int, customer_id: int) -> list[PartnerLinkView]:
    """Return the customer's memberships, present ones first, then the newest; one query."""
    rows = (
        PartnerMembership.objects.filter(
            enrollment__customer_id__in=select_storable_ids([customer_id]),
            enrollment__org_id=org_id,
        )
        .select_related("partner_program", "tier", "linked_by", "unlinked_by")
        .order_by(F("unlinked_at").desc(nulls_first=True), "-pk")
    )
    return [_build_view(row) for row in rows]


def list_enrolled_programs(customer_ids: Collection[int]) -> dict[PartnerKey, int]:
    """Return the enrollments of these customers by customer id and program id; one query."""
    rows = Enrollment.objects.filter(customer_id__in=select_storable_ids(customer_ids))
    return {
        (customer_id, program_id): pk
        for pk, customer_id, program_id in rows.values_list("pk", "customer_id", "program_id")
    }


def _build_view(row: PartnerMembership) -> PartnerLinkView:
    return PartnerLinkView(
        id=row.pk,
        enrollment_id=row.enrollment_id,
        partner_program_id=row.partner_program_id,
        partner_name=row.partner_program.name,
        membership_id=row.membership_id,
        tier_name=row.tier.name if row.tier else "",
        tier_expires_at=row.tier_expires_at,
        linked_at=row.linked_at,
        linked_by=str(row.linked_by or ""),
        unlinked_at=row.unlinked_at,
        unlinked_by=str(row.unlinked_by or ""),
    )
