"""Store identifiers, channels and search words in the spelling that new ones get.

Why:   a value without invisible characters, in plain width, and with its domain in Unicode is the
       one that look-ups ask for; words hold plain letters for the barred and joined ones.
Locks: the rows that change, which are few: only text beyond ASCII and punycode can.
Undo:  nothing; the old spellings are not kept.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from crm.kernel.respelling import respell_column, respell_keys
from crm.kernel.text import fold
from customers.rules.identifiers import normalise_identifier

_NUMBERS = ("mobile", "whatsapp")
_NAMES = ("firstName", "lastName", "fullName")
_LONGEST_WORD = 255


def write_one_spelling(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    respell_column(
        schema_editor.connection,
        table="customers_identifier",
        column="value",
        unique_with=["org_id", "type"],
        respell=lambda value, _, kind: _respell(kind, value),
    )
    respell_column(
        schema_editor.connection,
        table="customers_channel",
        column="value",
        unique_with=["profile_id", "type"],
        respell=lambda value, _, kind: _respell(kind, value),
    )
    respell_keys(
        schema_editor.connection,
        table="customers_searchkey",
        column="text",
        others=["org_id", "customer_id", "kind"],
        respell=lambda text, _, __, kind: fold(
            text if kind in _NAMES else _respell(kind, text) or text
        )[:_LONGEST_WORD],
    )


def _respell(kind: str, value: str) -> str | None:
    if kind in _NUMBERS:
        return None
    return normalise_identifier(kind, value, default_country="", strict_mobile=False)


class Migration(migrations.Migration):
    dependencies = [("customers", "0015_till_columns")]

    operations = [migrations.RunPython(write_one_spelling, migrations.RunPython.noop)]
