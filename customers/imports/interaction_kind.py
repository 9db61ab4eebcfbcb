"""The import type for interactions."""

from collections.abc import Iterable, Sequence

from crm.imports.column_mapping import (
    ColumnMapping,
    guess_day_first,
    guess_decimal_comma,
    guess_targets,
    strip_sample,
)
from crm.imports.customer_columns import IDENTIFIER, REPEATABLE_KINDS
from crm.imports.dry_run import list_facts
from crm.imports.import_kinds import ImportKind, ImportOption, MappingFault
from crm.tenancy.models import Organization
from customers.imports.interactions import (
    DATE,
    TYPE,
    InteractionReader,
    apply_interactions,
    build_interaction_columns,
    plan_interactions,
)


def _guess_mapping(
    org: Organization, names: Sequence[str], sample: Sequence[Sequence[str]]
) -> ColumnMapping:
    texts = strip_sample(sample)
    columns = build_interaction_columns(org, ColumnMapping(targets=())).values()
    return ColumnMapping(
        targets=guess_targets(names, texts, columns),
        defaults=[""] * len(names),
        day_first=guess_day_first(texts, org.default_country),
        decimal_comma=guess_decimal_comma(texts),
    )


def _list_options(org: Organization) -> Sequence[ImportOption]:
    return []


def _list_faults(mapping: ColumnMapping) -> Iterable[MappingFault]:
    if not any(target.startswith(f"{IDENTIFIER}.") for target in mapping.targets):
        yield "", "Map a column to a customer identifier."
    if TYPE not in mapping.targets:
        yield "", "Map a column to the type: a tweet, an SMS, a survey."
    if DATE not in mapping.targets:
        yield "", "Map a column to the date."


INTERACTIONS = ImportKind(
    key="interactions",
    singular="interaction",
    plural="interactions",
    permission="customers.import_interactions",
    subject="customers.interaction",
    example=["Mobile", "Network", "Type", "Date", "How often", "Sender", "Receiver", "Subject"],
    hints=[
        "Each row is one interaction of a customer: a check-in, a tweet, a message or a survey "
        "with its NPS score.",
        "A row that was imported before is skipped. Use your own reference to tell identical rows "
        "apart.",
    ],
    mapping=ColumnMapping,
    guess=_guess_mapping,
    columns=build_interaction_columns,
    options=_list_options,
    faults=_list_faults,
    reader=InteractionReader,
    plan_rows=plan_interactions,
    apply_rows=apply_interactions,
    facts=list_facts,
    repeatable=REPEATABLE_KINDS,
)
