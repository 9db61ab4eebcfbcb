"""The first row of a file with each key; a later row with the same key repeats it."""

from collections.abc import Collection, Sequence

from crm.imports.operations.staged_rows import Key
from crm.imports.queries.import_runs import find_first_rows


class KeyClaims:
    """The keys of a chunk and of earlier rows; ``new`` are those of the chunk, to be staged."""

    def __init__(self, import_id: int) -> None:
        self._import_id = import_id
        self._first_rows: dict[Key, int] = {}
        self.new: dict[Key, int] = {}

    def look_up(self, keys: Collection[Key]) -> None:
        """Load the earlier rows with these keys; one query, none without keys."""
        self._first_rows |= find_first_rows(import_id=self._import_id, keys=keys)

    def claim(self, keys: Sequence[Key], number: int) -> tuple[str, int] | None:
        """Claim the keys for this row; return the kind and row of the first that is taken."""
        repeat = None
        for key in keys:
            first = self._first_rows.setdefault(key, number)
            if first == number:
                self.new[key] = number
            elif repeat is None:
                repeat = key[0], first
        return repeat

    def get_first_row(self, key: Key) -> int:
        """Return the first row with a key that was claimed."""
        return self._first_rows[key]
