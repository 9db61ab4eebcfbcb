"""Columns that an import file can have."""

from collections.abc import Callable
from typing import Any

from import_export import fields

# Returns the name of the column mapped to a target, or a blank string.
ColumnOf = Callable[[str], str]


class Column(fields.Field):
    """A target that a column can be mapped to; ``target`` is its key in the column mapping."""

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
        """The part after the kind: the type of an identifier, the name of a field."""
        return self.target.partition(".")[2]
