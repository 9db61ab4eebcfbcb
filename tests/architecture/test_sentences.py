"""Each refusal and notice has one sentence; other places give another wording or none."""

import ast
import importlib
from pathlib import Path

import pytest

from crm.dialects import transport_errors
from crm.kernel.errors import DomainError
from crm.messages import FOR_STAFF, SENTENCES, list_sentences
from customers import notices as customer_notices
from loyalty import notices as loyalty_notices

ROOT = Path(__file__).resolve().parents[2]
EVERY_SENTENCE = SENTENCES | list_sentences(transport_errors)
REFUSALS = sorted(
    {
        kind
        for package in ("crm", "customers", "loyalty")
        for path in (ROOT / package).rglob("*errors.py")
        for kind in vars(
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        ).values()
        if isinstance(kind, type) and issubclass(kind, DomainError) and kind is not DomainError
    },
    key=lambda kind: kind.code,
)


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda kind: kind.code)
def test_every_refusal_says_why(refusal):
    assert refusal.message
    assert EVERY_SENTENCE[refusal.code] == refusal.message


def test_no_two_refusals_share_a_code():
    assert len({kind.code for kind in REFUSALS}) == len(REFUSALS)


@pytest.mark.parametrize(
    "notices", [customer_notices, loyalty_notices], ids=["customers", "loyalty"]
)
def test_every_notice_says_what_happened(notices):
    codes = {
        value for name, value in vars(notices).items() if name.isupper() and isinstance(value, str)
    }

    assert codes == set(notices.MESSAGES)
    assert all(notices.MESSAGES.values())


@pytest.mark.parametrize("dialect", ["v2", "v1_1"])
def test_a_dialect_words_only_what_it_says_otherwise(dialect):
    repeated = [
        name
        for name, message in _list_wordings(ROOT / f"crm/dialects/{dialect}/catalogue.py")
        if EVERY_SENTENCE.get(".".join(name.split(".")[:2])) == message
    ]

    assert repeated == []


def test_staff_have_words_of_their_own_only_where_they_differ():
    assert set(FOR_STAFF) - set(SENTENCES) == set()
    assert [code for code, sentence in FOR_STAFF.items() if sentence == SENTENCES[code]] == []
    assert list(FOR_STAFF) == sorted(FOR_STAFF)


def test_no_other_module_words_refusals():
    """A dictionary with a refusal for its key and a sentence for its value is a second table."""
    names = {kind.__name__ for kind in REFUSALS}
    codes = set(EVERY_SENTENCE)

    tables = {
        str(path.relative_to(ROOT))
        for package in ("crm", "customers", "loyalty")
        for path in (ROOT / package).rglob("*.py")
        if path.name not in ("messages.py", "catalogue.py")
        for table in ast.walk(ast.parse(path.read_text()))
        if isinstance(table, ast.Dict)
        for key, value in zip(table.keys, table.values, strict=True)
        if key is not None
        and (
            {getattr(node, "attr", getattr(node, "id", "")) for node in ast.walk(key)} & names
            or (isinstance(key, ast.Constant) and key.value in codes)
        )
        and any(
            isinstance(node, ast.Constant) and " " in str(node.value) for node in ast.walk(value)
        )
    }

    assert tables == set()


def _list_wordings(path: Path) -> list[tuple[str, str]]:
    """The names of a catalogue's lines and the messages that they give themselves."""
    wordings = [
        (ast.literal_eval(name), ast.literal_eval(entry.args[2]))
        for table in ast.walk(ast.parse(path.read_text()))
        if isinstance(table, ast.Dict)
        for name, entry in zip(table.keys, table.values, strict=True)
        if isinstance(entry, ast.Call) and len(entry.args) > 2
    ]
    assert wordings
    return wordings
