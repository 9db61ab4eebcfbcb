"""The import type for cards."""

from collections.abc import Iterable, Sequence

from crm.imports.column_mapping import guess_day_first, guess_targets, strip_sample
from crm.imports.customer_columns import IDENTIFIER, REPEATABLE_KINDS
from crm.imports.dry_run import list_facts
from crm.imports.import_kinds import ImportKind, ImportOption, MappingFault
from crm.tenancy.models import Organization
from customers.queries.source_accounts import Account, get_source_accounts
from loyalty.imports.cards import (
    CardMapping,
    CardReader,
    apply_cards,
    build_card_columns,
    plan_cards,
)
from loyalty.imports.sentences import NUMBER, SERIES
from loyalty.queries.desk_lists import list_card_series_names

INSTORE = "INSTORE"


def _guess_mapping(
    org: Organization, names: Sequence[str], sample: Sequence[Sequence[str]]
) -> CardMapping:
    texts = strip_sample(sample)
    instore_ids = (
        account.id for account in _list_active_accounts(org) if account.source == INSTORE
    )
    return CardMapping(
        targets=guess_targets(
            names, texts, build_card_columns(org, CardMapping(targets=())).values()
        ),
        defaults=[""] * len(names),
        day_first=guess_day_first(texts, org.default_country),
        source_account_id=next(instore_ids, None),
    )


def _list_options(org: Organization) -> Sequence[ImportOption]:
    series = [(0, "None yet"), *list_card_series_names(org_id=org.pk)]
    accounts = [
        (0, "None yet"),
        *((account.id, _format_account(account)) for account in _list_active_accounts(org)),
    ]
    return [
        # A choice needs at least one option.
        ImportOption(
            name="series_id",
            label="Default series",
            choices=series[1:] or series,
            blank="None",
        ),
        ImportOption(
            name="source_account_id",
            label="Source account for the cards of customers",
            choices=accounts[1:] or accounts,
            blank="None",
        ),
    ]


def _list_faults(mapping: CardMapping) -> Iterable[MappingFault]:
    if NUMBER not in mapping.targets:
        yield "", "Map a column to the card number."
    if not mapping.series_id and SERIES not in mapping.targets:
        yield "series_id", "Choose a default series, as no column is mapped to the series."
    names_customers = any(target.startswith(f"{IDENTIFIER}.") for target in mapping.targets)
    if names_customers and not mapping.source_account_id:
        yield "source_account_id", "Choose a source account, as a column identifies customers."


def _build_reader(org: Organization, names: Sequence[str], mapping: CardMapping) -> CardReader:
    return CardReader(org=org, names=names, mapping=mapping)


def _list_active_accounts(org: Organization) -> list[Account]:
    return [account for account in get_source_accounts(org_id=org.pk) if account.is_active]


def _format_account(account: Account) -> str:
    return f"{account.source} {account.account_id}".strip()


CARDS = ImportKind(
    key="cards",
    singular="card",
    plural="cards",
    permission="loyalty.import_cards",
    subject="loyalty.card",
    example=["Card number", "External id of the card", "Series", "Label", "Mobile"],
    hints=[
        "Each row needs a card number. A new number is added to its series, which must allow "
        "external numbers.",
        "A row with a customer issues the card to them. A row with a label changes the label of a "
        "known card.",
    ],
    mapping=CardMapping,
    guess=_guess_mapping,
    columns=build_card_columns,
    options=_list_options,
    faults=_list_faults,
    reader=_build_reader,
    plan_rows=plan_cards,
    apply_rows=apply_cards,
    facts=list_facts,
    repeatable=REPEATABLE_KINDS,
)
