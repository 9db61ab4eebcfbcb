"""The loyalty part of a customer's page: memberships, points, bills, cards and coupons."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from crm.adminkit.person import link_to_customer
from crm.adminkit.points import UNITS, amount, ladder, signed
from loyalty.queries.details import Membership
from loyalty.queries.dossier import LedgerLine, LoyaltyDossier, get_loyalty_dossier
from loyalty.queries.referrals import list_referrals, list_who_brought

MOST_EXPIRING = 6
MOST_CAMPAIGNS = 5
MOST_WHO_CAME = 5
EVENTS = {"REGISTRATION": "registered", "TRANSACTION": "bought for the first time"}
CARD_KINDS = {"ACTIVE": "active", "ISSUED": "active", "SUSPENDED": "suspended"}
COUPON_KINDS = {"ACTIVE": "active", "REDEEMED": "unset", "EXPIRED": "suspended"}
# A tier for a hundred years has no end that anybody waits for.
FOR_EVER = 90


def loyalty_of(
    request: HttpRequest, *, org_id: int, customer_id: int, now: datetime, is_merged: bool
) -> dict[str, Any] | None:
    """Return plain values for the page; None for staff who may not look at loyalty."""
    user = request.user
    if not user.has_perm("loyalty.view_enrollment"):
        return None
    dossier = get_loyalty_dossier(org_id=org_id, customer_id=customer_id, now=now)
    may_adjust = user.has_perm("loyalty.adjust_points") and not is_merged
    may_transfer = user.has_perm("loyalty.transfer_points") and not is_merged
    return {
        "memberships": [
            _membership(one, now=now, may_adjust=may_adjust, may_transfer=may_transfer)
            for one in dossier.memberships
        ],
        "ledger": [_line(line) for line in dossier.ledger],
        "ledger_url": reverse("admin:loyalty_pointsentry_changelist") + f"?customer={customer_id}",
        "several_programs": len(dossier.memberships) > 1,
        "expiring": _expiring(dossier),
        "bills": [
            {
                "line": bill,
                "amount": amount(bill.amount),
                "url": reverse("admin:loyalty_transaction_change", args=[bill.id]),
            }
            for bill in dossier.bills
        ],
        "cards": [
            {
                "number": card.number,
                "series": card.series_name,
                "label": card.info.label if card.info else card.status,
                "kind": CARD_KINDS.get(card.status, "deleted"),
                "expires_at": card.expires_at,
                "url": reverse("admin:loyalty_card_change", args=[card.id]),
            }
            for card in dossier.cards
        ],
        "coupons": [
            {
                "coupon": coupon,
                "status": coupon.status.capitalize(),
                "kind": COUPON_KINDS.get(coupon.status, "deleted"),
                "url": reverse("admin:loyalty_coupon_change", args=[coupon.id]),
            }
            for coupon in dossier.coupons
        ],
        "referrals": _referrals(org_id, customer_id),
        "brought_by": [
            {"customer": link_to_customer(pk), "campaign": name, "event": EVENTS[event], "at": at}
            for pk, name, event, at in list_who_brought(org_id=org_id, customer_id=customer_id)
        ],
        "issue_coupon_url": (
            reverse("admin:loyalty_coupon_issue") + f"?customer={customer_id}"
            if user.has_perm("loyalty.issue_coupons") and not is_merged
            else ""
        ),
    }


def _referrals(org_id: int, customer_id: int) -> list[dict[str, Any]]:
    """The customer's part in each campaign, the newest first."""
    _, parts = list_referrals(org_id=org_id, customer_id=customer_id, limit=MOST_CAMPAIGNS)
    invitations = reverse("admin:loyalty_invitation_changelist")
    return [
        {
            "campaign": part.campaign.name,
            "code": part.code,
            "invited": len(part.invitees),
            "url": f"{invitations}?customer={customer_id}&campaign={part.campaign.id}",
            "came": [
                {
                    "customer": link_to_customer(line.person.id),
                    "name": line.person.name or "(no name)",
                    "event": EVENTS.get(line.event, line.event),
                    "at": line.added_at,
                }
                for line in part.referees[:MOST_WHO_CAME]
            ],
            "came_count": len({line.person.id for line in part.referees}),
            "coupons": [line.code for line in part.incentives[:MOST_WHO_CAME]],
        }
        for part in parts
    ]


def _membership(
    membership: Membership, *, now: datetime, may_adjust: bool, may_transfer: bool
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
            if membership.tier_expires_at.year < now.year + FOR_EVER
            else None
        ),
        "enrolled_at": membership.enrolled_at,
        "available": amount(membership.available),
        "balances": [
            (name, amount(value))
            for name, value in (
                ("Waiting", membership.delayed),
                ("Lifetime", membership.lifetime),
                ("Redeemed", membership.redeemed),
                ("Expired", membership.expired),
                ("Taken back", membership.total_returned),
                ("Adjusted", membership.adjusted),
                ("Received", membership.transferred_in),
                ("Transferred away", membership.transferred_out),
                ("Purchases", membership.purchases),
            )
            if value or name in ("Lifetime", "Redeemed", "Purchases")
        ],
        "ladder": ladder(program.ladder, rule=program.tier_rule, standing=membership.tier.serial),
        "climb": _climb(membership, achieved),
        "adjust_url": reverse("admin:loyalty_enrollment_adjust", args=[pk]) if may_adjust else "",
        "transfer_url": (
            reverse("admin:loyalty_enrollment_transfer", args=[pk]) if may_transfer else ""
        ),
    }


def _climb(membership: Membership, achieved: Decimal) -> dict[str, Any] | None:
    """How far it is to the next step; None at the top."""
    above = membership.next_tier
    if above is None:
        return None
    missing = above.threshold - achieved
    unit = UNITS[membership.program.tier_rule]
    if missing <= 0:
        # Who was lowered is beyond the threshold already and comes back by renewing.
        return {"percent": 100, "words": f"Reached {above.name} before; more {unit} renew it"}
    share = achieved / above.threshold
    return {
        "percent": int(share * 100),
        "words": f"{amount(missing)} more {unit} to {above.name}",
    }


def _line(line: LedgerLine) -> dict[str, Any]:
    return {
        "points": signed(line.points),
        "is_out": line.points < 0,
        "what": " · ".join(filter(None, [line.kind, line.transaction_number])),
        "waiting": signed(line.delayed) if line.delayed else "",
        "short": amount(line.shortfall) if line.shortfall else "",
        "notes": line.notes,
        "happened_at": line.happened_at,
        "who": line.who or "The system",
        "program": line.program,
        "expires_at": line.expires_at,
    }


def _expiring(dossier: LoyaltyDossier) -> list[dict[str, Any]]:
    return [
        {
            "points": amount(lot.points),
            "expires_at": lot.expires_at,
            "program": dossier.programs.get(lot.program_id, ""),
            "kind": lot.kind.capitalize(),
        }
        for lot in dossier.expiring[:MOST_EXPIRING]
    ]
