"""How loyalty reads on the wire wherever a customer's details hold it (operations 11 to 14, 30)."""

from collections.abc import Iterable, Mapping
from datetime import tzinfo
from typing import Any

from loyalty.queries.cards import CardDetails, CardStatusInfo
from loyalty.queries.details import GroupMembership, LinkedPartner, Membership
from loyalty.queries.embeds import (
    EXPIRED,
    GROUPS,
    POINTS,
    PROGRAMS,
    PROMOTIONS,
    SCHEDULES,
    LoyaltyDetails,
)
from loyalty.queries.points import ExpiredPoints, ExpirySchedule, PromotionalPoints
from loyalty.rules.programs import ProgramRules

Answer = dict[str, Any]

NONE = -1  # the reference's word for "no next tier" and "no limit"
_LISTS = {
    "CUSTOMER": "customerPromotionType",
    "TRANSACTION": "transactionPromotionType",
    "LINE_ITEM": "lineitemPromotionType",
}


def embedded_answer(loyalty: LoyaltyDetails) -> Answer:
    """Return the keys that were asked to be embedded; who is in no program has empty ones."""
    answer: Answer = {}
    if POINTS in loyalty.parts:
        summary = loyalty.summary
        answer["pointsSummary"] = {} if summary is None else _balances(summary)
    if PROGRAMS in loyalty.parts:
        answer["loyaltyProgramDetails"] = [_titled(member) for member in loyalty.memberships]
    if GROUPS in loyalty.parts:
        answer["groupLoyaltyProgramDetails"] = [_group(group) for group in loyalty.groups]
    if PROMOTIONS in loyalty.parts:
        answer["promotionalPoints"] = promotions_answer(loyalty.promotions)
    if SCHEDULES in loyalty.parts:
        answer["expirySchedules"] = schedules_answer(loyalty.schedules, loyalty.programs)
    if EXPIRED in loyalty.parts:
        answer["expiredPoints"] = [_expired(points) for points in loyalty.expired]
    return answer


def membership_answer(member: Membership) -> Answer:
    """Return a row of operations 11 and 14."""
    return {
        **_balances(member),
        "delayedPoints": member.delayed,
        "delayedReturnedPoints": member.delayed_returned,
        "totalAvailablePoints": member.available,
        "totalReturnedPoints": member.total_returned,
        "linkedPartnerPrograms": [_partner(partner) for partner in member.partners],
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
            "expiryType": _expiry_type(programs.get(schedule.program_id)),
        }
        for schedule in schedules
    ]


def promotions_answer(promotions: Iterable[PromotionalPoints]) -> Answer:
    """Return promotional points by what they were given for."""
    lists: dict[str, list[Answer]] = {key: [] for key in _LISTS.values()}
    for given in promotions:
        lists[_LISTS[given.scope or "CUSTOMER"]].append(
            {
                "points": given.points,
                "issuedAt": {"code": given.issued_by_code, "name": given.issued_by_name},
                "issuedOn": given.issued_at,
                "expiryDate": given.expires_at,
                "promotionSource": {
                    "promotionSourceId": given.source_id,
                    "promotionSourceType": given.source_type,
                },
                "programId": given.program_id,
                "promotionName": given.promotion,
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


def _expiry_type(program: ProgramRules | None) -> str:
    # A day of its own stands in a lot of a program whose points never expire.
    return "ROLLING" if program and program.points_expiry == "ROLLING" else "FIXED"


def _balances(member: Membership) -> Answer:
    following = member.next_tier
    return {
        "redeemed": member.redeemed,
        "expired": member.expired,
        "returned": member.returned,
        "adjusted": member.adjusted,
        "lifetimePoints": member.lifetime,
        "loyaltyPoints": member.points,
        "cumulativePurchases": member.purchases,
        "loyaltyId": member.loyalty_id,
        "currentSlab": member.tier.name,
        "nextSlab": following.name if following else "",
        "nextSlabSerialNumber": following.serial if following else NONE,
        "nextSlabDescription": following.description if following else "",
        "slabSNo": member.tier.serial,
        "slabExpiryDate": member.tier_expires_at,
        "programId": member.program.id,
    }


def _titled(member: Membership) -> Answer:
    return {
        **membership_answer(member),
        "programTitle": member.program.name,
        "programDescription": member.program.description,
        "programPointsToCurrencyRatio": member.program.points_to_currency,
    }


def _partner(partner: LinkedPartner) -> Answer:
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


def _group(group: GroupMembership) -> Answer:
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


def _expired(points: ExpiredPoints) -> Answer:
    return {
        "points": points.points,
        "expiredOn": points.expired_at,
        "programId": points.program_id,
    }
