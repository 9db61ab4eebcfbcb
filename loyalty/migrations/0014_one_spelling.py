"""Store card numbers, external ids of cards and coupon codes in the spelling that new ones get.

Why:   a value without invisible characters and in plain width is the one that look-ups ask for.
Locks: the rows that change, which are few: only text beyond ASCII can.
Undo:  nothing; the old spellings are not kept.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from crm.kernel.respelling import respell_column
from crm.kernel.text import unify


def write_one_spelling(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for table, column in (
        ("loyalty_card", "number"),
        ("loyalty_card", "external_id"),
        ("loyalty_coupon", "code"),
    ):
        respell_column(
            schema_editor.connection,
            table=table,
            column=column,
            unique_with=["org_id"],
            respell=lambda value, _: unify(value).strip() or None,
        )


class Migration(migrations.Migration):
    dependencies = [("customers", "0016_one_spelling"), ("loyalty", "0013_tills_day")]

    operations = [migrations.RunPython(write_one_spelling, migrations.RunPython.noop)]
