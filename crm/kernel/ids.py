"""Read ids of rows, from any text or number that a caller passes."""

from collections.abc import Iterable

# The largest number in a column of ids. The database raises an error for a larger one.
LARGEST_ID = 2**63 - 1


def read_number(text: str, *, largest: int = LARGEST_ID) -> int | None:
    """Return the number in a text of ASCII digits; None for other text or a larger number."""
    if not (text.isascii() and text.isdecimal()) or len(text) > len(str(largest)):
        return None
    number = int(text)
    return number if number <= largest else None


def read_id(raw: object) -> int | None:
    """Return the id in a number or in digits; None if no row can have it, as with zero."""
    number = read_number(raw.strip()) if isinstance(raw, str) else raw
    if isinstance(number, bool) or not isinstance(number, int):
        return None
    return number if 0 < number <= LARGEST_ID else None


def select_storable_ids(ids: Iterable[int | None]) -> set[int]:
    """Return the ids that rows can have; larger ones would be errors of the database."""
    return {id_ for id_ in ids if id_ is not None and 0 < id_ <= LARGEST_ID}
