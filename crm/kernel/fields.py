"""Column types of our own."""

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


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
