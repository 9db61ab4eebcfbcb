"""Giving customers a status label (operation 10)."""

from datetime import datetime

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers import errors
from customers.models import Customer, StatusChange, StatusLabel
from customers.operations.customers.lock import lock_customers
from customers.rules.reasons import clean_reason
from customers.rules.text import folded, shown


@within_unit_of_work
def label_customer(
    *,
    origin: Origin,
    customer_id: int,
    label: str,
    reason: str,
    created_at: datetime | None = None,
) -> None:
    """Give the customer this label and log why.

    ``created_at`` is when it happened by the caller's word; the label given last holds, however
    it is dated. The same label again is one more line of the log.

    Raises:
        ReasonMissing, ReasonInvalid: there is no reason, or one that cannot be kept.
        StatusLabelUnknown: the organization has no active label of this name, in any case.
        CustomerUnknown, CustomerMerged: there is nobody here to be labelled.
    """
    reason = clean_reason(reason)
    if not reason:
        raise errors.ReasonMissing()
    labels = {row.pk: row for row in StatusLabel.objects.filter(org_id=origin.org.pk)}
    given = next(
        (row for row in labels.values() if row.is_active and folded(row.label) == folded(label)),
        None,
    )
    if given is None:
        raise errors.StatusLabelUnknown(label=shown(label))
    customer = _lock(origin, customer_id)
    previous_id = customer.status_label_id
    Customer.objects.filter(pk=customer.pk).update(
        status_label_id=given.pk, modified_by_id=origin.actor_id, modified_at=origin.at
    )
    StatusChange.objects.create(
        customer_id=customer.pk,
        label_id=given.pk,
        previous_label_id=previous_id,
        reason=reason,
        created_by_id=origin.actor_id,
        created_at=created_at or origin.at,
        recorded_at=origin.at,
    )
    record_events(
        origin=origin,
        events=[
            NewEvent(
                kind="customer.labelled",
                subject_type="customer",
                subject_id=customer.pk,
                before={"label": labels[previous_id].label if previous_id else None},
                after={"label": given.label, "reason": reason},
            )
        ],
    )


def _lock(origin: Origin, customer_id: int) -> Customer:
    customer = lock_customers([customer_id]).get(customer_id)
    if customer is None or customer.org_id != origin.org.pk:
        raise errors.CustomerUnknown(customer_id=customer_id)
    if customer.merged_into_id is not None:
        raise errors.CustomerMerged(survivor_id=customer.merged_into_id)
    return customer
