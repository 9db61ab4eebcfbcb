"""Keep what an undo of a merge needs: the whole row as the merge left it, who undid it and why.

Why:   without the rest of a row nobody can tell whether it was edited since the merge.
Locks: two small tables, for the moment it takes to add columns.
Clash: merges journaled before have nothing kept, and their undo is refused by that name.
Undo:  the columns go, and with them why merges were undone.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0002_roles"),
        ("customers", "0003_links_without_checks"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="mergejournal",
            options={"permissions": [("undo_merge", "Can undo a merge")]},
        ),
        migrations.AddField(
            model_name="mergejournal",
            name="undone_by",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="tenancy.orgentity",
            ),
        ),
        migrations.AddField(
            model_name="mergejournal",
            name="undo_reason",
            field=models.CharField(blank=True, max_length=255),
        ),
        migrations.AddField(
            model_name="mergejournalrow",
            name="kept",
            field=models.JSONField(
                help_text="What else the row held then, and what hung on it; empty: nobody noted it.",
                null=True,
            ),
        ),
    ]
