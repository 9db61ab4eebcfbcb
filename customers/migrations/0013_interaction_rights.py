"""Give the roles of staff their rights over interactions.

Why:   the roles exist since tenancy's migration; rights that came later belong to them as well.
Locks: rows only, a few.
Clash: a role keeps what else it was given. A role that somebody deleted stays deleted.
Undo:  the rights stay behind.
"""

from django.contrib.auth.management import create_permissions
from django.db import migrations

ROLES = {
    "support agent": ["view_interaction", "add_interaction"],
    "approver": ["view_interaction", "add_interaction"],
    "auditor": ["view_interaction"],
    "import operator": ["view_interaction", "import_interactions"],
    "organization admin": ["view_interaction", "add_interaction", "import_interactions"],
}


def extend_roles(apps, schema_editor):
    alias = schema_editor.connection.alias
    config = apps.get_app_config("customers")
    # An app as history knows it has no module of models, and is passed over without one.
    config.models_module = True
    create_permissions(config, apps=apps, using=alias, verbosity=0)
    config.models_module = None
    Permission = apps.get_model("auth", "Permission")
    rights = Permission.objects.using(alias).filter(content_type__app_label="customers")
    known = {right.codename: right for right in rights}
    for group in apps.get_model("auth", "Group").objects.using(alias).filter(name__in=ROLES):
        group.permissions.add(*(known[code] for code in ROLES[group.name]))


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0012_interactions"),
        ("tenancy", "0002_roles"),
    ]

    operations = [migrations.RunPython(extend_roles, migrations.RunPython.noop)]
