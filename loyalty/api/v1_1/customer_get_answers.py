"""The parts of the answer of ``customer/get``."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from crm.tenancy.models import OrgEntity
from customers.api.v1_1.customer_heading import CustomerSummary, fields_answer, format_amount
from customers.queries.customers.registrations import RegistrationLine
from customers.queries.subscriptions import list_subscriptions_by_customer
from loyalty.queries.enrollments.next_tiers import TierProgress, list_tier_progress
from loyalty.queries.points import histories
from loyalty.queries.programs import get_programs

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
# The reference shows NONE for a customer who is not marked.
FRAUD_NAMES = {"NOT_FRAUD": "NONE"}
MIN_PASSIVE_SCORE, MIN_PROMOTER_SCORE = 7, 9


def customer_answer(shown: CustomerSummary, line: RegistrationLine) -> dict[str, Any]:
    """Return the customer's identity, registration, balances and tier."""
    heading = shown.heading
    return {
        **shown.names(),
        **shown.identifiers(),
        "lifetime_points": shown.loyalty_balances.lifetime,
        "lifetime_purchases": shown.loyalty_balances.purchases,
        "loyalty_points": shown.loyalty_balances.points,
        "current_slab": shown.loyalty_balances.tier,
        "registered_on": heading.registered_at,
        "updated_on": heading.modified_at,
        "type": heading.loyalty_type,
        "source": line.source.lower(),
        "identifiers": [{"type": kind, "value": value} for kind, value in line.identifiers],
        "registered_by": line.registered_by.name if line.registered_by else "",
        "registered_store": _entity_answer(line.store),
        "registered_till": _entity_answer(line.till),
        "fraud_details": {
            "status": FRAUD_NAMES.get(line.fraud_status, line.fraud_status),
            "marked_by": line.fraud_marked_by,
            "modified_on": line.fraud_marked_at or "",
        },
        "trackers": "",
        "current_nps_status": _format_nps(line.nps_score),
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
    """Return what the flags add to each customer; one or two queries for each flag."""
    answers: dict[int, dict[str, Any]] = {pk: {} for pk in registrations}
    names = {rules.id: rules.name for rules in get_programs(org_id).values()}

    def add(flag: str, child: str, lines: Mapping[int, Sequence[Any]], make_answer: Any) -> None:
        for pk, rows in lines.items():
            answers[pk][flag] = {child: [make_answer(row) for row in rows]}

    if {"next_slab", "membership_retention_criteria"} & set(flags):
        progress_by_customer = list_tier_progress(org_id=org_id, customer_ids=registrations)
        for pk, progress in progress_by_customer.items():
            if "next_slab" in flags:
                answers[pk]["next_slab"] = _next_slab_answer(progress)
            if "membership_retention_criteria" in flags:
                answers[pk]["membership_retention_criteria"] = _retention_answer(progress)
    if "slab_history" in flags:
        add(
            "slab_history",
            "slab",
            histories.list_tier_changes(registrations),
            _make_tier_change_answer(names),
        )
    if "ndsc_status" in flags:
        for pk, line in registrations.items():
            answers[pk]["ndsc_status"] = {"status": _format_ndnc(line.is_on_ndnc)}
    if "optin_status" in flags:
        consents = list_subscriptions_by_customer(org_id=org_id, customer_ids=registrations)
        for pk, rows in consents.items():
            answers[pk]["optin_status"] = {
                "service": [_consent_answer(row) for row in rows if not row.source]
            }
    if "expiry_schedule" in flags:
        lines = histories.list_expiring_points(registrations, now=now)
        add("expiry_schedule", "schedule", lines, _make_expiring_answer(names, "expiry_date"))
    if "expired_points" in flags:
        expired_points = histories.list_expired_points(registrations)
        add("expired_points", "item", expired_points, _make_expiring_answer(names, "expired_on"))
    if "points_summary" in flags:
        add(
            "points_summary",
            "item",
            histories.list_movements(registrations),
            _make_movement_answer(names),
        )
    if "promotion_points" in flags:
        promotion_points = histories.list_promotional_points(registrations)
        add("promotion_points", "item", promotion_points, _make_promotion_answer(names))
    return answers


def _entity_answer(entity: OrgEntity | None) -> dict[str, str]:
    return {"code": entity.code if entity else "", "name": entity.name if entity else ""}


def _format_nps(score: int | None) -> str | None:
    if score is None:
        return None
    return (
        "PROMOTER"
        if score >= MIN_PROMOTER_SCORE
        else "PASSIVE"
        if score >= MIN_PASSIVE_SCORE
        else "DETRACTOR"
    )


def _format_ndnc(is_on: bool | None) -> str:
    return "UNKNOWN" if is_on is None else "NDNC" if is_on else "NONE"


def _next_slab_answer(progress: TierProgress | None) -> dict[str, Any] | None:
    if progress is None or progress.next_tier is None:
        return None
    return {
        "name": progress.next_tier.name,
        "description": progress.next_tier.description,
        "number": str(progress.next_tier.serial),
        "based_on": progress.rule,
        "needed": format_amount(progress.next_tier.threshold),
        "missing": format_amount(progress.missing),
    }


def _retention_answer(progress: TierProgress | None) -> dict[str, Any] | None:
    if progress is None:
        return None
    needed = progress.tier.renewal_threshold
    return {
        "current_slab": progress.tier.name,
        "valid_till": progress.expires_at,
        "based_on": progress.rule,
        "needed": "" if needed is None else format_amount(needed),
        "achieved": format_amount(progress.metric_since_start),
    }


def _consent_answer(row: Any) -> dict[str, str]:
    return {
        "name": row.channel.lower(),
        "priority": row.priority,
        "status": row.status if row.was_set else "NOT_SET",
    }


def _make_tier_change_answer(names: Mapping[int, str]) -> Any:
    return lambda line: {
        "program": names.get(line.program_id, ""),
        "from": line.previous or "",
        "to": line.tier,
        "reason": line.reason,
        "changed_on": line.changed_at,
        "expires_on": line.expires_at,
        "store": line.changed_in or "",
    }


def _make_expiring_answer(names: Mapping[int, str], moment_key: str) -> Any:
    return lambda line: {
        "program": names.get(line.program_id, ""),
        "points": format_amount(line.points),
        moment_key: line.expires_at,
    }


def _make_movement_answer(names: Mapping[int, str]) -> Any:
    return lambda line: {
        "program": names.get(line.program_id, ""),
        "type": line.kind,
        "points": format_amount(line.points),
        "transaction_number": line.transaction_number,
        "date": line.happened_at,
        "store": line.entity_name or "",
    }


def _make_promotion_answer(names: Mapping[int, str]) -> Any:
    return lambda line: {
        "program": names.get(line.program_id, ""),
        "promotion": line.promotion,
        "points": format_amount(line.points),
        "remaining": format_amount(line.remaining),
        "issued_on": line.issued_at,
        "issued_at": line.issued_by or "",
        "expiry_date": line.expires_at,
    }
