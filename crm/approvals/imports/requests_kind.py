"""The import type for requests: options, columns and handlers."""

from collections.abc import Iterable, Sequence

from crm.approvals.domain.kinds.registry import KINDS
from crm.approvals.imports.requests import (
    KIND,
    REASON,
    RequestMapping,
    RequestReader,
    apply_requests_of_file,
    plan_requests_of_file,
    request_columns,
)
from crm.approvals.models import Request
from crm.imports.column_mapping import guess_targets, strip_sample
from crm.imports.customer_columns import IDENTIFIER, REPEATABLE_KINDS
from crm.imports.dry_run import list_facts
from crm.imports.import_kinds import ImportKind, ImportOption, MappingFault
from crm.tenancy.models import Organization


def _guess_mapping(
    org: Organization, names: Sequence[str], sample: Sequence[Sequence[str]]
) -> RequestMapping:
    columns = request_columns(org, RequestMapping(targets=())).values()
    return RequestMapping(
        targets=guess_targets(names, strip_sample(sample), columns), defaults=[""] * len(names)
    )


def _list_options(org: Organization) -> Sequence[ImportOption]:
    kinds = [(str(kind), Request.Kind(kind).label) for kind in KINDS]
    return [
        ImportOption(name="kind", label="Kind of rows without a kind", choices=kinds, blank="None")
    ]


def _list_faults(mapping: RequestMapping) -> Iterable[MappingFault]:
    if not any(target.startswith(f"{IDENTIFIER}.") for target in mapping.targets):
        yield "", "Map a column to the customer."
    if KIND not in mapping.targets and mapping.kind is None:
        yield "kind", "Select a kind of request, or map a column to it."
    if REASON not in mapping.targets:
        yield "", "Map a column to the reason."


REQUESTS = ImportKind(
    key="requests",
    singular="request",
    plural="requests",
    permission="approvals.import_requests",
    subject="customers.customer",
    example=["Kind", "Mobile", "Old value", "New value", "Points", "Reason"],
    hints=[
        "Each row files one request, which another person must approve.",
        "Rows whose request is already pending are skipped, so a file can be imported again.",
    ],
    mapping=RequestMapping,
    guess=_guess_mapping,
    columns=request_columns,
    options=_list_options,
    faults=_list_faults,
    reader=RequestReader,
    plan_rows=plan_requests_of_file,
    apply_rows=apply_requests_of_file,
    facts=list_facts,
    repeatable=REPEATABLE_KINDS,
)
