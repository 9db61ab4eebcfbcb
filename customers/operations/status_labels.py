"""Setting the status label of a customer (operation 10)."""

from datetime import datetime

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers import errors
from customers.models import Customer, StatusChange, StatusLabel
from customers.operations.customers.lock import lock_active_customer
from customers.rules.text import clean_reason, fold_name, sanitize


@within_unit_of_work
def label_customer(
    *,
    origin: Origin,
    customer_id: int,
    label: str,
    reason: str,
    created_at: datetime | None = None,
) -> None:
    """Set the status label of the customer and log the reason.

    ``created_at`` is the caller's date of the change; the label that was set last is current,
    whatever its date. Setting the same label again adds a line to the log.

    Raises:
        ReasonMissing, ReasonInvalid: the reason is missing or not valid.
        StatusLabelUnknown: the organization has no active label of this name, in any case.
        CustomerUnknown, CustomerMerged: the customer does not exist or was merged.
    """
    reason = clean_reason(reason)
    if not reason:
        raise errors.ReasonMissing()
    labels = {row.pk: row for row in StatusLabel.objects.filter(org_id=origin.org.pk)}
    new_label = next(
        (
            row
            for row in labels.values()
            if row.is_active and fold_name(row.label) == fold_name(label)
        ),
        None,
    )
    if new_label is None:
        raise errors.StatusLabelUnknown(label=sanitize(label))
    customer = lock_active_customer(origin=origin, customer_id=customer_id)
    previous_id = customer.status_label_id
    Customer.objects.filter(pk=customer.pk).update(
        status_label_id=new_label.pk, modified_by_id=origin.actor_id, modified_at=origin.at
    )
    StatusChange.objects.create(
        customer_id=customer.pk,
        label_id=new_label.pk,
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
                after={"label": new_label.label, "reason": reason},
            )
        ],
    )
