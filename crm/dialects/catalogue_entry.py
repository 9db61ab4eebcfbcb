"""Entries of a dialect's error catalogue."""

from collections.abc import Mapping
from string import Formatter
from typing import Any, NamedTuple

MAX_FACT_LENGTH = 100  # characters of a caller's text that are repeated in a message


class Entry(NamedTuple):
    """The code, HTTP status and message of a refusal or notice.

    ``shown`` maps wire keys to the facts that are returned beside the message.
    """

    code: int
    status: int
    message: str
    shown: Mapping[str, str] = {}

    def format_message(self, facts: Mapping[str, Any]) -> str:
        """Fill the message. A missing fact is left blank rather than raising an error."""
        return _FactFormatter().vformat(self.message, (), facts)

    def build_error(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Return the error or warning as JSON."""
        return {
            "status": False,
            "code": self.code,
            "message": self.format_message(facts),
            **{key: facts.get(fact) for key, fact in self.shown.items()},
        }


class Reserved(NamedTuple):
    """A code of the reference that no operation answers (yet)."""

    name: str
    status: int
    message: str


class _FactFormatter(Formatter):
    def get_value(self, key: int | str, args: Any, kwargs: Mapping[str, Any]) -> str:
        return str(kwargs.get(str(key), ""))[:MAX_FACT_LENGTH]
