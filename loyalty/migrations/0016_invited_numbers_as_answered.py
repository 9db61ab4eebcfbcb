"""Store invited mobiles as identifiers store them, with 00 where the digits mean another number.

Why:   an invitation is found by the identifier of the customer who registers.
Locks: the rows that change, which are few.
Undo:  the digits without the 00.
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from crm.kernel.respelling import respell_rows
from customers.rules.mobiles import drop_international_prefix, spell_stored_mobile


def write_answers(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    invitations = apps.get_model("loyalty", "Invitation")._default_manager
    respell_rows(
        invitations.using(schema_editor.connection.alias).filter(type="mobile"),
        column="identifier",
        others=["org__default_country"],
        respell=spell_stored_mobile,
    )


def write_digits(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    invitations = apps.get_model("loyalty", "Invitation")._default_manager
    respell_rows(
        invitations.using(schema_editor.connection.alias).filter(
            type="mobile", identifier__startswith="00"
        ),
        column="identifier",
        others=[],
        respell=drop_international_prefix,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0017_numbers_as_answered"),
        ("loyalty", "0015_reactivate_coupons"),
    ]

    operations = [migrations.RunPython(write_answers, write_digits)]
