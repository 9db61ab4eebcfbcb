"""The one way the domain says no: a named refusal that carries its facts."""

from typing import Any, ClassVar


class DomainError(Exception):
    """A rule of the business was about to be broken; nothing was changed.

    ``code`` names the refusal for the dialects' catalogues; ``facts`` fill the sentence there.
    """

    code: ClassVar[str] = ""

    def __init__(self, **facts: Any) -> None:
        super().__init__(self.code)
        self.facts = facts

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
    """Something the caller should know although the work was done: a warning on the wire."""

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


def every_domain_error() -> set[str]:
    """The codes of all refusals that any imported room can raise."""
    codes: set[str] = set()
    waiting = list(DomainError.__subclasses__())
    while waiting:
        refusal = waiting.pop()
        waiting += refusal.__subclasses__()
        if refusal.code:
            codes.add(refusal.code)
    return codes
