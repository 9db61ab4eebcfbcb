"""The programs of an organization, as the rules use them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crm.kernel.org_cache import forget, get_or_load
from loyalty import errors
from loyalty.models import Program, Tier
from loyalty.rules.programs import ProgramRules, RedeemRules, TierStep

CACHE_KIND = "loyalty.programs"
_RULES_START = 14  # the column of a program's row at which the rules of redeeming begin


def get_programs(org_id: int) -> Mapping[int, ProgramRules]:
    """Return the organization's programs that have tiers, by id; they are cached.

    Two queries, or none.
    """
    return get_or_load(CACHE_KIND, org_id, lambda: _load_programs(org_id))


def clear_program_cache(org_id: int) -> None:
    """Clear the cache; call it in the transaction that changes a program or a tier."""
    forget(CACHE_KIND, org_id)


def has_default_program(org_id: int) -> bool:
    """Return whether new loyalty customers are enrolled in a program automatically."""
    return any(program.is_default for program in get_programs(org_id).values())


def find_program(programs: Mapping[int, ProgramRules], program_id: int | None) -> ProgramRules:
    """Return the program with this id; None returns the default program.

    Raises:
        ProgramUnknown: the organization has no such program.
    """
    if program_id is None:
        match = next((program for program in programs.values() if program.is_default), None)
    else:
        match = programs.get(program_id)
    if match is None:
        raise errors.ProgramUnknown(program_id=program_id)
    return match


def _load_programs(org_id: int) -> dict[int, ProgramRules]:
    tier_steps: dict[int, list[TierStep]] = defaultdict(list)
    for row in (
        Tier.objects.filter(program__org_id=org_id)
        .order_by("program_id", "serial")
        .values_list(
            "program_id",
            "id",
            "serial",
            "name",
            "description",
            "threshold",
            "earn_rate",
            "validity_days",
            "renewal_threshold",
            "renewal_visits",
            "lift_days",
            "lift_visits",
            "lift_purchases",
        )
    ):
        tier_steps[row[0]].append(TierStep(*row[1:]))
    rows: Iterable[tuple[Any, ...]] = (
        Program.objects.filter(org_id=org_id)
        .order_by("pk")
        .values_list(
            "id",
            "name",
            "description",
            "is_default",
            "is_active",
            "group_id",
            "points_to_currency",
            "tier_rule",
            "points_expiry",
            "expires_on",
            "expires_after_days",
            "delay_days",
            "registration_bonus",
            "welcome_series_id",
            "min_redeem_points",
            "max_redeem_points",
            "redeem_multiple",
            "min_balance_to_redeem",
            "min_lifetime_to_redeem",
            "min_purchases_to_redeem",
            "redeem_needs_code",
        )
    )
    # A program without tiers is incomplete: no customer can be enrolled in it.
    return {row[0]: _build_rules(row, tier_steps[row[0]]) for row in rows if tier_steps[row[0]]}


def _build_rules(row: Sequence[Any], tiers: Sequence[TierStep]) -> ProgramRules:
    values = (*row[:_RULES_START], tuple(tiers), RedeemRules(*row[_RULES_START:]))
    return ProgramRules(*values)
