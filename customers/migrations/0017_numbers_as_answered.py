"""Store foreign mobiles that look like a number of the organization's country with 00 in front.

Why:   a number that is shown finds the same customer when it is given back; without the 00 these
       digits mean a number of the organization's country.
Locks: the rows that change, which are few. All mobiles are read, some 200,000 a second.
Undo:  the digits without the 00.
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from crm.kernel.respelling import respell_rows
from customers.rules.mobiles import drop_international_prefix, spell_stored_mobile


def write_answers(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    using = schema_editor.connection.alias
    for model, types, country in (
        ("Identifier", ["mobile"], "org__default_country"),
        ("Channel", ["mobile", "whatsapp"], "profile__customer__org__default_country"),
    ):
        rows = apps.get_model("customers", model)._default_manager.using(using)
        respell_rows(
            rows.filter(type__in=types),
            column="value",
            others=[country],
            respell=spell_stored_mobile,
        )


def write_digits(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    using = schema_editor.connection.alias
    for model, types in (("Identifier", ["mobile"]), ("Channel", ["mobile", "whatsapp"])):
        rows = apps.get_model("customers", model)._default_manager.using(using)
        respell_rows(
            rows.filter(type__in=types, value__startswith="00"),
            column="value",
            others=[],
            respell=drop_international_prefix,
        )


class Migration(migrations.Migration):
    dependencies = [("customers", "0016_one_spelling")]

    operations = [migrations.RunPython(write_answers, write_digits)]
