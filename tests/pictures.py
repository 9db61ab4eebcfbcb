"""Pictures and uploads for tests."""

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image


def make_picture(
    format: str = "PNG",
    size: tuple[int, int] = (40, 30),
    mode: str = "RGB",
    colour: Any = "teal",
    **options: Any,
) -> bytes:
    written = BytesIO()
    Image.new(mode, size, colour).save(written, format, **options)
    return written.getvalue()


def make_upload(content: bytes | None = None, name: str = "photo.png") -> SimpleUploadedFile:
    """Create an uploaded file, by default a small picture."""
    return SimpleUploadedFile(name, make_picture() if content is None else content)


def open_image(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    return image
