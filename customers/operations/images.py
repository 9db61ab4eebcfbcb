"""Giving customers a picture (operation 23)."""

from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import Max

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers import errors
from customers.models import Customer, CustomerImage
from customers.operations.customers.lock import lock_customers
from customers.rules.images import CleanImage

NAMESPACE = "customerImage"


@within_unit_of_work
def set_image(*, origin: Origin, customer_id: int, image: CleanImage) -> CustomerImage:
    """Show this picture of the customer from now on; the versions before it are kept.

    Raises:
        CustomerUnknown, CustomerMerged: there is nobody here to be shown.
    """
    customer = lock_customers([customer_id]).get(customer_id)
    if customer is None or customer.org_id != origin.org.pk:
        raise errors.CustomerUnknown(customer_id=customer_id)
    if customer.merged_into_id is not None:
        raise errors.CustomerMerged(survivor_id=customer.merged_into_id)
    # Under the customer's lock: nobody else takes the same number.
    versions = CustomerImage.objects.filter(customer_id=customer_id)
    newest: int = versions.aggregate(newest=Max("version"))["newest"] or 0
    versions.filter(is_current=True).update(is_current=False)
    # Nobody guesses the name of a file: where the storage is, not even who may look into it.
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
    # Last: a file that could not be kept takes the rows with it. Of a unit that fails after this a
    # file is left that no row names, and that nobody can see.
    default_storage.save(path, ContentFile(image.content))
    return row
