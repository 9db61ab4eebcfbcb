"""The partners' programs in the loyalty section of a customer's page."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from loyalty.queries.partners import PartnerLinkView


def build_partners_context(
    links: Sequence[PartnerLinkView], enrollment_id: int, *, may_link: bool
) -> dict[str, Any]:
    """Return the links of an enrollment, present and ended, and the URLs to change them."""
    return {
        "partners": [
            _build_link_row(link, may_link=may_link)
            for link in links
            if link.enrollment_id == enrollment_id
        ],
        "link_partner_url": (
            reverse("admin:loyalty_enrollment_link_partner", args=[enrollment_id])
            if may_link
            else ""
        ),
    }


def _build_link_row(link: PartnerLinkView, *, may_link: bool) -> dict[str, Any]:
    args = [link.enrollment_id, link.id]
    may_change = may_link and link.unlinked_at is None
    return {
        "link": link,
        "tier_url": (
            reverse("admin:loyalty_enrollment_partner_tier", args=args)
            if may_change and link.tier_name
            else ""
        ),
        "unlink_url": (
            reverse("admin:loyalty_enrollment_unlink_partner", args=args) if may_change else ""
        ),
    }
