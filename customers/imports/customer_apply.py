"""Create and update the customers of an import, as its dry run has shown."""

from collections.abc import Iterable, Sequence

from crm.imports.columns import ColumnOf
from crm.imports.file_import import CREATE, ERROR, UNCHANGED, UPDATE
from crm.imports.parsed_rows import RowEffect
from crm.imports.queries.import_runs import StagedRow
from crm.imports.row_import import UnexpectedEffects
from crm.kernel.errors import DomainError
from crm.tenancy.origin import Origin
from crm.usecases.register_customers import (
    SignUp,
    SignUpResult,
    run_effect_orders,
    sign_up_customers,
)
from crm.usecases.update_customers import build_update_effect_order
from customers.imports.customer_rows import CustomerRow, add_consent, build_change, compare_consent
from customers.imports.remarks import build_refusal_remark
from customers.operations.customers.update import update_customers
from customers.operations.subscriptions.change import (
    SubscriptionChangeIn,
    SubscriptionRequest,
    subscribe_customers,
)
from customers.queries.customers.import_lookups import find_consents

CONSENT_REASON = "Import"

Item = tuple[StagedRow, CustomerRow]


def apply_customers(
    origin: Origin, rows: Sequence[CustomerRow], column_of: ColumnOf
) -> list[RowEffect]:
    """Create, update and record consent as staged; return one effect for each row, in order."""
    items = [(row.staged, row) for row in rows if row.staged is not None]
    effects = {
        **_create_customers(
            origin, [item for item in items if item[0].outcome == CREATE], column_of
        ),
        **_update_customers(
            origin, [item for item in items if item[0].outcome == UPDATE], column_of
        ),
    }
    written = [item for item in items if effects[item[0].pk].outcome in (CREATE, UPDATE)]
    _record_consents(origin, written, effects, column_of)
    return [effects[staged.pk] for staged, _ in items]


def _create_customers(
    origin: Origin, items: Sequence[Item], column_of: ColumnOf
) -> dict[int, RowEffect]:
    if not items:
        return {}
    results = sign_up_customers(
        origin=origin,
        sign_ups=[SignUp(registration=parsed.registration) for _, parsed in items],
        runs_effects=True,
    )
    return {
        staged.pk: _build_creation(staged, result, column_of)
        for (staged, _), result in zip(items, results, strict=True)
    }


def _build_creation(
    staged: StagedRow, result: SignUpResult | DomainError, column_of: ColumnOf
) -> RowEffect:
    """Build the effect of a new customer, or of a new profile of the customer in the preview."""
    if isinstance(result, DomainError):
        return RowEffect(ERROR, remarks=[build_refusal_remark(result, column_of)])
    is_creation = result.is_new or staged.subject_id is not None
    return RowEffect(CREATE if is_creation else UPDATE, result.customer_id)


def _update_customers(
    origin: Origin, items: Sequence[Item], column_of: ColumnOf
) -> dict[int, RowEffect]:
    if not items:
        return {}
    changes = [build_change(parsed, staged.subject_id or 0) for staged, parsed in items]
    outcomes = update_customers(origin=origin, changes=changes)
    # Read under the locks that the update has taken.
    stored_consents = find_consents(
        customer_ids={staged.subject_id or 0 for staged, parsed in items if parsed.consents}
    )
    effects: dict[int, RowEffect] = {}
    for (staged, parsed), outcome in zip(items, outcomes, strict=True):
        consent = compare_consent(parsed, outcome.customer_id, stored_consents)
        before, after = add_consent(outcome.before, outcome.after, consent)
        if outcome.refusal is not None:
            remark = build_refusal_remark(outcome.refusal, column_of)
            effects[staged.pk] = RowEffect(ERROR, remarks=[remark])
        elif outcome.changed or (before, after) == (staged.before, staged.after):
            effects[staged.pk] = RowEffect(UPDATE, outcome.customer_id, before, after)
        else:
            effects[staged.pk] = RowEffect(UNCHANGED, outcome.customer_id, before, after)
    run_effect_orders(
        origin=origin,
        orders=[build_update_effect_order(outcome, origin=origin) for outcome in outcomes],
    )
    return effects


def _record_consents(
    origin: Origin, items: Iterable[Item], effects: dict[int, RowEffect], column_of: ColumnOf
) -> None:
    requests = {
        staged.pk: SubscriptionRequest(
            customer_id=effects[staged.pk].subject_id or 0,
            changes=[
                SubscriptionChangeIn(
                    channel=channel,
                    priority=priority,
                    status=status,
                    source=parsed.account.source,
                    account_id=parsed.account.account_id,
                )
                for channel, priority, status in parsed.consents
            ],
            reason=CONSENT_REASON,
        )
        for staged, parsed in items
        if parsed.consents
    }
    if not requests:
        return
    outcomes = subscribe_customers(origin=origin, requests=list(requests.values()))
    refused = {
        pk: [build_refusal_remark(outcome.refusal, column_of)]
        for pk, outcome in zip(requests, outcomes, strict=True)
        if outcome.refusal is not None
    }
    if refused:
        raise UnexpectedEffects(refused)
