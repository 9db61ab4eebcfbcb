"""Making a safe picture of whatever was uploaded as one."""

from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps

from customers import errors

LARGEST_MEGABYTES = 5
LARGEST = LARGEST_MEGABYTES * 1024**2  # bytes, as uploaded
# A phone's largest photos; a bomb of a few kilobytes says it has thousands of millions.
MOST_MEGAPIXELS = 25
LONGEST_SIDE = 1600  # pixels, as kept
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
JPEG_QUALITY = 88

# Counted below, before any pixel is decoded; Pillow's own limit would only warn.
Image.MAX_IMAGE_PIXELS = None


@dataclass(frozen=True, slots=True)
class CleanImage:
    """A picture as it is kept: nothing but its pixels, the right way up."""

    content: bytes
    content_type: str
    width: int
    height: int


def clean_image(raw: bytes) -> CleanImage:
    """Decode what was uploaded and encode it anew: PNG where it is see-through, else JPEG.

    Of a film the first picture counts. What is longer than ``LONGEST_SIDE`` becomes smaller; where
    it was taken, by which camera, and whatever else came with it is gone.

    Raises:
        ImageMissing: there are no bytes.
        ImageTooLarge: more bytes or pixels than a picture may have.
        ImageUnreadable: it is no picture, a broken one, or of another format.
    """
    if not raw:
        raise errors.ImageMissing()
    if len(raw) > LARGEST:
        raise errors.ImageTooLarge(megabytes=LARGEST_MEGABYTES, megapixels=MOST_MEGAPIXELS)
    try:
        with Image.open(BytesIO(raw), formats=FORMATS) as image:
            if image.width * image.height > MOST_MEGAPIXELS * 10**6:
                raise errors.ImageTooLarge(megabytes=LARGEST_MEGABYTES, megapixels=MOST_MEGAPIXELS)
            return _encoded(_bare(image))
    except errors.ImageTooLarge:
        raise
    except Exception as broken:
        # Decoders bring up errors of every kind about hostile bytes.
        raise errors.ImageUnreadable() from broken


def _bare(image: Image.Image) -> Image.Image:
    """The pixels alone, upright and small enough."""
    # A JPEG is decoded at a fraction of its size where that is enough.
    image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    see_through = image.has_transparency_data
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    upright = ImageOps.exif_transpose(image)
    pixels = upright.convert("RGBA" if see_through else "RGB")
    # Into a new picture, which has none of the old one's comments, profiles and thumbnails.
    bare = Image.new(pixels.mode, pixels.size)
    bare.paste(pixels)
    return bare


def _encoded(image: Image.Image) -> CleanImage:
    written = BytesIO()
    if image.mode == "RGBA":
        content_type = "image/png"
        image.save(written, "PNG")
    else:
        content_type = "image/jpeg"
        image.save(written, "JPEG", quality=JPEG_QUALITY)
    return CleanImage(written.getvalue(), content_type, image.width, image.height)
