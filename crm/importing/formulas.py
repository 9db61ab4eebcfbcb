"""Cells that a spreadsheet would run."""

from typing import Any

# A spreadsheet would take a cell that begins so for a formula, and run it.
FORMULA_BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n")


def harmless(cell: Any) -> Any:
    """Put an apostrophe before what a spreadsheet would run."""
    if isinstance(cell, str) and cell.startswith(FORMULA_BEGINNINGS):
        return f"'{cell}"
    return cell
