"""Interactions as a kind of import: what the pages ask and offer, and who does the work."""

from collections.abc import Iterable, Sequence

from crm.importing.kinds import Fault, ImportKind, Option
from crm.importing.mapping import (
    FileReading,
    guess_targets,
    has_decimal_comma,
    is_day_first,
    texts_of,
)
from crm.importing.rehearsing import facts_of
from crm.importing.whom import IDENTIFIER, REPEATABLE
from crm.tenancy.models import Organization
from customers.imports.interactions import (
    DATE,
    TYPE,
    InteractionReader,
    apply_interactions,
    interaction_columns,
    plan_interactions,
)


def _guess(org: Organization, names: Sequence[str], sample: Sequence[Sequence[str]]) -> FileReading:
    texts = texts_of(sample)
    columns = interaction_columns(org, FileReading(targets=())).values()
    return FileReading(
        targets=guess_targets(names, texts, columns),
        defaults=[""] * len(names),
        day_first=is_day_first(texts, org.default_country),
        decimal_comma=has_decimal_comma(texts),
    )


def _options(org: Organization) -> Sequence[Option]:
    return []


def _faults(reading: FileReading) -> Iterable[Fault]:
    if not any(target.startswith(f"{IDENTIFIER}.") for target in reading.targets):
        yield "", "Choose a column that names the customer."
    if TYPE not in reading.targets:
        yield "", "Choose the column that says what it was: a tweet, an SMS, a survey."
    if DATE not in reading.targets:
        yield "", "Choose the column that holds the date."


INTERACTIONS = ImportKind(
    key="interactions",
    singular="interaction",
    plural="interactions",
    permission="customers.import_interactions",
    subject="customers.interaction",
    example=["Mobile", "Network", "Type", "Date", "How often", "Sender", "Receiver", "Subject"],
    hints=[
        "Each row tells of one customer what happened and when: a check-in, a tweet, a message, "
        "a survey with its NPS score.",
        "A row that was brought in before is passed over; a reference of your own tells rows "
        "apart that look the same.",
    ],
    reading=FileReading,
    guess=_guess,
    columns=interaction_columns,
    options=_options,
    faults=_faults,
    reader=InteractionReader,
    plan_rows=plan_interactions,
    apply_rows=apply_interactions,
    facts=facts_of,
    repeatable=REPEATABLE,
)
