"""Every column is written by something that a caller, a member of staff or a file can reach.

A column that only the demo fills shows callers what nobody can have. The sources of the rooms are
read, but those of the demo and the migrations: a column counts as written where

- a statement names it beside its model: ``bulk_insert(Model, ("column", ...), rows)`` and its like;
- a keyword names it: ``Model(column=...)``, ``create(column=...)``, ``update(column=...)``;
- a module that writes the model assigns it, or hands it over by name in a dictionary;
- a desk of the model lets staff edit it.

Of a module that only reads a model, no name counts.
"""

import ast
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth import get_permission_codename
from django.db import models

from crm.adminkit.org_scope import ConfigurationDesk, OrgScopedAdmin
from crm.tenancy.rules.roles import ROLES

ROOT = Path(__file__).parents[2]
APPS = ("approvals", "audit", "customers", "loyalty", "runs", "tenancy")
# Functions of the kernel whose first argument is a model and whose second are its columns.
STATEMENTS = {"Insert", "bulk_insert", "bulk_update", "insert_unless_taken", "insert_returning"}
WRITING_METHODS = {
    "bulk_create",
    "create",
    "create_user",
    "get_or_create",
    "save",
    "save_model",
    "update",
    "update_or_create",
}


# What nothing here writes, and why that is right.
EXCEPTIONS = {
    "CouponSeries.brands": "waits for the desk of coupon series",
    "CouponSeries.campaign_id": "waits for the desk of coupon series",
    "CouponSeries.categories": "waits for the desk of coupon series",
    "CouponSeries.priority": "waits for the desk of coupon series",
    "CouponSeries.products": "waits for the desk of coupon series",
    "Organization.is_active": "an organization is closed in the database, by who operates it",
    "PartnerMembership.enrollment": "waits for the links to partner programs",
    "PartnerMembership.membership_id": "waits for the links to partner programs",
    "PartnerMembership.partner_program": "waits for the links to partner programs",
    "PartnerMembership.tier": "waits for the links to partner programs",
    "PartnerMembership.tier_expires_at": "waits for the links to partner programs",
    "StaffUser.date_joined": "Django writes it",
    "StaffUser.is_superuser": "Django writes it",
    "StaffUser.last_login": "Django writes it",
}


def list_sources() -> Iterator[Path]:
    for room in ("crm", "customers", "loyalty"):
        for path in (ROOT / room).rglob("*.py"):
            parts = path.relative_to(ROOT).parts
            if "migrations" not in parts and parts[:2] != ("crm", "demo"):
                yield path


def list_texts(node: ast.AST) -> frozenset[str]:
    return frozenset(
        part.value
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    )


class Module:
    """What a module writes: names of columns, by the name of the model."""

    def __init__(self, path: Path, model_names: frozenset[str], source: str = "") -> None:
        self.tree = tree = ast.parse(source or path.read_text())
        self.path = path
        self.models = {
            part.id if isinstance(part, ast.Name) else part.attr
            for part in ast.walk(tree)
            if isinstance(part, ast.Name | ast.Attribute)
        } & model_names
        self.models |= {
            node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)
        } & model_names
        self.written: dict[str, set[str]] = {name: set() for name in self.models}

    @cached_property
    def constants(self) -> Mapping[str, object]:
        name = ".".join(self.path.relative_to(ROOT).with_suffix("").parts)
        return vars(import_module(name))

    def read(self) -> dict[str, set[str]]:
        calls = [node for node in ast.walk(self.tree) if isinstance(node, ast.Call)]
        writes = False
        hands_over = False
        for call in calls:
            method = getattr(call.func, "attr", getattr(call.func, "id", ""))
            if method in STATEMENTS and len(call.args) > 1:
                self.add([get_name(call.args[0])], self.list_columns(call.args[1]))
                writes = True
            elif method == "change" and get_root(call.func) == "journal":
                # The journal of a merge writes rows of any model, by their names.
                self.add(self.models, list_texts(call))
            elif method in WRITING_METHODS:
                root = get_root(call.func)
                self.add([root] if root in self.models else self.models, list_keywords(call))
                writes = True
                hands_over |= any(keyword.arg is None for keyword in call.keywords)
            elif method in self.models:
                self.add([method], list_keywords(call))
            hands_over |= method == "setattr"
        if writes:
            self.add(self.models, self.list_assigned())
        if hands_over:
            self.add(self.models, self.list_keys())
        return self.written

    def list_columns(self, node: ast.AST) -> frozenset[str]:
        """The names in an expression that lists columns, in constants and variables as well."""
        names = list_texts(node)
        used = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        for name in used:
            value = self.constants.get(name)
            if isinstance(value, tuple | list):
                names |= {item for item in value if isinstance(item, str)}
        for part in ast.walk(self.tree):
            if isinstance(part, ast.Assign) and used & {get_name(one) for one in part.targets}:
                names |= list_texts(part.value)
        return names

    def add(self, model_names: Iterator[str] | set[str] | list[str], names: frozenset[str]) -> None:
        for model_name in model_names:
            if model_name in self.written:
                self.written[model_name] |= names

    def list_assigned(self) -> frozenset[str]:
        return frozenset(
            part.attr
            for part in ast.walk(self.tree)
            if isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store)
        )

    def list_keys(self) -> frozenset[str]:
        functions = {part.name for part in ast.walk(self.tree) if isinstance(part, ast.FunctionDef)}
        keys: set[str] = set()
        for part in ast.walk(self.tree):
            if isinstance(part, ast.Dict):
                keys |= {key.value for key in part.keys if isinstance(key, ast.Constant)}
            elif isinstance(part, ast.Subscript) and isinstance(part.ctx, ast.Store):
                keys |= list_texts(part.slice)
            elif isinstance(part, ast.Call) and get_name(part.func) in functions:
                keys |= list_keywords(part)
        return frozenset(keys)


def get_name(node: ast.AST) -> str:
    return getattr(node, "id", getattr(node, "attr", ""))


def get_root(node: ast.AST) -> str:
    """The first name of a chain: Customer of ``Customer.objects.filter(...).update``."""
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return get_name(node)


def list_keywords(call: ast.Call) -> frozenset[str]:
    names = frozenset(keyword.arg for keyword in call.keywords if keyword.arg is not None)
    for keyword in call.keywords:
        if keyword.arg in ("defaults", "create_defaults", "update_fields"):
            names |= list_texts(keyword.value)
    return names


def list_edited(model: type[models.Model]) -> frozenset[str]:
    """The fields of a model that staff edit on a desk, or beneath the desk of another model."""
    names: set[str] = set()
    for desk in admin.site._registry.values():
        if desk.model is model and is_edited(desk):
            # The desk gives a new row its organization.
            names |= {"org", *flatten(desk)} - set(desk.readonly_fields)
        for inline in getattr(desk, "inlines", ()):
            if inline.model is model:
                parents = {
                    link.name for link in model._meta.fields if link.related_model is desk.model
                }
                names |= {*parents, *(inline.fields or ())} - set(inline.readonly_fields)
    return frozenset(names)


def is_edited(desk: admin.ModelAdmin) -> bool:
    """Whether the desk itself writes rows; the pages of other desks call operations."""
    right = f"{desk.opts.app_label}.{get_permission_codename('add', desk.opts)}"
    is_given = any(right in rights for rights in ROLES.values())
    return isinstance(desk, ConfigurationDesk) or (is_given and isinstance(desk, OrgScopedAdmin))


def flatten(desk: admin.ModelAdmin) -> Iterator[str]:
    fieldsets = desk.fieldsets or [(None, {"fields": desk.fields or ()})]
    for _, options in fieldsets:
        for name in options["fields"]:
            yield from [name] if isinstance(name, str) else name


@cache
def collect_written() -> dict[str, set[str]]:
    model_names = frozenset(model.__name__ for model in list_models())
    written: dict[str, set[str]] = {name: set() for name in model_names}
    for path in list_sources():
        for name, columns in Module(path, model_names).read().items():
            written[name] |= columns
    return written


def list_models() -> list[type[models.Model]]:
    return [model for app in APPS for model in apps.get_app_config(app).get_models()]


@pytest.mark.parametrize("model", list_models(), ids=lambda model: model.__name__)
def test_each_column_is_written_outside_the_demo(model):
    written = collect_written()[model.__name__] | list_edited(model)
    unwritten = {
        f"{model.__name__}.{field.name}"
        for field in model._meta.concrete_fields
        if not field.primary_key
        and not getattr(field, "auto_now", False)
        and not getattr(field, "auto_now_add", False)
        and written.isdisjoint({field.name, field.attname})
    }

    assert unwritten - EXCEPTIONS.keys() == set()


def test_what_only_the_demo_or_a_reader_names_does_not_count():
    """The method tells writing from reading: it is broken here on purpose."""
    source = """
rows = Coupon.objects.filter(code=code).values_list("issued_at")
values = {"given_at": None}
bulk_insert(Transaction, ("id", *COLUMNS), rows)
Coupon.objects.filter(pk=1).update(revoked_at=now)
"""
    module = Module(ROOT / "nowhere.py", frozenset({"Coupon", "Transaction"}), source)
    module.constants = {"COLUMNS": ("number",)}

    written = module.read()

    assert written == {"Coupon": {"revoked_at"}, "Transaction": {"id", "number"}}
