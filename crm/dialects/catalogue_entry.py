"""The shape of a line in a dialect's error catalogue."""

from collections.abc import Mapping
from string import Formatter
from typing import Any, NamedTuple

MAX_FACT_LENGTH = 100  # characters of what a caller sent that are said back


class Entry(NamedTuple):
    """The number, HTTP status and sentence of a refusal or notice.

    ``shown`` names facts that also stand beside the message, by their key on the wire.
    """

    code: int
    status: int
    message: str
    shown: Mapping[str, str] = {}

    def format_message(self, facts: Mapping[str, Any]) -> str:
        """Fill the sentence; what a fact lacks is left out rather than answered with a 500."""
        return _FactFormatter().vformat(self.message, (), facts)

    def build_error(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Return the error or warning as both dialects' JSON shows it."""
        return {
            "status": False,
            "code": self.code,
            "message": self.format_message(facts),
            **{key: facts.get(fact) for key, fact in self.shown.items()},
        }


class Reserved(NamedTuple):
    """A code of the reference that no path produces (yet)."""

    name: str
    status: int
    message: str


class _FactFormatter(Formatter):
    def get_value(self, key: int | str, args: Any, kwargs: Mapping[str, Any]) -> str:
        return str(kwargs.get(str(key), ""))[:MAX_FACT_LENGTH]
