"""A stored picture ..."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from customers import errors
from customers.rules.images import MAX_BYTES, MAX_SIDE, clean_image
from tests.pictures import make_picture, open_image


def make_chunk(name, data):
    check = struct.pack(">I", zlib.crc32(name + data))
    return struct.pack(">I", len(data)) + name + data + check


def make_png_claiming_size(width, height):
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(100_000))
    return (
        b"\x89PNG\r\n\x1a\n"
        + make_chunk(b"IHDR", header)
        + make_chunk(b"IDAT", data)
        + make_chunk(b"IEND", b"")
    )


def make_webp_claiming_size(width, height):
    body = b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14) + bytes(51)
    size_bytes = b"WEBPVP8L" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(size_bytes)) + size_bytes


@pytest.mark.parametrize("format", ["JPEG", "PNG", "GIF", "WEBP"])
def test_is_a_jpeg_of_the_same_size_whatever_it_was(format):
    clean = clean_image(make_picture(format))

    kept = open_image(clean.content)
    assert (kept.format, kept.size) == ("JPEG", (40, 30))
    assert (clean.content_type, clean.width, clean.height) == ("image/jpeg", 40, 30)


@pytest.mark.parametrize(
    ("mode", "colour"), [("RGBA", (1, 2, 3, 99)), ("LA", (9, 9)), ("CMYK", 0), ("P", 3), ("1", 1)]
)
def test_is_a_png_only_where_it_is_see_through(mode, colour):
    format = "JPEG" if mode == "CMYK" else "PNG"

    clean = clean_image(make_picture(format, mode=mode, colour=colour))

    expected = ("PNG", "RGBA") if "A" in mode else ("JPEG", "RGB")
    kept = open_image(clean.content)
    assert (kept.format, kept.mode) == expected


def test_has_nothing_of_what_came_with_it():
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    exif.get_ifd(0x8825)[2] = (12.0, 58.0, 0.0)
    photo = make_picture("JPEG", exif=exif, comment=b"secret words")
    assert b"taken at home" in photo

    kept = clean_image(photo).content

    assert b"taken at home" not in kept
    assert b"secret words" not in kept
    assert b"Exif" not in kept


def test_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held sideways

    clean = clean_image(make_picture("JPEG", size=(40, 30), exif=exif))

    assert (clean.width, clean.height) == (30, 40)


def test_is_made_smaller_where_it_is_long():
    clean = clean_image(make_picture("PNG", size=(MAX_SIDE * 2, 100)))

    assert (clean.width, clean.height) == (MAX_SIDE, 50)


def test_carries_nothing_behind_its_end():
    kept = clean_image(make_picture("JPEG") + b"<script>alert(1)</script>").content

    assert b"script" not in kept


@pytest.mark.parametrize(
    "raw",
    [
        b"GIF89a",
        b"%PDF-1.7 not a picture",
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        make_picture("BMP"),
        make_picture("TIFF"),
        make_picture("PNG")[:60],
        make_picture("JPEG")[:200],
        b"\x00" * 1000,
        make_png_claiming_size(200, 200)[:-30],
        make_webp_claiming_size(100, 100),
    ],
)
def test_is_refused_when_it_is_none(raw):
    with pytest.raises(errors.ImageUnreadable):
        clean_image(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"\xff" * (MAX_BYTES + 1),
        make_png_claiming_size(60_000, 60_000),
        make_png_claiming_size(2**31 - 1, 2**31 - 1),
        make_webp_claiming_size(16_383, 16_383),
    ],
)
def test_is_refused_when_it_is_too_large_before_it_is_decoded(raw):
    with pytest.raises(errors.ImageTooLarge):
        clean_image(raw)


def test_is_missing_when_there_are_no_bytes():
    with pytest.raises(errors.ImageMissing):
        clean_image(b"")


def test_of_a_film_is_its_first_picture():
    film = BytesIO()
    frames = [Image.new("RGB", (10, 10), colour) for colour in ("red", "blue")]
    frames[0].save(film, "GIF", save_all=True, append_images=frames[1:])

    kept = open_image(clean_image(film.getvalue()).content)

    red, _, blue = kept.getpixel((5, 5))
    assert red > 200 > 60 > blue
