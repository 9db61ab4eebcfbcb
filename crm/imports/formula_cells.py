"""Protection against formula injection in exported cells, and its removal in imported ones."""

import re
from typing import Any

# A spreadsheet runs a cell that begins with one of these as a formula. Apostrophes before it are
# counted too: what is put before a text can then be taken away again, whatever the text.
_FORMULA = re.compile(r"'*[-=+@\t\r\n]")


def escape_formula(cell: Any) -> Any:
    """Put an apostrophe before text that a spreadsheet would run as a formula."""
    if isinstance(cell, str) and _FORMULA.match(cell):
        return f"'{cell}"
    return cell


def unescape_formula(text: str) -> str:
    """Take away the apostrophe that ``escape_formula`` has put before a text."""
    return text[1:] if text[:1] == "'" and _FORMULA.match(text) else text
