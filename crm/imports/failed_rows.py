"""The failed rows of an import, as a CSV file to correct and import again."""

import csv
import io
from collections.abc import Iterator

from crm.imports.formula_cells import escape_formula
from crm.imports.header_names import REASON_COLUMN
from crm.imports.queries.import_runs import iterate_rows
from crm.runs.models import ImportRow, ImportRun

# Rows that were refused by the dry run, or by the import because something had changed since.
FAILED_OUTCOMES = (ImportRow.Outcome.ERROR, ImportRow.Outcome.DRIFTED)
# Without it, Excel reads the file in the Windows encoding.
BYTE_ORDER_MARK = "\ufeff"


def iterate_failed_lines(upload: ImportRun) -> Iterator[str]:
    """Yield the lines of a CSV file: the reason, then the original cells.

    The reason comes first, because a row may have more cells than the header.
    """
    # The reasons of a file that was itself one of failed rows are out of date.
    start = 1 if upload.header[:1] == [REASON_COLUMN] else 0
    yield BYTE_ORDER_MARK + _format_csv_line([REASON_COLUMN, *upload.header[start:]])
    for row in iterate_rows(import_id=upload.pk, outcomes=FAILED_OUTCOMES):
        yield _format_csv_line([format_reasons(row), *row.cells[start:]])


def format_reasons(row: ImportRow) -> str:
    """Join all remarks of a row into one line."""
    return " ".join(f"{column}: {text}" if column else text for column, text in row.remarks)


def _format_csv_line(cells: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([escape_formula(cell) for cell in cells])
    return line.getvalue()
