"""Domain errors and notices: a code with a sentence and facts; dialects give it their number."""

from typing import Any, ClassVar, Self


def mark_sentence(sentence: str) -> str:
    """Return the sentence as it is.

    Imported as ``_``, the name that makemessages looks for, by modules that may not know Django;
    ``crm.messages`` looks up the translation.
    """
    return sentence


class DomainError(Exception):
    """A business rule was violated; nothing was changed.

    ``code`` is the key in the catalogues of the dialects. ``message`` is the sentence for staff and
    for every dialect that words it no other way; ``facts`` fill its braces.
    """

    code: ClassVar[str] = ""
    message: ClassVar[str] = ""

    def __init__(self, **facts: Any) -> None:
        super().__init__(self.code)
        self.facts = facts

    def detached(self) -> Self:
        """Return this error without its traceback, so that it can be stored as an outcome.

        The traceback holds the frames that it was raised through, and these hold the outcome: a
        cycle that keeps a whole chunk of an import in memory.
        """
        self.__cause__ = self.__context__ = None
        return self.with_traceback(None)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and (self.code, self.facts) == (
            other.code,
            other.facts,
        )

    def __hash__(self) -> int:
        return hash(self.code)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self.facts.items())})"


class Notice:
    """A warning for the caller about a request that succeeded."""

    __slots__ = ("code", "facts")

    def __init__(self, code: str, **facts: Any) -> None:
        self.code = code
        self.facts = facts

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Notice) and (self.code, self.facts) == (other.code, other.facts)

    def __hash__(self) -> int:
        return hash(self.code)

    def __repr__(self) -> str:
        return f"Notice({self.code!r}, {self.facts!r})"
