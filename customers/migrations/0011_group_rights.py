"""Give the roles of staff their rights over hierarchies and companies.

Why:   the roles exist since tenancy's migration; rights that came later belong to them as well.
Locks: rows only, a few dozen.
Clash: a role keeps what else it was given; what is listed here is added. A role that somebody
       deleted stays deleted.
Undo:  the rights stay behind.
"""

from django.contrib.auth.management import create_permissions
from django.db import migrations

VIEWS = ["view_hierarchy", "view_hierarchyrole", "view_company"]
ROLES = {
    "support agent": ["view_company"],
    "approver": ["view_company"],
    "auditor": [*VIEWS, "view_association"],
    "organization admin": [
        *VIEWS,
        "add_hierarchy",
        "change_hierarchy",
        "add_hierarchyrole",
        "change_hierarchyrole",
        "add_company",
        "change_company",
    ],
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
        ("customers", "0010_hierarchies_and_companies"),
        ("tenancy", "0002_roles"),
    ]

    operations = [migrations.RunPython(extend_roles, migrations.RunPython.noop)]
