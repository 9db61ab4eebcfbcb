"""How a file writes dates and numbers, and the question when its cells say otherwise."""

from dataclasses import dataclass
from datetime import tzinfo
from typing import Literal

from crm.kernel.staff_texts import TextTemplate

CONTRADICTION = TextTemplate(
    "Row {row:,}, {column}: “{text}” {sentence}, and the file is read otherwise. "
    "Say how its {what} are written; nothing was imported."
)

# What a question is about.
About = Literal["dates", "numbers"]


@dataclass(frozen=True, slots=True)
class CellFormats:
    """How a file writes dates and numbers; ``day_first`` decides what 1/12/2010 means.

    ``decimal_comma`` is None while nobody has decided whether 1.234 is a thousand. ``country``
    decides about currencies, groups of digits and names of months. With ``has_typed_numbers`` the
    file is a workbook, whose numbers have a decimal point whatever it shows.
    """

    zone: tzinfo
    day_first: bool = True
    decimal_comma: bool | None = False
    country: str = ""
    has_typed_numbers: bool = False


class AnotherReading(ValueError):
    """The cell makes sense only if the file is read otherwise.

    The message completes the sentence "the cell ...".
    """

    def __init__(self, about: About, message: str) -> None:
        super().__init__(message)
        self.about = about


@dataclass(frozen=True, slots=True)
class Question:
    """A cell that contradicts how its file is read, so that staff must say how it is written."""

    about: About
    row: int
    column: str
    text: str
    sentence: str

    def __str__(self) -> str:
        what = "dates" if self.about == "dates" else "numbers"
        return CONTRADICTION(
            row=self.row, column=self.column, text=self.text, sentence=self.sentence, what=what
        )
