"""The parts of which ``customer/get`` puts an answer together."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from crm.tenancy.models import OrgEntity
from customers.api.v1_1.heading import Shown, amount, fields_answer
from customers.queries.registrations import RegistrationLine
from customers.queries.subscriptions import list_subscriptions_of
from loyalty.queries import histories
from loyalty.queries.programs import get_programs
from loyalty.queries.tier_ways import TierWay, list_tier_ways

FLAGS = (
    "next_slab",
    "slab_history",
    "ndsc_status",
    "optin_status",
    "expiry_schedule",
    "expired_points",
    "points_summary",
    "promotion_points",
    "membership_retention_criteria",
)
# What the reference calls somebody who is not marked.
FRAUD = {"NOT_FRAUD": "NONE"}
PASSIVE, PROMOTER = 7, 9


def person_answer(shown: Shown, line: RegistrationLine) -> dict[str, Any]:
    """Who the customer is, where they were registered, and how they stand."""
    heading = shown.heading
    return {
        **shown.names(),
        **shown.identifiers(),
        "lifetime_points": shown.standing.lifetime,
        "lifetime_purchases": shown.standing.purchases,
        "loyalty_points": shown.standing.points,
        "current_slab": shown.standing.tier,
        "registered_on": heading.registered_at,
        "updated_on": heading.modified_at,
        "type": heading.loyalty_type,
        "source": line.source.lower(),
        "identifiers": [{"type": kind, "value": value} for kind, value in line.identifiers],
        "registered_by": line.by.name if line.by else "",
        "registered_store": _place(line.store),
        "registered_till": _place(line.till),
        "fraud_details": {
            "status": FRAUD.get(line.fraud_status, line.fraud_status),
            "marked_by": line.fraud_marked_by,
            "modified_on": line.fraud_marked_at or "",
        },
        "trackers": "",
        "current_nps_status": _nps(line.nps_score),
        "custom_fields": fields_answer(heading.fields),
        "extended_fields": fields_answer(heading.extended_fields),
    }


def flag_answers(
    flags: Collection[str],
    *,
    org_id: int,
    registrations: Mapping[int, RegistrationLine],
    now: datetime,
) -> dict[int, dict[str, Any]]:
    """What the flags add to each customer; a query or two for each flag, not each customer."""
    added: dict[int, dict[str, Any]] = {pk: {} for pk in registrations}
    names = {rules.id: rules.name for rules in get_programs(org_id).values()}

    def add(flag: str, child: str, lines: Mapping[int, Sequence[Any]], told: Any) -> None:
        for pk, rows in lines.items():
            added[pk][flag] = {child: [told(row) for row in rows]}

    if {"next_slab", "membership_retention_criteria"} & set(flags):
        ways = list_tier_ways(org_id=org_id, customer_ids=registrations)
        for pk, way in ways.items():
            if "next_slab" in flags:
                added[pk]["next_slab"] = _next_slab(way)
            if "membership_retention_criteria" in flags:
                added[pk]["membership_retention_criteria"] = _retention(way)
    if "slab_history" in flags:
        add("slab_history", "slab", histories.tier_steps(registrations), _step(names))
    if "ndsc_status" in flags:
        for pk, line in registrations.items():
            added[pk]["ndsc_status"] = {"status": _ndnc(line.is_on_ndnc)}
    if "optin_status" in flags:
        consents = list_subscriptions_of(org_id=org_id, customer_ids=registrations)
        for pk, rows in consents.items():
            added[pk]["optin_status"] = {
                "service": [_consent(row) for row in rows if not row.source]
            }
    if "expiry_schedule" in flags:
        lines = histories.expiring_points(registrations, now=now)
        add("expiry_schedule", "schedule", lines, _expiring(names, "expiry_date"))
    if "expired_points" in flags:
        expired = histories.expired_points(registrations)
        add("expired_points", "item", expired, _expiring(names, "expired_on"))
    if "points_summary" in flags:
        add("points_summary", "item", histories.movements(registrations), _moved(names))
    if "promotion_points" in flags:
        promoted = histories.promotional_points(registrations)
        add("promotion_points", "item", promoted, _promoted(names))
    return added


def _place(entity: OrgEntity | None) -> dict[str, str]:
    return {"code": entity.code if entity else "", "name": entity.name if entity else ""}


def _nps(score: int | None) -> str | None:
    if score is None:
        return None
    return "PROMOTER" if score >= PROMOTER else "PASSIVE" if score >= PASSIVE else "DETRACTOR"


def _ndnc(is_on: bool | None) -> str:
    return "UNKNOWN" if is_on is None else "NDNC" if is_on else "NONE"


def _next_slab(way: TierWay | None) -> dict[str, Any] | None:
    if way is None or way.next_tier is None:
        return None
    return {
        "name": way.next_tier.name,
        "description": way.next_tier.description,
        "number": str(way.next_tier.serial),
        "based_on": way.rule,
        "needed": amount(way.next_tier.threshold),
        "missing": amount(way.missing),
    }


def _retention(way: TierWay | None) -> dict[str, Any] | None:
    if way is None:
        return None
    needed = way.tier.renewal_threshold
    return {
        "current_slab": way.tier.name,
        "valid_till": way.expires_at,
        "based_on": way.rule,
        "needed": "" if needed is None else amount(needed),
        "achieved": amount(way.came_in),
    }


def _consent(row: Any) -> dict[str, str]:
    return {
        "name": row.channel.lower(),
        "priority": row.priority,
        "status": row.status if row.was_set else "NOT_SET",
    }


def _step(names: Mapping[int, str]) -> Any:
    return lambda line: {
        "program": names.get(line.program_id, ""),
        "from": line.previous or "",
        "to": line.tier,
        "reason": line.reason,
        "changed_on": line.changed_at,
        "expires_on": line.expires_at,
        "store": line.changed_in or "",
    }


def _expiring(names: Mapping[int, str], moment: str) -> Any:
    return lambda line: {
        "program": names.get(line.program_id, ""),
        "points": amount(line.points),
        moment: line.at,
    }


def _moved(names: Mapping[int, str]) -> Any:
    return lambda line: {
        "program": names.get(line.program_id, ""),
        "type": line.kind,
        "points": amount(line.points),
        "transaction_number": line.transaction_number,
        "date": line.happened_at,
        "store": line.place or "",
    }


def _promoted(names: Mapping[int, str]) -> Any:
    return lambda line: {
        "program": names.get(line.program_id, ""),
        "promotion": line.promotion,
        "points": amount(line.points),
        "remaining": amount(line.remaining),
        "issued_on": line.issued_at,
        "issued_at": line.issued_by or "",
        "expiry_date": line.expires_at,
    }
