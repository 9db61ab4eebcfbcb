"""Add the language in which a member of staff sees the dashboard.

Why:   the dashboard speaks more than English, and each person chooses.
Locks: one column with a default, no rewrite of the table.
Undo:  the choices are lost; the language of the browser holds.
"""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tenancy', '0003_settings'),
    ]

    operations = [
        migrations.AddField(
            model_name='staffuser',
            name='language',
            field=models.CharField(blank=True, help_text="Blank until the first page: the browser's language.", max_length=10),
        ),
    ]
