"""Add the settings that an organization may have differently from the defaults.

Why:   approvals, retro transactions and v1.1 ask for switches of the organization.
Locks: a new table.
Undo:  what was set is lost; the defaults hold.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tenancy', '0002_roles'),
    ]

    operations = [
        migrations.CreateModel(
            name='Setting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60)),
                ('value', models.IntegerField(help_text='A switch is 1 or 0.')),
                ('org', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='settings', to='tenancy.organization')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('org', 'name'), name='setting_once_per_organization'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='setting_has_a_name')],
            },
        ),
    ]
