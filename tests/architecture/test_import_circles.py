"""No module imports itself by way of others, not even late, inside a function."""

import sys

import grimp
import pytest

from tests.architecture.test_house_rules import ROOT

PACKAGES = ("crm", "customers", "loyalty")


def find_circles(imports):
    """Groups of modules that can reach each other, by Tarjan's algorithm."""
    indexes, lowest, stack, circles = {}, {}, [], []

    def visit(module):
        indexes[module] = lowest[module] = len(indexes)
        stack.append(module)
        for imported in imports[module]:
            if imported not in indexes:
                visit(imported)
                lowest[module] = min(lowest[module], lowest[imported])
            elif imported in stack:
                lowest[module] = min(lowest[module], indexes[imported])
        if lowest[module] == indexes[module]:
            start = stack.index(module)
            circle, stack[start:] = stack[start:], []
            if len(circle) > 1 or module in imports[module]:
                circles.append(sorted(circle))

    for module in sorted(imports):
        if module not in indexes:
            visit(module)
    return circles


@pytest.mark.parametrize(
    ("imports", "circles"),
    [
        ({"a": {"b"}, "b": {"c"}, "c": set()}, []),
        ({"a": {"b"}, "b": {"c"}, "c": {"b"}}, [["b", "c"]]),
        ({"a": {"a"}}, [["a"]]),
        ({"a": {"b", "c"}, "b": {"d"}, "c": {"d"}, "d": set()}, []),
    ],
)
def test_a_circle_is_found(imports, circles):
    assert find_circles(imports) == circles


def test_modules_import_in_one_direction(monkeypatch):
    monkeypatch.setattr(sys, "path", [str(ROOT), *sys.path])
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)

    circles = find_circles(
        {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    )

    assert circles == []
