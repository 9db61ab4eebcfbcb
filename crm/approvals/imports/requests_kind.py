"""Requests as a kind of import: what the pages ask and offer, and who does the work."""

from collections.abc import Iterable, Sequence

from crm.approvals.domain.kinds.registry import KINDS
from crm.approvals.imports.requests import (
    KIND,
    REASON,
    RequestReader,
    RequestsReading,
    apply_requests_of_file,
    plan_requests_of_file,
    request_columns,
)
from crm.approvals.models import Request
from crm.importing.kinds import Fault, ImportKind, Option
from crm.importing.mapping import guess_targets, texts_of
from crm.importing.rehearsing import facts_of
from crm.importing.whom import IDENTIFIER, REPEATABLE
from crm.tenancy.models import Organization


def _guess(
    org: Organization, names: Sequence[str], sample: Sequence[Sequence[str]]
) -> RequestsReading:
    columns = request_columns(org, RequestsReading(targets=())).values()
    return RequestsReading(
        targets=guess_targets(names, texts_of(sample), columns), defaults=[""] * len(names)
    )


def _options(org: Organization) -> Sequence[Option]:
    kinds = [(str(kind), Request.Kind(kind).label) for kind in KINDS]
    return [Option(name="kind", label="Kind of rows that name none", choices=kinds, blank="None")]


def _faults(reading: RequestsReading) -> Iterable[Fault]:
    if not any(target.startswith(f"{IDENTIFIER}.") for target in reading.targets):
        yield "", "Choose a column that names the customer."
    if KIND not in reading.targets and reading.kind is None:
        yield "kind", "Choose the kind of these requests, or the column that holds it."
    if REASON not in reading.targets:
        yield "", "Choose the column that holds the reason."


REQUESTS = ImportKind(
    key="requests",
    singular="request",
    plural="requests",
    permission="approvals.import_requests",
    subject="customers.customer",
    example=["Kind", "Mobile", "Old value", "New value", "Points", "Reason"],
    hints=[
        "Each row asks for one thing; somebody else decides about it, as about any request.",
        "A row that asks for what waits already is passed over, so a file can be brought in again.",
    ],
    reading=RequestsReading,
    guess=_guess,
    columns=request_columns,
    options=_options,
    faults=_faults,
    reader=RequestReader,
    plan_rows=plan_requests_of_file,
    apply_rows=apply_requests_of_file,
    facts=facts_of,
    repeatable=REPEATABLE,
)
