"""How loyalty reads on the wire wherever a customer's details hold it (operations 11 to 14, 30)."""

from collections.abc import Iterable, Mapping
from datetime import tzinfo
from typing import Any

from loyalty.queries.cards.cards import CardDetails, CardStatusInfo
from loyalty.queries.details_embeds import (
    EXPIRED,
    GROUPS,
    POINTS,
    PROGRAMS,
    PROMOTIONS,
    SCHEDULES,
    LoyaltyDetails,
)
from loyalty.queries.enrollments.memberships import GroupMembership, LinkedPartner, Membership
from loyalty.queries.points.points import ExpiredPoints, ExpirySchedule, PromotionalPoints
from loyalty.rules.programs import ProgramRules

Answer = dict[str, Any]

NONE = -1  # the reference's word for "no next tier" and "no limit"
_LIST_BY_SCOPE = {
    "CUSTOMER": "customerPromotionType",
    "TRANSACTION": "transactionPromotionType",
    "LINE_ITEM": "lineitemPromotionType",
}


def embedded_answer(loyalty: LoyaltyDetails) -> Answer:
    """Return the keys that were asked to be embedded; who is in no program has empty ones."""
    answer: Answer = {}
    if POINTS in loyalty.parts:
        summary = loyalty.summary
        answer["pointsSummary"] = {} if summary is None else _balances_answer(summary)
    if PROGRAMS in loyalty.parts:
        answer["loyaltyProgramDetails"] = [
            _titled_membership_answer(membership) for membership in loyalty.memberships
        ]
    if GROUPS in loyalty.parts:
        answer["groupLoyaltyProgramDetails"] = [
            _program_group_answer(group) for group in loyalty.groups
        ]
    if PROMOTIONS in loyalty.parts:
        answer["promotionalPoints"] = promotions_answer(loyalty.promotions)
    if SCHEDULES in loyalty.parts:
        answer["expirySchedules"] = schedules_answer(loyalty.schedules, loyalty.programs)
    if EXPIRED in loyalty.parts:
        answer["expiredPoints"] = [_expired_points_answer(points) for points in loyalty.expired]
    return answer


def membership_answer(membership: Membership) -> Answer:
    """Return a row of operations 11 and 14."""
    return {
        **_balances_answer(membership),
        "delayedPoints": membership.delayed,
        "delayedReturnedPoints": membership.delayed_returned,
        "totalAvailablePoints": membership.available,
        "totalReturnedPoints": membership.total_returned,
        "linkedPartnerPrograms": [_partner_answer(partner) for partner in membership.partners],
    }


def schedules_answer(
    schedules: Iterable[ExpirySchedule], programs: Mapping[int, ProgramRules]
) -> list[Answer]:
    """Return what operation 30 and embed=expirySchedules list; the program says how they expire."""
    return [
        {
            "points": schedule.points,
            "expiryDate": schedule.expires_at,
            "programId": schedule.program_id,
            "pointsType": schedule.kind,
            "expiryType": _get_expiry_type(programs.get(schedule.program_id)),
        }
        for schedule in schedules
    ]


def promotions_answer(promotions: Iterable[PromotionalPoints]) -> Answer:
    """Return promotional points by what they were given for."""
    lists: dict[str, list[Answer]] = {key: [] for key in _LIST_BY_SCOPE.values()}
    for promotion in promotions:
        lists[_LIST_BY_SCOPE[promotion.scope or "CUSTOMER"]].append(
            {
                "points": promotion.points,
                "issuedAt": {"code": promotion.issued_by_code, "name": promotion.issued_by_name},
                "issuedOn": promotion.issued_at,
                "expiryDate": promotion.expires_at,
                "promotionSource": {
                    "promotionSourceId": promotion.source_id,
                    "promotionSourceType": promotion.source_type,
                },
                "programId": promotion.program_id,
                "promotionName": promotion.promotion,
            }
        )
    return lists


def card_answer(card: CardDetails, zone: tzinfo) -> Answer:
    """Return an element of ``cardDetails``; without a limit, ``maxActiveCards`` is -1."""
    return {
        "cardId": card.id,
        "issuedDate": card.issued_at,
        "createdDate": card.created_at.astimezone(zone).date().isoformat(),
        "expiryDays": card.expiry_days,
        "expiryDate": card.expires_at,
        "seriesName": card.series_name,
        "customerId": card.customer_id,
        "maxActiveCards": NONE if card.max_active_cards is None else card.max_active_cards,
        "cardExternalId": card.external_id,
        "extendedFields": card.extended_fields,
        "customFields": card.custom_fields,
        "type": card.type,
        "cardNumber": card.number,
        "seriesId": card.series_id,
        "seriesCode": card.series_code,
        "orgId": card.org_id,
        "entityId": card.issued_by_id or card.created_by_id,
        "statusInfo": status_answer(card, card.info, zone),
        "id": card.id,
        "transactionNotAllowed": not card.transactions_allowed,
    }


def status_answer(card: CardDetails, info: CardStatusInfo | None, zone: tzinfo) -> Answer:
    """Return the ``statusInfo`` of a card; its status is as of now, its label as it was given."""
    if info is None:
        return {}
    return {
        "reason": info.reason,
        "createdBy": info.created_by_id,
        "actions": [],
        "autoUpdateTime": info.created_at.astimezone(zone).date().isoformat(),
        "createdOn": info.created_at,
        "entityId": card.id,
        "id": info.id,
        "isActive": True,
        "labelId": info.label_id,
        "label": info.label,
        "status": card.status,
    }


def _get_expiry_type(program: ProgramRules | None) -> str:
    # A day of its own stands in a lot of a program whose points never expire.
    return "ROLLING" if program and program.points_expiry == "ROLLING" else "FIXED"


def _balances_answer(membership: Membership) -> Answer:
    next_tier = membership.next_tier
    return {
        "redeemed": membership.redeemed,
        "expired": membership.expired,
        "returned": membership.returned,
        "adjusted": membership.adjusted,
        "lifetimePoints": membership.lifetime,
        "loyaltyPoints": membership.points,
        "cumulativePurchases": membership.purchases,
        "loyaltyId": membership.loyalty_id,
        "currentSlab": membership.tier.name,
        "nextSlab": next_tier.name if next_tier else "",
        "nextSlabSerialNumber": next_tier.serial if next_tier else NONE,
        "nextSlabDescription": next_tier.description if next_tier else "",
        "slabSNo": membership.tier.serial,
        "slabExpiryDate": membership.tier_expires_at,
        "programId": membership.program.id,
    }


def _titled_membership_answer(membership: Membership) -> Answer:
    return {
        **membership_answer(membership),
        "programTitle": membership.program.name,
        "programDescription": membership.program.description,
        "programPointsToCurrencyRatio": membership.program.points_to_currency,
    }


def _partner_answer(partner: LinkedPartner) -> Answer:
    answer: Answer = {
        "partnerProgramId": partner.partner_program_id,
        "partnerProgramName": partner.name,
        "partnerProgramDescription": partner.description,
        "partnerMembershipId": partner.membership_id,
        "partnerProgramType": partner.type,
        "tierBased": partner.is_tier_based,
    }
    if partner.tier_number is not None:
        answer["partnerTierNumber"] = partner.tier_number
        answer["partnerTierName"] = partner.tier_name
        answer["partnerTierExpiryDate"] = partner.tier_expires_at
    return answer


def _program_group_answer(group: GroupMembership) -> Answer:
    return {
        "groupProgramId": group.group_id,
        "title": group.title,
        "description": group.description,
        "programsList": [
            {"id": program.id, "name": program.name, "description": program.description}
            for program in group.programs
        ],
        "lifetimePoints": group.lifetime,
        "loyaltyPoints": group.points,
        "promisedPoints": group.delayed,
        "pointsToCurrencyRatio": group.points_to_currency,
    }


def _expired_points_answer(points: ExpiredPoints) -> Answer:
    return {
        "points": points.points,
        "expiredOn": points.expired_at,
        "programId": points.program_id,
    }
