"""Name what staff may do with customers beyond looking at them.

Why:   roles are groups of permissions, and a group can only hold permissions that exist.
Locks: none; the rows are made by tenancy's migration of roles, or after migrating.
Undo:  the permissions stay behind, granted to nobody new.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]

    operations = [
        migrations.AlterModelOptions(
            name="customer",
            options={
                "permissions": [
                    ("label_customer", "Can change the status label of a customer"),
                    ("import_customers", "Can import customers"),
                    ("export_customers", "Can export customers"),
                ]
            },
        ),
    ]
