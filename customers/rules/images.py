"""Turning an uploaded file into a safe picture."""

from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps

from customers import errors

MAX_MEGABYTES = 5
MAX_BYTES = MAX_MEGABYTES * 1024**2  # bytes, as uploaded
# The largest photos of phones. A decompression bomb claims far more pixels.
MAX_MEGAPIXELS = 25
MAX_SIDE = 1600  # pixels, as stored
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
JPEG_QUALITY = 88

# Checked below before decoding; Pillow's own limit only warns.
Image.MAX_IMAGE_PIXELS = None


@dataclass(frozen=True, slots=True)
class CleanImage:
    """A picture as it is stored: upright, without metadata."""

    content: bytes
    content_type: str
    width: int
    height: int


def clean_image(raw: bytes) -> CleanImage:
    """Decode the uploaded picture and encode it again: as PNG if transparent, else as JPEG.

    Of an animation the first frame is used. The longer side is scaled down to ``MAX_SIDE``. All
    metadata is removed, such as the place where the picture was taken.

    Raises:
        ImageMissing: there are no bytes.
        ImageTooLarge: there are more bytes or pixels than allowed.
        ImageUnreadable: it is not a picture, damaged, or of another format.
    """
    if not raw:
        raise errors.ImageMissing()
    if len(raw) > MAX_BYTES:
        raise errors.ImageTooLarge(megabytes=MAX_MEGABYTES, megapixels=MAX_MEGAPIXELS)
    try:
        with Image.open(BytesIO(raw), formats=FORMATS) as image:
            if image.width * image.height > MAX_MEGAPIXELS * 10**6:
                raise errors.ImageTooLarge(megabytes=MAX_MEGABYTES, megapixels=MAX_MEGAPIXELS)
            return _encode(_strip_metadata(image))
    except errors.ImageTooLarge:
        raise
    except Exception as error:
        # Decoders raise errors of every kind on hostile input.
        raise errors.ImageUnreadable() from error


def _strip_metadata(image: Image.Image) -> Image.Image:
    """Return the picture upright, scaled down, and without metadata."""
    # Decodes a JPEG at a fraction of its size if that is enough.
    image.draft("RGB", (MAX_SIDE, MAX_SIDE))
    is_transparent = image.has_transparency_data
    image.thumbnail((MAX_SIDE, MAX_SIDE))
    upright = ImageOps.exif_transpose(image)
    pixels = upright.convert("RGBA" if is_transparent else "RGB")
    # A new picture has none of the old one's comments, profiles and thumbnails.
    stripped = Image.new(pixels.mode, pixels.size)
    stripped.paste(pixels)
    return stripped


def _encode(image: Image.Image) -> CleanImage:
    buffer = BytesIO()
    if image.mode == "RGBA":
        content_type = "image/png"
        image.save(buffer, "PNG")
    else:
        content_type = "image/jpeg"
        image.save(buffer, "JPEG", quality=JPEG_QUALITY)
    return CleanImage(buffer.getvalue(), content_type, image.width, image.height)
