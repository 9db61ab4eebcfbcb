"""Pictures of the people of the documents, drawn here."""

from datetime import datetime
from io import BytesIO

from PIL import Image, ImageDraw

from crm.demo.organizations import Shop
from crm.kernel.transactions import within_unit_of_work
from customers.operations.images import set_image
from customers.rules.images import clean_image

SIDE = 320  # pixels
# Who, when, at which till, and the colours of the wall and of the shirt.
PICTURES = (
    (343014824, "2021-11-22T10:15:00+05:30", "admin.till01", "#c9d8e8", "#35607f"),
    (343014824, "2021-11-24T08:59:40+05:30", "admin.till01", "#e9e2d3", "#8a5a3c"),
)
SKIN, HAIR = "#d9a679", "#3a2a20"


@within_unit_of_work
def hang_pictures(shop: Shop) -> None:
    """Set the pictures, the last one of each person last."""
    for customer_id, at, till, wall, shirt in PICTURES:
        origin = shop.origin(till, datetime.fromisoformat(at))
        set_image(origin=origin, customer_id=customer_id, image=clean_image(_drawn(wall, shirt)))


def _drawn(wall: str, shirt: str) -> bytes:
    """Somebody from the shoulders up."""
    image = Image.new("RGB", (SIDE, SIDE), wall)
    draw = ImageDraw.Draw(image)
    draw.ellipse((40, 220, 280, 460), fill=shirt)
    draw.rectangle((136, 180, 184, 240), fill=SKIN)
    draw.ellipse((98, 62, 222, 150), fill=HAIR)
    draw.ellipse((104, 76, 216, 212), fill=SKIN)
    draw.pieslice((98, 60, 222, 160), 180, 360, fill=HAIR)
    written = BytesIO()
    image.save(written, "PNG")
    return written.getvalue()
