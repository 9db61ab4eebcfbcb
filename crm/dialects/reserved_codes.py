"""Codes of the references that no operation answers (``reserved.csv``), for the page of codes.

Some of them stand in the catalogue, which has a code for every refusal of the domain. Who builds a
path that answers one takes it out of the file.
"""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple


class Reserved(NamedTuple):
    """A code of the reference that no operation answers (yet)."""

    name: str
    status: int
    message: str


@cache
def get_reserved_codes(dialect: str) -> Mapping[int, Reserved]:
    """Return the reserved codes of a dialect, "v2" or "v1.1", in the order of the file."""
    with Path(__file__).with_name("reserved.csv").open(newline="") as file:
        return {
            int(line["code"]): Reserved(line["name"], int(line["status"]), line["message"])
            for line in csv.DictReader(file)
            if line["dialect"] == dialect
        }
