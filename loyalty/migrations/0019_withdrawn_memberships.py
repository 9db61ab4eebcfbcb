"""Keep what a withdrawn membership was, and let its entries go; nothing else of the ledger may.

Why:   an import that is undone takes back customers whom only it had made (decision 0019).
Locks: creates a table; the trigger of the ledger is exchanged, for an instant.
Undo:  drops the table and restores the trigger; memberships that were withdrawn stay withdrawn.
"""

import django.db.models.deletion
from django.db import migrations, models

from loyalty.append_only import FIRST_LEDGER, LEDGER


def install_new_triggers(apps, editor):
    FIRST_LEDGER.remove(editor.connection)
    LEDGER.install(editor.connection)


def install_first_triggers(apps, editor):
    LEDGER.remove(editor.connection)
    FIRST_LEDGER.install(editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('loyalty', '0018_staff_at_tills'),
        ('tenancy', '0004_staff_language'),
    ]

    operations = [
        migrations.CreateModel(
            name='WithdrawnMembership',
            fields=[
                ('enrollment_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('customer_id', models.BigIntegerField()),
                ('program_id', models.BigIntegerField()),
                ('entries', models.JSONField(help_text='The movements of points, oldest first.')),
                ('withdrawn_at', models.DateTimeField()),
                ('org', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.organization')),
                ('withdrawn_by', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tenancy.orgentity')),
            ],
        ),
        migrations.RunPython(install_new_triggers, install_first_triggers),
    ]
