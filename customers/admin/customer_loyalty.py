"""The loyalty section of a customer's page: programs, points, transactions, cards, coupons."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from crm.adminkit.current_staff import link_to_customer
from crm.adminkit.point_formats import (
    UNITS,
    describe_reversal,
    describe_tiers,
    format_amount,
    format_signed_amount,
)
from customers.admin.customer_partners import build_partners_context
from loyalty.queries.customer_page import LedgerLine, LoyaltyOverview, get_loyalty_overview
from loyalty.queries.enrollments.memberships import Membership
from loyalty.queries.referrals.referrals import list_referrals, list_referrers

MAX_EXPIRING = 6
MAX_CAMPAIGNS = 5
MAX_REFEREES = 5
EVENT_LABELS = {
    "REGISTRATION": gettext_noop("registered"),
    "TRANSACTION": gettext_noop("made a first purchase"),
}
CARD_BADGES = {"ACTIVE": "active", "ISSUED": "active", "SUSPENDED": "suspended"}
COUPON_BADGES = {"ACTIVE": "active", "REDEEMED": "unset", "EXPIRED": "suspended"}
# An expiry this many years away is not worth showing.
FOREVER_YEARS = 90


def build_loyalty_context(
    request: HttpRequest, *, org_id: int, customer_id: int, now: datetime, is_merged: bool
) -> dict[str, Any] | None:
    """Return the section's context, or None if the user may not view loyalty."""
    user = request.user
    if not user.has_perm("loyalty.view_enrollment"):
        return None
    overview = get_loyalty_overview(org_id=org_id, customer_id=customer_id, now=now)
    may_adjust = user.has_perm("loyalty.adjust_points") and not is_merged
    may_transfer = user.has_perm("loyalty.transfer_points") and not is_merged
    may_label_cards = user.has_perm("loyalty.change_card") and not is_merged
    may_redeem_coupons = user.has_perm("loyalty.redeem_coupons") and not is_merged
    may_return = user.has_perm("loyalty.return_transactions") and not is_merged
    may_redeem = user.has_perm("loyalty.redeem_points") and not is_merged
    may_link = user.has_perm("loyalty.link_partners") and not is_merged
    return {
        "memberships": [
            {
                **_build_membership_row(
                    membership,
                    now=now,
                    may_adjust=may_adjust,
                    may_transfer=may_transfer,
                    may_redeem=may_redeem,
                ),
                **build_partners_context(
                    overview.partner_links, membership.enrollment_id, may_link=may_link
                ),
            }
            for membership in overview.memberships
        ],
        "ledger": [_build_ledger_row(line) for line in overview.ledger],
        "ledger_url": reverse("admin:loyalty_pointsentry_changelist") + f"?customer={customer_id}",
        "several_programs": len(overview.memberships) > 1,
        "expiring": _list_expiring_rows(overview),
        "bills": [
            {
                "line": transaction,
                "amount": format_amount(transaction.amount),
                "url": reverse("admin:loyalty_transaction_change", args=[transaction.id]),
                "return_url": (
                    reverse("admin:loyalty_transaction_take_back", args=[transaction.id])
                    if may_return and not transaction.is_return
                    else ""
                ),
            }
            for transaction in overview.transactions
        ],
        "cards": [
            {
                "number": card.number,
                "series": card.series_name,
                "label": card.info.label if card.info else card.status,
                "kind": CARD_BADGES.get(card.status, "deleted"),
                "expires_at": card.expires_at,
                "url": reverse("admin:loyalty_card_change", args=[card.id]),
                "label_url": (
                    reverse("admin:loyalty_card_change_label", args=[card.id])
                    if may_label_cards
                    else ""
                ),
            }
            for card in overview.cards
        ],
        "coupons": [
            {
                "coupon": coupon,
                "status": gettext(coupon.status.capitalize()),
                "kind": COUPON_BADGES.get(coupon.status, "deleted"),
                "url": reverse("admin:loyalty_coupon_change", args=[coupon.id]),
                "redeem_url": (
                    reverse("admin:loyalty_coupon_redeem", args=[customer_id])
                    + f"?{urlencode({'code': coupon.code})}"
                    if may_redeem_coupons and coupon.status == "ACTIVE"
                    else ""
                ),
            }
            for coupon in overview.coupons
        ],
        "referrals": _list_referral_rows(org_id, customer_id),
        "brought_by": [
            {
                "customer": link_to_customer(pk),
                "campaign": name,
                "event": gettext(EVENT_LABELS[event]),
                "at": at,
            }
            for pk, name, event, at in list_referrers(org_id=org_id, customer_id=customer_id)
        ],
        "issue_coupon_url": (
            reverse("admin:loyalty_coupon_issue") + f"?customer={customer_id}"
            if user.has_perm("loyalty.issue_coupons") and not is_merged
            else ""
        ),
    }


def _list_referral_rows(org_id: int, customer_id: int) -> list[dict[str, Any]]:
    """Return the customer's referrals by campaign, newest first."""
    _, referrals = list_referrals(org_id=org_id, customer_id=customer_id, limit=MAX_CAMPAIGNS)
    invitations = reverse("admin:loyalty_invitation_changelist")
    return [
        {
            "campaign": campaign_referrals.campaign.name,
            "code": campaign_referrals.code,
            "invited": len(campaign_referrals.invitees),
            "url": (
                f"{invitations}?customer={customer_id}&campaign={campaign_referrals.campaign.id}"
            ),
            "came": [
                {
                    "customer": link_to_customer(line.customer.id),
                    "name": line.customer.name or gettext("(no name)"),
                    "event": gettext(EVENT_LABELS.get(line.event, line.event)),
                    "at": line.added_at,
                }
                for line in campaign_referrals.referees[:MAX_REFEREES]
            ],
            "came_count": len({line.customer.id for line in campaign_referrals.referees}),
            "coupons": [line.code for line in campaign_referrals.incentives[:MAX_REFEREES]],
        }
        for campaign_referrals in referrals
    ]


def _build_membership_row(
    membership: Membership,
    *,
    now: datetime,
    may_adjust: bool,
    may_transfer: bool,
    may_redeem: bool,
) -> dict[str, Any]:
    program = membership.program
    is_by_points = program.tier_rule == "LIFETIME_POINTS"
    achieved = membership.lifetime if is_by_points else membership.purchases
    pk = membership.enrollment_id
    return {
        "program": program.name,
        "tier": membership.tier.name,
        "tier_expires_at": (
            membership.tier_expires_at
            if membership.tier_expires_at.year < now.year + FOREVER_YEARS
            else None
        ),
        "enrolled_at": membership.enrolled_at,
        "available": format_amount(membership.available),
        "balances": [
            (name, format_amount(value))
            for name, value, is_always_shown in (
                (gettext("Delayed"), membership.delayed, False),
                (gettext("Lifetime"), membership.lifetime, True),
                (gettext("Redeemed"), membership.redeemed, True),
                (gettext("Expired"), membership.expired, False),
                (gettext("Returned"), membership.total_returned, False),
                (gettext("Adjusted"), membership.adjusted, False),
                (gettext("Transferred in"), membership.transferred_in, False),
                (gettext("Transferred out"), membership.transferred_out, False),
                (gettext("Purchases"), membership.purchases, True),
            )
            if value or is_always_shown
        ],
        "ladder": describe_tiers(
            program.ladder, rule=program.tier_rule, current_serial=membership.tier.serial
        ),
        "climb": _measure_tier_progress(membership, achieved),
        "redeem_url": reverse("admin:loyalty_enrollment_redeem", args=[pk]) if may_redeem else "",
        "adjust_url": reverse("admin:loyalty_enrollment_adjust", args=[pk]) if may_adjust else "",
        "transfer_url": (
            reverse("admin:loyalty_enrollment_transfer", args=[pk]) if may_transfer else ""
        ),
    }


def _measure_tier_progress(membership: Membership, achieved: Decimal) -> dict[str, Any] | None:
    """Return the progress to the next tier, or None at the highest."""
    next_tier = membership.next_tier
    if next_tier is None:
        return None
    missing = next_tier.threshold - achieved
    unit = gettext(UNITS[membership.program.tier_rule])
    if missing <= 0:
        # A downgraded member is above the threshold already and regains the tier by renewal.
        return {
            "percent": 100,
            "words": gettext("Reached {name} before; more {unit} renew it").format(
                name=next_tier.name, unit=unit
            ),
        }
    share = achieved / next_tier.threshold
    return {
        "percent": int(share * 100),
        "words": gettext("{missing} more {unit} to {name}").format(
            missing=format_amount(missing), unit=unit, name=next_tier.name
        ),
    }


def _build_ledger_row(line: LedgerLine) -> dict[str, Any]:
    return {
        "points": format_signed_amount(line.points),
        "is_out": line.points < 0,
        "what": " · ".join(filter(None, [line.kind, line.transaction_number])),
        "waiting": format_signed_amount(line.delayed) if line.delayed else "",
        "short": format_amount(line.shortfall) if line.shortfall else "",
        "reversal": describe_reversal(reversed_points=line.reversed, redeemed_at=line.redeemed_at),
        "notes": line.notes,
        "happened_at": line.happened_at,
        "who": line.entered_by or gettext("The system"),
        "program": line.program,
        "expires_at": line.expires_at,
    }


def _list_expiring_rows(overview: LoyaltyOverview) -> list[dict[str, Any]]:
    return [
        {
            "points": format_amount(lot.points),
            "expires_at": lot.expires_at,
            "program": overview.programs.get(lot.program_id, ""),
            "kind": gettext(lot.kind.capitalize()),
        }
        for lot in overview.expiry_schedules[:MAX_EXPIRING]
    ]
