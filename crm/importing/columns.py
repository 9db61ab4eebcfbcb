"""What a column of a file can be about."""

from collections.abc import Callable
from typing import Any

from import_export import fields

# Finds the name of the column that a target is read from; blank when there is none.
ColumnOf = Callable[[str], str]


class Column(fields.Field):
    """One meaning of a column; ``target`` is its name in a mapping."""

    def __init__(
        self, target: str, label: str, widget: Any, *, group: str, synonyms: str = ""
    ) -> None:
        super().__init__(attribute=target, column_name=label, widget=widget)
        self.target = target
        self.label = label
        self.group = group
        self.synonyms = frozenset(synonyms.split())

    @property
    def kind(self) -> str:
        return self.target.partition(".")[0]

    @property
    def key(self) -> str:
        """What follows the kind: an identifier's type, a field's name."""
        return self.target.partition(".")[2]
