"""Bodies, declared once: a shape describes the items of a body for the API page, and reads them.

    class NoteIn(ItemShape):
        id = read_by(serializers.CharField(required=False), read_note_id)
        date = read_by(serializers.CharField(source="noted_at"), read_moment)
        description = serializers.CharField(required=False)

    NoteIn.read(item, zone=zone)

Reading is as lenient as v1.1 is: what a field requires is for the API page only. A function that
cannot read a value raises the refusal of the item.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar

from rest_framework import serializers

from crm.dialects.v1_1.batch_items import as_list, read_text

Reader = Callable[..., Any]
FieldT = TypeVar("FieldT", bound=serializers.Field)

_READER = "item_reader"


class ItemShape(serializers.Serializer):
    # An item of a body, or a part of one. A docstring would be shown on the API page.

    _readers: ClassVar[tuple[tuple[str, str, Reader, tuple[str, ...]], ...]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name, field in cls._declared_fields.items():
            if isinstance(field, serializers.BaseSerializer) and _READER not in vars(field):
                raise TypeError(f"{cls.__name__} does not say how it reads {name}.")
        readers = (
            (name, field.source or name, vars(field).get(_READER, read_text))
            for name, field in cls._declared_fields.items()
        )
        cls._readers = tuple(
            (name, target, reader, _list_further_parameters(reader))
            for name, target, reader in readers
            if reader is not None
        )

    @classmethod
    def read(cls, item: Mapping[str, Any], **context: Any) -> dict[str, Any]:
        """Return the values of the fields by their sources: text, or what a function reads.

        ``context`` holds what the functions ask for by their further parameters.
        """
        values = {}
        for name, target, reader, parameters in cls._readers:
            raw = item.get(name)
            values[target] = (
                reader(raw, **{parameter: context[parameter] for parameter in parameters})
                if parameters
                else reader(raw)
            )
        return values


def read_by(field: FieldT, reader: Reader) -> FieldT:
    """Read the raw value by a function; a missing value is None."""
    vars(field)[_READER] = reader
    return field


def not_read(field: FieldT) -> FieldT:
    """Describe a key that something else reads."""
    vars(field)[_READER] = None
    return field


def keep(raw: Any) -> Any:
    """Read the raw value as it is."""
    return raw


def listed_in(child: str, element: type[ItemShape], **kwargs: Any) -> serializers.Serializer:
    """Return a field for ``{child: [element, ...]}``; ``read_by`` says how it is read."""
    name = f"{element.__name__}List"
    shape = type(name, (serializers.Serializer,), {child: element(many=True)})
    field: serializers.Serializer = shape(**kwargs)
    return field


def list_objects(data: Any, child: str) -> list[Any]:
    """Return what is listed under ``child``; nothing if the data is no object."""
    return as_list(data.get(child)) if isinstance(data, Mapping) else []


def _list_further_parameters(reader: Reader) -> tuple[str, ...]:
    _, *parameters = inspect.signature(reader).parameters.values()
    return tuple(p.name for p in parameters if p.default is inspect.Parameter.empty)
