"""The import type for points adjustments."""

from collections.abc import Iterable, Sequence

from crm.imports.column_mapping import guess_decimal_comma, guess_targets, strip_sample
from crm.imports.customer_columns import IDENTIFIER, REPEATABLE_KINDS
from crm.imports.dry_run import list_facts
from crm.imports.import_kinds import ImportKind, ImportOption, MappingFault
from crm.tenancy.models import Organization
from loyalty.imports.adjustments import (
    POINTS,
    REASON,
    AdjustmentMapping,
    AdjustmentReader,
    apply_adjustments,
    build_adjustment_columns,
    plan_adjustments,
)
from loyalty.queries.programs import get_programs


def _guess_mapping(
    org: Organization, names: Sequence[str], sample: Sequence[Sequence[str]]
) -> AdjustmentMapping:
    texts = strip_sample(sample)
    columns = build_adjustment_columns(org, AdjustmentMapping(targets=())).values()
    return AdjustmentMapping(
        targets=guess_targets(names, texts, columns),
        defaults=[""] * len(names),
        decimal_comma=guess_decimal_comma(texts),
    )


def _list_options(org: Organization) -> Sequence[ImportOption]:
    programs = [(program.id, program.name) for program in get_programs(org.pk).values()]
    # A choice needs at least one option; without a program every row is refused.
    return [
        ImportOption(
            name="program_id",
            label="Default program",
            choices=programs or [(0, "None yet")],
            blank="The default one",
        )
    ]


def _list_faults(mapping: AdjustmentMapping) -> Iterable[MappingFault]:
    if not any(target.startswith(f"{IDENTIFIER}.") for target in mapping.targets):
        yield "", "Map a column to a customer identifier."
    if POINTS not in mapping.targets:
        yield "", "Map a column to the points."
    if REASON not in mapping.targets:
        yield "", "Map a column to the reason."


ADJUSTMENTS = ImportKind(
    key="points_adjustments",
    singular="adjustment",
    plural="points adjustments",
    permission="loyalty.adjust_points",
    # Approvers may adjust single customers; files also need the permission to import transactions.
    extra_permissions=["loyalty.import_transactions"],
    subject="customers.customer",
    example=["Mobile", "Program", "Points", "Reason", "Reference"],
    hints=[
        "Each row adds points, or deducts them with a minus sign, and gives a reason. A balance "
        "never becomes negative.",
        "Use your own reference to make sure that the same row never counts twice, in any file.",
    ],
    mapping=AdjustmentMapping,
    guess=_guess_mapping,
    columns=build_adjustment_columns,
    options=_list_options,
    faults=_list_faults,
    reader=AdjustmentReader,
    plan_rows=plan_adjustments,
    apply_rows=apply_adjustments,
    facts=list_facts,
    repeatable=REPEATABLE_KINDS,
)
