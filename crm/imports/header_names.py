"""What a header means: the targets of columns, guessed from their names."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache

from crm.imports.columns import Column

IGNORE = ""
# The first column of a file of failed rows; it is ignored when the corrected file is imported.
REASON_COLUMN = "Reason (not imported)"

_NUMBERED = re.compile(r"(?P<name>.*\D)(?P<number>[1-9])")
_FIRST_WORDS = ("primary", "main", "first", "preferred", "haupt", "principal")
_LATER_WORDS = ("secondary", "second", "alternate", "alternative", "alt", "other", "additional")


def guess_targets(
    names: Sequence[str],
    cells: Sequence[Sequence[str]],
    columns: Iterable[Column],
    guess_by_cells: Callable[[Sequence[str]], str],
    repeatable: Collection[str],
) -> list[str]:
    """Guess the target of each column from its name, or from its cells if the file has no header.

    A column's own name comes before a synonym, wherever the two stand in the file. Each target is
    used once, but for those that begin with ``repeatable``: "Phone 1" and "Phone 2" are both a
    mobile. ``cells`` are those of each column that are not blank.
    """
    columns = list(columns)
    own_names = {name: column for column in reversed(columns) for name in _list_own_names(column)}
    synonyms = {name: column for column in reversed(columns) for name in column.synonyms}
    targets = [IGNORE] * len(names)
    for meanings in (own_names, synonyms):
        _assign_targets(targets, names, meanings, repeatable)
    for index, name in enumerate(names):
        if not targets[index] and name == f"Column {index + 1}":
            target = guess_by_cells(cells[index])
            targets[index] = target if target not in targets else IGNORE
    return targets


def fold_header(name: str) -> str:
    """Fold a column's name for comparison: letters and digits, without case and accents."""
    bare = "".join(
        char
        for char in unicodedata.normalize("NFKD", name.casefold())
        if not unicodedata.combining(char)
    )
    return re.sub(r"[\W_]+", "", bare.casefold())


@cache
def rank_header(name: str) -> int:
    """Return which of several columns of one meaning this is: 1 for "Mobile", 2 for "Mobile 2"."""
    return _split_rank(fold_header(name))[1]


def _assign_targets(
    targets: list[str],
    names: Sequence[str],
    meanings: Mapping[str, Column],
    repeatable: Collection[str],
) -> None:
    """Give columns without a target the one that their name means, if no other column has it."""
    taken = {*targets}
    # The words that gave a target: others of the same words and another number mean it too.
    words: dict[str, str] = {}
    for index, name in enumerate(names):
        if targets[index] or name == REASON_COLUMN:
            continue
        folded = fold_header(name)
        base = _split_rank(folded)[0]
        column = meanings.get(folded) or meanings.get(base)
        if column is None:
            continue
        target = column.target
        is_numbered = folded not in meanings
        if target in words:
            if column.kind not in repeatable or words[target] != base:
                continue
        elif target in taken or (is_numbered and column.kind not in repeatable):
            continue
        words[target] = base
        targets[index] = target


def _list_own_names(column: Column) -> set[str]:
    return {fold_header(column.label), fold_header(column.key or column.target)}


def _split_rank(folded: str) -> tuple[str, int]:
    """Split the name of a column into its words and its number among those of the same words."""
    if match := _NUMBERED.fullmatch(folded):
        return match["name"], int(match["number"])
    for rank, qualifiers in ((1, _FIRST_WORDS), (2, _LATER_WORDS)):
        for word in qualifiers:
            if folded.startswith(word) and folded != word:
                return folded.removeprefix(word), rank
    return folded, 1
