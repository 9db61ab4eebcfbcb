"""Let those who bring files in bring in coupons.

Why:   coupons have become a kind of import, with a right of its own.
Locks: rows only, two.
Clash: a role keeps what else it was given. A role that somebody deleted stays deleted.
Undo:  the rights stay behind.
"""

from django.contrib.auth.management import create_permissions
from django.db import migrations

ROLES = ("import operator", "organization admin")


def extend_roles(apps, schema_editor):
    alias = schema_editor.connection.alias
    config = apps.get_app_config("loyalty")
    # An app as history knows it has no module of models, and is passed over without one.
    config.models_module = True
    create_permissions(config, apps=apps, using=alias, verbosity=0)
    config.models_module = None
    right = (
        apps.get_model("auth", "Permission")
        .objects.using(alias)
        .get(content_type__app_label="loyalty", codename="import_coupons")
    )
    for group in apps.get_model("auth", "Group").objects.using(alias).filter(name__in=ROLES):
        group.permissions.add(right)


class Migration(migrations.Migration):
    dependencies = [
        ("loyalty", "0008_partner_rights"),
        ("tenancy", "0002_roles"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="coupon",
            options={
                "permissions": [
                    ("issue_coupons", "Can issue coupons"),
                    ("revoke_coupons", "Can revoke coupons"),
                    ("import_coupons", "Can import coupons"),
                ]
            },
        ),
        migrations.RunPython(extend_roles, migrations.RunPython.noop),
    ]
