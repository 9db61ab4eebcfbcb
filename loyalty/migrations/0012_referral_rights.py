"""Give the roles of staff their rights over referrals.

Why:   campaigns and invitations have desks.
Locks: rows only, a few dozen.
Clash: a role keeps what else it was given; what is listed here is added. A role that somebody
       deleted stays deleted.
Undo:  the rights stay behind.
"""

from django.contrib.auth.management import create_permissions
from django.db import migrations

VIEWS = ["view_referralcampaign", "view_invitation"]
ROLES = {
    "support agent": VIEWS,
    "approver": VIEWS,
    "import operator": VIEWS,
    "auditor": VIEWS,
    "organization admin": [*VIEWS, "add_referralcampaign", "change_referralcampaign"],
}


def extend_roles(apps, schema_editor):
    alias = schema_editor.connection.alias
    config = apps.get_app_config("loyalty")
    # An app as history knows it has no module of models, and is passed over without one.
    config.models_module = True
    create_permissions(config, apps=apps, using=alias, verbosity=0)
    config.models_module = None
    Permission = apps.get_model("auth", "Permission")
    known = {
        permission.codename: permission
        for permission in Permission.objects.using(alias).filter(content_type__app_label="loyalty")
    }
    for group in apps.get_model("auth", "Group").objects.using(alias).filter(name__in=ROLES):
        group.permissions.add(*(known[code] for code in ROLES[group.name]))


class Migration(migrations.Migration):
    dependencies = [
        ("loyalty", "0011_referrals"),
        ("tenancy", "0002_roles"),
    ]

    operations = [migrations.RunPython(extend_roles, migrations.RunPython.noop)]
