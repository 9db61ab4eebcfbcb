"""Let customers be searched by the store or till that registered them.

Why:   the advanced search asks for a store; without an index it read every customer. Keys of one
       till come one after another, so an import writes to the end of one branch.
Locks: the customers against writers, while the index is built.
Undo:  drops the index.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0008_service_rights"),
        ("tenancy", "0002_roles"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["org", "registered_by", "id"], name="customer_by_registrar"),
        ),
    ]
