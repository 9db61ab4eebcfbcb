"""Reading the demo's content from ``data/``, and the moments in it."""

import csv
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "data"

Row = dict[str, Any]
# ISO 8601, or how long before the demo is filled: days, or {"days": 2, "hours": 3}.
Moment = str | int | Mapping[str, int] | datetime


def read_data(name: str) -> Any:
    """Return what ``data/<name>.json`` holds."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def read_csv(name: str) -> list[dict[str, str]]:
    """Return the rows of ``data/<name>.csv``."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_moment(at: Moment, *, now: datetime) -> datetime:
    """Return the moment that a data file gives as ``at``."""
    if isinstance(at, datetime):
        return at
    if isinstance(at, str):
        return datetime.fromisoformat(at)
    return now - (timedelta(days=at) if isinstance(at, int) else timedelta(**at))
