"""The rows of an import that failed, as a file to be mended and brought in again."""

import csv
import io
from collections.abc import Iterator

from crm.importing.formulas import harmless
from crm.importing.mapping import REASON
from crm.runs.models import ImportRow, ImportRun
from crm.runs.queries.imports import iterate_rows

# Excel takes a file without it for Windows' own letters.
BYTE_ORDER_MARK = "\ufeff"


def failed_rows(upload: ImportRun) -> Iterator[str]:
    """Yield the lines of a CSV file: the reason, then the cells as they were.

    The reason comes first, because a row may have more cells than the header.
    """
    yield BYTE_ORDER_MARK + _line([REASON, *upload.header])
    for row in iterate_rows(import_id=upload.pk, outcomes=[ImportRow.Outcome.ERROR]):
        yield _line([reasons(row), *row.cells])


def reasons(row: ImportRow) -> str:
    """All remarks of a row in one line."""
    return " ".join(f"{column}: {text}" if column else text for column, text in row.remarks)


def _line(cells: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([harmless(cell) for cell in cells])
    return line.getvalue()
