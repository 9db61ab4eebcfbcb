"""Domain errors and notices: a code with facts, translated by each dialect."""

from typing import Any, ClassVar, Self


class DomainError(Exception):
    """A business rule was violated; nothing was changed.

    ``code`` is the key in the catalogues of the dialects; ``facts`` fill the message there.
    """

    code: ClassVar[str] = ""

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


def list_error_codes() -> set[str]:
    """Return the codes of all domain errors in the imported modules."""
    codes: set[str] = set()
    waiting = list(DomainError.__subclasses__())
    while waiting:
        refusal = waiting.pop()
        waiting += refusal.__subclasses__()
        if refusal.code:
            codes.add(refusal.code)
    return codes
