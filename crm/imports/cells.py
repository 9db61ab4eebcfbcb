"""The text of a cell, and the words in it.

The readers take stripped text that is not blank. They raise ValueError with a message that
completes the sentence "the cell ...".
"""

import re

from crm.imports.files.xlsx_table import UNCOMPUTED
from crm.imports.formula_cells import unescape_formula
from crm.kernel.errors import mark_sentence as _
from crm.kernel.staff_texts import staff_text

_YES_WORDS = {
    "yes",
    "y",
    "true",
    "t",
    "1",
    "on",
    "x",
    "ja",
    "oui",
    "si",
    "sí",
    "optin",
    "optedin",
    "subscribed",
}
_NO_WORDS = {
    "no",
    "n",
    "false",
    "f",
    "0",
    "off",
    "nein",
    "non",
    "optout",
    "optedout",
    "unsubscribed",
}

# What Excel and its kin write where a value should be, in the languages that they speak.
_ERROR_CELL = re.compile(
    r"#(?:N/[AVDB]|N/DISP|NV|GETTING_DATA|[¡¿]?(?:REF|BEZUG|RIF|VERW|DIV/0|VALUE|WERT|VALEUR|VALOR|WAARDE"
    r"|NUM|ZAHL|NOMBRE|GETAL|NULL|NUL|NULO|NAME|NOM|NOME|NAAM|SPILL|CALC|FIELD|BLOCKED|CONNECT|BUSY"
    r"|UNKNOWN|EXTERNAL|PYTHON|TIMEOUT)[!?]|#+)",
    re.IGNORECASE,
)
_PLACEHOLDERS = {
    "na",
    "nan",
    "nil",
    "none",
    "null",
    "nothing",
    "unknown",
    "undefined",
    "missing",
    "notavailable",
    "notapplicable",
    "notknown",
    "notprovided",
    "notgiven",
    "blank",
    "empty",
    "tbd",
    "tba",
    "keine",
    "keiner",
    "unbekannt",
    "nichtbekannt",
    "aucun",
    "inconnu",
    "ninguno",
    "desconocido",
}
_LOST_DIGITS = re.compile(r"[-+]?\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE | re.ASCII)
ERROR_CELL = staff_text("is an error of the spreadsheet and no value")
NO_RESULT = staff_text("is a formula without its result; open the file in Excel and save it again")
LOST_DIGITS = staff_text("has lost digits in a spreadsheet; format the column as text")


def strip_cell(cell: str) -> str:
    """Trim, and take away what keeps a spreadsheet from reading the text as something else.

    That is the apostrophe before what looks like a formula, and ``="00123"`` around digits.
    """
    text = cell.strip()
    if text[:2] == '="' and text[-1:] == '"' and len(text) > 2:
        return text[2:-1].strip()
    return unescape_formula(text).strip() if text[:1] == "'" else text


def spreadsheet_fault(text: str) -> str:
    """Say why a cell's text is nothing that anybody entered; blank when it may be."""
    match text[:1]:
        case "#":
            if text.startswith(UNCOMPUTED):
                return NO_RESULT
            return ERROR_CELL if _ERROR_CELL.fullmatch(text) else ""
        case _:
            return LOST_DIGITS if "+" in text and _LOST_DIGITS.fullmatch(text) else ""


def is_placeholder(text: str) -> bool:
    """Whether a text stands for a value that is not known: N/A, NULL, a dash, zeros only."""
    return says_no_value(text) or not _strip_signs(text).strip("0")


def says_no_value(text: str) -> bool:
    """Whether a text says in words or by a dash that there is no value; 000 may be a number."""
    bare = _strip_signs(text)
    return bare in _PLACEHOLDERS or not bare or text.casefold() == "k.a."


def _strip_signs(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())


def read_yes_no(text: str) -> bool:
    """Read yes or no, in the usual spellings."""
    word = normalise_word(text)
    if word in _YES_WORDS:
        return True
    if word in _NO_WORDS:
        return False
    raise ValueError(_("must say yes or no, or be empty"))


def normalise_word(text: str) -> str:
    """Fold case, blanks, dashes and underscores."""
    return re.sub(r"[\s_-]+", "", text.casefold())
