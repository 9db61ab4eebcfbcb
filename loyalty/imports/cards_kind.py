"""Cards as a kind of import: what the pages ask and offer, and who does the work."""

from collections.abc import Iterable, Sequence

from crm.importing.kinds import Fault, ImportKind, Option
from crm.importing.mapping import guess_targets, is_day_first, texts_of
from crm.importing.rehearsing import facts_of
from crm.importing.whom import IDENTIFIER, REPEATABLE
from crm.tenancy.models import Organization
from customers.queries.source_accounts import Account, get_source_accounts
from loyalty.imports.cards import (
    CardReader,
    CardsReading,
    apply_cards,
    card_columns,
    plan_cards,
)
from loyalty.imports.sentences import NUMBER, SERIES
from loyalty.queries.desk_lists import list_card_series_names

INSTORE = "INSTORE"


def _guess(
    org: Organization, names: Sequence[str], sample: Sequence[Sequence[str]]
) -> CardsReading:
    texts = texts_of(sample)
    instore = (one.id for one in _accounts(org) if one.source == INSTORE)
    return CardsReading(
        targets=guess_targets(names, texts, card_columns(org, CardsReading(targets=())).values()),
        defaults=[""] * len(names),
        day_first=is_day_first(texts, org.default_country),
        source_account_id=next(instore, None),
    )


def _options(org: Organization) -> Sequence[Option]:
    series = [(0, "None yet"), *list_card_series_names(org_id=org.pk)]
    accounts = [(0, "None yet"), *((one.id, _name(one)) for one in _accounts(org))]
    return [
        # A choice needs something to choose from.
        Option(
            name="series_id",
            label="Series of rows that name none",
            choices=series[1:] or series,
            blank="None",
        ),
        Option(
            name="source_account_id",
            label="Source in which cards of customers are registered",
            choices=accounts[1:] or accounts,
            blank="None",
        ),
    ]


def _faults(reading: CardsReading) -> Iterable[Fault]:
    if NUMBER not in reading.targets:
        yield "", "Choose the column that holds the card numbers."
    if not reading.series_id and SERIES not in reading.targets:
        yield "series_id", "Choose a series, as no column names one."
    names_people = any(target.startswith(f"{IDENTIFIER}.") for target in reading.targets)
    if names_people and not reading.source_account_id:
        yield "source_account_id", "Choose a source, as a column names customers."


def _reader(org: Organization, names: Sequence[str], reading: CardsReading) -> CardReader:
    return CardReader(org=org, names=names, reading=reading)


def _accounts(org: Organization) -> list[Account]:
    return [one for one in get_source_accounts(org_id=org.pk) if one.is_active]


def _name(account: Account) -> str:
    return f"{account.source} {account.account_id}".strip()


CARDS = ImportKind(
    key="cards",
    singular="card",
    plural="cards",
    permission="loyalty.import_cards",
    subject="loyalty.card",
    example=["Card number", "External id of the card", "Series", "Label", "Mobile"],
    hints=[
        "Each row needs a card number. A new number joins its series, which must take numbers "
        "from outside.",
        "A row that names a customer issues the card to them; one that names a label of a card "
        "that is there changes it.",
    ],
    reading=CardsReading,
    guess=_guess,
    columns=card_columns,
    options=_options,
    faults=_faults,
    reader=_reader,
    plan_rows=plan_cards,
    apply_rows=apply_cards,
    facts=facts_of,
    repeatable=REPEATABLE,
)
