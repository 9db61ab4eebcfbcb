"""The dry run of a customer import, by the same rules as registration and update."""

from collections.abc import Sequence

from crm.imports.columns import ColumnOf
from crm.imports.file_import import CREATE, SKIP, UNCHANGED, UPDATE
from crm.imports.key_claims import KeyClaims
from crm.imports.operations.staged_rows import PlannedRow, Remark
from crm.imports.row_import import NOTHING_DIFFERS
from crm.kernel.errors import DomainError
from crm.kernel.staff_texts import TextTemplate
from crm.tenancy.origin import Origin
from customers import errors
from customers.imports.customer_rows import (
    ConsentChange,
    CustomerRow,
    add_consent,
    build_change,
    compare_consent,
)
from customers.imports.remarks import (
    CUSTOMER_KEY,
    build_notice_remarks,
    build_refusal_remark,
    build_repeat_remark,
)
from customers.operations.customers.update import CustomerUpdateResult, plan_updates
from customers.queries.customers.by_identifiers import load_identity_state
from customers.queries.customers.import_lookups import find_consents
from customers.rules.identity_state import IdentityState, decide_registration

PROFILE_ADDED = TextTemplate("Adds a profile to customer {customer_id}, known in another source.")

Item = tuple[PlannedRow, CustomerRow]


def plan_customers(
    origin: Origin, items: Sequence[Item], claims: KeyClaims, column_of: ColumnOf
) -> None:
    """Decide the outcome of each row; the number of queries does not depend on their number."""
    state = load_identity_state(
        org_id=origin.org.pk, keys={key for _, parsed in items for key in parsed.keys}
    )
    updates = _plan_rows(state, items, claims, column_of)
    _plan_updates(origin, updates, column_of)


def _plan_rows(
    state: IdentityState, items: Sequence[Item], claims: KeyClaims, column_of: ColumnOf
) -> list[tuple[PlannedRow, CustomerRow, int]]:
    """Plan the creations, or refuse; return the rows that are updates, with their customers."""
    owners = [
        {state.owners[key] for key in parsed.keys if key in state.owners} for _, parsed in items
    ]
    claims.look_up({(CUSTOMER_KEY, str(owner)) for owner_ids in owners for owner in owner_ids})
    updates = []
    for (planned_row, parsed), owner_ids in zip(items, owners, strict=True):
        if len(owner_ids) > 1:
            planned_row.remarks = [
                build_refusal_remark(errors.IdentifiersOfSeveralCustomers(), column_of)
            ]
            continue
        customer = next(iter(owner_ids), None)
        if customer is not None:
            planned_row.subject_id = customer
            # An earlier row may be about this customer by another identifier.
            repeat = claims.claim([(CUSTOMER_KEY, str(customer))], planned_row.number)
            if repeat is not None:
                _skip_row(planned_row, build_repeat_remark(*repeat, column_of))
                continue
            if state.profile_of(customer, parsed.account.id) is not None:
                updates.append((planned_row, parsed, customer))
                continue
        _plan_creation(state, planned_row, parsed, column_of)
    return updates


def _plan_creation(
    state: IdentityState, planned_row: PlannedRow, parsed: CustomerRow, column_of: ColumnOf
) -> None:
    try:
        decide_registration(
            state, parsed.clean or parsed.registration, new_customer_id=-planned_row.number
        )
    except DomainError as refusal:
        planned_row.remarks = [build_refusal_remark(refusal, column_of)]
        return
    planned_row.outcome = CREATE
    planned_row.remarks = build_notice_remarks(parsed.warnings, column_of)
    if planned_row.subject_id is not None:
        sentence = PROFILE_ADDED(customer_id=planned_row.subject_id)
        planned_row.remarks = [("", sentence), *planned_row.remarks]


def _plan_updates(
    origin: Origin, updates: Sequence[tuple[PlannedRow, CustomerRow, int]], column_of: ColumnOf
) -> None:
    if not updates:
        return
    outcomes = plan_updates(
        origin=origin, changes=[build_change(parsed, customer) for _, parsed, customer in updates]
    )
    stored_consents = find_consents(
        customer_ids={customer for _, parsed, customer in updates if parsed.consents}
    )
    for (planned_row, parsed, customer), outcome in zip(updates, outcomes, strict=True):
        consent = compare_consent(parsed, customer, stored_consents)
        _plan_update(planned_row, outcome, consent, column_of)


def _plan_update(
    planned_row: PlannedRow,
    outcome: CustomerUpdateResult,
    consent: ConsentChange,
    column_of: ColumnOf,
) -> None:
    if outcome.refusal is not None:
        planned_row.remarks = [build_refusal_remark(outcome.refusal, column_of)]
        return
    remarks: list[Remark] = build_notice_remarks(outcome.notices, column_of)
    if not outcome.changed and not consent[1]:
        planned_row.outcome, planned_row.remarks = UNCHANGED, [("", NOTHING_DIFFERS), *remarks]
        return
    planned_row.outcome, planned_row.remarks = UPDATE, remarks
    planned_row.before, planned_row.after = add_consent(outcome.before, outcome.after, consent)


def _skip_row(planned_row: PlannedRow, *remarks: Remark) -> None:
    planned_row.outcome, planned_row.remarks = SKIP, remarks
