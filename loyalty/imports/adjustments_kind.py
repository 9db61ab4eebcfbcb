"""Points adjustments as a kind of import: what the pages ask and offer, and who does the work."""

from collections.abc import Iterable, Sequence

from crm.importing.kinds import Fault, ImportKind, Option
from crm.importing.mapping import guess_targets, has_decimal_comma, texts_of
from crm.importing.rehearsing import facts_of
from crm.importing.whom import IDENTIFIER, REPEATABLE
from crm.tenancy.models import Organization
from loyalty.imports.adjustments import (
    POINTS,
    REASON,
    AdjustmentReader,
    AdjustmentsReading,
    adjustment_columns,
    apply_adjustments,
    plan_adjustments,
)
from loyalty.queries.programs import get_programs


def _guess(
    org: Organization, names: Sequence[str], sample: Sequence[Sequence[str]]
) -> AdjustmentsReading:
    texts = texts_of(sample)
    columns = adjustment_columns(org, AdjustmentsReading(targets=())).values()
    return AdjustmentsReading(
        targets=guess_targets(names, texts, columns),
        defaults=[""] * len(names),
        decimal_comma=has_decimal_comma(texts),
    )


def _options(org: Organization) -> Sequence[Option]:
    programs = [(program.id, program.name) for program in get_programs(org.pk).values()]
    # A choice needs something to choose from; without a program each row says that there is none.
    return [
        Option(
            name="program_id",
            label="Program of rows that name none",
            choices=programs or [(0, "None yet")],
            blank="The default one",
        )
    ]


def _faults(reading: AdjustmentsReading) -> Iterable[Fault]:
    if not any(target.startswith(f"{IDENTIFIER}.") for target in reading.targets):
        yield "", "Choose a column that names the customer."
    if POINTS not in reading.targets:
        yield "", "Choose the column that holds the points."
    if REASON not in reading.targets:
        yield "", "Choose the column that holds the reason."


ADJUSTMENTS = ImportKind(
    key="points_adjustments",
    singular="adjustment",
    plural="points adjustments",
    permission="loyalty.adjust_points",
    # Approvers may adjust one by one; whole files are for those who also bring in transactions.
    also_needs=["loyalty.import_transactions"],
    subject="customers.customer",
    example=["Mobile", "Program", "Points", "Reason", "Reference"],
    hints=[
        "Each row gives points, or takes them with a minus, and says why; nobody ever has less "
        "than nothing.",
        "A reference of your own makes sure that the same row never counts twice, in any file.",
    ],
    reading=AdjustmentsReading,
    guess=_guess,
    columns=adjustment_columns,
    options=_options,
    faults=_faults,
    reader=AdjustmentReader,
    plan_rows=plan_adjustments,
    apply_rows=apply_adjustments,
    facts=facts_of,
    repeatable=REPEATABLE,
)
