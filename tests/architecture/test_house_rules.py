"""Rules about the code itself, where no linter has one."""

import ast
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = [ROOT / name for name in ("crm", "customers", "loyalty")]
DOOR_ROOMS = [
    "customers/api",
    "loyalty/api",
    "crm/approvals/api",
    "crm/bulk_api",
    "customers/admin",
    "loyalty/admin",
    "crm/approvals/admin",
    "crm/console",
]
FORBIDDEN_AT_A_DOOR = {"objects", "save", "bulk_create", "bulk_update"}
LONGEST = 400
# Lists of small equal things, which nobody reads from end to end: the refusals of an app, and a
# line for each in a dialect. A second file would only hide where one is.
LISTS = ("errors.py", "catalogue.py")


def _modules(*rooms: Path) -> list[Path]:
    return sorted(
        path
        for room in rooms
        for path in ([room] if room.is_file() else room.rglob("*.py"))
        if "migrations" not in path.parts
    )


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


DOORS = _modules(*(ROOT / room for room in DOOR_ROOMS))
# What an operation does is told by its tests, one after another: a cut at 400 lines would be where
# no reader looks for one.
TESTED_WHOLE = {
    name
    for package in PACKAGES
    for path in _modules(package / "operations")
    for name in (path.name, f"{path.stem}_{path.parent.name}.py")
}
RULES = _modules(*(package / "rules" for package in PACKAGES), ROOT / "crm/tenancy/rules")


@pytest.mark.parametrize("path", DOORS, ids=_name)
def test_doors_leave_the_database_to_the_domain(path):
    touched = {
        node.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in FORBIDDEN_AT_A_DOOR
    }

    assert touched == set()


@pytest.mark.parametrize("path", RULES, ids=_name)
def test_rules_know_nothing_of_django(path):
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(path.read_text()))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }

    assert imported & {"django", "rest_framework"} == set()


@pytest.mark.parametrize("path", _modules(*PACKAGES, ROOT / "tests"), ids=_name)
def test_a_file_holds_one_thing_and_is_short(path):
    is_list = path.name in LISTS or path.name.removeprefix("test_") in TESTED_WHOLE
    assert is_list or len(path.read_text().splitlines()) <= LONGEST


@pytest.mark.parametrize("path", _modules(*PACKAGES), ids=_name)
def test_a_module_opens_with_one_line_naming_its_subject(path):
    tree = ast.parse(path.read_text())

    assert not tree.body or ast.get_docstring(tree)


@pytest.mark.parametrize("path", _modules(*PACKAGES), ids=_name)
def test_only_settings_read_the_environment(path):
    source = path.read_text()

    reads = "os.environ[" in source or "os.environ.get" in source or "getenv" in source
    assert path.is_relative_to(ROOT / "crm/settings") or not reads


def every_domain_error() -> set[str]:
    """The codes of all refusals that the rooms can raise."""
    from crm.kernel.errors import DomainError

    for package in PACKAGES:
        for path in package.rglob("*errors.py"):
            importlib.import_module(_name(path.with_suffix("")).replace("/", "."))

    def below(kind: type) -> set[type]:
        return {kind for child in kind.__subclasses__() for kind in (child, *below(child))}

    return {kind.code for kind in below(DomainError)}


@pytest.mark.parametrize("dialect", ["v2", "v1_1"])
def test_each_dialect_can_say_every_no(dialect):
    module = f"crm.dialects.{dialect}.catalogue"
    if not (ROOT / (module.replace(".", "/") + ".py")).exists():
        pytest.skip(f"{dialect} has no catalogue yet")
    catalogue = importlib.import_module(module).CATALOGUE

    assert every_domain_error() - set(catalogue) == set()
    assert list(catalogue) == sorted(catalogue)


@pytest.mark.parametrize("path", _modules(*PACKAGES), ids=_name)
def test_an_error_that_is_stored_is_detached_from_its_frames(path):
    tree = ast.parse(path.read_text())
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}

    stored = [
        name.lineno
        for handler in ast.walk(tree)
        if isinstance(handler, ast.ExceptHandler) and handler.name
        for name in ast.walk(handler)
        if isinstance(name, ast.Name)
        and name.id == handler.name
        and (
            isinstance(parents[name], ast.Assign | ast.Return | ast.keyword | ast.Tuple)
            or (isinstance(parents[name], ast.Call) and _is_append(parents[name].func))
        )
    ]

    assert stored == []


def _is_append(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and function.attr == "append"
