"""Give the roles of staff their part in requests.

Why:   agents file, approvers decide, and organization admins do both, though never their own.
Locks: rows only, a handful.
Clash: a role keeps what else it was given. A role somebody deleted comes back.
Undo:  the rights stay behind.
"""

from django.contrib.auth.management import create_permissions
from django.db import migrations

FILE = ("view_request", "file_request")
DECIDE = ("decide_request", "export_requests")
ROLES = {
    "support agent": FILE,
    "approver": (*FILE, *DECIDE),
    "import operator": ("view_request", "import_requests", "export_requests"),
    "organization admin": (*FILE, *DECIDE, "import_requests"),
    "auditor": ("view_request", "view_decision"),
}


def extend_roles(apps, schema_editor):
    alias = schema_editor.connection.alias
    config = apps.get_app_config("approvals")
    # An app as history knows it has no module of models, and is passed over without one.
    config.models_module = True
    create_permissions(config, apps=apps, using=alias, verbosity=0)
    config.models_module = None
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    for name, rights in ROLES.items():
        group, _ = Group.objects.using(alias).get_or_create(name=name)
        group.permissions.add(
            *Permission.objects.using(alias).filter(
                content_type__app_label="approvals", codename__in=rights
            )
        )


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0002_as_asked_and_decided"),
        ("tenancy", "0002_roles"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(extend_roles, migrations.RunPython.noop)]
