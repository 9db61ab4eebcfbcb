"""Give the roles of staff their rights over programs, points, cards and coupons.

Why:   the roles exist since tenancy's migration; what loyalty added later belongs to them as well.
Locks: rows only, a few hundred.
Clash: a role keeps what else it was given; what is listed here is added. A role somebody deleted
       comes back.
Undo:  the rights stay behind.
"""

from django.contrib.auth.management import create_permissions
from django.db import migrations

VIEWED = ("program", "tier", "enrollment", "pointsentry", "transaction", "card", "coupon")
VIEWED += ("cardseries", "cardlabel", "couponseries", "programgroup")
CONFIGURATION = ("program", "tier", "programgroup", "cardseries", "cardlabel", "couponseries")

SUPPORT = [*(f"view_{model}" for model in VIEWED), "change_card"]
MOVES = ["adjust_points", "transfer_points"]
IMPORTS = ["import_cards", "import_transactions", "export_transactions"]
ROLES = {
    "support agent": SUPPORT,
    "approver": [*SUPPORT, *MOVES],
    "import operator": [*(f"view_{model}" for model in VIEWED), *IMPORTS],
    "organization admin": [
        *SUPPORT,
        *MOVES,
        *IMPORTS,
        "generate_cards",
        "issue_coupons",
        "revoke_coupons",
        *(f"{verb}_{model}" for verb in ("add", "change") for model in CONFIGURATION),
    ],
}
# Reads everything, changes nothing.
AUDITOR = "auditor"


def extend_roles(apps, schema_editor):
    alias = schema_editor.connection.alias
    config = apps.get_app_config("loyalty")
    # An app as history knows it has no module of models, and is passed over without one.
    config.models_module = True
    create_permissions(config, apps=apps, using=alias, verbosity=0)
    config.models_module = None
    Group = apps.get_model("auth", "Group")
    Permission = apps.get_model("auth", "Permission")
    known = {
        permission.codename: permission
        for permission in Permission.objects.using(alias).filter(content_type__app_label="loyalty")
    }
    wanted = {**ROLES, AUDITOR: [code for code in known if code.startswith("view_")]}
    for name, codes in wanted.items():
        group, _ = Group.objects.using(alias).get_or_create(name=name)
        group.permissions.add(*(known[code] for code in codes))


class Migration(migrations.Migration):
    dependencies = [
        ("loyalty", "0003_welcome_coupons"),
        ("tenancy", "0002_roles"),
    ]

    operations = [migrations.RunPython(extend_roles, migrations.RunPython.noop)]
