"""Customers as a kind of import: what the pages ask and offer, and who does the work."""

from collections.abc import Iterable, Mapping, Sequence

from crm.importing.columns import Column
from crm.importing.kinds import Counts, Fault, ImportKind, Option
from crm.tenancy.models import Organization
from customers.imports.apply import apply_rows
from customers.imports.columns import IDENTIFIER, REPEATABLE, SOURCE
from customers.imports.mapping import Reading, guess
from customers.imports.plan import plan_rows
from customers.imports.row_reading import RowReader, columns_of
from customers.models import Customer
from customers.queries.source_accounts import Account, get_source_accounts
from customers.queries.standards import get_standards

INSTORE = "INSTORE"


def _guess(org: Organization, names: Sequence[str], sample: Sequence[Sequence[str]]) -> Reading:
    instore = (one.id for one in _accounts(org) if one.source == INSTORE)
    return guess(
        names=names,
        sample=sample,
        standards=get_standards(org),
        source_account_id=next(instore, None),
    )


def _columns(org: Organization, reading: Reading) -> Mapping[str, Column]:
    return columns_of(get_standards(org), reading)


def _options(org: Organization) -> Sequence[Option]:
    return [
        Option(
            name="source_account_id",
            label="Source of rows that name none",
            choices=[(one.id, f"{one.source} {one.account_id}".strip()) for one in _accounts(org)],
            blank="None",
        ),
        Option(
            name="loyalty_type",
            label="Type of new customers",
            choices=[(value, str(label)) for value, label in Customer.LoyaltyType.choices],
        ),
        Option(name="channels", label="Mobiles and emails are also addresses to write to"),
    ]


def _faults(reading: Reading) -> Iterable[Fault]:
    if not any(target.startswith(f"{IDENTIFIER}.") for target in reading.targets):
        yield "", "Choose at least one identifier: a mobile, an email or another id."
    if reading.source_account_id is None and SOURCE not in reading.targets:
        yield "source_account_id", "Choose a source, as no column names one."


def _reader(org: Organization, names: Sequence[str], reading: Reading) -> RowReader:
    return RowReader(org=org, names=names, reading=reading)


def _facts(checked: Counts, done: Counts) -> list[str]:
    facts = []
    if joined := checked.get("combine", 0):
        facts.append(f"{joined:,} of the new profiles join a customer known in another source.")
    if warned := checked.get("warned", 0):
        facts.append(f"{warned:,} rows go in with a remark.")
    if changed := done.get("changed", 0):
        facts.append(
            f"{changed:,} customers had changed since the preview; nothing was done with them."
        )
    return facts


def _accounts(org: Organization) -> list[Account]:
    return [one for one in get_source_accounts(org_id=org.pk) if one.is_active]


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
        "Rows whose customer is known already update names, fields and addresses, never "
        "identifiers.",
    ],
    reading=Reading,
    guess=_guess,
    columns=_columns,
    options=_options,
    faults=_faults,
    reader=_reader,
    plan_rows=plan_rows,
    apply_rows=apply_rows,
    facts=_facts,
    repeatable=REPEATABLE,
)
