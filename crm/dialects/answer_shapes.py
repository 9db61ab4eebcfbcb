"""Answers, declared once: a shape describes an answer for the API page, and builds it.

A shape is a serializer of Django REST framework. Each field says where its value comes from:
``source`` is a path of attributes, by default the field's own name, and the functions of this
module say the rest. When a class is defined, its fields are compiled into one plain function,
``build``, the way dataclasses compile theirs. No serializer runs when an answer is made, and
moments and amounts are left to the renderer.

    class CardOut(Shape):
        id = serializers.IntegerField()
        cardNumber = serializers.CharField(source="number")
        maxActiveCards = if_none(serializers.IntegerField(source="max_active_cards"), -1)
        createdDate = computed(serializers.DateField(), get_created_day)
        holder = optional(HolderOut())
        warnings = constant(WarningOut(many=True), [])

    CardOut.build(card, zone=zone)

A nested shape builds its value, or each element of it with ``many=True``; with ``source="*"`` it
reads the same object as the shape around it. ``make_shape`` makes a shape of named fields.
"""

import ast
import inspect
import linecache
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, ClassVar, TypeVar

from rest_framework import serializers

Answer = dict[str, Any]
Function = Callable[..., Any]
FieldT = TypeVar("FieldT", bound=serializers.Field)

_ITSELF = "*"  # the source that is the whole object
_UNSET = object()
_RULE = "answer_rule"
_PLAIN_TYPES = (str, int, float, bool, type(None))


@dataclass(frozen=True)
class _Rule:
    """Where the value of a field comes from, if not from its source alone."""

    constant: Any = _UNSET
    function: Function | None = None
    argument: str = ""
    if_none: Any = _UNSET
    is_optional: bool = False
    when: str | Function | None = None


def constant(field: FieldT, value: Any) -> FieldT:
    """Answer this value always; a list or an object is made anew each time."""
    return _add_rule(field, constant=value)


def computed(field: FieldT, function: Function) -> FieldT:
    """Answer what the function returns, as it is, also if the field is a nested shape.

    The function gets the value of the field's source, or the whole object if the field names none.
    If it takes more parameters, ``build`` takes keyword arguments of these names and hands them on.
    """
    return _add_rule(field, function=function)


def argument(field: FieldT, name: str) -> FieldT:
    """Answer a keyword argument of ``build``: as it is, or what the field's source reads from it.

    ``source="*"`` is the argument itself, for a nested shape or a function to make something of.
    """
    return _add_rule(field, argument=name)


def if_none(field: FieldT, value: Any) -> FieldT:
    """Answer this value if the source, or an attribute on the path to it, is None."""
    return _add_rule(field, if_none=value)


def optional(field: FieldT, when: str | Function | None = None) -> FieldT:
    """Leave the key out if the value is None, or unless the condition holds.

    The API page says that it may be missing. The condition is a path of attributes whose value must
    be true, or a function as in ``computed``. Neighbours with the same condition share one test.
    """
    # Serializers make their fields anew from these.
    vars(field)["_kwargs"]["required"] = False
    return _add_rule(field, is_optional=True, when=when)


class Shape(serializers.Serializer):
    # An answer, or a part of one. A docstring would be shown on the API page for every shape.

    # Whether the object is a mapping, whose keys the sources name.
    reads_keys: ClassVar[bool] = False
    # Takes the object to describe, and by keyword what the fields' functions ask for.
    build: ClassVar[Callable[..., Answer]]
    build_arguments: ClassVar[tuple[str, ...]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        inherited = (name for base in cls.__bases__ for name in _get_fields(base))
        fields = _get_fields(cls)
        # A field that is declared anew keeps the place of the one that it replaces.
        cls._declared_fields = {
            name: fields[name] for name in dict.fromkeys([*inherited, *fields]) if name in fields
        }
        for name, field in cls._declared_fields.items():
            if field.source == name:
                # ``computed`` needs it, and serializers refuse it as redundant.
                vars(field)["_kwargs"].pop("source", None)
        compiler = _Compiler()
        cls.build = staticmethod(compiler.compile(cls))
        cls.build_arguments = tuple(compiler.arguments)


def make_shape(name: str, fields: Mapping[str, serializers.Field]) -> type[Shape]:
    """Return a shape with these fields, whose names need not be identifiers of Python."""
    return type(name, (Shape,), dict(fields))


class _Compiler:
    """Writes the function of a shape as Python, and runs it.

    ``arguments`` are the keyword arguments that the function takes. ``_names`` are the objects that
    the source refers to.
    """

    def __init__(self) -> None:
        self.arguments: dict[str, None] = {}
        self._names: dict[str, Any] = {}
        self._locals = 0

    def compile(self, shape: type[Shape]) -> Callable[..., Answer]:
        body = self._write_body(shape)
        keywords = "".join(f", {name}" for name in self.arguments)
        signature = f"value, *{keywords}" if keywords else "value"
        source = "\n".join([f"def build({signature}):", *body])
        file_name = f"<answer {shape.__module__}.{shape.__qualname__}>"
        # Tracebacks show the line of the key.
        linecache.cache[file_name] = (
            len(source),
            None,
            source.splitlines(keepends=True),
            file_name,
        )
        exec(compile(source, file_name, "exec"), self._names)  # noqa: S102 (our own declarations)
        build: Callable[..., Answer] = self._names["build"]
        return build

    def _write_body(self, shape: type[Shape]) -> Iterable[str]:
        fields = list(shape._declared_fields.items())
        if not _has_optional_fields(shape):
            return [f"    return {self._write_dict(shape, fields, 'value')}"]
        lines, is_first = [], True
        for rule, group in groupby(fields, key=_get_condition):
            entries = list(group)
            if is_first:
                first = [] if rule else entries
                lines.append(f"    answer = {self._write_dict(shape, first, 'value')}")
                is_first = False
                if not rule:
                    continue
            lines += self._write_group(shape, rule, entries)
        return [*lines, "    return answer"]

    def _write_group(
        self, shape: type[Shape], rule: _Rule | None, entries: list[tuple[str, serializers.Field]]
    ) -> Iterable[str]:
        if rule and rule.when is None:
            for name, field in entries:
                yield from self._write_unless_none(shape, name, field)
            return
        indent = "    "
        if rule:
            yield f"    if {self._write_condition(shape, rule.when)}:"
            indent = "        "
        for name, field in entries:
            yield f"{indent}answer[{name!r}] = {self._write_value(shape, name, field, 'value')}"

    def _write_condition(self, shape: type[Shape], when: Any) -> str:
        if isinstance(when, str):
            return _write_path(shape, when.split("."), "value", may_lack=True)
        return self._write_call(when, "value")

    def _write_unless_none(
        self, shape: type[Shape], name: str, field: serializers.Field
    ) -> Iterable[str]:
        local = self._make_local()
        if _is_nested(field):
            root = self._write_root(field, "value")
            read = _write_path(shape, _get_path(name, field), root, may_lack=True)
            value = self._write_nested(field, local)
        else:
            read, value = self._write_value(shape, name, field, "value"), local
        yield f"    if ({local} := {read}) is not None:"
        yield f"        answer[{name!r}] = {value}"

    def _write_dict(
        self, shape: type[Shape], fields: Iterable[tuple[str, serializers.Field]], value: str
    ) -> str:
        lines = [f"{name!r}: {self._write_value(shape, name, f, value)},\n" for name, f in fields]
        return "{\n" + "".join(lines) + "}" if lines else "{}"

    def _write_value(
        self, shape: type[Shape], name: str, field: serializers.Field, value: str
    ) -> str:
        """Write the expression for the value of a key."""
        rule = _get_rule(field)
        if rule.constant is not _UNSET:
            return self._write_literal(rule.constant)
        value = self._write_root(field, value)
        if rule.argument and field.source is None:
            return value
        path = _get_path(name, field)
        if rule.function is not None and field.source is None:
            path = []
        fallback = rule.if_none
        if fallback is _UNSET and _is_nested(field) and field.allow_null:
            fallback = None
        if fallback is _UNSET:
            read = _write_path(shape, path, value, may_lack=rule.is_optional)
            return self._write_nested(field, read)
        tests = []
        for step in path:
            local = self._make_local()
            read = _write_path(shape, [step], value, may_lack=True)
            tests.append(f"({local} := {read}) is None")
            value = local
        otherwise = self._write_nested(field, value)
        return f"{self._write_literal(fallback)} if {' or '.join(tests)} else {otherwise}"

    def _write_root(self, field: serializers.Field, value: str) -> str:
        """Write the object that the field's source is read from."""
        name = _get_rule(field).argument
        if not name:
            return value
        self.arguments[name] = None
        return name

    def _write_nested(self, field: serializers.Field, value: str) -> str:
        """Write what a field makes of the value of its source."""
        if (function := _get_rule(field).function) is not None:
            return self._write_call(function, value)
        if isinstance(field, serializers.ListSerializer):
            element = self._make_local()
            return f"[{self._write_shape(field.child, element)} for {element} in {value}]"
        if isinstance(field, serializers.BaseSerializer):
            return self._write_shape(field, value)
        return value

    def _write_shape(self, nested: Any, value: str) -> str:
        shape = type(nested)
        if not issubclass(shape, Shape):
            raise TypeError(f"{shape.__name__} is not a Shape: it cannot build an answer.")
        if not _has_optional_fields(shape):
            return self._write_dict(shape, shape._declared_fields.items(), value)
        self.arguments.update(dict.fromkeys(shape.build_arguments))
        keywords = "".join(f", {name}={name}" for name in shape.build_arguments)
        return f"{self._refer_to(shape.build)}({value}{keywords})"

    def _write_call(self, function: Function, value: str) -> str:
        names = _list_further_parameters(function)
        self.arguments.update(dict.fromkeys(names))
        return f"{self._refer_to(function)}({', '.join([value, *names])})"

    def _write_literal(self, value: Any) -> str:
        if isinstance(value, list | dict):
            ast.literal_eval(repr(value))  # Raises if there is more than plain values in it.
            return repr(value)
        return repr(value) if type(value) in _PLAIN_TYPES else self._refer_to(value)

    def _refer_to(self, value: Any) -> str:
        name = f"_{len(self._names)}"
        self._names[name] = value
        return name

    def _make_local(self) -> str:
        self._locals += 1
        return f"v{self._locals}"


def _add_rule(field: FieldT, **changes: Any) -> FieldT:
    vars(field)[_RULE] = replace(_get_rule(field), **changes)
    return field


def _get_rule(field: serializers.Field) -> _Rule:
    rule: _Rule = vars(field).get(_RULE, _Rule())
    return rule


def _get_fields(shape: type) -> dict[str, serializers.Field]:
    fields: dict[str, serializers.Field] = getattr(shape, "_declared_fields", {})
    return fields


def _get_condition(entry: tuple[str, serializers.Field]) -> _Rule | None:
    """Return on what the key depends; None if it is always there."""
    rule = _get_rule(entry[1])
    return _Rule(is_optional=True, when=rule.when) if rule.is_optional else None


def _has_optional_fields(shape: type[Shape]) -> bool:
    return any(_get_rule(field).is_optional for field in shape._declared_fields.values())


def _is_nested(field: serializers.Field) -> bool:
    """Whether the value is an object for a shape to build, and not made in another way."""
    rule = _get_rule(field)
    is_argument = bool(rule.argument) and field.source is None
    is_made = rule.function is not None or is_argument or rule.constant is not _UNSET
    return isinstance(field, serializers.BaseSerializer) and not is_made


def _get_path(name: str, field: serializers.Field) -> list[str]:
    source = field.source or name
    return [] if source == _ITSELF else source.split(".")


def _write_path(
    shape: type[Shape], path: Iterable[str], value: str, *, may_lack: bool = False
) -> str:
    """Write how the path is read; a mapping may lack the first key where None is dealt with."""
    for step in path:
        if not shape.reads_keys:
            value = f"{value}.{step}"
        elif may_lack:
            value, may_lack = f"{value}.get({step!r})", False
        else:
            value = f"{value}[{step!r}]"
    return value


def _list_further_parameters(function: Function) -> list[str]:
    try:
        parameters = list(inspect.signature(function).parameters)
    except ValueError:  # Types of Python's own, such as str, have no signature.
        return []
    return parameters[1:]
