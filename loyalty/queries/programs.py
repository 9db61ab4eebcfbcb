"""The programs of an organization, in the form that rules take."""

from collections import defaultdict
from collections.abc import Mapping

from crm.kernel.remembering import forget, remembered
from loyalty import errors
from loyalty.models import Program, Tier
from loyalty.rules.programs import ProgramRules, TierStep

KIND = "loyalty.programs"


def get_programs(org_id: int) -> Mapping[int, ProgramRules]:
    """Return the organization's programs that have tiers, by id; they are remembered for a while.

    Two queries, or none.
    """
    return remembered(KIND, org_id, lambda: _load(org_id))


def forget_programs(org_id: int) -> None:
    """Whoever changes a program or a tier says so here, in the unit of the change."""
    forget(KIND, org_id)


def has_default_program(org_id: int) -> bool:
    """Whether loyalty customers join a program by themselves."""
    return any(program.is_default for program in get_programs(org_id).values())


def find_program(programs: Mapping[int, ProgramRules], program_id: int | None) -> ProgramRules:
    """The program of this id; the default one where None is asked for.

    Raises:
        ProgramUnknown: the organization has none such.
    """
    if program_id is None:
        found = next((program for program in programs.values() if program.is_default), None)
    else:
        found = programs.get(program_id)
    if found is None:
        raise errors.ProgramUnknown(program_id=program_id)
    return found


def _load(org_id: int) -> dict[int, ProgramRules]:
    ladders: dict[int, list[TierStep]] = defaultdict(list)
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
        ladders[row[0]].append(TierStep(*row[1:]))
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
    # A program without tiers is not finished: nobody can be enrolled in it.
    return {row[0]: ProgramRules(*row, tuple(ladders[row[0]])) for row in rows if ladders[row[0]]}
