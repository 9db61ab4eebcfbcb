"""Marking customers as fraud, and clearing the mark."""

from collections.abc import Mapping

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import bulk_update
from crm.kernel.errors import DomainError
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.models import Customer
from customers.operations.customers.lock import lock_customers
from customers.queries.customers.active import find_inactive_refusal
from customers.rules.fraud import FraudMark, clean_fraud_mark


@within_unit_of_work
def mark_fraud(*, origin: Origin, customer_id: int, mark: FraudMark) -> None:
    """Set the fraud status of a customer; who, when and why are kept with it.

    The same status and reason again change nothing.

    Raises:
        FraudStatusInvalid: there is no such status.
        ReasonInvalid: the reason is too long or cannot be stored.
        CustomerUnknown, CustomerMerged: the customer does not exist or was merged.
    """
    refusals = mark_frauds(origin=origin, marks={customer_id: mark})
    if customer_id in refusals:
        raise refusals[customer_id]


@within_unit_of_work
def mark_frauds(*, origin: Origin, marks: Mapping[int, FraudMark]) -> dict[int, DomainError]:
    """Set the fraud status of each of these customers; return the refusals by customer.

    A refusal does not affect the others. The number of queries does not depend on the number.
    """
    customers = lock_customers(marks)
    refusals: dict[int, DomainError] = {}
    changes: list[tuple[Customer, FraudMark]] = []
    for customer_id, raw_mark in sorted(marks.items()):
        refusal = find_inactive_refusal(origin.org.pk, customers, customer_id)
        if refusal is not None:
            refusals[customer_id] = refusal
            continue
        try:
            mark = clean_fraud_mark(raw_mark)
        except DomainError as invalid:
            refusals[customer_id] = invalid.detached()
            continue
        customer = customers[customer_id]
        if (customer.fraud_status, customer.fraud_reason) != (mark.status, mark.reason):
            changes.append((customer, mark))
    if changes:
        _write_marks(origin, changes)
    return refusals


def _write_marks(origin: Origin, changes: list[tuple[Customer, FraudMark]]) -> None:
    actor, at = origin.actor_id, origin.at
    bulk_update(
        Customer,
        (
            "fraud_status",
            "fraud_reason",
            "fraud_marked_by_id",
            "fraud_marked_at",
            "modified_by_id",
            "modified_at",
        ),
        [
            (customer.pk, mark.status, mark.reason, actor, at, actor, at)
            for customer, mark in changes
        ],
    )
    record_events(
        origin=origin,
        events=[
            NewEvent(
                "customer.fraud_marked",
                "customer",
                customer.pk,
                before={"fraud_status": customer.fraud_status, "reason": customer.fraud_reason},
                after={"fraud_status": mark.status, "reason": mark.reason},
            )
            for customer, mark in changes
        ],
    )
