"""The programs of an organization, as the rules use them."""

from collections import defaultdict
from collections.abc import Mapping

from crm.kernel.org_cache import forget, get_or_load
from loyalty import errors
from loyalty.models import Program, Tier
from loyalty.rules.programs import ProgramRules, TierStep

CACHE_KIND = "loyalty.programs"


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
        )
    ):
        tier_steps[row[0]].append(TierStep(*row[1:]))
    rows = (
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
        )
    )
    # A program without tiers is incomplete: no customer can be enrolled in it.
    return {
        row[0]: ProgramRules(*row, tuple(tier_steps[row[0]])) for row in rows if tier_steps[row[0]]
    }
