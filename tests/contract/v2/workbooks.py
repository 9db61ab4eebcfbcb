"""Excel files for tests."""

from io import BytesIO

from openpyxl import Workbook


def make_workbook(rows):
    """Return the bytes of a workbook with these rows."""
    book = Workbook()
    for row in rows:
        book.active.append(row)
    written = BytesIO()
    book.save(written)
    return written.getvalue()
