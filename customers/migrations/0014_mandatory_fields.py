"""Let an organization say which fields a registration must bring.

Why:   v1.1 registers nobody without what the organization asks for.
Locks: adds a column with a default; the table is small.
Undo:  the column goes, and nothing is asked for.
"""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0013_interaction_rights'),
    ]

    operations = [
        migrations.AddField(
            model_name='fielddefinition',
            name='is_mandatory',
            field=models.BooleanField(default=False, help_text='Tills must say it when they register somebody (v1.1).', verbose_name='mandatory'),
        ),
    ]
