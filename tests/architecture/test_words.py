"""Names are the field's: words that stand for anything, and metaphors, name nothing here."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(
    path
    for app in ("crm", "customers", "loyalty")
    for path in (ROOT / app).rglob("*.py")
    if "migrations" not in path.parts
)
# As names they say nothing: data, row, request, customer or result is meant.
VAGUE_NAMES = {
    "asked",
    "cared",
    "foreseen",
    "given",
    "happened",
    "meant",
    "met",
    "said",
    "seen",
    "sought",
    "told",
    "wanted",
    "whom",
    "wish",
    "wished",
}
# The field has a word for each: merge, unmerge, enrollment, blocker, image, company, merge trail.
METAPHORS = ("absorb", "pour", "retrac", "releas", "wall", "founding", "standing", "picturing")


def list_bound_names(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_name_is_vague(path):
    assert list_bound_names(path) & VAGUE_NAMES == set()


def test_no_module_is_named_by_a_metaphor():
    named = [path for path in FILES if any(word in path.stem for word in METAPHORS)]
    assert named == []


def test_few_modules_are_named_by_a_gerund():
    gerunds = [path.stem for path in FILES if path.stem.endswith("ing")]
    assert len(gerunds) / len(FILES) < 0.03
