"""The import type for customers."""

from collections.abc import Iterable, Mapping, Sequence

from crm.imports.columns import Column
from crm.imports.import_kinds import Counts, ImportKind, ImportOption, MappingFault
from crm.tenancy.models import Organization
from customers.imports.customer_apply import apply_rows
from customers.imports.customer_columns import IDENTIFIER, REPEATABLE_KINDS, SOURCE
from customers.imports.customer_mapping import CustomerMapping, guess_mapping
from customers.imports.customer_plan import plan_rows
from customers.imports.customer_rows import CustomerReader, build_columns
from customers.models import Customer
from customers.queries.identity_settings import get_standards
from customers.queries.source_accounts import Account, get_source_accounts

INSTORE = "INSTORE"


def _guess_mapping(
    org: Organization, names: Sequence[str], sample: Sequence[Sequence[str]]
) -> CustomerMapping:
    instore_ids = (
        account.id for account in _list_active_accounts(org) if account.source == INSTORE
    )
    return guess_mapping(
        names=names,
        sample=sample,
        standards=get_standards(org),
        source_account_id=next(instore_ids, None),
    )


def _list_columns(org: Organization, mapping: CustomerMapping) -> Mapping[str, Column]:
    return build_columns(get_standards(org), mapping)


def _list_options(org: Organization) -> Sequence[ImportOption]:
    return [
        ImportOption(
            name="source_account_id",
            label="Default source account",
            choices=[
                (account.id, f"{account.source} {account.account_id}".strip())
                for account in _list_active_accounts(org)
            ],
            blank="None",
        ),
        ImportOption(
            name="loyalty_type",
            label="Loyalty type of new customers",
            choices=[(value, str(label)) for value, label in Customer.LoyaltyType.choices],
        ),
        ImportOption(name="channels", label="Use mobiles and emails as communication channels"),
    ]


def _list_faults(mapping: CustomerMapping) -> Iterable[MappingFault]:
    if not any(target.startswith(f"{IDENTIFIER}.") for target in mapping.targets):
        yield "", "Map at least one identifier: a mobile, an email or another id."
    if mapping.source_account_id is None and SOURCE not in mapping.targets:
        yield (
            "source_account_id",
            "Choose a default source account, as no column is mapped to the source.",
        )


def _build_reader(
    org: Organization, names: Sequence[str], mapping: CustomerMapping
) -> CustomerReader:
    return CustomerReader(org=org, names=names, mapping=mapping)


def _list_facts(dry_run_counts: Counts, apply_counts: Counts) -> list[str]:
    facts = []
    if joined_count := dry_run_counts.get("combine", 0):
        facts.append(
            f"{joined_count:,} new profiles are added to customers known in another source."
        )
    if warned_count := dry_run_counts.get("warned", 0):
        facts.append(f"{warned_count:,} rows are imported with a remark.")
    if changed_count := apply_counts.get("changed", 0):
        facts.append(
            f"{changed_count:,} customers had changed since the preview and were not imported."
        )
    return facts


def _list_active_accounts(org: Organization) -> list[Account]:
    return [account for account in get_source_accounts(org_id=org.pk) if account.is_active]


CUSTOMERS = ImportKind(
    key="customers",
    singular="customer",
    plural="customers",
    permission="customers.import_customers",
    subject="customers.customer",
    example=["Mobile", "Email", "External id", "First name", "Last name", "Registered on"],
    hints=[
        "Each row needs an identifier: a mobile, an email, an external id, or one of another "
        "network.",
        "Rows of known customers update names, fields and channels, never identifiers.",
    ],
    mapping=CustomerMapping,
    guess=_guess_mapping,
    columns=_list_columns,
    options=_list_options,
    faults=_list_faults,
    reader=_build_reader,
    plan_rows=plan_rows,
    apply_rows=apply_rows,
    facts=_list_facts,
    repeatable=REPEATABLE_KINDS,
)
