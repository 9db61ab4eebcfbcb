"""Column types of our own."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Combinable


class FoldedTextField(models.CharField):
    """Text that is compared byte by byte, so that a prefix is one range of the index.

    The caller stores folded text; the collation ("C" on PostgreSQL, BINARY on SQLite) is the
    field's, because a language's own sort order cannot answer a prefix from a b-tree.
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


class ThousandthsField(models.BigIntegerField):
    """Points and money: a Decimal in Python, whole thousandths in the database.

    SQLite has no exact decimals, and sums of integers are exact everywhere. What is finer than a
    thousandth is refused and never rounded: whoever computes says how. In arithmetic with ``F()``
    the other side has to be ``thousandths(amount)``; a bare number would be taken as thousandths.
    """

    default_error_messages = {"thousandths": "%(value)s is not a number of at most 3 decimals."}

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        # A sum comes back from PostgreSQL as a Decimal already.
        return None if value is None else Decimal(value).scaleb(-3)

    def to_python(self, value: Any) -> Any:
        if value is None:
            return None
        try:
            amount = Decimal(str(value))
            self._thousandths(amount)
        except ArithmeticError as error:
            raise ValidationError(
                self.error_messages["thousandths"], code="thousandths", params={"value": value}
            ) from error
        return amount

    def get_prep_value(self, value: Any) -> Any:
        if value is None or hasattr(value, "resolve_expression"):
            return value
        if not isinstance(value, (Decimal, int)):
            raise TypeError(f"{self.name} takes Decimal or int, not {type(value).__name__}")
        return self._thousandths(Decimal(value))

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.value_from_object(obj))

    def formfield(self, *args: Any, **kwargs: Any) -> Any:
        return models.Field.formfield(
            self, *args, **{"form_class": forms.DecimalField, "decimal_places": 3, **kwargs}
        )

    @property
    def validators(self) -> list[Any]:
        # Those of the integer compare with the range of the column, which is in thousandths.
        return [*self.default_validators, *self._validators]

    @staticmethod
    def _thousandths(amount: Decimal) -> int:
        if not amount.is_finite() or (whole := amount.scaleb(3)) != whole.to_integral_value():
            raise ArithmeticError(f"{amount} is not a number of whole thousandths")
        return int(whole)


def thousandths(amount: Decimal | int) -> Combinable:
    """An amount for arithmetic with a ThousandthsField: ``F("points") - thousandths(amount)``."""
    return models.Value(Decimal(amount), output_field=ThousandthsField())
