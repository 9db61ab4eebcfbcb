"""Images of customers in the demo."""

from crm.demo.data_files import FOLDER, read_data
from crm.demo.organization import DemoOrganization
from crm.kernel.transactions import within_unit_of_work
from customers.operations.images import set_image
from customers.rules.images import clean_image


@within_unit_of_work
def set_images(demo: DemoOrganization) -> None:
    """Set the images in the order of the file; the last one of a customer stays."""
    for row in read_data("images"):
        set_image(
            origin=demo.origin(row["till"], row["at"]),
            customer_id=row["customer_id"],
            image=clean_image((FOLDER / row["file"]).read_bytes()),
        )
