"""Custom model fields."""

from decimal import Decimal
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Combinable, register_combinable_fields


class FoldedTextField(models.CharField):
    """Text that is compared byte by byte, so that a prefix search is one range of the index.

    The caller stores folded text. The field sets the collation ("C" on PostgreSQL, BINARY on
    SQLite), because a b-tree in the sort order of a language cannot serve a prefix search.
    """

    COLLATIONS = {"postgresql": "C", "sqlite": "BINARY"}

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, Any]:
        self.db_collation = self.COLLATIONS[connection.vendor]
        return super().db_parameters(connection)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        # The collation follows the database in use; the migration must not freeze one.
        kwargs.pop("db_collation", None)
        return name, path, args, kwargs


_Set = TypeVar("_Set", contravariant=True)
_Got = TypeVar("_Got", covariant=True)


class ThousandthsField(models.Field[_Set, _Got]):
    """Points and money: a Decimal in Python, whole thousandths in the database.

    SQLite has no exact decimals, and sums of integers are exact everywhere. Values finer than a
    thousandth are refused, never rounded: the caller decides how to round. In arithmetic with
    ``F()`` the other operand must be ``thousandths(amount)``; a bare number counts as thousandths.
    """

    # For the type checker, as Django's own fields are described to it.
    _pyi_private_set_type: Decimal | int | Combinable
    _pyi_private_get_type: Decimal
    _pyi_lookup_exact_type: Decimal | int

    default_error_messages = {"thousandths": "%(value)s is not a number of at most 3 decimals."}

    def get_internal_type(self) -> str:
        return "BigIntegerField"

    def from_db_value(
        self, value: Any, expression: Any, connection: BaseDatabaseWrapper
    ) -> Decimal | None:
        # A sum comes back from PostgreSQL as a Decimal already.
        return None if value is None else Decimal(value).scaleb(-3)

    def to_python(self, value: Any) -> Decimal | None:
        if value is None:
            return None
        try:
            amount = Decimal(str(value))
            _to_thousandths(amount)
        except ArithmeticError as error:
            raise ValidationError(
                self.error_messages["thousandths"], code="thousandths", params={"value": value}
            ) from error
        return amount

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        if value is None or hasattr(value, "resolve_expression"):
            return value
        if not isinstance(value, (Decimal, int)):
            raise TypeError(f"{self.name} takes Decimal or int, not {type(value).__name__}")
        return _to_thousandths(Decimal(value))

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.value_from_object(obj))

    def formfield(self, *args: Any, **kwargs: Any) -> Any:
        defaults = {"form_class": forms.DecimalField, "decimal_places": 3, "max_digits": 15}
        return super().formfield(*args, **{**defaults, **kwargs})


for _connector in (Combinable.ADD, Combinable.SUB):
    register_combinable_fields(ThousandthsField, _connector, ThousandthsField, ThousandthsField)


def thousandths(amount: Decimal | int) -> Combinable:
    """An amount for arithmetic with a ThousandthsField: ``F("points") - thousandths(amount)``."""
    return models.Value(Decimal(amount), output_field=ThousandthsField())


def _to_thousandths(amount: Decimal) -> int:
    # Expanding a huge exponent into digits would take too long.
    if not amount.is_finite() or amount.adjusted() > 15:
        raise ArithmeticError(f"{amount} cannot be kept")
    whole = amount.scaleb(3)
    if whole != whole.to_integral_value():
        raise ArithmeticError(f"{amount} is finer than a thousandth")
    return int(whole)
