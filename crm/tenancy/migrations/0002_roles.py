"""Make the five roles of staff, as groups of permissions.

Why:   a fresh installation must be able to give somebody a role at once.
Locks: rows only, a few hundred.
Clash: a role that exists keeps its members and what else it was given; what is listed here is added.
Undo:  the groups go, unless somebody is in them.

Permissions are normally made after all migrations have run, which is too late for a group that holds
them; so this makes them first, the way that later step would, and that step then finds them there.
"""

from django.contrib.auth.management import create_permissions
from django.db import migrations

APPS = ("tenancy", "customers", "audit", "runs")

CONFIGURATION = (
    "tenancy.orgentity",
    "tenancy.credential",
    "tenancy.staffuser",
    "customers.sourceaccount",
    "customers.fielddefinition",
    "customers.statuslabel",
)
# Lines of a configured thing, which nothing else points at, may go again.
LINES = ("tenancy.ratelimit", "customers.fieldoption", "customers.fieldtranslation")


def _may(verbs, models):
    return [
        f"{app}.{verb}_{model}"
        for app, _, model in (name.partition(".") for name in models)
        for verb in verbs
    ]


SUPPORT = ["customers.view_customer", "customers.label_customer"]
IMPORTS = ["customers.import_customers", "customers.export_customers", "runs.view_run"]
ROLES = {
    "support agent": SUPPORT,
    "approver": [*SUPPORT, "audit.view_event"],
    "import operator": ["customers.view_customer", *IMPORTS],
    "organization admin": [
        *SUPPORT,
        *IMPORTS,
        *_may(["view"], ["audit.event", "audit.seal"]),
        *_may(["view", "change"], ["tenancy.organization"]),
        *_may(["view", "add", "change"], CONFIGURATION),
        *_may(["view", "add", "change", "delete"], LINES),
    ],
}
# Reads everything, changes nothing.
AUDITOR = "auditor"


def make_roles(apps, schema_editor):
    alias = schema_editor.connection.alias
    _make_permissions(apps, alias)
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    known = {
        (permission.content_type.app_label, permission.codename): permission
        for permission in Permission.objects.using(alias)
        .filter(content_type__app_label__in=APPS)
        .select_related("content_type")
    }
    for name, wanted in ROLES.items():
        group, _ = Group.objects.using(alias).get_or_create(name=name)
        group.permissions.add(*(known[tuple(permission.split("."))] for permission in wanted))
    auditor, _ = Group.objects.using(alias).get_or_create(name=AUDITOR)
    auditor.permissions.add(
        *(permission for (_, code), permission in known.items() if code.startswith("view_"))
    )


def drop_roles(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    groups = Group.objects.using(schema_editor.connection.alias)
    groups.filter(name__in=[*ROLES, AUDITOR], user__isnull=True).delete()


def _make_permissions(apps, alias):
    for label in APPS:
        config = apps.get_app_config(label)
        # An app as history knows it has no module of models, and is passed over without one.
        config.models_module = True
        create_permissions(config, apps=apps, using=alias, verbosity=0)
        config.models_module = None


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0001_initial"),
        ("customers", "0002_staff_permissions"),
        ("audit", "0002_append_only"),
        ("runs", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make_roles, drop_roles)]
