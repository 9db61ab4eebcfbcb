"""Give organization admins and approvers the right to undo a merge.

Why:   the roles exist since tenancy's migration; a right that came later belongs to them as well.
Locks: rows only, a handful.
Clash: a role keeps what else it was given. A role somebody deleted comes back.
Undo:  the right stays behind.
"""

from django.contrib.auth.management import create_permissions
from django.db import migrations

ROLES = ("approver", "organization admin")


def extend_roles(apps, schema_editor):
    alias = schema_editor.connection.alias
    config = apps.get_app_config("customers")
    # An app as history knows it has no module of models, and is passed over without one.
    config.models_module = True
    create_permissions(config, apps=apps, using=alias, verbosity=0)
    config.models_module = None
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    right = Permission.objects.using(alias).get(
        content_type__app_label="customers", codename="undo_merge"
    )
    for name in ROLES:
        group, _ = Group.objects.using(alias).get_or_create(name=name)
        group.permissions.add(right)


class Migration(migrations.Migration):
    dependencies = [("customers", "0004_undoing_merges")]

    operations = [migrations.RunPython(extend_roles, migrations.RunPython.noop)]
