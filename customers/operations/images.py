"""Setting the picture of a customer (operation 23)."""

from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import Max

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers.models import Customer, CustomerImage
from customers.operations.customers.lock import lock_active_customer
from customers.rules.images import CleanImage

NAMESPACE = "customerImage"


@within_unit_of_work
def set_image(*, origin: Origin, customer_id: int, image: CleanImage) -> CustomerImage:
    """Make this the current picture of the customer; earlier versions are kept.

    Raises:
        CustomerUnknown, CustomerMerged: the customer does not exist or was merged.
    """
    lock_active_customer(origin=origin, customer_id=customer_id)
    # The customer is locked, so no other unit takes the same version.
    versions = CustomerImage.objects.filter(customer_id=customer_id)
    newest: int = versions.aggregate(newest=Max("version"))["newest"] or 0
    versions.filter(is_current=True).update(is_current=False)
    # The path is random, so that it cannot be guessed.
    path = f"{NAMESPACE}/{origin.org.pk}/{customer_id}/{uuid4()}"
    row = CustomerImage.objects.create(
        org=origin.org,
        customer_id=customer_id,
        handle=str(uuid4()),
        version=newest + 1,
        path=path,
        content_type=image.content_type,
        width=image.width,
        height=image.height,
        size=len(image.content),
        uploaded_by_id=origin.actor_id,
        uploaded_at=origin.at,
        is_current=True,
    )
    Customer.objects.filter(pk=customer_id).update(
        modified_by_id=origin.actor_id, modified_at=origin.at
    )
    record_events(
        origin=origin,
        events=[
            NewEvent(
                "customer.picture_set",
                "customer",
                customer_id,
                before={"version": newest} if newest else None,
                after={"version": newest + 1, "width": image.width, "height": image.height},
            )
        ],
    )
    # Last, so that a failure rolls the rows back. If the unit fails later, the file stays without a
    # row and is never shown.
    default_storage.save(path, ContentFile(image.content))
    return row
