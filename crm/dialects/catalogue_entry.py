"""Entries of a dialect's error catalogue."""

from collections.abc import Mapping
from string import Formatter
from typing import Any, NamedTuple

from crm.dialects import transport_errors
from crm.messages import SENTENCES, list_sentences

MAX_FACT_LENGTH = 100  # characters of a caller's text that are repeated in a message


class Entry(NamedTuple):
    """The code, HTTP status and message of a refusal or notice.

    A catalogue gives a message only where it differs from the domain's. ``shown`` maps wire keys
    to the facts that are returned beside the message.
    """

    code: int
    status: int
    message: str = ""
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


def complete_catalogue(entries: Mapping[str, Entry]) -> dict[str, Entry]:
    """Give each entry without a message the sentence of its refusal or notice.

    The name is the domain's; a third part only tells the answers of some operations apart.
    """
    sentences = SENTENCES | list_sentences(transport_errors)
    return {
        name: entry
        if entry.message
        else entry._replace(message=sentences[".".join(name.split(".")[:2])])
        for name, entry in entries.items()
    }


class _FactFormatter(Formatter):
    def get_value(self, key: int | str, args: Any, kwargs: Mapping[str, Any]) -> str:
        return str(kwargs.get(str(key), ""))[:MAX_FACT_LENGTH]
